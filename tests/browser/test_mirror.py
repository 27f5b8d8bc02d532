"""The mirror, the result and the learner's data in a real browser."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from questions.actions import sessions
from questions.models import PracticeSession, User
from tests.browser.test_looks import faults, signed_in
from tests.cast import PASSWORD, Give, right, wrong

pytestmark = pytest.mark.django_db(transaction=True)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def mock_result(learner: User, give: Give) -> str:
    """Weeks of practice, then a mock exam with changed, flagged and missing answers: the address of its result."""
    now = timezone.now()
    for days in (40, 33, 20, 9, 8, 2):
        at = now - days * DAY
        study = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=8)
        while served := sessions.serve_next(learner=learner, session_id=study.pk, now=at):
            at += MINUTE
            give(served, wrong(served) if (served.position + days) % 3 == 0 else right(served), at=at)
    at = now - timedelta(hours=2)
    mock = sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=5), now=at)
    rows = list(mock.served.select_related("version", "session").order_by("position"))
    for served, first, last in zip(
        rows, (wrong, right, wrong, right, wrong), (right, wrong, wrong, right, wrong), strict=False
    ):
        at += MINUTE
        give(served, first(served), at=at)
        give(served, last(served), at=at + MINUTE / 2)
    sessions.set_flag(learner=learner, served_id=rows[0].pk, flagged=True, now=at)
    sessions.finish(learner=learner, session_id=mock.pk, now=at + MINUTE)
    return f"/sessions/{mock.pk}/result/"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_pictures_tables_and_forms(
    theme: str, browser: Browser, live_server: Any, learner: User, mock_result: str
) -> None:
    page = signed_in(browser, live_server, learner, color_scheme=theme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    found = {}
    for path in ("/progress/", mock_result, f"{mock_result}?show=changed", "/account/export/", "/account/delete/"):
        page.goto(path)
        assert page.locator("figure svg[role=img]").count() == {"/progress/": 6}.get(path, 2 if "result" in path else 0)
        for table in page.locator("details.picture-table > summary").all():
            table.click()
        if bad := faults(page):
            found[path] = bad
    page.goto("/account/delete/")
    page.get_by_label("Type").fill("nonsense")
    page.get_by_label("Your password").fill("nonsense")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was deleted")
    if bad := faults(page):
        found["refused"] = bad
    assert found == {}
    assert [text for text in complaints if "422" not in text] == []


def test_pictures_fit_a_small_phone_with_large_text(
    browser: Browser, live_server: Any, learner: User, mock_result: str
) -> None:
    User.objects.filter(pk=learner.pk).update(text_size="larger")
    page = signed_in(browser, live_server, learner, viewport={"width": 320, "height": 640}, has_touch=True)
    for path in ("/progress/", mock_result, "/account/export/", "/account/delete/"):
        page.goto(path)
        for table in page.locator("details.picture-table > summary").all():
            table.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 320, path
        outside = page.locator("main text").evaluate_all(
            "words => words.filter(w => w.getBoundingClientRect().right > 320 || w.getBoundingClientRect().left < 0)"
            ".map(w => w.textContent)"
        )
        assert outside == [], path


def test_a_result_is_read_retried_and_shared_without_javascript(
    browser: Browser, live_server: Any, learner: User, mock_result: str, tmp_path: Path
) -> None:
    page = signed_in(browser, live_server, learner, java_script_enabled=False)
    page.goto(mock_result)
    page.get_by_role("link", name="Wrong").click()
    expect(page.locator(".asked tbody tr")).to_have_count(3)
    page.get_by_role("link", name="Show them").click()
    expect(page.locator(".asked tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the picture").click()
    drawing = Path(download.value.path()).read_text()
    assert "<svg" in drawing
    assert "robin" not in drawing
    page.get_by_role("button", name="Retry what you missed").click()
    expect(page.locator("#answer-form")).to_be_visible()
    assert PracticeSession.objects.order_by("-started_at").first().focus == "missed"  # type: ignore[union-attr]


def test_taking_everything_along_and_leaving(
    browser: Browser, live_server: Any, learner: User, mock_result: str
) -> None:
    page: Page = signed_in(browser, live_server, learner)
    page.goto("/settings/")
    page.get_by_role("link", name="Your data").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    assert download.value.suggested_filename.endswith("-practice.json")
    told = json.loads(Path(download.value.path()).read_text())
    assert (told["profile"]["email"], len(told["sessions"])) == (learner.email, 7)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download your answers").click()
    assert Path(download.value.path()).read_text().startswith("answered_at,session,")
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Type").fill(learner.email)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Your data is deleted")).to_be_visible()
    assert faults(page) == []
    assert not User.objects.filter(pk=learner.pk).exists()
    page.goto("/progress/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
