"""Where allauth meets guests: signing up claims the guest's progress, signing in adopts it."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from questions.actions.people import adopt_guest, claim_guest
from questions.models import User
from questions.web.people import learner_of, received_at


def password_set(request: HttpRequest) -> HttpResponse:
    """allauth's page, but for guests: a password without an address would only lock them out of their progress."""
    learner = learner_of(request)
    if learner is not None and learner.is_guest:
        return redirect("account_signup")
    return allauth_views.password_set(request)


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

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """A guest who gives an address on the account pages, without signing up, has an account from then on."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            claim_guest(email_address.user, now=received_at(request))
        return confirmed

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Nobody has one: accounts are by e-mail. allauth asks at addresses that cannot be left out."""
        return None
