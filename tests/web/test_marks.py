"""What a learner leaves on a question, by forms and by htmx, and what the site shows of it after an answer."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from questions.actions import marks, sessions
from questions.domain import rules
from questions.models import (
    Answer,
    Bookmark,
    ItemVersion,
    PracticeSession,
    PrivateNote,
    Report,
    ServedItem,
    User,
)
from tests.cast import NOON, Give, answers_of, right, wrong
from tests.web.pages import Page, Visitor, chosen, fields_of


def reach(session: PracticeSession, slug: str, give: Give) -> ServedItem:
    """The served item of this question; questions before it are passed by."""
    while True:
        served = sessions.serve_next(learner=session.learner, session_id=session.pk, now=NOON)
        assert served is not None
        if served.item.slug == slug:
            return ServedItem.objects.select_related("version", "session").get(pk=served.pk)
        give(served, {"unknown": True})


def address(served: ServedItem) -> str:
    """Its page."""
    return f"/sessions/{served.session_id}/items/{served.position}/"


def option(served: ServedItem, concept: str) -> str:
    """The id of the option that stands for this."""
    return next(o.id for o in served.version.value.options if o.concept == concept)


@pytest.fixture
def told(visitor: Visitor, study: PracticeSession, give: Give) -> Page:
    """The page of a question that was answered right."""
    served = study.served.select_related("version", "session").get()
    give(served)
    return visitor.get(address(served))


# --- struck out -------------------------------------------------------------------------------------------


@pytest.fixture
def choice(study: PracticeSession, give: Give) -> ServedItem:
    """A multiple choice that waits for its answer."""
    return reach(study, "green-for-one", give)


def struck(page: Page) -> list[str]:
    """The options that the page shows struck out."""
    return page.form("Check answer" if "Check answer" in page.buttons() else "Next")[0].values["struck"]


def test_struck_out_options_are_there_again_on_another_device(visitor: Visitor, choice: ServedItem, learner: User):
    page = visitor.get(address(choice))
    second = choice.shown_order[1]
    form, _ = page.form("Check answer")
    data = form.values | {"struck": [second]}
    reply = visitor.client.post(f"{page.path}strikes/", data, headers={"HX-Request": "true"})
    assert reply.status_code == 200
    assert f'value="{second}"' in reply.content.decode()
    assert struck(Visitor(learner).get(page.path)) == [second]
    assert Answer.objects.filter(served=choice).count() == 0


def test_a_second_tab_strikes_out_without_undoing_the_first(visitor: Visitor, choice: ServedItem):
    one, two, three = choice.shown_order[:3]
    marks.strike_out(learner=choice.session.learner, served_id=choice.pk, struck=[one])
    form, _ = visitor.get(address(choice)).form("Check answer")
    marks.strike_out(learner=choice.session.learner, served_id=choice.pk, struck=[one, two])
    visitor.client.post(f"{address(choice)}strikes/", form.values | {"struck": [three]})
    choice.refresh_from_db()
    assert choice.struck == [two, three]


@pytest.mark.parametrize("button", ["Next", "Navigator"])
def test_without_javascript_an_exam_keeps_what_was_struck_out(button: str, visitor: Visitor, mock: PracticeSession):
    served = next(row for row in mock.served.select_related("version") if row.version.kind == "choice")
    page = visitor.get(address(served))
    visitor.press(page, button if served.position < 6 else "Review", struck=[served.shown_order[0]])
    assert struck(visitor.get(page.path)) == [served.shown_order[0]]
    assert Answer.objects.count() == 0


def test_an_answer_and_a_refused_answer_take_what_was_struck_out_along(visitor: Visitor, choice: ServedItem):
    page = visitor.get(address(choice))
    refused = visitor.press(page, "Check answer", struck=choice.shown_order[:1])
    assert (refused.status, struck(refused)) == (422, choice.shown_order[:1])
    visitor.press(refused, "Check answer", option=choice.shown_order[3], struck=choice.shown_order[:2])
    choice.refresh_from_db()
    assert choice.struck == choice.shown_order[:2]


# --- how sure ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("said", ["sure", "unsure", ""])
def test_how_sure_one_is_may_be_said(said: str, htmx: bool, visitor: Visitor, first_question: Page, learner: User):
    served = first_question.served
    fields = fields_of(served, right(served)) | ({"confidence": said} if said else {})
    visitor.press(first_question, "Check answer", htmx=htmx, **fields)
    assert [answer.confidence for answer in answers_of(learner)] == [said]


def test_nobody_is_sure_of_what_they_do_not_know(visitor: Visitor, first_question: Page, learner: User):
    visitor.press(first_question, "I don’t know yet", confidence="sure")
    assert [(answer.response, answer.confidence) for answer in answers_of(learner)] == [({"unknown": True}, "")]


def test_a_refused_answer_keeps_how_sure_one_was(visitor: Visitor, first_question: Page):
    refused = visitor.press(first_question, "Check answer", confidence="unsure")
    assert refused.form("Check answer")[0].values["confidence"] == ["unsure"]
    forged = visitor.press(first_question, "Check answer", forged=True, confidence="very")
    assert (forged.status, Answer.objects.count()) == (400, 0)


def test_an_exam_does_not_ask_how_sure_one_is(exam_page: Page):
    assert "How sure" not in exam_page.text


# --- leafing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["choice", "multiple", "ordering", "matching"])
def test_a_tab_that_is_only_leafed_through_never_undoes_what_another_chose(
    kind: str, visitor: Visitor, mock: PracticeSession, give: Give, learner: User
):
    served = next(row for row in mock.served.select_related("version", "session") if row.version.kind == kind)
    button = "Next" if served.position < 6 else "Review"
    empty = visitor.get(address(served))
    give(served, wrong(served))
    older = visitor.get(address(served))
    give(served, right(served))
    for stale in (empty, older):
        visitor.press(stale, button)
    assert [answer.response for answer in answers_of(learner)] == stored(served)
    form, _ = visitor.get(address(served)).form(button)
    assert chosen(form, fields_of(served, right(served)))


def stored(served: ServedItem) -> list[dict[str, Any]]:
    """A wrong and then a right response, as they are stored."""
    order = [o.id for o in served.version.value.options]
    found = []
    for response in (wrong(served), right(served)):
        if "options" in response and served.version.kind != "ordering":
            response = {"options": sorted(response["options"], key=order.index)}
        found.append(response)
    return found


def test_leafing_past_the_end_reports_nothing_late(visitor: Visitor, mock: PracticeSession, give: Give):
    served = next(row for row in mock.served.select_related("version", "session") if row.version.kind == "choice")
    give(served)
    page = visitor.get(address(served))
    sessions.finish(learner=mock.learner, session_id=mock.pk, now=NOON)
    result = visitor.press(page, "Next" if served.position < 6 else "Review")
    assert result.path.endswith("/result/")
    assert "came after the end" not in result.text


# --- bookmark ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_a_bookmark_is_set_and_taken_back(htmx: bool, visitor: Visitor, told: Page, learner: User):
    for pressed, count in (("true", 1), ("false", 0)):
        page = visitor.press(visitor.get(told.path), "Bookmark", htmx=htmx)
        button = page.by_id("bookmark")
        assert button is not None
        assert button.attributes["aria-pressed"] == pressed
        assert Bookmark.objects.filter(learner=learner, item=told.served.item).count() == count


def test_an_unanswered_question_asks_for_no_marks(first_question: Page, exam_page: Page):
    for page in (first_question, exam_page):
        assert page.by_id("after") is None
        assert not {"Bookmark", "Save the note", "Send the report"} & set(page.buttons())


def test_after_an_htmx_answer_the_page_asks_for_the_marks_itself(visitor: Visitor, first_question: Page):
    served = first_question.served
    page = visitor.press(first_question, "Check answer", htmx=True, **fields_of(served, right(served)))
    after = page.by_id("after")
    assert after is not None
    assert after.attributes["hx-get"] == first_question.path
    assert page.by_id("pair") is not None
    whole = visitor.get(first_question.path).by_id("after")
    assert whole is not None
    assert "hx-get" not in whole.attributes


# --- private note -----------------------------------------------------------------------------------------


def note_on(page: Page) -> str:
    """The note that the page shows."""
    return page.form("Save the note")[0].values["text"][0]


def test_a_note_is_saved_and_shown_wherever_the_question_comes_again(
    visitor: Visitor, told: Page, learner: User, give: Give
):
    saved = visitor.press(told, "Save the note", text="Heat <b>first</b>")
    assert "Your note is saved." in saved.text
    assert note_on(visitor.get(told.path)) == "Heat <b>first</b>"
    again = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)
    served = reach(again, told.served.item.slug, give)
    give(served)
    assert note_on(visitor.get(address(served))) == "Heat <b>first</b>"


def test_by_htmx_a_note_says_that_it_is_saved(visitor: Visitor, told: Page, learner: User):
    reply = visitor.press(told, "Save the note", htmx=True, text="Heat")
    assert (reply.status, reply.text) == (200, "Saved")
    assert PrivateNote.objects.get(learner=learner).text == "Heat"


@pytest.mark.parametrize(
    ("text", "said"),
    [("x" * 4001, "A note may have 4000 characters; this one has 4001."), ("a\x00b", "cannot be stored")],
    ids=["long", "nul"],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_note_that_cannot_be_saved_is_not_lost(text: str, said: str, htmx: bool, visitor: Visitor, told: Page):
    visitor.press(told, "Save the note", text="Before")
    refused = visitor.press(told, "Save the note", htmx=htmx, text=text)
    assert refused.status == 422
    assert said in refused.text
    assert note_on(visitor.get(told.path)) == "Before"
    if not htmx:
        assert text in refused.html


# --- reports ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("htmx", [False, True])
def test_a_report_is_sent_once_and_its_state_is_shown(htmx: bool, visitor: Visitor, told: Page, learner: User):
    for _ in range(2):  # the same form twice
        sent = visitor.press(told, "Send the report", htmx=htmx, kind="outdated", text="Since May it is 90 degrees.")
    assert "Thank you. Your report is with the instructors." in sent.text
    assert "You reported It is outdated 2 Mar 2026 Not answered yet Since May it is 90 degrees." in sent.text
    report = Report.objects.get()
    assert (report.learner, report.version, report.kind) == (learner, told.served.version, "outdated")


def test_what_the_instructors_answer_stands_at_the_question_and_on_a_page(
    visitor: Visitor, told: Page, instructor: User
):
    visitor.press(told, "Send the report", kind="typo")
    marks.answer_report(report=Report.objects.get(), by=instructor, accepted=True, answer="Mended.", now=NOON)
    words = "It has a typo 2 Mar 2026 Accepted The instructors’ answer, 2 Mar 2026 Mended."
    assert words in visitor.get(told.path).text
    assert "A report of yours was answered. Read the answer" in visitor.get("/").text
    page = visitor.get("/reports/")
    assert words in page.text
    links = [link.attributes["href"] for link in page.tree.all("a") if link.text == told.served.version.value.ask]
    assert links == [told.path]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_report_without_a_kind_is_shown_again_as_it_was_typed(htmx: bool, visitor: Visitor, told: Page):
    refused = visitor.press(told, "Send the report", htmx=htmx, text="It is all wrong")
    assert refused.status == 422
    assert "Say what is wrong first." in refused.text
    assert refused.form("Send the report")[0].values["text"] == ["It is all wrong"]
    long = visitor.press(told, "Send the report", htmx=htmx, text="x" * 2001, kind="typo")
    assert "A report may have 2000 characters; this one has 2001." in long.text
    assert long.form("Send the report")[0].values["kind"] == ["typo"]
    assert Report.objects.count() == 0


def test_everybody_has_a_page_of_their_own_reports(visitor: Visitor, told: Page, other: User):
    visitor.press(told, "Send the report", kind="typo", text="Only mine")
    assert "Only mine" in visitor.get("/reports/").text
    assert "Nothing yet." in Visitor(other).get("/reports/").text
    assert any(link.attributes.get("href") == "/marks/" for link in visitor.get("/").tree.all("a"))


@pytest.mark.parametrize("deed", ["strikes", "bookmark", "note", "reports"])
def test_nobody_leaves_anything_on_somebody_elses_question(deed: str, told: Page, other: User):
    theirs = Visitor(other)
    token = theirs.get("/practice/").form("Start studying")[0].values["csrfmiddlewaretoken"]
    reply = theirs.client.post(f"{told.path}{deed}/", {"csrfmiddlewaretoken": token, "text": "x", "kind": "typo"})
    assert reply.status_code == 404
    assert [model.objects.count() for model in (Bookmark, PrivateNote, Report)] == [0, 0, 0]


# --- what the choice would have been right for ------------------------------------------------------------


def pair_of(page: Page) -> str:
    """What stands there."""
    found = page.by_id("pair")
    return found.text if found is not None else ""


def test_a_wrong_choice_shows_what_it_would_have_been_right_for(visitor: Visitor, choice: ServedItem, give: Give):
    give(choice, {"options": [option(choice, "black")]})
    # The session has met the other question already, or may still ask it.
    sessions.finish(learner=choice.session.learner, session_id=choice.session_id, now=NOON)
    page = visitor.get(address(choice))
    assert pair_of(page) == (
        "When “Black leaves” would be right A hotel serves four hundred cups at breakfast from an urn that keeps water "
        "at 100 degrees. Which leaf is the MOST suitable? Practise this difference"
    )
    link = next(a.attributes["href"] for a in page.tree.all("a") if a.text == "Practise this difference")
    practice = visitor.get(link)
    form, _ = practice.form("Start studying")
    assert (form.values["focus"], form.values["pair"]) == (["confusions"], ["black~green"])
    visitor.press(practice, "Start studying")
    assert PracticeSession.objects.get(focus=rules.CONFUSIONS).pair == ["black", "green"]


@pytest.mark.parametrize("response", ["right", "unknown", "no such question"])
def test_where_nothing_was_taken_for_something_else_nothing_is_shown(
    response: str, visitor: Visitor, choice: ServedItem, give: Give
):
    given = {
        "right": right(choice), "unknown": {"unknown": True}, "no such question": {"options": [option(choice, "roots")]},
    }[response]  # fmt: skip
    give(choice, given)
    sessions.finish(learner=choice.session.learner, session_id=choice.session_id, now=NOON)
    assert pair_of(visitor.get(address(choice))) == ""


@pytest.mark.parametrize("running", ["mock", "study"])
def test_a_question_that_a_running_session_may_still_ask_is_not_told(
    running: str, visitor: Visitor, choice: ServedItem, learner: User, give: Give
):
    give(choice, {"options": [option(choice, "black")]})
    sessions.finish(learner=learner, session_id=choice.session_id, now=NOON)
    secret = ItemVersion.objects.get(item__slug="black-for-breakfast")
    open_one = PracticeSession.objects.create(
        learner=learner, exam=choice.session.exam, mode=running, length=1, seed=1, operation_id=uuid.uuid4(),
        started_at=NOON, deadline=NOON.replace(hour=20) if running == "mock" else None, feedback="at-end",
    )  # fmt: skip
    ServedItem.objects.create(
        session=open_one, position=1, item=secret.item, version=secret, item_mean=0, item_variance=1, served_at=NOON,
        shown_order=[o.id for o in secret.value.options],
    )  # fmt: skip
    assert pair_of(visitor.get(address(choice))) == ""
    sessions.finish(learner=learner, session_id=open_one.pk, now=NOON)
    assert "Black leaves" in pair_of(visitor.get(address(choice)))


def test_a_page_with_all_of_it_costs_four_reads_more_than_the_question(
    visitor: Visitor, choice: ServedItem, give: Give, django_assert_num_queries: Any
):
    visitor.get("/")
    with django_assert_num_queries(3):
        visitor.get(address(choice))
    give(choice, {"options": [option(choice, "black")]})
    sessions.finish(learner=choice.session.learner, session_id=choice.session_id, now=NOON)
    for number in range(3):
        marks.report_problem(
            learner=choice.session.learner,
            served_id=choice.pk,
            kind="typo",
            text="",
            operation_id=uuid.UUID(int=number),
            now=NOON,
        )
    with django_assert_num_queries(7):  # the contrast, the marks, the reports, and where the session ended
        page = visitor.get(address(choice))
    assert pair_of(page)


# --- feedback at the end ----------------------------------------------------------------------------------


@pytest.fixture
def silent(learner: User) -> PracticeSession:
    """A study session of three questions that tells everything at its end."""
    return sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=3, feedback=rules.AT_END)


def test_a_silent_session_goes_on_after_each_answer_and_tells_all_at_its_end(visitor: Visitor, silent: PracticeSession):
    page = visitor.get(f"/sessions/{silent.pk}/")
    for number in (1, 2, 3):
        assert page.path.endswith(f"/items/{number}/")
        assert "CANARY" not in page.html
        if number > 1:
            assert page.messages[0] == f"Answer {number - 1} is saved. The reasons come at the end."
        page = visitor.press(page, "Check answer", **fields_of(page.served, right(page.served)))
    assert page.path.endswith("/result/")
    assert "3 of 3 right" in page.text
    for number in (1, 2, 3):
        assert "CANARY" in visitor.get(f"/sessions/{silent.pk}/items/{number}/").html


def test_by_htmx_the_whole_page_goes_on(visitor: Visitor, silent: PracticeSession):
    page = visitor.get(f"/sessions/{silent.pk}/")
    sent = visitor.press(page, "Check answer", htmx=True, **fields_of(page.served, right(page.served)))
    assert (sent.status, sent.html) == (200, "")
    assert sent.response["HX-Redirect"] == f"/sessions/{silent.pk}/items/2/"


def test_an_answered_question_of_a_silent_session_says_saved_and_leads_on(visitor: Visitor, silent: PracticeSession):
    page = visitor.get(f"/sessions/{silent.pk}/")
    visitor.press(page, "I don’t know yet")
    again = visitor.get(page.path)
    verdict = again.by_id("verdict")
    assert verdict is not None
    assert verdict.text == "Saved"
    assert "CANARY" not in again.html
    assert "Check answer" not in again.buttons()
    assert visitor.press(again, "Continue").path.endswith("/items/2/")
    twice = visitor.press(page, "I don’t know yet", operation_id=str(uuid.uuid4()))
    assert "the first answer stands" in twice.messages[0]
    assert "CANARY" not in twice.html


# --- looked up again --------------------------------------------------------------------------------------


def test_notes_bookmarks_and_reports_are_looked_up_on_one_page(
    visitor: Visitor, other: User, study: PracticeSession, give: Give
):
    page = visitor.get("/marks/")
    assert page.text.count("None yet.") == 3
    first = study.served.select_related("version", "session").get()
    give(first)
    second = sessions.serve_next(learner=study.learner, session_id=study.pk, now=NOON)
    assert second is not None
    give(second)
    for served, texts in ((first, ("An older thought", "The newest thought")), (second, ("A thought", ""))):
        for text in texts:
            marks.write_note(learner=study.learner, served_id=served.pk, text=text, now=NOON)
    marks.set_bookmark(learner=study.learner, served_id=second.pk, marked=True, now=NOON)
    marks.report_problem(
        learner=study.learner, served_id=first.pk, kind="typo", text="A word", operation_id=uuid.uuid4(), now=NOON
    )
    page = visitor.get("/marks/")
    assert "The newest thought" in page.text
    for gone in ("An older thought", "A thought"):
        assert gone not in page.text
    main = page.tree.all("main")[0]
    links = [a.attributes["href"] for a in main.all("a")]
    assert links == [f"{address(first)}#marks", "/practice/?focus=bookmarked", address(second), address(first)]
    assert Visitor(other).get("/marks/").text.count("None yet.") == 3
    menu = page.tree.all("div", class_="menu-sheet")[0]
    assert "/marks/" in [a.attributes["href"] for a in menu.all("a")]
    assert "/marks/" in [a.attributes["href"] for a in visitor.get("/notes/").tree.all("main")[0].all("a")]


def test_a_mark_never_leads_into_a_mock_exam_that_runs(
    visitor: Visitor, learner: User, study: PracticeSession, give: Give
):
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=NOON):
        give(served)
        marks.set_bookmark(learner=learner, served_id=served.pk, marked=True, now=NOON)
    mock = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=NOON)
    links = [a.attributes["href"] for a in visitor.get("/marks/").tree.all("main")[0].all("a")]
    assert len([link for link in links if str(study.pk) in link]) == 8
    assert [link for link in links if str(mock.pk) in link] == []
