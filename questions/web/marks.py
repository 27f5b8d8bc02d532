"""What a learner leaves on a question: struck-out options, bookmark, private note, reports. Thin edges around the deeds."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from questions import queries
from questions.actions import marks
from questions.domain import rules
from questions.models import ServedItem, User
from questions.web import forms, presentation, results, sessions
from questions.web.people import learner_of, received_at


def _own(request: HttpRequest, session_id: UUID, position: int) -> tuple[User, ServedItem]:
    learner = learner_of(request)
    assert learner is not None
    served = ServedItem.objects.filter(session__learner=learner, session_id=session_id, position=position).first()
    if served is None:
        raise Http404("There is no such question in a session of yours.")
    return learner, served


def _back(request: HttpRequest, served: ServedItem, anchor: str = "") -> HttpResponse:
    query = results.query_of(request)
    return redirect(f"{reverse('session_item', args=[served.session_id, served.position])}{query}{anchor}")


def _part(request: HttpRequest, template: str, served: ServedItem, status: int = 200, **context: Any) -> HttpResponse:
    """A piece of the page for htmx. It needs the question's address and nothing else of it."""
    view = {"position": served.position, "query": results.query_of(request)}
    place = {"session": {"id": served.session_id}, "view": view}
    return render(request, template, place | context, status=status)


@never_cache
@login_required
@require_POST
def strikes(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Keep which options are struck out."""
    learner, served = _own(request, session_id, position)
    struck = forms.strikes_of(request.POST, served.struck)
    served = marks.strike_out(learner=learner, served_id=served.pk, struck=struck)
    if request.htmx:  # type: ignore[attr-defined]
        return _part(request, "session/_struck.html", served, struck=",".join(served.struck))
    return _back(request, served)


@never_cache
@login_required
@require_POST
def bookmark(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Bookmark a question, or take the bookmark back."""
    learner, served = _own(request, session_id, position)
    marked = request.POST.get("marked") == "1"
    marks.set_bookmark(learner=learner, served_id=served.pk, marked=marked, now=received_at(request))
    if request.htmx:  # type: ignore[attr-defined]
        return _part(request, "session/_bookmark.html", served, bookmarked=marked)
    return _back(request, served, "#marks")


@never_cache
@login_required
@require_POST
def note(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Save a private note; one that cannot be saved is shown again as it was typed."""
    learner, served = _own(request, session_id, position)
    form = forms.NoteForm(request.POST)
    error = ""
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            marks.write_note(learner=learner, served_id=served.pk, text=text, now=received_at(request))
        except rules.Refusal as refusal:
            error = str(refusal)
    else:
        error = "This text has characters that cannot be stored."
    shown = {"text": request.POST.get("text", ""), "error": error, "saved": not error}
    status = 422 if error else 200
    if request.htmx:  # type: ignore[attr-defined]
        return _part(request, "session/_note_status.html", served, status, note=shown)
    if not error:
        messages.info(request, "Your note is saved.")
        return _back(request, served, "#marks")
    return _again(request, learner, served, note=shown)


@never_cache
@login_required
@require_POST
def report(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Report a problem; one that cannot be taken is shown again as it was typed."""
    learner, served = _own(request, session_id, position)
    form = forms.ReportForm(request.POST)
    error = ""
    if form.is_valid():
        try:
            marks.report_problem(
                learner=learner,
                served_id=served.pk,
                kind=form.cleaned_data["kind"],
                text=form.cleaned_data["text"],
                operation_id=form.cleaned_data["operation_id"],
                now=received_at(request),
            )
        except rules.Refusal as refusal:
            error = str(refusal)
    else:
        error = str(next(iter(form.errors.values()))[0])
    typed = {"kind": request.POST.get("kind", ""), "text": request.POST.get("text", ""), "error": error}
    if not error and not request.htmx:  # type: ignore[attr-defined]
        messages.info(request, "Thank you. Your report is with the instructors.")
        return _back(request, served, "#report")
    own = queries.reports_on(learner, served.item_id)
    shown = presentation.report_context(own, **(typed if error else {"sent": True}))
    if request.htmx:  # type: ignore[attr-defined]
        return _part(request, "session/_report.html", served, 422 if error else 200, report=shown)
    return _again(request, learner, served, report=shown)


def _again(request: HttpRequest, learner: User, served: ServedItem, **typed: Any) -> HttpResponse:
    """The whole question again, with what was typed."""
    view = sessions.view_of(request, served.session_id, served.position)
    if view.feedback is None:
        return _back(request, served)
    return sessions.show(request, view, after=presentation.after(learner, view) | typed, status=422)


@never_cache
@login_required
@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    """Everything that the learner left on questions: notes, bookmarks, reports."""
    learner = learner_of(request)
    assert learner is not None
    context = {
        "nav_current": "account",
        "notes": queries.notes_of(learner),
        "bookmarks": queries.bookmarks_of(learner),
        "reports": _reports(learner),
    }
    return render(request, "marks.html", context)


@never_cache
@login_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The learner's reports and what became of them."""
    learner = learner_of(request)
    assert learner is not None
    return render(request, "reports.html", {"nav_current": "account", "reports": _reports(learner)})


def _reports(learner: User) -> list[dict[str, Any]]:
    rows: list[Any] = list(queries.reports_of(learner))
    return [
        {
            **presentation.report_row(row),
            "ask": row.version.value.ask,
            "url": reverse("session_item", args=[row.session_id, row.position]) if row.session_id else "",
        }
        for row in rows
    ]
