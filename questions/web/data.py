"""What is a learner's own: to take along as a file, or to delete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from questions import queries
from questions.actions import people
from questions.domain import dates, rules
from questions.models import User
from questions.web.forms import DeleteForm
from questions.web.people import learner_of, received_at


@never_cache
@login_required
@require_safe
def your_data(request: HttpRequest) -> HttpResponse:
    """Two files to download, and the way to delete everything."""
    return render(request, "mirror/data.html")


@never_cache
@login_required
@require_safe
def export_json(request: HttpRequest) -> Any:
    """Everything that is the learner's."""
    return _download(request, queries.export.as_json, "application/json", "practice.json")


@never_cache
@login_required
@require_safe
def export_csv(request: HttpRequest) -> Any:
    """The learner's answers as a table."""
    return _download(request, queries.export.as_csv, "text/csv; charset=utf-8", "answers.csv")


def _download(
    request: HttpRequest, pieces: Callable[[User, datetime], Iterator[str]], kind: str, name: str
) -> StreamingHttpResponse:
    learner, now = learner_of(request), received_at(request)
    assert learner is not None
    day = dates.local_day(now, learner.time_zone)
    headers = {"Content-Disposition": f'attachment; filename="mlops-prep-{day:%Y-%m-%d}-{name}"'}
    return StreamingHttpResponse(pieces(learner, now), content_type=kind, headers=headers)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: HttpRequest) -> HttpResponse:
    """What deleting means, and the deed itself."""
    learner = learner_of(request)
    assert learner is not None
    context: dict[str, Any] = {
        "typed": "",
        "wanted": people.confirmation_of(learner),
        "asks_password": learner.has_usable_password(),
    }
    if request.method != "POST":
        return render(request, "mirror/delete.html", context)
    # As often as a password may be tried anywhere else.
    if not ratelimit.consume(request, action="reauthenticate", user=learner):
        context["error"] = "Too many tries. Wait a few minutes."
        return render(request, "mirror/delete.html", context, status=429)
    form = DeleteForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    try:
        people.delete_account(learner=learner, typed=given.get("typed", ""), password=given.get("password", ""))
    except rules.Refusal as refusal:
        context |= {"error": str(refusal), "code": refusal.code, "typed": given.get("typed", "")}
        return render(request, "mirror/delete.html", context, status=422)
    logout(request)
    return redirect("account_deleted")


@never_cache
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """It is done."""
    return render(request, "mirror/deleted.html")
