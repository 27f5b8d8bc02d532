"""What every request passes first and every response last."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_structlog.middlewares import RequestMiddleware
from django_structlog.signals import bind_extra_request_finished_metadata

from questions.domain.dates import zone

HEALTH_CHECKS = ("/healthz", "/readyz")
GetResponse = Callable[[HttpRequest], HttpResponse]


class ReceivedAt:
    """Stamps the moment of arrival: ``request.received_at``, an aware UTC datetime.

    Outermost, so that a request which then waits for a lock is still judged by when it came. The response tells the
    server's clock (``Server-Time``, milliseconds since 1970) and the request's id (``Request-Id``, as in the logs).
    """

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.received_at = timezone.now()  # type: ignore[attr-defined]
        request_id = str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self.get_response(request)
        response["Server-Time"] = str(int(timezone.now().timestamp() * 1000))
        response["Request-Id"] = request_id
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response


class LearnersClock:
    """Times on pages are those of the learner's own time zone; nobody's are UTC. Deadlines stay what they are."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whoever has no session costs no statement here, and everybody else is loaded by the page in any case.
        user = request.user
        with timezone.override(zone(user.time_zone) if user.is_authenticated else None):
            return self.get_response(request)


class RequestLog(RequestMiddleware):
    """One log line a request: method, route, status, milliseconds, and the id of the person if one was loaded.

    Health checks, which come every few seconds and tell nothing, are left out.
    """

    def __call__(self, request: HttpRequest) -> Any:
        """Log around the rest of the chain."""
        return self.get_response(request) if request.path in HEALTH_CHECKS else super().__call__(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """The route instead of the address, once it is known: addresses may carry keys and mail addresses."""
        match = request.resolver_match
        return f"{request.method} {'/' + match.route if match else request.path}"


@receiver(bind_extra_request_finished_metadata)
def _add_person_and_duration(
    sender: Any,
    request: HttpRequest,
    logger: logging.Logger,
    log_kwargs: dict[str, Any],
    **kwargs: Any,
) -> None:
    arrived = request.received_at  # type: ignore[attr-defined]
    log_kwargs["ms"] = round((timezone.now() - arrived).total_seconds() * 1000)
    person = getattr(request, "_cached_user", None)
    if person is not None and person.is_authenticated:
        log_kwargs["user_id"] = person.pk
