"""Pages beside the sessions: home, practice, progress, notes, settings."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from questions import queries
from questions.actions import facts
from questions.models import NoteFile, Notice
from questions.web import markdown, presentation
from questions.web.forms import SettingsForm
from questions.web.people import learner_of, received_at

WEAKEST_SHOWN = 4


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
    context: dict[str, Any] = {
        "nav_current": "home",
        "exam": _exam(),
        "operation_id": uuid.uuid4(),
    }
    if learner is not None:
        tags = queries.progress_by_tag(learner, now)
        belief = queries.belief_of(learner)
        running = queries.open_sessions(learner, now)
        context |= {
            "open_sessions": [
                {
                    "session": row.session,
                    "answered": row.answered,
                    "total": row.total,
                    "remaining": presentation.duration(row.remaining) if row.remaining else "",
                }
                for row in running
            ],
            "due_count": queries.due_count(learner, now),
            "weakest": [row for row in tags if not row.is_new][:WEAKEST_SHOWN],
            "changes": queries.notices(learner, unread=True).count(),
            "totals": {"answered": belief.answered, "correct": belief.correct},
        }
    return render(request, "home.html", context)


@never_cache
@login_required
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """Every tag, weakest first, as bars and as a table."""
    learner = learner_of(request)
    assert learner is not None
    tags = queries.progress_by_tag(learner, received_at(request))
    belief = queries.belief_of(learner)
    overall = {"answered": belief.answered, "correct": belief.correct}
    return render(
        request,
        "progress.html",
        {"nav_current": "progress", "tags": tags, "overall": overall},
    )


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


@never_cache
@require_safe
def notes(request: HttpRequest) -> HttpResponse:
    """The study notes of the bank."""
    found = NoteFile.objects.filter(in_bank=True).prefetch_related("sections").order_by("title")
    shown = [{"stem": note.stem, "title": note.title, "sections": list(note.sections.all())} for note in found]
    return render(request, "notes/index.html", {"nav_current": "notes", "notes": shown})


@never_cache
@require_safe
def note(request: HttpRequest, stem: str) -> HttpResponse:
    """One study note with its contents; each section has the anchor that explanations link to."""
    found = get_object_or_404(NoteFile.objects.prefetch_related("sections"), stem=stem, in_bank=True)
    # The note's own title stands on the page already, so the first section carries no heading.
    sections = [
        {
            "anchor": section.anchor,
            "heading": section.heading if section.level > 1 else "",
            "level": section.level,
            "html": markdown.html(section.text),
        }
        for section in found.sections.all()
    ]
    return render(
        request, "notes/note.html", {"nav_current": "notes", "note": {"title": found.title, "sections": sections}}
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Theme, text size, time allowance, shortcuts."""
    learner = learner_of(request)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=learner)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("settings")
    return render(request, "settings.html", {"form": form}, status=200 if not form.errors else 422)
