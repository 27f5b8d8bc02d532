"""Accounts in a real browser, under the strict policy: passkeys by a virtual authenticator, the device's zone, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, expect

from questions.actions import people, reminders
from questions.models import User
from tests.browser.test_looks import faults, signed_in
from tests.cast import NOON, PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def with_key(browser: Browser, live_server: Any) -> Page:
    """A visitor whose device keeps passkeys and recognises its owner."""
    context = browser.new_context(base_url=live_server.url, timezone_id="Europe/Berlin")
    page = context.new_page()
    control = context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    control.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return page


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser reports as an error; a refusal by the policy is one."""
    found: list[str] = []
    yield found
    assert found == []


def sign_in(page: Page, learner: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(learner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_a_passkey_is_made_signs_in_alone_and_is_removed(
    browser: Browser, live_server: Any, learner: User, complaints: list[str]
) -> None:
    page = with_key(browser, live_server)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, learner)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert faults(page) == []
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    assert faults(page) == []
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/")
    expect(page.get_by_text("Signs in alone")).to_be_visible()
    assert faults(page) == []

    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="Use a passkey").click()
    assert faults(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Remove a passkey")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("You have no passkey yet")).to_be_visible()


def test_a_passkey_is_the_second_step_after_a_password(browser: Browser, live_server: Any, learner: User) -> None:
    page = with_key(browser, live_server)
    sign_in(page, learner)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(learner.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Today")).to_be_visible()


def test_a_device_without_a_passkey_is_told_so(browser: Browser, live_server: Any, learner: User) -> None:
    page = with_key(browser, live_server)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("No passkey was given, so nobody was signed in.")


def test_the_device_tells_its_zone_with_the_first_questions_and_offers_it_in_the_settings(
    browser: Browser, live_server: Any, learner: User
) -> None:
    page = signed_in(browser, live_server, learner, timezone_id="Asia/Tokyo")
    page.goto("/settings/")
    page.get_by_role("button", name="Use that").click()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(page.get_by_role("button", name="Use that")).to_be_hidden()
    page.goto("/")
    page.get_by_label("Minutes a day").fill("15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("When is your exam?")).to_be_hidden()
    learner.refresh_from_db()
    assert (learner.time_zone, learner.minutes_a_day) == ("Asia/Tokyo", 15)


def test_the_pages_of_an_account_have_no_fault_and_fit_a_small_phone(
    browser: Browser, live_server: Any, learner: User
) -> None:
    people.change_settings(learner, now=NOON, reminders=True)
    found: dict[str, Any] = {}
    for theme in ("light", "dark"):
        look: dict[str, Any] = {"color_scheme": theme, "viewport": {"width": 320, "height": 640}}
        page = signed_in(browser, live_server, learner, **look)
        visitor = browser.new_context(base_url=live_server.url, **look).new_page()
        places = {
            page: (
                "/welcome/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/2fa/webauthn/",
                "/accounts/reauthenticate/", "/accounts/sessions/", "/accounts/logout/",
            ),
            visitor: (
                "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/",
                "/accounts/password/reset/key/x-y/", "/accounts/confirm-email/", "/accounts/confirm-email/x/",
                f"/reminders/{reminders.leave_token(learner)}/",
            ),
        }  # fmt: skip
        for where, paths in places.items():
            for path in paths:
                where.goto(path)
                width = where.evaluate("document.documentElement.scrollWidth")
                if (bad := faults(where)) or width > 320:
                    found[f"{theme} {path}"] = (bad, width)
    assert found == {}
    assert mail.outbox == []
