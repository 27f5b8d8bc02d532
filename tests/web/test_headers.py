"""Every response binds the browser: strict policy, no inline style or script, only our own files."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from questions.actions import sessions
from questions.models import Item, PracticeSession, User
from tests.cast import NOON, Give, right
from tests.web.pages import Page, Visitor

INLINE = (
    re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    re.compile(r"<style\b", re.IGNORECASE),
    re.compile(r"<script\b(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE),
    re.compile(r"(href|src|action)\s*=\s*[\"']?\s*(javascript|data):", re.IGNORECASE),
)
ENTRANCE = (
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/", "/accounts/password/reset/key/x-y/", "/accounts/confirm-email/",
    "/accounts/confirm-email/nothing/", "/accounts/inactive/", "/accounts/login/code/confirm/",
)  # fmt: skip
MANAGE = (
    "/settings/", "/account/export/", "/account/delete/", "/accounts/email/", "/accounts/password/change/",
    "/accounts/logout/", "/accounts/sessions/", "/welcome/", "/accounts/2fa/webauthn/",
    "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/reauthenticate/", "/accounts/2fa/recovery-codes/generate/",
)  # fmt: skip
SITE = ("/", "/practice/", "/notes/", "/notes/brewing/", "/progress/", "/no-such-page/", "/api/v1/docs/")


def bound(response: Page) -> Page:
    """The page, with every header and nothing inline."""
    reply, path = response.response, response.path
    policy = dict(part.split(" ", 1) for part in reply["Content-Security-Policy"].split("; "))
    assert "unsafe" not in reply["Content-Security-Policy"], path
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'self'",) * 3, path
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3, path
    assert (policy["form-action"], policy["img-src"]) == ("'self'", "'self' data:"), path
    assert reply["X-Content-Type-Options"] == "nosniff", path
    assert reply["X-Frame-Options"] == "DENY", path
    assert reply["Referrer-Policy"] == "same-origin", path
    assert reply["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert "camera=()" in reply["Permissions-Policy"], path
    assert "Server-Time" in reply, path
    for pattern in INLINE:
        found = pattern.search(response.html)
        assert found is None, (path, response.html[found.start() - 40 : found.end() + 80])
    for element in response.tree:
        for name in ("src", "href", "action"):
            if element.tag != "a" and name in element.attributes:
                assert not re.match(r"(https?:)?//", element.attributes[name]), (path, element)
    return response


def test_pages_for_everybody(stranger: Visitor):
    for path in (*SITE, *ENTRANCE):
        assert bound(stranger.get(path)).status in (200, 404), path


def test_pages_of_an_account(visitor: Visitor):
    for path in (*SITE, *MANAGE):
        assert bound(visitor.get(path)).status in (200, 404), path


def test_pages_of_a_guest(guest: User):
    visitor = Visitor(guest)
    for path in (*SITE, "/settings/", "/accounts/login/", "/accounts/signup/"):
        assert bound(visitor.get(path)).status in (200, 404), path


def every_page(visitor: Visitor, session: PracticeSession) -> Iterator[Page]:
    """All pages of a session, whole and in part."""
    base = f"/sessions/{session.pk}/"
    for position in session.served.values_list("position", flat=True):
        yield visitor.get(f"{base}items/{position}/")
        yield Page(visitor.client.get(f"{base}items/{position}/", headers={"HX-Request": "true"}))
    for path in ("review/", "result/"):
        yield visitor.get(base + path)


def test_pages_of_sessions(visitor: Visitor, mock: PracticeSession, study: PracticeSession, give: Give, learner: User):
    while served := sessions.serve_next(learner=learner, session_id=study.pk, now=NOON):
        page = bound(visitor.get(f"/sessions/{study.pk}/"))
        bound(visitor.press(page, "Check answer"))
        give(served, right(served))
    for session in (study, mock):
        for page in every_page(visitor, session):
            bound(page)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    for page in every_page(visitor, mock):
        bound(page)


def test_pages_of_the_workshop(instructor: User):
    visitor = Visitor(instructor)
    item = Item.objects.filter(case_slug="").first()
    assert item is not None
    for path in (
        "/admin/", "/admin/questions/item/", "/admin/questions/item/add/", "/admin/questions/item/yaml/",
        f"/admin/questions/item/{item.pk}/change/", f"/admin/questions/item/{item.pk}/edit/",
        f"/admin/questions/item/{item.pk}/history/",
    ):  # fmt: skip
        assert bound(visitor.get(path)).status == 200, path


def test_refusals(visitor: Visitor, first_question: Page):
    assert bound(visitor.press(first_question, "Check answer", forged=True, csrfmiddlewaretoken="x")).status == 403
    assert bound(Page(visitor.client.get("/practice/mock/"))).status == 405


@pytest.mark.django_db
def test_an_accident_of_ours_is_said_without_scripts(monkeypatch: pytest.MonkeyPatch):
    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("CANARY-OF-THE-ENGINE-ROOM")

    monkeypatch.setattr("questions.web.practice.render", fail)
    page = bound(Page(Client(raise_request_exception=False).get("/practice/")))
    assert (page.status, "Something went wrong here" in page.text) == (500, True)
    assert "CANARY" not in page.html
