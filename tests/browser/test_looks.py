"""Every page for every eye: no fault that axe can find in either theme, nothing wider than a small phone, room for a thumb."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserType, Page

from questions.actions import sessions
from questions.models import User
from tests.cast import Give

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def places(learner: User, give: Give) -> dict[str, str]:
    """Every kind of page of a learner with some history, by name."""
    from django.utils import timezone

    now = timezone.now()
    study = sessions.start_study(learner=learner, operation_id=uuid.UUID(int=5), now=now, length=8)
    for _ in range(7):
        served = sessions.serve_next(learner=learner, session_id=study.pk, now=now)
        give(type(served).objects.select_related("version", "session").get(pk=served.pk), at=now)
    sessions.finish(learner=learner, session_id=study.pk, now=now)
    mock = sessions.start_mock(learner=learner, operation_id=uuid.UUID(int=6), now=now)
    found = {
        "today": "/",
        "practice": "/practice/",
        "progress": "/progress/",
        "notes": "/notes/",
        "note": "/notes/brewing/",
        "search": "/search/?q=canary+leaves",
        "search without words": "/search/",
        "search without hits": "/search/?q=zeppelin",
        "settings": "/settings/",
        "result": f"/sessions/{study.pk}/result/",
        "review": f"/sessions/{mock.pk}/review/",
        "e-mail": "/accounts/email/",
        "your data": "/account/export/",
        "marks": "/marks/",
        "unfinished sessions": "/sessions/",
        "deleting": "/account/delete/",
    }
    found |= {f"feedback {row.version.kind}": f"/sessions/{study.pk}/items/{row.position}/" for row in
              study.served.select_related("version")}  # fmt: skip
    found |= {f"question {row.version.kind}": f"/sessions/{mock.pk}/items/{row.position}/" for row in
              mock.served.select_related("version")}  # fmt: skip
    return found


def signed_in(browser: Browser, live_server: Any, learner: User, **look: Any) -> Page:
    """A page of the learner's browser with this look."""
    store = SessionStore()
    store["_auth_user_id"] = str(learner.pk)
    store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    store["_auth_user_hash"] = learner.get_session_auth_hash()
    store.create()
    context = browser.new_context(base_url=live_server.url, **look)
    context.add_cookies([{"name": "sessionid", "value": str(store.session_key), "url": live_server.url}])
    return context.new_page()


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def faults(page: Page) -> list[str]:
    """What axe finds, with the place."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def test_axe_finds_no_fault_on_any_page(
    browser: Browser, live_server: Any, learner: User, places: dict[str, str], theme: str
) -> None:
    page = signed_in(browser, live_server, learner, color_scheme=theme)
    found = {}
    for name, path in places.items():
        page.goto(path)
        if bad := faults(page):
            found[name] = bad
    visitor = browser.new_context(base_url=live_server.url, color_scheme=theme).new_page()
    for path in (
        "/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/no-such-page/",
        "/notes/",
        "/notes/brewing/",
        "/search/?q=leaves",
    ):
        visitor.goto(path)
        if bad := faults(visitor):
            found[path] = bad
    assert found == {}


def test_no_page_is_wider_than_a_small_phone_or_complains_or_asks_anybody_else(
    browser: Browser, live_server: Any, learner: User, places: dict[str, str]
) -> None:
    page = signed_in(browser, live_server, learner, viewport={"width": 320, "height": 640}, has_touch=True)
    # Chromium reports whatever the security policy refuses as an error of the console.
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda sent: None if sent.url.startswith(live_server.url) else complaints.append(sent.url))
    wider = {}
    for name, path in places.items():
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wider[name] = width
    assert wider == {}
    assert complaints == []


def test_a_thumb_finds_every_control_of_a_question(
    browser: Browser, live_server: Any, learner: User, places: dict[str, str]
) -> None:
    page = signed_in(browser, live_server, learner, viewport={"width": 360, "height": 740}, has_touch=True)
    small = {}
    for name, path in places.items():
        if not name.startswith("question"):
            continue
        page.goto(path)
        for control in page.locator("main button:visible, main select:visible, main .option-label:visible").all():
            box = control.bounding_box()
            if box and box["height"] and box["height"] < 44 and not control.evaluate("e => e.ariaHidden === 'true'"):
                small[f"{name}: {control.inner_text()[:30]}"] = box["height"]
    assert small == {}


def test_no_page_scrolls_sideways_where_the_browsers_own_text_is_twice_as_large(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], live_server: Any, learner: User,
    places: dict[str, str],
) -> None:  # fmt: skip
    more = [*browser_type_launch_args["args"], "--blink-settings=defaultFontSize=32"]
    browser = browser_type.launch(**browser_type_launch_args | {"args": more})
    try:
        page = signed_in(browser, live_server, learner, viewport={"width": 360, "height": 740}, has_touch=True)
        wider = {}
        for name, path in places.items():
            page.goto(path)
            assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 360:
                wider[name] = width
        assert wider == {}
    finally:
        browser.close()


def test_what_is_chosen_for_a_pair_has_room_beside_a_case(
    browser: Browser, live_server: Any, learner: User, places: dict[str, str]
) -> None:
    for width in (1200, 1280, 360):
        page = signed_in(browser, live_server, learner, viewport={"width": width, "height": 800})
        page.goto(places["question matching"])
        page.locator(".room-item").evaluate("room => room.style.maxInlineSize = '28rem'")  # as narrow as beside a case
        boxes = [select.bounding_box() for select in page.locator(".pair select").all()]
        assert boxes
        assert [box for box in boxes if box is None or box["width"] < 256] == []
