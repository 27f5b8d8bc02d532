"""Accounts: password reset, change of address, authenticator app, recovery codes, passkeys, signed-in devices, no phones."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from questions.models import User
from questions.web.accounts import device_name
from tests.cast import PASSWORD
from tests.web.pages import Page, Visitor

NEW = "another-cup-of-tea"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(email: str, password: str = PASSWORD, agent: str = FIREFOX) -> tuple[Visitor, Page]:
    """A browser in which somebody has given address and password."""
    visitor = Visitor()
    visitor.client.defaults["HTTP_USER_AGENT"] = agent
    page = visitor.press(visitor.get("/accounts/login/"), "Sign in", login=email, password=password)
    return visitor, page


def link() -> str:
    """The link in the newest mail, as the visitor's browser opens it."""
    (found,) = re.findall(r"http://testserver(/\S+)", mail.outbox[-1].body)
    return str(found)


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(learner: User, stranger: Visitor):
    page = stranger.press(stranger.get("/accounts/password/reset/"), "Reset my password", email=learner.email)
    assert "Look into your mail" in page.text
    assert mail.outbox[-1].to == [learner.email]
    assert "Hello from" not in mail.outbox[-1].body
    where = link()
    page = stranger.press(stranger.get(where), "Change password", password1=NEW, password2=NEW)
    assert page.status == 200
    assert "This link no longer works" in Visitor().get(where).text
    assert sign_in(learner.email, NEW)[1].path == "/"
    assert "not correct" in sign_in(learner.email, PASSWORD)[1].text


def test_a_reset_tells_nobody_who_has_an_account(learner: User):
    told = []
    for address in (learner.email, "nobody@tea.example"):
        visitor = Visitor()
        page = visitor.press(visitor.get("/accounts/password/reset/"), "Reset my password", email=address)
        told.append(page.text.replace(address, ""))
    assert told[0] == told[1]


def test_an_address_is_changed_by_adding_confirming_and_removing(learner: User):
    visitor, _ = sign_in(learner.email)
    visitor.press(visitor.get("/accounts/email/"), "Add email", email="new@tea.example")
    assert mail.outbox[-1].to == ["new@tea.example"]
    visitor.press(visitor.get(link()), "Confirm")
    visitor.press(visitor.get("/accounts/email/"), "Make primary", email="new@tea.example")
    visitor.press(visitor.get("/accounts/email/"), "Remove", email=learner.email)
    learner.refresh_from_db()
    assert learner.email == "new@tea.example"
    assert [row.email for row in learner.emailaddress_set.all()] == ["new@tea.example"]
    assert sign_in("new@tea.example")[1].path == "/"


@pytest.fixture
def app(learner: User) -> tuple[Visitor, str]:
    """The learner has set up an authenticator app; their browser and the app's secret."""
    visitor, _ = sign_in(learner.email)
    page = visitor.get("/accounts/2fa/totp/activate/")
    assert page.path == "/accounts/reauthenticate/", "how one signs in changes only after asking once more"
    page = visitor.press(page, "Confirm", password=PASSWORD)
    secret = next(e.attributes["value"] for e in page.tree if e.attributes.get("id") == "authenticator_secret")
    page = visitor.press(page, "Activate", code=code(secret))
    assert "Recovery codes" in page.text
    return visitor, secret


def code(secret: str) -> str:
    """What the app shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))


def test_with_an_app_the_password_alone_signs_nobody_in(app: tuple[Visitor, str], learner: User, clock):
    visitor, page = sign_in(learner.email)
    assert (page.path, "One more step" in page.text) == ("/accounts/2fa/authenticate/", True)
    assert visitor.get("/progress/").path == "/accounts/login/"
    page = visitor.press(visitor.get("/accounts/2fa/authenticate/"), "Sign in", code="000000")
    assert "Incorrect code" in page.text
    clock.shift(60)  # a code works once
    assert visitor.press(page, "Sign in", code=code(app[1])).path == "/"


def test_a_recovery_code_signs_in_once(app: tuple[Visitor, str], learner: User):
    page = app[0].get("/accounts/2fa/recovery-codes/")
    (codes,) = page.tree.all("ul", class_="codes")
    first, *others = [item.text for item in codes.all("li")]
    assert len({first, *others}) == 10
    paths = []
    for _ in range(2):
        visitor, page = sign_in(learner.email)
        paths.append(visitor.press(page, "Sign in", code=first).path)
    assert paths == ["/", "/accounts/2fa/authenticate/"]
    assert "9 of 10 left" in app[0].get("/accounts/2fa/").text


def test_turning_the_app_off_ends_the_second_step(app: tuple[Visitor, str], learner: User):
    app[0].press(app[0].get("/accounts/2fa/totp/deactivate/"), "Deactivate")
    assert not Authenticator.objects.filter(user=learner, type="totp").exists()
    assert sign_in(learner.email)[1].path == "/"


def test_passkeys_are_offered_where_one_signs_in_and_kept_under_the_name_of_the_site(learner: User, rf):
    visitor, _ = sign_in(learner.email)
    login = Visitor().get("/accounts/login/")
    assert "Sign in with a passkey" in login.text
    assert "Add a passkey" in visitor.get("/accounts/2fa/").text
    page = visitor.press(visitor.get("/accounts/2fa/webauthn/add/"), "Confirm", password=PASSWORD)
    assert (page.path, "Sign in with it alone" in page.text) == ("/accounts/2fa/webauthn/add/", True)
    assert '"name": "MLOps Prep"' in page.html
    assert get_adapter()._get_site_name() == "MLOps Prep"


def test_a_forged_passkey_signs_nobody_in(learner: User):
    visitor = Visitor()
    page = visitor.get("/accounts/login/")
    forged = '{"id": "x", "rawId": "eA", "type": "public-key", "response": {"userHandle": "MQ"}}'
    for credential in ("", "{}", forged, "[1]", "x"):
        page = visitor.get("/accounts/login/")
        token = page.form("Sign in")[0].values["csrfmiddlewaretoken"][0]
        reply = visitor.client.post(
            "/accounts/2fa/webauthn/login/", {"credential": credential, "csrfmiddlewaretoken": token}
        )
        assert (reply.status_code, "_auth_user_id" in visitor.client.session) == (302, False), credential


def devices(visitor: Visitor) -> list[str]:
    """The devices that the page lists, without their time and address."""
    page = visitor.get("/accounts/sessions/")
    return [row.text.split(" Signed in")[0] for row in page.tree.all("ul", class_="devices")[0].all("li")]


def test_a_device_is_signed_out_from_another_one(learner: User, other: User, clock):
    phone, _ = sign_in(
        learner.email, agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Mobile/15E148 Safari/604.1"
    )
    clock.shift(60)
    laptop, _ = sign_in(learner.email)
    sign_in(other.email)
    assert devices(laptop) == ["Firefox on Linux This device", "Safari on iPhone"]
    page = laptop.press(laptop.get("/accounts/sessions/"), "Sign out Safari on iPhone")
    assert page.messages == ["Safari on iPhone is signed out."]
    assert devices(laptop) == ["Firefox on Linux This device"]
    assert phone.get("/progress/").path == "/accounts/login/"
    assert UserSession.objects.count() == 2


def test_all_other_devices_are_signed_out_at_once(learner: User):
    others = [sign_in(learner.email)[0] for _ in range(3)]
    here, _ = sign_in(learner.email)
    here.press(here.get("/accounts/sessions/"), "Sign out all other devices")
    assert [visitor.get("/progress/").path for visitor in (*others, here)] == ["/accounts/login/"] * 3 + ["/progress/"]


def test_nobody_signs_out_somebody_else(learner: User, other: User):
    theirs, _ = sign_in(other.email)
    visitor, _ = sign_in(learner.email)
    row = UserSession.objects.get(user=other)
    token = visitor.get("/settings/").form("Save")[0].values["csrfmiddlewaretoken"][0]
    reply = visitor.client.post(f"/accounts/sessions/{row.pk}/", {"csrfmiddlewaretoken": token})
    assert (reply.status_code, theirs.get("/progress/").path) == (404, "/progress/")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) Version/19.0 Safari/605.1", "Safari on macOS"),
        ("curl/8.9", "An app"),
        ("", "An app"),
    ],
)
def test_a_device_is_named_as_its_owner_knows_it(agent: str, name: str):
    assert device_name(agent) == name


@pytest.mark.parametrize("client", ["app", "browser"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_there_are_no_phone_numbers(client: str, method: str, visitor: Visitor):
    for browser in (visitor.client, Client()):
        assert getattr(browser, method)(f"/_allauth/{client}/v1/account/phone").status_code == 404
