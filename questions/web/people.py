"""Who is asking: the learner of a request, and guests who come without an account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import Http404, HttpRequest

from questions import queries
from questions.actions.people import start_guest
from questions.models import PracticeSession, User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def learner_of(request: HttpRequest) -> User | None:
    """The signed-in learner or guest; None for a visitor."""
    return request.user if request.user.is_authenticated else None


def learner_or_guest(request: HttpRequest) -> User:
    """The learner; a visitor becomes a guest first. Only for requests that may write."""
    learner = learner_of(request)
    if learner is None:
        learner = start_guest(now=received_at(request))
        login(request, learner, backend=BACKEND)
    return learner


def own_session_or_404(request: HttpRequest, session_id: UUID) -> PracticeSession:
    """The session of this learner; Http404 for anybody else's, and for a visitor."""
    learner = learner_of(request)
    try:
        if learner is not None:
            return queries.own_session(learner, session_id)
    except PracticeSession.DoesNotExist:
        pass
    raise Http404("There is no such session of yours.")


def received_at(request: HttpRequest) -> Any:
    """When the server received the request: the time that counts for deadlines."""
    return request.received_at  # type: ignore[attr-defined]


def context(request: HttpRequest) -> dict[str, Any]:
    """Template context processor: ``learner``."""
    return {"learner": learner_of(request) if hasattr(request, "user") else None}
