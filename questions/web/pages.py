"""Pages beside the sessions: home, practice, progress, settings."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from questions import queries
from questions.actions import facts, people, reminders
from questions.domain.dates import local_day, written
from questions.models import Notice, User
from questions.models.people import DATE_STYLES
from questions.web import running
from questions.web.forms import PlanForm, SettingsForm
from questions.web.people import learner_of, received_at


def _exam() -> dict[str, Any] | None:
    try:
        return queries.current_exam().format
    except queries.NoExam:
        return None


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page, or for a learner what to do today."""
    learner, now = learner_of(request), received_at(request)
    context: dict[str, Any] = {"nav_current": "home", "operation_id": uuid.uuid4()}
    if learner is None:
        context["exam"] = _exam()
    else:
        today = queries.today_of(learner, now)
        context |= {
            "today": today,
            "open_sessions": running.rows(today.running[: running.SHOWN], today.topics, learner, now),
            "unfinished": len(today.running),
            # Guests are asked once they sign up: their first minute is for questions.
            "first_questions": _plan_form(learner, now) if not (learner.onboarded_at or learner.is_guest) else None,
        }
    return render(request, "home.html", context)


@never_cache
@login_required
@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Facts that changed since the learner answered a question on them."""
    learner = learner_of(request)
    assert learner is not None
    return render(request, "changes.html", {"nav_current": "home", "notices": queries.notices(learner)})


@login_required
@require_POST
def read_change(request: HttpRequest, notice_id: int) -> HttpResponse:
    """The learner has read of a change."""
    learner = learner_of(request)
    assert learner is not None
    try:
        facts.mark_read(learner=learner, notice_id=notice_id, now=received_at(request))
    except Notice.DoesNotExist as missing:
        raise Http404("There is no such notice of yours.") from missing
    return redirect("changes")


def _plan_form(learner: User, now: datetime, data: Any = None) -> PlanForm:
    initial = {"exam_date": learner.exam_date, "minutes_a_day": learner.minutes_a_day}
    return PlanForm(data, initial=initial, today=local_day(now, learner.time_zone))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The two first questions, which Today shows as a card: the day of the exam, and minutes a day. Both may be left out."""
    learner, now = learner_of(request), received_at(request)
    assert learner is not None
    form = _plan_form(learner, now, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        valid = form.is_valid()
        if "skip" in request.POST:
            people.welcome(learner, now=now, time_zone=form.cleaned_data.get("time_zone", ""))
            return redirect("home")
        if valid:
            people.welcome(learner, now=now, **form.cleaned_data)
            return redirect("home")
    context = {"nav_current": "home", "first_questions": form}
    return render(request, "onboarding.html", context, status=422 if form.errors else 200)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """How the site looks and behaves for one learner, their plan, and the daily mail."""
    learner, now = learner_of(request), received_at(request)
    assert learner is not None
    today = local_day(now, learner.time_zone)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=learner, today=today)
    if request.method == "POST" and form.is_valid():
        people.change_settings(learner, now=now, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("settings")
    context = {
        "form": form,
        "date_styles": [{"name": style, "example": written(today, style)} for style in DATE_STYLES],
        "address": reminders.address_of(learner),
    }
    return render(request, "settings.html", context, status=200 if not form.errors else 422)


@csrf_exempt  # the token in the address is the proof, and mail programs post here by themselves (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a reminder: no sign-in, one button, and no more mails."""
    learner = reminders.learner_of_token(token)
    if learner is None:
        raise Http404("This link is not one of ours.")
    if request.method == "POST":
        reminders.stop_reminders(learner)
        learner.reminders_since = None
    return render(request, "reminders.html", {"on": learner.reminders_since is not None})
