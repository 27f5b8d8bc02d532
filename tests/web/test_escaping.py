"""Hostile texts stay texts on every page that shows them: in questions, notes, names, and what somebody just typed."""

from __future__ import annotations

import uuid
from pathlib import Path
from urllib.parse import urlencode

import pytest

from questions.actions import sessions
from questions.actions.bank import load_bank, read_bank_files
from questions.models import PracticeSession, User
from tests.cast import NOON, PASSWORD, make_user, right, wrong
from tests.web.hostile import ALL, PAYLOADS, SHORT, harmless, shows, write_bank
from tests.web.pages import Visitor, fields_of


@pytest.fixture
def victim(db: None, tmp_path: Path) -> Visitor:
    """A learner where the whole bank is hostile."""
    load_bank(read_bank_files(write_bank(tmp_path)), now=NOON)
    return Visitor(make_user("robin", first_name=PAYLOADS[0], last_name=PAYLOADS[3]))


def test_there_are_enough_attacks():
    assert len(set(PAYLOADS)) >= 40
    assert len(SHORT) >= 30


def test_hostile_questions_stay_text_in_study(victim: Visitor):
    page = harmless(victim.press(harmless(victim.get("/practice/")), "Start studying", length="10"))
    kinds = set()
    for number in range(8):
        served, item = page.served, page.served.version.value
        kinds.add(item.kind)
        shows(page, item.stem, item.ask, *(option.text for option in item.options))
        shows(page, *(prompt.text for prompt in item.prompts))
        if item.case:
            shows(page, item.case.title, item.case.text)
        told = victim.press(
            page,
            "Check answer",
            htmx=number % 2 == 0,
            **fields_of(served, right(served) if number % 3 else wrong(served)),
        )
        harmless(told)
        if item.kind == "matching":
            shows(told, *(prompt.rationale for prompt in item.prompts))
        else:
            shows(told, *(option.rationale for option in item.options))
        if item.notes_say:
            shows(told, item.notes_say, item.today)
        page = harmless(victim.press(told, "Continue" if number < 7 else "See the result"))
    assert kinds == {"choice", "multiple", "ordering", "matching"}
    shows(
        page, *(served.version.value.ask for served in PracticeSession.objects.get().served.select_related("version"))
    )
    for path in ("/", "/progress/"):
        harmless(victim.get(path))
    shows(victim.get("/progress/"), *SHORT)


def test_hostile_questions_stay_text_in_a_mock_exam(victim: Visitor):
    practice = harmless(victim.get("/practice/"))
    shows(practice, *SHORT, ALL)
    page = victim.press(practice, "Start the mock exam", form="full")
    for number in range(6):
        harmless(page)
        page = victim.press(page, "Next" if number < 5 else "Review", **fields_of(page.served, right(page.served)))
    harmless(page)
    result = harmless(victim.press(page, "Finish"))
    shows(result, ALL)
    for number in range(1, 7):
        harmless(victim.get(page.path.replace("review", f"items/{number}")))


def test_hostile_notes_stay_text(victim: Visitor):
    harmless(victim.get("/notes/"))
    note = harmless(victim.get("/notes/brewing/"))
    shows(note, PAYLOADS[0], PAYLOADS[3], *SHORT[:5])
    assert all(a.attributes["href"].startswith(("/", "#", "http")) for a in note.tree.all("a"))


def test_a_hostile_exam_title_stays_text_before_signing_in(victim: Visitor):
    shows(harmless(Visitor().get("/")), "Tea " + PAYLOADS[0])


def test_hostile_names_stay_text_on_every_page_that_greets(bank: object):
    for number, payload in enumerate(PAYLOADS):
        visitor = Visitor(make_user(f"robin{number}", first_name=payload))
        shows(harmless(visitor.get("/progress/" if number % 2 else "/no-such-page/")), payload)


def test_what_was_just_sent_comes_back_as_text(visitor: Visitor, learner: User):
    practice, settings = visitor.get("/practice/"), visitor.get("/settings/")
    mock = sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=5), now=NOON, form="full")
    question = visitor.get(f"/sessions/{mock.pk}/items/1/")
    for payload in PAYLOADS[::3]:
        refused = harmless(visitor.press(practice, "Start the mock exam", forged=True, form=payload[:40]))
        if payload.isprintable():
            shows(refused, payload[:40])
        harmless(visitor.press(practice, "Start studying", forged=True, tag=[payload], length=payload))
        for fields in ({"option": [payload]}, {"order_1": payload}, {f"pair_{payload}": payload}):
            harmless(visitor.press(question, "Next", forged=True, **fields))
        harmless(visitor.press(settings, "Save", forged=True, theme=payload))


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"])
def test_entrance_pages_echo_nothing_that_runs(path: str, stranger: Visitor):
    button = {"/accounts/login/": "Sign in", "/accounts/signup/": "Sign up"}.get(path, "Reset")
    field = "login" if "login" in path else "email"
    page = stranger.get(path)
    for payload in PAYLOADS[1::3]:
        harmless(stranger.get(f"{path}?{urlencode({'next': payload})}"))
        harmless(stranger.press(page, button, forged=True, **{field: payload, "next": payload}))


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.example/", "https://evil.example/", "data:text/html,x"]
)
def test_signing_in_leads_nowhere_else(target: str, learner: User):
    visitor = Visitor()
    page = harmless(visitor.get(f"/accounts/login/?{urlencode({'next': target})}"))
    landed = visitor.press(page, "Sign in", forged=True, login=learner.email, password=PASSWORD, next=target)
    assert landed.response.redirect_chain == [("/", 302)]
