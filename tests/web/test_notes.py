"""The notes show where the learner stands and lead to practice; search leads to passages and to explanations."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine

from questions.actions import bank as deeds
from questions.actions import marks, sessions
from questions.actions import search as index
from questions.actions.bank import load_bank, read_bank_files
from questions.domain import notes as reader
from questions.domain import rules
from questions.models import ItemVersion, NoteSection, PracticeSession, User
from questions.queries import section_standings
from tests.cast import NOON, Give, make_user, right, wrong
from tests.web.hostile import PAYLOADS, SHORT, harmless, shows, write_bank
from tests.web.pages import Element, Page, Visitor

LATER = NOON + timedelta(days=25)
ODD = [
    "",
    " ",
    '"',
    "'",
    "\x00",
    "a\x00b",
    "x" * 10_000,
    '"' * 3_000,
    "leaves OR",
    "NEAR(",
    "*",
    "title:x",
    "%",
    "\u202e",
    "²",
]


def play(learner: User, give: Give, *, at=NOON, miss: tuple[str, ...] = (), **choice: Any) -> PracticeSession:
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, **({"length": 8} | choice))
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=at):
        give(served, wrong(served) if served.item.slug in miss else right(served), at=at)
    return session


def standings(page: Page) -> list[str]:
    """What each section says of the learner, in reading order."""
    return [element.all("p")[0].text for element in page.tree.all("div", class_="standing-section")]


def link(page: Page | Element, words: str) -> str:
    tree = page.tree if isinstance(page, Page) else page
    return next(a.attributes["href"] for a in tree.all("a") if a.text.startswith(words))


def search(visitor: Visitor, text: str) -> Page:
    return visitor.get(f"/search/?{urlencode({'q': text})}")


# --- reading ------------------------------------------------------------------------------------------------------------


def test_a_visitor_reads_how_many_questions_rest_on_each_section_and_may_practise_it(stranger: Visitor):
    page = stranger.get("/notes/brewing/")
    assert standings(page) == ["4 questions", "1 question", "3 questions"]
    assert [a.text for a in page.tree.all("a", class_="standing-practise")] == [
        "Practise this section : Leaves", "Practise this section : Water", "Practise this section : Heat",
    ]  # fmt: skip
    address = link(page, "Practise this section : Heat")
    assert address == "/practice/?section=brewing%23heat"
    builder = stranger.get(address)
    assert "Only questions on Heat of the notes" in builder.text
    first = stranger.press(builder, "Start studying")
    assert first.served.version.section == NoteSection.objects.get(anchor="heat")


def test_each_section_tells_what_was_answered_was_right_last_time_and_is_due(
    visitor: Visitor, learner: User, give: Give, clock: time_machine.Coordinates
):
    assert standings(visitor.get("/notes/brewing/")) == [
        "4 questions, none answered yet", "1 question, none answered yet", "3 questions, none answered yet",
    ]  # fmt: skip
    play(learner, give, section="brewing#leaves", miss=("green-for-one",))
    page = visitor.get("/notes/brewing/")
    assert standings(page)[0].startswith("4 of 4 questions answered, 3 right last time")
    assert standings(page)[1:] == ["1 question, none answered yet", "3 questions, none answered yet"]
    assert [rect.attributes["width"] for rect in page.tree.all("div", class_="standing-section")[0].all("rect")] == [
        "100%", "100%", "75%",
    ]  # fmt: skip
    clock.move_to(LATER)
    assert standings(visitor.get("/notes/brewing/"))[0] == "4 of 4 questions answered, 3 right last time, 4 due"
    play(learner, give, at=LATER, section="brewing#leaves")
    assert standings(visitor.get("/notes/brewing/"))[0] == "4 of 4 questions answered, 4 right last time"


def test_the_shelf_adds_the_sections_up(visitor: Visitor, learner: User, give: Give):
    assert "8 questions, none answered yet" in visitor.get("/notes/").text
    play(learner, give, section="brewing#leaves")
    assert "4 of 8 questions answered, 4 right last time" in visitor.get("/notes/").text
    assert "Leaves · Water" in visitor.get("/notes/").text.replace("\u00a0", " ")
    assert "8 questions" in Visitor().get("/notes/").text


def test_a_running_mock_exam_is_not_judged_on_the_notes(visitor: Visitor, mock: PracticeSession, give: Give):
    before = visitor.get("/notes/brewing/").html
    for served in mock.served.select_related("version", "session"):
        give(served, wrong(served) if served.position % 2 else right(served))
    assert visitor.get("/notes/brewing/").html.count("none answered yet") == before.count("none answered yet") == 4
    sessions.finish(learner=mock.learner, session_id=mock.pk, now=NOON)
    told = section_standings(mock.learner, NOON, "brewing").values()
    assert (sum(s.answered for s in told), sum(s.right for s in told)) == (6, 3)


def test_study_with_its_feedback_at_the_end_is_not_judged_before(learner: User, give: Give):
    session = sessions.start_study(
        learner=learner, operation_id=uuid.uuid4(), now=NOON, length=4, feedback=rules.AT_END
    )
    served = session.served.select_related("version", "session").get()
    give(served)
    assert sum(s.answered for s in section_standings(learner, NOON).values()) == 0
    sessions.finish(learner=learner, session_id=session.pk, now=NOON)
    assert sum(s.right for s in section_standings(learner, NOON).values()) == 1


def test_a_question_asked_in_anothers_place_speaks_for_it(learner: User, give: Give):
    play(learner, give, section="brewing#leaves", miss=("green-for-one",))
    leaves = NoteSection.objects.get(anchor="leaves").pk
    assert section_standings(learner, NOON)[leaves].right == 3
    twin = ItemVersion.objects.get(item__slug="black-for-breakfast")
    again = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=LATER, length=1)
    again.served.update(
        item=twin.item,
        version=twin,
        stands_for=ItemVersion.objects.get(item__slug="green-for-one").item,
        shown_order=[option.id for option in twin.value.options],
    )
    give(again.served.select_related("version", "session").get(), at=LATER)
    told = section_standings(learner, LATER)[leaves]
    assert (told.items, told.answered, told.right, told.due) == (4, 4, 4, 2)


def test_notes_lead_to_the_one_before_and_the_one_after(stranger: Visitor):
    for stem, title in (("apples", "Apples"), ("cups", "Cups")):
        text = f"# {title}\n\nOn {title}.\n"
        deeds.store_note(reader.parse(text, f"{stem}.md"), stem=stem, text=text, in_bank=True, now=NOON)

    def turns(stem: str) -> list[tuple[str, str]]:
        (turn,) = stranger.get(f"/notes/{stem}/").tree.all("nav", aria_label="Other notes")
        return [(a.text, a.attributes["href"]) for a in turn.all("a")]

    assert turns("apples") == [("Next note Brewing", "/notes/brewing/")]
    assert turns("brewing") == [("Previous note Apples", "/notes/apples/"), ("Next note Cups", "/notes/cups/")]
    assert turns("cups") == [("Previous note Brewing", "/notes/brewing/")]


# --- searching ----------------------------------------------------------------------------------------------------------


def test_a_visitor_searches_the_notes_from_their_shelf(stranger: Visitor):
    form, _ = stranger.get("/notes/").form("Search")
    assert (form.action, form.values) == ("/search/", {"q": [""]})
    page = search(stranger, "boiled leaves")
    path, anchor = link(page, "Leaves").split("#")
    assert stranger.get(path).by_id(anchor) is not None
    assert {mark.text for mark in page.tree.all("mark")} == {"leaves", "boiling"}
    assert page.form("Search")[0].values["q"] == ["boiled leaves"]
    assert "1 passage of the notes" in page.text
    assert "explanation" not in page.text


def test_an_explanation_leads_to_the_page_that_gave_it(visitor: Visitor, learner: User, give: Give):
    session = play(learner, give, miss=("green-for-one",))
    page = search(visitor, '"80 degrees that green leaves need"')
    target = link(page, "A guest has a kettle that stops at 80 degrees")
    assert target.startswith(f"/sessions/{session.pk}/items/")
    assert "Not right on 2 Mar 2026" in page.text
    assert {"80", "degrees"} <= set(" ".join(mark.text for mark in page.tree.all("mark")).split())
    assert visitor.get(target).served.item.slug == "green-for-one"
    assert search(Visitor(make_user("noor")), "kettle").tree.all("mark") == []


def test_no_explanation_is_told_while_a_mock_exam_holds_its_question(
    visitor: Visitor, mock: PracticeSession, give: Give
):
    for served in mock.served.select_related("version", "session"):
        give(served)
        for text in ("canary", "canary key", '"canary"', "kettle leaf steps"):
            assert "CANARY" not in search(visitor, text).html
    sessions.finish(learner=mock.learner, session_id=mock.pk, now=NOON)
    assert "CANARY" in search(visitor, "canary").html


def test_nothing_typed_and_nothing_found_are_said_kindly(stranger: Visitor, visitor: Visitor):
    empty = stranger.get("/search/")
    assert "Words are found in all their forms" in empty.text
    none = search(stranger, "zeppelin")
    assert "Nothing found for “zeppelin”" in none.text
    assert link(none, "start practising") == "/practice/"
    assert "once you have answered its question" in search(visitor, "zeppelin").text
    some = search(stranger, "boiling zeppelin")
    assert "Nothing has all of these words" in some.text
    assert link(some, "Leaves") == "/notes/brewing/#leaves"


@pytest.mark.parametrize("typed", ODD, ids=lambda typed: ascii(typed[:12]))
def test_odd_searches_are_pages_like_others(typed: str, visitor: Visitor):
    page = harmless(search(visitor, typed))
    assert page.status == 200
    assert len(page.form("Search")[0].values["q"][0]) <= 200


def test_a_search_can_be_no_q_or_many(visitor: Visitor):
    for query in ("", "?q", "?q=a&q=leaves", "?x=1", "?q=%ff%fe"):
        assert visitor.get(f"/search/{query}").status == 200
    assert parse_qs(urlsplit("/search/?q=a&q=leaves").query)["q"][-1] == "leaves"
    assert link(visitor.get("/search/?q=a&q=leaves"), "Leaves") == "/notes/brewing/#leaves"


@pytest.mark.django_db
def test_hostile_notes_and_searches_stay_text(tmp_path: Any, give: Give):
    load_bank(read_bank_files(write_bank(tmp_path)), now=NOON)
    learner = make_user("robin")
    play(learner, give)
    victim = Visitor(learner)
    for payload in PAYLOADS:
        page = harmless(search(victim, payload))
        assert len(page.tree.all("h1")) == 1
        harmless(search(victim, f'"{payload}'))
    shows(search(victim, SHORT[0] + " zeppelin"), SHORT[0])
    assert search(victim, "alert").tree.all("mark") != []


def test_a_search_tells_how_much_there_is_and_shows_the_rest(visitor: Visitor):
    text = "# Kettles\n\n" + "".join(f"## Kettle {number}\n\nA samovar of size {number}.\n\n" for number in range(30))
    deeds.store_note(reader.parse(text, "kettles.md"), stem="kettles", text=text, in_bank=True, now=NOON)
    index.refresh_index()
    page = visitor.get("/search/?q=samovar")
    assert "The first 20 of 30 passages of the notes, 0 explanations." in page.text
    assert len(page.tree.all("ol", class_="hits")[0].all("li")) == 20
    (top, bottom) = [a.attributes["href"] for a in page.tree.all("a") if a.text == "Show more"]
    assert top == bottom == "/search/?q=samovar&all=1"
    page = visitor.get(top)
    assert ("30 passages of the notes" in page.text, "The first" in page.text) == (True, False)
    assert len(page.tree.all("ol", class_="hits")[0].all("li")) == 30
    assert [a for a in page.tree.all("a") if a.text == "Show more"] == []


def test_a_search_finds_the_learners_own_notes_and_nobody_elses(
    visitor: Visitor, other: User, study: PracticeSession, give: Give
):
    served = study.served.select_related("version", "session").get()
    give(served)
    for text in ("A zeppelin over leaves", "Two zeppelins <b>over</b> leaves"):
        marks.write_note(learner=study.learner, served_id=served.pk, text=text, now=NOON)
    for words in ("zeppelin", "leaves zeppelin"):
        page = visitor.get(f"/search/?{urlencode({'q': words})}")
        (section,) = page.tree.all("section", aria_labelledby="in-own")
        assert [a.attributes["href"] for a in section.all("a")] == [f"/sessions/{study.pk}/items/1/#marks"]
        assert section.text.endswith("s <b>over</b> leaves")
        assert "1 of your own notes" in page.text
    assert "Nothing found" in Visitor(other).get("/search/?q=zeppelin").text
    marks.write_note(learner=study.learner, served_id=served.pk, text="", now=NOON)
    assert "Nothing found" in visitor.get("/search/?q=zeppelin").text
