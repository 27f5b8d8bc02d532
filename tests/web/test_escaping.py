"""Hostile texts stay texts on every page that shows them: in questions, notes, names, and what somebody just typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from questions.actions.bank import load_bank, read_bank_files
from questions.models import PracticeSession, User
from tests.cast import NOON, make_user, right, wrong
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
            page, "Check answer", htmx=number % 2 == 0, **fields_of(served, right(served) if number % 3 else wrong(served))
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
    shows(page, *(served.version.value.ask for served in PracticeSession.objects.get().served.select_related("version")))
    for path in ("/", "/progress/"):
        harmless(victim.get(path))
    shows(victim.get("/progress/"), *SHORT)


def test_hostile_questions_stay_text_in_a_mock_exam(victim: Visitor):
    practice = harmless(victim.get("/practice/"))
    shows(practice, *SHORT, ALL)
    page = victim.press(practice, "Start the mock exam", form="full")
    for number in range(6):
        harmless(page)
        page = victim.press(
            page, "Next" if number < 5 else "Review", **fields_of(page.served, right(page.served))
        )
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
        for path in ("/progress/", "/no-such-page/"):
            shows(harmless(visitor.get(path)), payload)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_was_just_sent_comes_back_as_text(payload: str, visitor: Visitor, learner: User, exam_page: object):
    practice = visitor.get("/practice/")
    refused = harmless(visitor.press(practice, "Start the mock exam", forged=True, form=payload[:40]))
    shows(refused, payload[:40])
    harmless(visitor.press(practice, "Start studying", forged=True, tag=[payload]))
    harmless(visitor.press(practice, "Start studying", forged=True, length=payload))
    mock = PracticeSession.objects.get()
    first = visitor.get(f"/sessions/{mock.pk}/items/1/")
    for fields in ({"option": [payload]}, {"order_1": payload}, {"pair_x": payload}, {f"pair_{payload}": "x"}):
        harmless(visitor.press(first, "Next", forged=True, **fields))
    harmless(visitor.press(visitor.get("/settings/"), "Save", forged=True, theme=payload, allowance=payload))


@pytest.mark.parametrize("payload", [*PAYLOADS[::4], "javascript:alert(1)", "//evil.example/", "data:text/html,x"])
def test_sign_in_pages_echo_nothing_that_runs(payload: str, stranger: Visitor, learner: User):
    for path in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        page = harmless(Visitor(None).get(f"{path}?next={payload.replace('#', '').replace('&', '')}"))
        button = {"/accounts/login/": "Sign in", "/accounts/signup/": "Sign up"}.get(path, "Reset")
        field = "login" if "login" in path else "email"
        sent = Visitor(None)
        page = sent.get(path)
        harmless(sent.press(page, button, **{field: payload}))
    welcome = Visitor(None)
    page = welcome.get(f"/accounts/login/?next={payload.replace('#', '').replace('&', '')}")
    from tests.cast import PASSWORD

    landed = welcome.press(page, "Sign in", login=learner.email, password=PASSWORD)
    assert landed.response.request["SERVER_NAME"] == "testserver"
    assert "evil" not in landed.path
