"""Without a connection: an answer waits on the device and counts once, notes stay readable, nothing personal stays behind."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from questions.actions import sessions
from questions.actions.answer import record_answer
from questions.models import Answer, PracticeSession, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("bank")]

WAITS = re.compile("Not sent yet: kept on this device, sent when the connection returns.", re.IGNORECASE)


@pytest.fixture
def room(browser: Browser, live_server: Any, learner: User) -> Iterator[BrowserContext]:
    """The learner's browser."""
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, live_server.url, learner)
    yield context
    context.close()


def sign_in(context: BrowserContext, url: str, learner: User) -> None:
    store = SessionStore()
    store["_auth_user_id"] = str(learner.pk)
    store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    store["_auth_user_hash"] = learner.get_session_auth_hash()
    store.create()
    context.add_cookies([{"name": "sessionid", "value": str(store.session_key), "url": url}])


def opened(context: BrowserContext, path: str) -> Page:
    """A page with its scripts, in a tab of its own."""
    page = context.new_page()
    page.goto(path)
    page.wait_for_load_state()
    return page


def question(session: PracticeSession, kind: str = "choice") -> str:
    """The address of the first question of this kind."""
    served = session.served.filter(version__kind=kind).order_by("position").first()
    assert served is not None
    return f"/sessions/{session.pk}/items/{served.position}/"


def unsent(page: Page) -> Any:
    return page.locator(".unsent [role=status]")


def looked_after(page: Page) -> None:
    """Wait until the service worker stands behind the page."""
    page.wait_for_function("() => navigator.serviceWorker?.controller?.state === 'activated'")


def keeps(page: Page, path: str) -> None:
    """Wait until the device keeps this page."""
    for _ in range(100):
        if page.evaluate("async (path) => Boolean(await caches.match(path, { ignoreVary: true }))", path):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{path} is not kept")


def chosen(session: PracticeSession, path: str, place: int) -> dict[str, list[str]]:
    """The response that choosing this option of the page means."""
    served = session.served.get(position=path.split("/")[-2])
    return {"options": [served.shown_order[place]]}


def served_study(study: PracticeSession, kind: str = "choice") -> str:
    """The first question of this kind in the study session, all before it answered."""
    while served := sessions.serve_next(learner=study.learner, session_id=study.pk, now=timezone.now()):
        if served.version.kind == kind:
            return f"/sessions/{study.pk}/items/{served.position}/"
        record_answer(
            learner=study.learner, served_id=served.pk, response={"unknown": True}, operation_id=uuid.uuid4(),
            received_at=timezone.now(),
        )  # fmt: skip
    raise AssertionError(f"no {kind} question")


def lost_replies(page: Page) -> list[str]:
    """From now on answers reach the server, and what it replies is lost. Which ones did, by their operation."""
    arrived: list[str] = []

    def lose(route: Route) -> None:
        arrived.append(re.findall("operation_id=([0-9a-f-]+)", route.request.post_data or "")[0])
        route.fetch()
        route.abort()

    page.route("**/answer/", lose)
    return arrived


def test_a_study_answer_given_offline_is_kept_and_counts_once(room: BrowserContext, study: PracticeSession) -> None:
    path = served_study(study)
    before = Answer.objects.count()
    page = opened(room, path)
    room.set_offline(True)
    page.locator(".option-label").nth(1).click()
    page.get_by_role("button", name="Check answer").click()
    expect(unsent(page)).to_have_text(WAITS)
    expect(page.locator("input[name=option]").nth(1)).to_be_checked()
    page.get_by_role("button", name="Check answer").click()  # pressing again is no other answer
    page.get_by_role("button", name="Send now").click()
    expect(unsent(page)).to_have_text(WAITS)
    assert Answer.objects.count() == before

    room.set_offline(False)
    expect(page.locator("#verdict")).to_be_visible()
    expect(unsent(page)).to_have_text(re.compile(r"Saved: your answer to question \d+ was sent\."))
    page.reload()
    expect(page.locator("#verdict")).to_be_visible()
    expect(unsent(page)).to_be_empty()
    assert Answer.objects.count() == before + 1
    answer = Answer.objects.latest("pk")
    assert answer.response == chosen(study, path, 1)


def test_an_answer_that_was_taken_leaves_nothing_on_the_device_and_is_not_sent_again(
    room: BrowserContext, study: PracticeSession
) -> None:
    page = opened(room, served_study(study))
    page.locator(".option-label").first.click()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#answer-form")).to_have_count(0)
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('unsent '))")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/answer/") else None)
    page.goto("/")
    page.wait_for_timeout(3500)  # longer than an answer of another page may still be on its way
    assert sent == []
    expect(unsent(page)).to_be_empty()


def test_the_choice_can_still_change_while_it_waits(room: BrowserContext, study: PracticeSession) -> None:
    path = served_study(study)
    before = Answer.objects.count()
    page = opened(room, path)
    room.set_offline(True)
    for place in (1, 2):
        page.locator(".option-label").nth(place).click()
        page.get_by_role("button", name="Check answer").click()
        expect(unsent(page)).to_have_text(WAITS)
    room.set_offline(False)
    expect(page.locator("#verdict")).to_be_visible()
    assert Answer.objects.count() == before + 1
    assert Answer.objects.latest("pk").response == chosen(study, path, 2)


def test_a_reply_that_was_lost_is_asked_for_again_and_the_answer_counts_once(
    room: BrowserContext, study: PracticeSession
) -> None:
    page = opened(room, served_study(study))
    before = Answer.objects.count()
    arrived = lost_replies(page)
    page.locator(".option-label").nth(1).click()
    page.get_by_role("button", name="Check answer").click()
    expect(unsent(page)).to_have_text(WAITS)
    page.unroute("**/answer/")
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#verdict")).to_be_visible()
    assert Answer.objects.count() == before + 1
    assert [str(Answer.objects.latest("pk").operation_id)] == arrived


def test_an_answer_outlives_its_page_and_is_sent_by_the_next(room: BrowserContext, study: PracticeSession) -> None:
    path = served_study(study)
    before = Answer.objects.count()
    page = opened(room, path)
    room.set_offline(True)
    page.locator(".option-label").nth(0).click()
    page.get_by_role("button", name="Check answer").click()
    expect(unsent(page)).to_have_text(WAITS)
    page.close()
    room.set_offline(False)
    elsewhere = opened(room, "/practice/")
    expect(unsent(elsewhere)).to_have_text(re.compile("Saved: your answer to question"))
    assert Answer.objects.count() == before + 1
    assert opened(room, path).locator("#verdict").count() == 1


def test_a_mock_answer_given_offline_is_kept_and_counts_once(room: BrowserContext, mock: PracticeSession) -> None:
    restart(mock)
    path = question(mock)
    page = opened(room, path)
    room.set_offline(True)
    for place in (0, 2):
        page.locator(".option-label").nth(place).click()
        expect(page.locator("#save-state")).to_have_text("Not sent yet")
    expect(unsent(page)).to_have_text(WAITS)
    page.get_by_role("button", name="Next", exact=True).last.click()
    expect(unsent(page)).to_contain_text("Stay on this page")
    assert page.url.endswith(path)
    assert Answer.objects.count() == 0

    room.set_offline(False)
    expect(page.locator("#save-state")).to_have_text("Saved")
    expect(unsent(page)).to_have_text(re.compile("Saved: your answer to question"))
    assert [answer.response for answer in Answer.objects.all()] == [chosen(mock, path, 2)]
    page.get_by_role("button", name="Next", exact=True).last.click()
    page.wait_for_url(lambda url: not url.endswith(path))
    page.wait_for_timeout(3500)  # whatever was still on its way is looked after by then
    expect(unsent(page)).to_be_empty()
    assert Answer.objects.count() == 1


def restart(mock: PracticeSession) -> None:
    """The exam of the cast began at a noon long ago; let it run now."""
    now = timezone.now()
    PracticeSession.objects.filter(pk=mock.pk).update(started_at=now, deadline=now + timedelta(minutes=12))


def test_leaving_a_mock_question_at_once_keeps_the_choice_however_the_connection_is(
    room: BrowserContext, mock: PracticeSession
) -> None:
    restart(mock)
    path = question(mock)
    page = opened(room, path)
    page.route("**/answer/", lambda route: route.abort())  # the network is there and leads nowhere
    page.locator(".option-label").nth(1).click()
    page.locator("[data-next]").click()
    page.wait_for_timeout(300)  # a page of the browser's own
    page.unroute("**/answer/")
    page.goto("/practice/")
    expect(unsent(page)).to_have_text(re.compile("Saved: your answer to question"), timeout=10000)
    assert [answer.response for answer in Answer.objects.all()] == [chosen(mock, path, 1)]


def test_an_older_answer_does_not_undo_what_another_device_chose_since(
    room: BrowserContext, browser: Browser, live_server: Any, learner: User, mock: PracticeSession
) -> None:
    restart(mock)
    path = question(mock)
    page = opened(room, path)
    room.set_offline(True)
    page.locator(".option-label").nth(0).click()
    expect(unsent(page)).to_have_text(WAITS)

    phone = browser.new_context(base_url=live_server.url)
    sign_in(phone, live_server.url, learner)
    other = opened(phone, path)
    other.locator(".option-label").nth(3).click()
    expect(other.locator("#save-state")).to_have_text("Saved")
    phone.close()

    room.set_offline(False)
    expect(unsent(page)).to_contain_text("was answered elsewhere after you answered it here")
    expect(unsent(page)).to_contain_text("Kept on this device: A.")
    assert [answer.response for answer in Answer.objects.order_by("pk")] == [chosen(mock, path, 3)]
    page.get_by_role("button", name="Use this answer").click()
    expect(unsent(page)).to_have_text(re.compile("Saved: your answer to question"))
    assert [answer.response for answer in Answer.objects.order_by("pk")] == [
        chosen(mock, path, 3),
        chosen(mock, path, 0),
    ]


def test_a_refusal_is_said_in_the_servers_words_until_it_is_dismissed(
    room: BrowserContext, mock: PracticeSession
) -> None:
    restart(mock)
    page = opened(room, question(mock))
    room.set_offline(True)
    page.locator(".option-label").nth(0).click()
    expect(unsent(page)).to_have_text(WAITS)
    past = timezone.now() - timedelta(minutes=3)
    PracticeSession.objects.filter(pk=mock.pk).update(started_at=past - timedelta(minutes=12), deadline=past)
    room.set_offline(False)
    expect(unsent(page)).to_contain_text("was not taken:")
    expect(unsent(page)).to_contain_text("You chose: A.")
    said = unsent(page).inner_text()
    page.goto("/practice/")
    assert unsent(page).inner_text() == said
    page.get_by_role("button", name="Dismiss").click()
    expect(unsent(page)).to_be_empty()
    page.reload()
    expect(unsent(page)).to_be_empty()
    assert Answer.objects.count() == 0


def test_one_persons_answer_is_never_sent_by_another(
    room: BrowserContext, live_server: Any, study: PracticeSession, other: User, learner: User
) -> None:
    page = opened(room, served_study(study))
    before = Answer.objects.count()
    room.set_offline(True)
    page.locator(".option-label").nth(0).click()
    page.get_by_role("button", name="Check answer").click()
    expect(unsent(page)).to_have_text(WAITS)
    room.clear_cookies()
    room.set_offline(False)
    expect(unsent(page)).to_contain_text("Sign in again to send it.")

    visitor = opened(room, "/practice/")
    expect(unsent(visitor)).to_contain_text("kept on this device. Sign in to send it.")
    sign_in(room, live_server.url, other)
    posts: list[str] = []
    room.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    somebody = opened(room, "/practice/")
    somebody.wait_for_timeout(500)
    expect(unsent(somebody)).to_be_empty()
    page.close()
    assert posts == []

    sign_in(room, live_server.url, learner)
    back = opened(room, "/practice/")
    expect(unsent(back)).to_have_text(re.compile("Saved: your answer to question"))
    assert Answer.objects.count() == before + 1
    assert set(Answer.objects.values_list("learner", flat=True)) == {learner.pk}


def test_a_form_waits_for_the_connection_instead_of_leaving_the_page(room: BrowserContext) -> None:
    page = opened(room, "/practice/")
    room.set_offline(True)
    page.locator("form[action='/practice/study/'] button[type=submit]").last.click()
    expect(unsent(page)).to_contain_text("No connection. Stay on this page")
    assert page.url.endswith("/practice/")
    room.set_offline(False)
    page.locator("form[action='/practice/study/'] button[type=submit]").last.click()
    expect(page.locator("#answer-form")).to_be_visible()


def test_notes_are_readable_offline_after_one_visit_and_nothing_else_is(room: BrowserContext, learner: User) -> None:
    page = opened(room, "/notes/brewing/")
    looked_after(page)
    title = page.locator("h1").inner_text()
    keeps(page, "/notes/brewing/")
    room.set_offline(True)

    page.reload()
    expect(page.locator("h1")).to_have_text(title)
    expect(page.get_by_text("No connection. This is the copy kept on this device.")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.frame')).maxWidth") != "none"  # with its styles
    assert learner.email not in page.content()
    assert page.locator("html").get_attribute("data-learner") is None

    page.goto("/progress/")
    expect(page.locator("h1")).to_have_text("No connection")
    expect(page.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("link", name=title).click()
    expect(page.locator("h1")).to_have_text(title)
    page.goto("/progress/")
    room.set_offline(False)
    expect(page.locator("h1")).not_to_have_text("No connection")  # it comes by itself
    page.goto("/notes/brewing/")
    assert page.locator("html").get_attribute("data-learner") == str(learner.pk)  # online it is the learner's own again


def test_nothing_personal_stays_on_the_device_after_signing_out(
    room: BrowserContext, live_server: Any, study: PracticeSession
) -> None:
    item = served_study(study)
    page = opened(room, "/")
    looked_after(page)
    places = ["/", "/progress/", "/settings/", "/practice/", "/accounts/email/", item, "/notes/", "/notes/brewing/"]
    for path in places:
        page.goto(path)
    page.request.get("/api/v1/progress")
    page.goto("/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    kept = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys())
              for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
            return found;
        }"""
    )
    pages = {path for path in kept if not path.startswith("/static/")}
    assert {"/offline/"} <= pages <= {"/offline/", "/notes/", "/notes/brewing/"}
    room.set_offline(True)
    for path in ("/", "/progress/", "/settings/", "/accounts/email/", item, "/api/v1/progress", "/admin/"):
        page.goto(path)
        expect(page.locator("h1")).to_have_text("No connection")


def test_a_new_worker_lets_the_old_caches_go_and_takes_the_notes_along(room: BrowserContext) -> None:
    page = opened(room, "/notes/brewing/")
    looked_after(page)
    keeps(page, "/notes/brewing/")
    page.evaluate(
        """async () => {
            for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
            const text = await (await caches.match('/notes/brewing/', {ignoreVary: true})).text();
            for (const name of await caches.keys()) await caches.delete(name);
            await (await caches.open('notes-old')).put('/notes/brewing/', new Response(text));
            await (await caches.open('static-old')).put('/static/css/gone.css', new Response(''));
        }"""
    )
    page.goto("/practice/")
    looked_after(page)
    names = page.evaluate("() => caches.keys()")
    assert sorted(name.split("-")[0] for name in names) == ["notes", "static"]
    assert not {"notes-old", "static-old"} & set(names)
    room.set_offline(True)
    page.goto("/notes/brewing/")
    expect(page.get_by_text("This is the copy kept on this device.")).to_be_visible()


def test_a_note_that_a_new_worker_cannot_fetch_stays_as_it_is(room: BrowserContext) -> None:
    page = opened(room, "/notes/brewing/")
    looked_after(page)
    keeps(page, "/notes/brewing/")
    page.evaluate(
        """async () => {
            for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
            for (const name of await caches.keys()) await caches.delete(name);
            const text = '<html lang="en"><link href="/static/css/old.css"><h1>Old brew</h1></html>';
            const headers = {'Content-Type': 'text/html'};
            await (await caches.open('notes-old')).put('/notes/brewing/', new Response(text, {headers}));
            await (await caches.open('static-old')).put('/static/css/old.css', new Response('h1 { color: red }'));
        }"""
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("questions.web.notes.render", None)  # the server has an accident
        page.goto("/practice/")
        looked_after(page)
    room.set_offline(True)
    page.goto("/notes/brewing/")
    expect(page.locator("h1")).to_have_text("Old brew")
    assert page.evaluate("async () => Boolean(await caches.match('/static/css/old.css'))")
    assert "static-old" not in page.evaluate("() => caches.keys()")


def test_without_javascript_nothing_is_different(browser: Browser, live_server: Any, learner: User) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, live_server.url, learner)
    page = context.new_page()
    page.goto("/notes/brewing/")
    expect(page.locator("h1")).to_be_visible()
    assert page.locator(".unsent").count() == 0
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_what_is_said_offline_and_it_fits_a_small_phone(
    browser: Browser, live_server: Any, learner: User, mock: PracticeSession, theme: str
) -> None:
    restart(mock)
    context = browser.new_context(
        base_url=live_server.url, color_scheme=theme, viewport={"width": 320, "height": 640}, has_touch=True
    )
    sign_in(context, live_server.url, learner)
    page = opened(context, "/notes/brewing/")
    looked_after(page)
    keeps(page, "/notes/brewing/")
    found = {}

    def look(name: str) -> None:
        violations = Axe().run(page).response["violations"]
        faults = [f"{rule['id']}: {node['target']}" for rule in violations for node in rule["nodes"]]
        faults += ["too wide"] if page.evaluate("document.documentElement.scrollWidth") > 320 else []
        small = [
            one.bounding_box() for one in page.locator(".unsent button:visible, [data-offline] button:visible").all()
        ]
        faults += [f"small: {box}" for box in small if box and box["height"] < 44]
        if faults:
            found[name] = faults

    context.set_offline(True)
    page.reload()
    expect(page.get_by_text("This is the copy kept on this device.")).to_be_visible()
    look("kept note")
    page.goto("/progress/")
    expect(page.get_by_role("link", name="Brewing")).to_be_visible()
    look("offline page")
    context.set_offline(False)
    page.goto(question(mock))
    page.wait_for_load_state()
    context.set_offline(True)
    page.locator(".option-label").nth(0).click()
    expect(unsent(page)).to_have_text(WAITS)
    look("waiting")
    past = timezone.now() - timedelta(minutes=3)
    PracticeSession.objects.filter(pk=mock.pk).update(started_at=past - timedelta(minutes=12), deadline=past)
    context.set_offline(False)
    expect(unsent(page)).to_contain_text("was not taken:")
    look("refused")
    context.close()
    assert found == {}
