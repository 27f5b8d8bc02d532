"""Where allauth meets guests: signing up claims the guest's progress, signing in adopts it."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from questions.actions.people import adopt_guest, claim_guest
from questions.models import User
from questions.web.people import learner_of, received_at


def password_set(request: HttpRequest) -> HttpResponse:
    """allauth's page, but for guests: a password without an address would only lock them out of their progress."""
    learner = learner_of(request)
    if learner is not None and learner.is_guest:
        return redirect("account_signup")
    return allauth_views.password_set(request)


class Devices(ListUserSessionsView):
    """Where the learner is signed in, this device first, then the newest."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sessions as devices."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        rows = sorted(context["sessions"], key=lambda row: (not row.is_current(), -row.created_at.timestamp()))
        context["devices"] = [
            {
                "id": row.pk,
                "name": device_name(row.user_agent),
                "since": row.created_at,
                "ip": row.ip,
                "is_this": row.is_current(),
            }
            for row in rows
        ]
        return context


devices = never_cache(Devices.as_view())


@login_required
@require_POST
def end_device(request: HttpRequest, device_id: int) -> HttpResponse:
    """Sign one device out; this one too, if it is the one named."""
    session = get_object_or_404(UserSession, pk=device_id, user=request.user)
    end_sessions(request, [session])
    messages.success(request, f"{device_name(session.user_agent)} is signed out.")
    return redirect("usersessions_list" if request.user.is_authenticated else "home")


BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"), ("CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
"""What a user agent holds, and what it then is; the first that is found counts, as browsers claim to be one another."""


def device_name(user_agent: str) -> str:
    """A user agent in words: "Firefox on Linux"; "An app" for one that names neither."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return " on ".join(filter(None, (browser, system))) or "An app"


@csrf_exempt
def no_phone(request: HttpRequest) -> HttpResponse:
    """Nobody has a phone number here, and allauth stumbles at this address over anybody who has none."""
    return JsonResponse({"status": 404}, status=404)


class MFAAdapter(DefaultMFAAdapter):
    """Passkeys are kept under the site's name."""

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's word
        """What a new passkey is called until its owner names it."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=type).count() + 1}"


class AccountAdapter(DefaultAccountAdapter):
    """Both the pages and the headless API of allauth pass through here."""

    def new_user(self, request: HttpRequest) -> Any:
        """A guest who signs up stays the same person; anybody else is new."""
        guest = learner_of(request)
        if guest is None or not guest.is_guest:
            return super().new_user(request)
        user = User.objects.get(pk=guest.pk)
        user.guest_since, user.claimed_at, user.username = (
            None,
            received_at(request),
            "",
        )
        return user

    def login(self, request: HttpRequest, user: Any) -> None:
        """After signing in to another account, the guest's answers move there."""
        guest = learner_of(request)
        super().login(request, user)
        if guest is not None and guest.pk != user.pk and guest.is_guest:
            adopt_guest(learner=user, guest=guest, now=received_at(request))

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **more: Any
    ) -> None:
        """Signing up says one thing, that a mail is on its way; that somebody is signed in then, the page shows."""
        match = request.resolver_match
        if match and match.url_name == "account_signup" and message_template == "account/messages/logged_in.txt":
            return
        super().add_message(request, level, message_template, *args, **more)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """How somebody may say once more that it is them, in the site's own words."""
        words = {"mfa_reauthenticate:webauthn": "Use a passkey", "mfa_reauthenticate": "Use a code"}
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [{**method, "description": words.get(method["id"], method["description"])} for method in methods]

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """A guest who gives an address on the account pages, without signing up, has an account from then on."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            claim_guest(email_address.user, now=received_at(request))
        return confirmed

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Nobody has one: accounts are by e-mail. allauth asks at addresses that cannot be left out."""
        return None
