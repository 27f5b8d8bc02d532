"""The pages beside the sessions: today, practice, progress, notes, settings, and what is not there."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine

from questions.actions import sessions
from questions.models import Exam, NoteFile, PracticeSession, User
from tests.cast import NOON, Give, right, wrong
from tests.web.pages import Page, Visitor


def test_the_landing_page_says_what_is_covered_and_what_is_not(stranger: Visitor):
    text = stranger.get("/").text
    assert "Certified Tea Brewer (TEA-101)" in text
    assert "Leaves (40 % of the exam)" in text.replace(" ,", ",")
    assert "Biscuits" not in text
    assert "never a predicted exam score" in text
    assert "Not affiliated with or endorsed by Amazon Web Services" in text


@pytest.mark.django_db
def test_without_a_bank_the_site_still_opens_and_starts_nothing():
    stranger = Visitor()
    for path in ("/", "/practice/", "/notes/"):
        assert stranger.get(path).status == 200
    page = stranger.press(stranger.get("/practice/"), "Start studying")
    assert page.status == 200
    assert "load" in page.messages[0]
    newcomer = Visitor()
    page = newcomer.press(newcomer.get("/"), "Try five questions")
    assert "load" in page.messages[0]
    assert PracticeSession.objects.count() == 0


def test_today_tells_what_is_due(visitor: Visitor, study: PracticeSession, give: Give, clock: time_machine.Coordinates):
    assert "0 of 8 answered" in visitor.get("/").text
    served = study.served.select_related("version", "session").get()
    give(served, wrong(served))
    sessions.finish(learner=study.learner, session_id=study.pk, now=NOON)
    clock.move_to(NOON + timedelta(days=20))
    page = visitor.get("/")
    assert "1 due, about 1 minute" in page.text
    assert "in progress" not in page.text
    page = visitor.press(page, "Review 1 question")
    assert page.served.item == served.item
    assert "due" in page.text.split("Why this question now:")[1]


def test_practice_offers_the_forms_of_this_exam(visitor: Visitor):
    page = visitor.get("/practice/")
    form, _ = page.form("Start the mock exam")
    assert form.offers["form"] == {"full", "short"}
    assert form.offers["allowance"] == {"1", "1.5", "2"}
    assert "6 questions, 12 minutes" in page.text
    assert page.form("Start studying")[0].offers["tag"] == {"leaves", "water", "service"}


def counted(page: Page) -> dict[str, str]:
    """The numbers beside the ways to study."""
    links = page.tree.all("nav", class_="focuses")[0].all("a")
    return {a.all("span")[0].text: a.all("span")[1].text for a in links if len(a.all("span")) > 1}


def test_practice_says_before_the_start_that_there_is_nothing(visitor: Visitor, learner: User, give: Give):
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(
            served, wrong(served) if "leaves" in served.version.tag_slugs and served.version.kind == "choice" else None
        )
    missed = counted(visitor.get("/practice/"))["Missed"]
    page = visitor.get("/practice/?focus=missed&tag=leaves")
    assert (counted(page)["Missed"], page.messages) == (missed, [])
    page = visitor.get("/practice/?focus=missed&tag=water")
    assert counted(page)["Missed"] == "0"
    (said,) = page.messages
    assert "nothing that you missed last time in this choice" in said
    (wider,) = [a.attributes["href"] for a in page.tree.all("a") if a.text == "Choose from everything"]
    assert wider == "/practice/?focus=missed"
    assert counted(visitor.get(wider))["Missed"] == missed


def test_as_many_confusions_are_counted_as_are_listed(visitor: Visitor, learner: User, give: Give):
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served, wrong(served))
    page = visitor.get("/practice/?focus=confusions")
    listed = len(page.form("Start studying")[0].offers["pair"]) - 1  # besides "All of them"
    assert listed > 0
    assert counted(page)["Confusions"] == str(listed)


def progress(page: Page) -> list[list[str]]:
    """The table of the progress page."""
    table = next(e for e in page.tree.all("div") if e.attributes.get("aria-label") == "Table: what you know, by topic")
    return [[cell.text for cell in row if cell.tag in ("th", "td")] for row in table.all("tr")[1:]]


def test_progress_shows_every_topic_weakest_first(visitor: Visitor, learner: User, give: Give):
    assert "Nothing to show yet" in visitor.get("/progress/").text
    for tags, answer in ((["water"], wrong), (["leaves"], right)):
        session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=3, tags=tags)
        while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
            give(served, answer(served))
    page = visitor.get("/progress/")
    table = progress(page)
    assert {row[0] for row in table} == {"Leaves", "Water", "Service"}
    estimates = [int(row[3]) for row in table if row[3] != "–"]
    assert estimates == sorted(estimates)
    assert table[0][0] == "Water"
    assert int(table[0][1]) >= 3
    for name, answered, _, estimate, between, *_ in table:
        if answered == "0":
            assert (estimate, between) == ("–", "–")
            continue
        low, high = map(int, between.split("–"))
        assert 0 <= low <= int(estimate) <= high <= 100, name
        bars = next(e.text for e in page.tree.all("ul", class_="topics"))
        assert f"{low}–{high} of 100, {answered} answer" in bars
    assert [row[6] for row in table if row[1] != "0"] == ["2 Mar 2026"] * len(estimates)


def test_notes_lead_to_their_sections(stranger: Visitor):
    page = stranger.get("/notes/")
    assert [a.text for a in page.tree.all("a") if a.attributes["href"] == "/notes/brewing/"] == ["Brewing"]
    note = stranger.get("/notes/brewing/")
    assert [h.text for h in note.tree.all("h1")] == ["Brewing"]
    anchors = [a.attributes["href"] for a in note.tree.all("nav", aria_label="Contents")[0].all("a")]
    assert anchors == ["#leaves", "#water", "#heat"]
    assert all(note.by_id(anchor[1:]) for anchor in anchors)
    assert "Tags:" not in note.text
    assert "#leaves" not in note.text
    assert [cell.text for cell in note.tree.all("td")] == ["Green", "80 degrees", "Black", "100 degrees"]


def test_the_feedback_links_to_the_passage_it_rests_on(visitor: Visitor, study: PracticeSession, give: Give):
    served = study.served.select_related("version", "session").get()
    give(served)
    page = visitor.get(f"/sessions/{study.pk}/")
    link = next(a.attributes["href"] for a in page.tree.all("a") if a.text == "Read it in the notes")
    path, anchor = link.split("#")
    assert Visitor().get(path).by_id(anchor) is not None


def test_imported_notes_are_not_shown_to_learners(stranger: Visitor):
    NoteFile.objects.create(stem="drafts", path="drafts.md", title="Drafts", digest="x", loaded_at=NOON)
    assert "Drafts" not in stranger.get("/notes/").text
    assert stranger.get("/notes/drafts/").status == 404


def test_settings_are_kept(visitor: Visitor, learner: User):
    page = visitor.get("/settings/")
    page = visitor.press(page, "Save", theme="dark", text_size="larger", allowance="1.5", shortcuts=[])
    assert page.messages == ["Saved."]
    learner.refresh_from_db()
    assert (learner.theme, learner.text_size, learner.allowance, learner.shortcuts) == ("dark", "larger", 1.5, False)
    (html,) = Visitor(learner).get("/").tree.all("html")
    shown = {name: html.attributes[f"data-{name}"] for name in ("theme", "text", "shortcuts")}
    assert shown == {"theme": "dark", "text": "larger", "shortcuts": "off"}
    form, _ = visitor.get("/settings/").form("Save")
    assert (form.values["theme"], form.values["allowance"], form.values["shortcuts"]) == (["dark"], ["1.5"], [])


@pytest.mark.parametrize(
    "fields",
    [
        {"allowance": "9"},
        {"theme": "neon"},
        {"text_size": "huge"},
        {"theme": ""},
        {"allowance": "\x00"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_change_nothing(fields: dict[str, str], visitor: Visitor, learner: User):
    before = User.objects.values().get()
    page = visitor.press(visitor.get("/settings/"), "Save", forged=True, **fields)
    assert (page.status, len(page.messages)) == (422, 1)
    assert User.objects.values().get() == before


def test_settings_take_nothing_but_settings(visitor: Visitor, learner: User):
    stolen = {"is_staff": "on", "is_superuser": "on", "email": "x@tea.example", "guest_since": "2020-01-01", "id": "1"}
    before = User.objects.values().get()
    visitor.press(visitor.get("/settings/"), "Save", forged=True, **stolen)
    assert User.objects.values().get() == before


@pytest.mark.parametrize(
    "path",
    ["/no-such-page/", "/notes/no-such-note/", "/sessions/00000000-0000-4000-8000-000000000000/", "/sessions/x/"],
)
def test_what_is_not_there_is_said_kindly(path: str, visitor: Visitor):
    page = visitor.get(path)
    assert (page.status, "There is no such page" in page.text) == (404, True)


def test_pages_of_a_person_are_kept_by_no_cache(visitor: Visitor, first_question: Page, study: PracticeSession):
    for path in (
        "/",
        "/practice/",
        "/progress/",
        first_question.path,
        f"/sessions/{study.pk}/review/",
        "/settings/",
        "/notes/",
        "/notes/brewing/",
        "/search/?q=leaves",
    ):
        assert "no-store" in visitor.get(path).response["Cache-Control"], path


def test_the_exam_is_named_by_its_data(visitor: Visitor, bank: Exam):
    bank.format["title"] = "Certified Cocoa Stirrer"
    bank.save()
    assert "Certified Cocoa Stirrer" in Visitor().get("/").text
