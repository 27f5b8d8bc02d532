"""Is the process alive, and may it be sent requests? For supervisors and load balancers, not for people."""

from __future__ import annotations

import threading

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from questions.models import Heartbeat

_migrated = threading.Event()


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all; asks neither the database nor Redis."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and its tables are those of this code, else 503.

    ``worker_silent_for`` is the age in seconds of the worker's last sign of life, null before the first. It is told and
    never counts: learners practise without a worker.
    """
    try:
        pending = _pending_migrations()
        age = _worker_silent_for(request)
    except DatabaseError as error:
        return JsonResponse(
            {
                "ready": False,
                "why": f"The database does not answer: {type(error).__name__}",
            },
            status=503,
        )
    if pending:
        return JsonResponse({"ready": False, "why": f"{pending} migrations to apply"}, status=503)
    return JsonResponse({"ready": True, "worker_silent_for": age})


def _worker_silent_for(request: HttpRequest) -> int | None:
    beat = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    return round((request.received_at - beat).total_seconds()) if beat else None  # type: ignore[attr-defined]


def _pending_migrations() -> int:
    """How many migrations the database lacks. Once none, that stands: tables are not taken back from a server."""
    if _migrated.is_set():
        return 0
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if not pending:
        _migrated.set()
    return pending
