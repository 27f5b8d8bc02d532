"""The operator's page in a real browser: no fault that axe can find, nothing wider than a small phone, no script needed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from questions.actions import engine, monitors
from questions.models import EngineVersion, Item, ItemFlag, User
from tests.actions.test_engine import BOLD, approved
from tests.browser.test_looks import faults, signed_in
from tests.cast import make_user
from tests.logs import crowd, log_answers, skilled

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/admin/engine/"


@pytest.fixture
def operator(bank: object) -> User:
    """An operator, and an engine with some history."""
    user = make_user("oda", is_staff=True, is_superuser=True)
    now = timezone.now()
    truth = skilled(random.Random(1))
    for learner in crowd(4):
        log_answers(learner, truth, at=now - timedelta(days=4), rounds=3, explored=0.5)
    monitors.report_calibration(now=now)
    engine.propose(BOLD, evidence={}, now=now)
    engine.start_canary(approved(engine.EngineParameters("belief-1.other")), share=0.1, by=user, now=now)
    ItemFlag.objects.create(
        item=Item.objects.first(), kind="misfit", figures={"infit": 1.4, "answers": 40}, opened_at=now
    )
    return user


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_fault_and_nothing_is_too_wide(
    browser: Browser, live_server: Any, operator: User, theme: str, width: int
) -> None:
    look = {"color_scheme": theme, "viewport": {"width": width, "height": 800}}
    page = signed_in(browser, live_server, operator, **look)
    page.goto(ADDRESS)
    for summary in page.locator("summary").all():
        summary.click()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_rollback_needs_no_script(browser: Browser, live_server: Any, operator: User) -> None:
    page = signed_in(browser, live_server, operator, java_script_enabled=False)
    page.goto(ADDRESS)
    expect(page.get_by_text("Challenger: belief-1.other, 10 % of the learners")).to_be_visible()
    page.get_by_label("Reason").first.fill("It is worse.")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("Rolled back: what served before serves again.")).to_be_visible()
    expect(page.get_by_text("No challenger")).to_be_visible()


def test_enter_behind_a_reason_decides_nothing(browser: Browser, live_server: Any, operator: User) -> None:
    page = signed_in(browser, live_server, operator)
    page.goto(ADDRESS)
    row = EngineVersion.objects.get(name=BOLD.name)
    page.locator("summary", has_text=f"Decide on {BOLD.name}").click()
    reason = page.locator(f"#decide-why-{row.pk}")
    reason.fill("It is worse.")
    reason.press("Enter")
    page.wait_for_timeout(500)
    row.refresh_from_db()
    assert row.state == EngineVersion.CANDIDATE
    expect(reason).to_have_value("It is worse.")
