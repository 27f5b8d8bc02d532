"""The progress page with its pictures, the learner's data as files, and its deletion."""

from __future__ import annotations

import csv
import io
import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from rest_framework.test import APIClient

from questions import queries
from questions.actions import marks, people, sessions
from questions.domain import history, rules
from questions.models import (
    Answer,
    Fact,
    FactChange,
    LearnerState,
    MemoryState,
    Notice,
    PracticeSession,
    RefusedAnswer,
    User,
)
from questions.queries import export
from questions.queries.mirror import history_of
from tests.cast import NOON, PASSWORD, Give, at_once, make_user, right, wrong
from tests.web.pages import Page, Visitor

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def study_on(learner: User, give: Give, at: datetime, *answers: bool, **more: Any) -> PracticeSession:
    """A session whose questions are answered right or wrong, a minute each."""
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=len(answers), **more)
    for correct in answers:
        served = sessions.serve_next(learner=learner, session_id=session.pk, now=at)
        assert served is not None
        at += MINUTE
        give(served, right(served) if correct else wrong(served), at=at, learner=learner)
    sessions.finish(learner=learner, session_id=session.pk, now=at)
    return session


def table_of(page: Page, title: str) -> list[list[str]]:
    """The table of a picture."""
    box = page.tree.all("div", aria_label=f"Table: {title}")[0]
    return [[cell.text for cell in row if cell.tag in ("td", "th")] for row in box.all("tbody")[0].all("tr")]


# --- Pictures ----------------------------------------------------------------------------------------------------------


def test_somebody_without_answers_is_told_how_to_begin(visitor: Visitor) -> None:
    page = visitor.get("/progress/")
    assert "Nothing to show yet" in page.text
    assert page.tree.all("figure") == []


def test_every_picture_has_a_name_words_and_a_table(visitor: Visitor, learner: User, give: Give) -> None:
    for day in range(5, 0, -1):
        study_on(learner, give, NOON - day * DAY, *[True, False, True, True, False, True, True, True])
    page = visitor.get("/progress/")
    figures = page.tree.all("figure")
    assert [figure.all("h2")[0].text for figure in figures] == [
        "Calendar", "Right at first sight", "What comes back", "How long it lasts", "Time spent", "Taken for one another",
    ]  # fmt: skip
    ids = [element.attributes["id"] for element in page.tree if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for figure in figures:
        pictures = figure.all("svg", role="img")
        assert len(pictures) == 1
        named = pictures[0].attributes["aria-labelledby"].split()
        assert all(page.by_id(name).text for name in named)  # type: ignore[union-attr]
        assert figure.all("table")


def test_the_calendar_and_the_weeks_tell_when_and_how_long(visitor: Visitor, learner: User, give: Give) -> None:
    study_on(learner, give, NOON - 3 * DAY, True, True, False)
    study_on(learner, give, NOON - 2 * MINUTE, True)
    page = visitor.get("/progress/")
    assert "4 answers on 2 days in the last 26 weeks." in page.text
    assert table_of(page, "answers by day")[:2] == [
        ["2 Mar 2026", "1", "–", "–", "–", "–", "–", "–", "1"],
        ["23 Feb 2026", "–", "–", "–", "–", "3", "–", "–", "3"],
    ]
    assert table_of(page, "time spent by week")[:3] == [
        ["2 Mar 2026", "1", "1"], ["23 Feb 2026", "3", "3"], ["16 Feb 2026", "0", "0"],
    ]  # fmt: skip


def test_a_day_is_the_learners_own(learner: User, give: Give) -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=ZoneInfo("UTC"))
    study_on(learner, give, late, True)
    days = {}
    for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"):
        days[name] = list(history_of(learner, NOON, ZoneInfo(name)).days)
    sunday, monday = date(2026, 3, 1), date(2026, 3, 2)
    assert days == {"UTC": [sunday], "Europe/Berlin": [monday], "America/New_York": [sunday], "Asia/Kolkata": [monday]}


def test_an_answer_before_and_after_the_clocks_change_keeps_its_day(learner: User, give: Give) -> None:
    # Berlin: summer time begins on 29 March 2026. 22:30 UTC is 23:30 before it and 0:30 of the next day in it.
    for day in (28, 29):
        study_on(learner, give, datetime(2026, 3, day, 22, 20, tzinfo=ZoneInfo("UTC")), True)
    now = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("UTC"))
    days = history_of(learner, now, ZoneInfo("Europe/Berlin")).days
    assert sorted(days) == [date(2026, 3, 28), date(2026, 3, 30)]


def test_first_sights_are_told_from_repeats(learner: User, give: Give) -> None:
    study_on(learner, give, NOON - 10 * DAY, *[False] * 8)
    study_on(learner, give, NOON - 3 * DAY, *[True] * 4)
    past = history_of(learner, NOON, ZoneInfo("UTC"))
    assert [(row.first, row.first_right, row.answers) for _, row in sorted(past.days.items())] == [(8, 0, 8), (0, 0, 4)]
    assert past.gaps == {2: (4, 4)}  # seven days apart


def test_nobody_elses_answers_are_counted(learner: User, other: User, give: Give) -> None:
    study_on(other, give, NOON - DAY, *[True] * 5)
    study_on(learner, give, NOON - DAY, True)
    mirror = queries.mirror_of(learner, NOON)
    assert (mirror.answers, mirror.remembered) == (1, 1)
    assert history_of(learner, NOON, ZoneInfo("UTC")).days[date(2026, 3, 1)].first == 1


def test_a_running_mock_exam_shows_as_practice_and_tells_nothing(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
) -> None:
    study_on(learner, give, NOON - DAY, *[True] * 5)
    seen = []
    for response in (right, wrong, right):
        for served in mock.served.select_related("version", "session"):
            give(served, response(served), at=NOON)
        seen.append([visitor.get(path).tree.all("main")[0].text for path in ("/progress/", "/practice/", "/")])
    assert seen[0] == seen[1] == seen[2]
    assert queries.confusions(learner) == []
    assert history_of(learner, NOON, ZoneInfo("UTC")).days[NOON.date()] == history.Day(answers=6)
    for served in mock.served.select_related("version", "session"):
        give(served, wrong(served), at=NOON)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 6 * MINUTE)
    told = history_of(learner, NOON + 6 * MINUTE, ZoneInfo("UTC")).days[NOON.date()]
    assert (told.answers, round(told.seconds)) == (6, 360)
    assert queries.confusions(learner) != []


def test_what_is_counted_step_by_step_is_what_is_counted_at_once(
    learner: User, mock: PracticeSession, give: Give
) -> None:
    zone = ZoneInfo("Europe/Berlin")

    def both() -> None:
        kept = history_of(learner, NOON + 9 * DAY, zone)
        cache.clear()
        assert history_of(learner, NOON + 9 * DAY, zone) == kept

    def step() -> None:
        history_of(learner, NOON + 9 * DAY, zone)

    study_on(learner, give, NOON - 200 * DAY, True, False)
    step()
    rows = list(mock.served.select_related("version", "session"))
    for number, served in enumerate(rows[:4]):
        give(served, wrong(served), at=NOON + MINUTE)
        step()
        give(served, right(served) if number else {"options": []} if not served.version.value.prompts else {"pairs": {}},
             at=NOON + 2 * MINUTE)  # fmt: skip
        step()
    study_on(learner, give, NOON + 3 * MINUTE, True, True, False, True)
    step()
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 10 * MINUTE)
    step()
    study_on(learner, give, NOON + 8 * DAY, *[False, True] * 4)
    both()


def test_the_forecast_counts_what_the_home_page_calls_due(visitor: Visitor, learner: User, give: Give) -> None:
    study_on(learner, give, NOON - 5 * DAY, *[False] * 4, *[True] * 4)
    due = queries.due_count(learner, NOON)
    assert due > 0
    page = visitor.get("/progress/")
    assert table_of(page, "what comes back")[0] == [
        "Today, overdue ones too",
        str(queries.mirror_of(learner, NOON).forecast[0]),
    ]
    midnight = NOON.replace(hour=23, minute=59)
    assert queries.mirror_of(learner, NOON).forecast[0] == queries.due_count(learner, midnight)


def test_what_lasts_is_told_of_what_was_right_last_time_alone(visitor: Visitor, learner: User, give: Give) -> None:
    study_on(learner, give, NOON - DAY, *[True] * 2, *[False] * 6)
    mirror = queries.mirror_of(learner, NOON)
    assert (mirror.remembered, mirror.recalled) == (8, 2)
    memories = MemoryState.objects.filter(item__in=Answer.objects.filter(correct=True).values("item"))
    assert mirror.retention == history.retention([(row.stability, row.last_review) for row in memories], NOON)
    page = visitor.get("/progress/")
    share = f"{round(100 * mirror.retention[0][1])} %"
    assert (
        f"You got 2 of your 8 questions right last time. Of those 2 you would still get about {share} right"
        in page.text
    )
    assert table_of(page, "share recalled of what was right last time")[0] == ["today", share]


def test_nothing_lasts_where_nothing_was_right_yet_or_nothing_is_told(
    visitor: Visitor, learner: User, give: Give
) -> None:
    study_on(learner, give, NOON - DAY, *[False] * 4)
    silent = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2, focus=rules.UNSEEN,
                                  feedback=rules.AT_END)  # fmt: skip
    give(silent.served.select_related("version", "session").get(), at=NOON)
    mirror = queries.mirror_of(learner, NOON)
    assert (mirror.remembered, mirror.recalled, mirror.retention) == (5, 0, [])
    assert "Shown once you got a question right." in visitor.get("/progress/").text
    sessions.finish(learner=learner, session_id=silent.pk, now=NOON)
    assert queries.mirror_of(learner, NOON).recalled == 1


def test_dates_are_written_as_the_learner_likes(learner: User, give: Give) -> None:
    study_on(learner, give, NOON - 3 * DAY, *[True] * 6)
    written = {}
    for style in ("day", "month", "iso"):
        User.objects.filter(pk=learner.pk).update(date_style=style)
        page = Visitor(User.objects.get(pk=learner.pk)).get("/progress/")
        written[style] = table_of(page, "answers by day")[0][0]
    assert written == {"day": "2 Mar 2026", "month": "Mar 2, 2026", "iso": "2026-03-02"}


# --- Taking it along ---------------------------------------------------------------------------------------------------


def full_life(learner: User, give: Give, mock: PracticeSession) -> None:
    """One of everything that can be a learner's."""
    session = study_on(learner, give, NOON - DAY, True, False, True)
    served = session.served.order_by("position").first()
    assert served is not None
    marks.write_note(learner=learner, served_id=served.pk, text='=HYPERLINK("http://x")', now=NOON)
    marks.write_note(learner=learner, served_id=served.pk, text="Second thoughts, äöü", now=NOON)
    marks.set_bookmark(learner=learner, served_id=served.pk, marked=True, now=NOON)
    marks.report_problem(
        learner=learner, served_id=served.pk, kind="typo", text="A word", operation_id=uuid.uuid4(), now=NOON
    )
    with pytest.raises(rules.Refusal):
        give(served, wrong(served), at=NOON, learner=learner)
    fact = Fact.objects.all()[0]
    change = FactChange.objects.create(
        fact=fact,
        at=NOON,
        was_status="current",
        status="retired",
        was_statement="Then",
        source="S",
        checked_on=NOON.date(),
    )
    Notice.objects.create(learner=learner, change=change, made_at=NOON)
    give(mock.served.select_related("version", "session").get(position=1), at=NOON, learner=learner)
    UserSession.objects.create(user=learner, session_key="a-device", ip="192.0.2.7", user_agent="Teapot/1")
    Authenticator.objects.create(user=learner, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "HIDDEN-SEED"})


def body(reply: Any) -> str:
    return b"".join(reply.streaming_content).decode() if reply.streaming else reply.content.decode()


def test_everything_of_a_learner_is_in_one_file(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
) -> None:
    full_life(learner, give, mock)
    reply = visitor.client.get("/account/export/practice.json")
    assert reply.streaming
    assert reply["Content-Disposition"] == 'attachment; filename="mlops-prep-2026-03-02-practice.json"'
    assert "no-store" in reply["Cache-Control"]
    text = body(reply)
    told = json.loads(text)
    assert told["format"] == export.FORMAT
    assert told["profile"]["email"] == learner.email
    assert told["profile"]["devices"][0]["user_agent"] == "Teapot/1"
    lists = {name: len(rows) for name, rows in told.items() if isinstance(rows, list)}
    assert lists == {
        "sessions": 2, "questions": len({row["question"] for row in told["served"]}), "served": 9, "answers": 4,
        "refused_answers": 1, "private_notes": 2, "bookmarks": 1, "reports": 1, "notices": 1, "beliefs": 1, "memories": 3,
        "memory_fits": 0, "readiness": 1, "readiness_by_day": 0,
    }  # fmt: skip
    assert [row["text"] for row in told["private_notes"]] == ['=HYPERLINK("http://x")', "Second thoughts, äöü"]
    assert told["beliefs"][0]["beliefs"]["answered"] == 3
    questions = {row["question"]: row for row in told["questions"]}
    answer = told["answers"][0]
    options = {option["id"] for option in questions[answer["question"]]["options"]}
    assert set(answer["response"].get("options", ())) <= options
    assert answer["correct"] is True
    for secret in ("HIDDEN-SEED", learner.password, "CANARY"):
        assert secret not in text


def test_every_table_that_holds_something_of_a_learner_is_exported_or_named_here() -> None:
    ours = {
        model.__name__
        for model in apps.get_app_config("questions").get_models()
        for field in model._meta.get_fields()
        if getattr(field, "remote_field", None) is not None
        and getattr(field, "related_model", None) is User
        and getattr(field, "attname", "") == "learner_id"
    }
    assert ours == {
        "PracticeSession", "Answer", "RefusedAnswer", "Bookmark", "PrivateNote", "Report", "Notice", "LearnerState",
        "MemoryState", "MemoryFit", "ReadinessRecord", "ReadinessPoint",
    }  # fmt: skip


def test_a_running_mock_exam_is_exported_without_what_its_answers_are_worth(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
) -> None:
    for response in (wrong, right):
        give(served := mock.served.select_related("version", "session").get(position=1), response(served), at=NOON)
    rows = json.loads(body(visitor.client.get("/account/export/practice.json")))["answers"]
    assert [(row["correct"], row["right"], row["chosen_concept"]) for row in rows] == [(None, None, None)] * 2
    lines = list(csv.DictReader(io.StringIO(body(visitor.client.get("/account/export/answers.csv")))))
    assert [line["right"] for line in lines] == ["", ""]
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    rows = json.loads(body(visitor.client.get("/account/export/practice.json")))["answers"]
    assert [row["correct"] for row in rows] == [False, True]


def test_a_session_that_keeps_its_feedback_for_the_end_is_exported_without_what_follows_from_its_answers(
    visitor: Visitor, learner: User, give: Give
) -> None:
    silent = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=2, feedback=rules.AT_END)
    for _ in range(2):
        served = sessions.serve_next(learner=learner, session_id=silent.pk, now=NOON)
        assert served is not None
        give(served, wrong(served), at=NOON)
    told = json.loads(body(visitor.client.get("/account/export/practice.json")))
    assert [(row["correct"], row["believed"], row["believed_variance"]) for row in told["answers"]] == [(None,) * 3] * 2
    assert told["memories"] == []
    sessions.finish(learner=learner, session_id=silent.pk, now=NOON)
    told = json.loads(body(visitor.client.get("/account/export/practice.json")))
    assert told["answers"][0]["believed"] > told["answers"][1]["believed"]
    assert [row["lapses"] for row in told["memories"]] == [1, 1]


def test_answers_are_a_table_for_a_spreadsheet(visitor: Visitor, learner: User, give: Give) -> None:
    session = study_on(learner, give, NOON - DAY, True, False)
    reply = visitor.client.get("/account/export/answers.csv")
    assert reply["Content-Type"] == "text/csv; charset=utf-8"
    assert reply["Content-Disposition"] == 'attachment; filename="mlops-prep-2026-03-02-answers.csv"'
    lines = list(csv.DictReader(io.StringIO(body(reply))))
    assert [(line["position"], line["right"], line["mode"], line["session"]) for line in lines] == [
        ("1", "yes", "study", str(session.pk)), ("2", "no", "study", str(session.pk)),
    ]  # fmt: skip
    item = session.served.select_related("version").get(position=1).version.value
    assert lines[0]["question"] == f"{item.stem} {item.ask}"
    assert all(option in lines[0]["answer"] for option in ([item.option(key).text for key in item.keys]))


def test_both_files_tell_how_long_each_answer_took_as_the_result_reckons_it(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
) -> None:
    study_on(learner, give, NOON - DAY, True, False)
    one, two = mock.served.select_related("version", "session")[:2]
    for served, after, took in ((one, 30, None), (two, 75, None), (one, 85, None), (two, 140, 12_300)):
        give(served, right(served), at=NOON + timedelta(seconds=after), took_ms=took)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON + 3 * MINUTE)
    lines = list(csv.DictReader(io.StringIO(body(visitor.client.get("/account/export/answers.csv")))))
    seconds = [float(line["seconds"]) for line in lines]
    assert seconds == [60.0, 60.0, 30.0, 45.0, 10.0, 12.3]
    assert queries.course_of(mock).seconds == {1: 40.0, 2: 57.3}
    rows = json.loads(body(visitor.client.get("/account/export/practice.json")))["answers"]
    assert [row["seconds"] for row in rows] == seconds


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"),
        ("  =1", "'  =1"), ("\n=1", "'\n=1"), ("plain", "plain"), ("a=b", "a=b"), (-1, -1), (2.5, 2.5), ("", ""),
    ],
)  # fmt: skip
def test_no_cell_runs_in_a_spreadsheet(cell: Any, shown: Any) -> None:
    assert export.harmless(cell) == shown


def test_the_api_hands_out_the_same_document(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
) -> None:
    full_life(learner, give, mock)
    client = APIClient()
    client.force_login(learner)
    reply = client.get("/api/v1/export")
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/json")
    assert "no-store" in reply["Cache-Control"]
    by_api, by_page = json.loads(body(reply)), json.loads(body(visitor.client.get("/account/export/practice.json")))
    by_api.pop("exported_at"), by_page.pop("exported_at")
    by_api["profile"].pop("last_login"), by_page["profile"].pop("last_login")
    assert by_api == by_page


def test_nobody_gets_anything_of_anybody_else(other: User, learner: User, mock: PracticeSession, give: Give) -> None:
    full_life(learner, give, mock)
    told = json.loads(body(Visitor(other).client.get("/account/export/practice.json")))
    assert told["profile"]["email"] == other.email
    assert {name: len(rows) for name, rows in told.items() if isinstance(rows, list) and rows} == {"beliefs": 1}


# --- Deleting it -------------------------------------------------------------------------------------------------------


def rows_of(learner: User) -> dict[str, int]:
    """How many rows of each table point at this person, ours and others'."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.remote_field is not None and field.related_model is User:
                count = model._base_manager.filter(**{field.name: learner.pk}).count()
                if count:
                    found[f"{model._meta.label}.{field.name}"] = count
    return found


def test_deleting_leaves_nothing_behind_and_touches_nobody_else(
    learner: User, other: User, mock: PracticeSession, give: Give
) -> None:
    full_life(learner, give, mock)
    study_on(other, give, NOON - DAY, True, False)
    others = rows_of(other)
    before = rows_of(learner)
    assert len(before) >= 11
    visitor = Visitor(learner)
    page = visitor.get("/account/delete/")
    done = visitor.press(page, "Delete everything", typed=f" {learner.email.upper()} ", password=PASSWORD)
    assert (done.path, done.status) == ("/account/deleted/", 200)
    assert "Your data is deleted" in done.text
    assert not User.objects.filter(pk=learner.pk).exists()
    assert rows_of(learner) == {}
    assert not EmailAddress.objects.filter(email=learner.email).exists()
    assert rows_of(other) == others
    assert visitor.get("/progress/").path == "/accounts/login/"
    assert RefusedAnswer.objects.count() == 0


def test_other_devices_are_signed_out(learner: User) -> None:
    store = SessionStore()
    store["_auth_user_id"] = str(learner.pk)
    store.create()
    UserSession.objects.create(user=learner, session_key=str(store.session_key), ip="192.0.2.7", user_agent="Other")
    people.delete_account(learner=learner, typed=learner.email, password=PASSWORD)
    assert not Session.objects.filter(session_key=store.session_key).exists()


@pytest.mark.parametrize(
    ("typed", "password", "said"),
    [
        ("", PASSWORD, "Type robin@tea.example to confirm. Nothing was deleted."),
        ("kim@tea.example", PASSWORD, "Type robin@tea.example to confirm. Nothing was deleted."),
        ("robin@tea.example", "", "That is not your password. Nothing was deleted."),
        ("robin@tea.example", "wrong", "That is not your password. Nothing was deleted."),
    ],
)
def test_deleting_needs_the_address_and_the_password(
    typed: str, password: str, said: str, visitor: Visitor, learner: User
) -> None:
    page = visitor.press(visitor.get("/account/delete/"), "Delete everything", typed=typed, password=password)
    assert (page.status, said in page.text) == (422, True)
    assert User.objects.filter(pk=learner.pk).exists()
    assert visitor.get("/progress/").status == 200


def test_a_guest_types_a_word_and_has_no_password(guest: User, give: Give) -> None:
    study_on(guest, give, NOON - DAY, True)
    visitor = Visitor(guest)
    page = visitor.get("/account/delete/")
    assert "Type delete to confirm" in page.text
    assert page.by_id("password") is None
    assert visitor.press(page, "Delete everything", typed="Delete").path == "/account/deleted/"
    assert not User.objects.filter(pk=guest.pk).exists()
    assert Answer.objects.count() == MemoryState.objects.count() == LearnerState.objects.count() == 0


def test_who_works_on_the_bank_asks_an_operator(instructor: User) -> None:
    visitor = Visitor(instructor)
    assert "Ask an operator" in visitor.get("/account/delete/").text
    with pytest.raises(rules.Refusal, match="Ask an operator"):
        people.delete_account(learner=instructor, typed=instructor.email, password=PASSWORD)


def test_deleting_needs_the_token_of_the_form(visitor: Visitor, learner: User) -> None:
    reply = visitor.client.post("/account/delete/", {"typed": learner.email, "password": PASSWORD})
    assert reply.status_code == 403
    assert User.objects.filter(pk=learner.pk).exists()


def test_a_name_that_is_free_again_can_sign_up_again(learner: User) -> None:
    people.delete_account(learner=learner, typed=learner.email, password=PASSWORD)
    assert make_user("robin").pk != learner.pk


def test_the_way_to_ones_data_stands_on_the_account_pages(visitor: Visitor) -> None:
    for path in ("/settings/", "/progress/"):
        links = {link.attributes["href"] for link in visitor.get(path).tree.all("a")}
        assert "/account/export/" in links, path


@pytest.mark.django_db(transaction=True)
def test_who_answers_while_the_account_is_deleted_leaves_nothing_behind(learner: User, give: Give) -> None:
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=8)
    served = session.served.select_related("version", "session").get()
    at_once(
        lambda: people.delete_account(learner=learner, typed=learner.email, password=PASSWORD),
        lambda: give(served, learner=learner),
        lambda: people.delete_account(learner=learner, typed=learner.email, password=PASSWORD),
    )
    assert not User.objects.filter(pk=learner.pk).exists()
    assert rows_of(learner) == {}
    assert Answer.objects.count() == 0
