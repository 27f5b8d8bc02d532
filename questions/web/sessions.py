"""Pages of a session: start, question, answer, flag, review, result. Thin edges around the deeds."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from questions import queries
from questions.actions import answer as answers
from questions.actions import marks, sessions
from questions.domain import rules
from questions.domain.scoring import BadResponse
from questions.models import ServedItem, User
from questions.web import forms, practice, presentation, results
from questions.web.people import learner_of, learner_or_guest, own_session_or_404, received_at

CANNOT_START = (rules.Refusal, queries.NoExam)


@require_POST
def start_guest(request: HttpRequest) -> HttpResponse:
    """Five questions without an account."""
    learner = learner_or_guest(request)
    try:
        session = sessions.start_study(
            learner=learner,
            operation_id=uuid.uuid4(),
            length=5,
            now=received_at(request),
        )
    except CANNOT_START as refusal:
        messages.error(request, str(refusal))
        return redirect("home")
    return redirect("session", session.pk)


@require_POST
def start_study(request: HttpRequest) -> HttpResponse:
    """Start a study session."""
    form = forms.StudyForm(request.POST)
    if not form.is_valid():
        return _back_to_practice(request, form)
    try:
        session = sessions.start_study(
            learner=learner_or_guest(request),
            operation_id=form.cleaned_data["operation_id"],
            now=received_at(request),
            **form.choice,
        )
    except CANNOT_START as refusal:
        messages.error(request, str(refusal))
        return redirect(practice.address_of(form.cleaned_data))
    return redirect("session", session.pk)


@require_POST
def start_mock(request: HttpRequest) -> HttpResponse:
    """Start a mock exam."""
    form = forms.MockForm(request.POST)
    if not form.is_valid():
        return _back_to_practice(request, form)
    learner, now = learner_or_guest(request), received_at(request)
    try:
        session = sessions.start_mock(
            learner=learner,
            operation_id=form.cleaned_data["operation_id"],
            form=form.cleaned_data["form"],
            allowance=form.cleaned_data["allowance"],
            now=now,
        )
    except CANNOT_START as refusal:
        running = practice.running_mock(learner, now) if getattr(refusal, "code", "") == "mock-open" else None
        link = format_html(' <a href="{}">Continue it, {} left</a>', running["url"], running["left"]) if running else ""
        messages.error(request, format_html("{}{}", str(refusal), link))
        return redirect("practice")
    return redirect("session", session.pk)


def _back_to_practice(request: HttpRequest, form: Any) -> HttpResponse:
    for field, errors in form.errors.items():
        messages.error(request, f"{field.replace('_', ' ').capitalize()}: {' '.join(errors)}")
    return redirect("practice")


@never_cache
@login_required
@require_safe
def session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """Go on where it was: the first open question, or the result of a session that is over."""
    own = own_session_or_404(request, session_id)
    if rules.is_over(own.sitting, received_at(request)):
        return redirect("result", own.pk)
    waiting = queries.first_unanswered(own)
    if waiting is not None:
        return redirect("session_item", own.pk, waiting.position)
    if rules.serves_all_at_start(own.mode):
        return redirect("review", own.pk)
    return redirect("session_item", own.pk, own.served.count())


def view_of(request: HttpRequest, session_id: UUID, position: int) -> queries.View:
    """The learner's question at this place; Http404 for anybody else's."""
    learner = learner_of(request)
    row = None
    if learner is not None:
        row = queries.served_items(learner).filter(session_id=session_id, position=position).first()
    if row is None:
        raise Http404("There is no such question in a session of yours.")
    return queries.view_of(row, now=received_at(request))


def show(request: HttpRequest, view: queries.View, *, status: int = 200, **shown: Any) -> HttpResponse:
    """The item page, or for htmx its inner part."""
    learner = learner_of(request)
    if view.feedback is not None and learner is not None and "after" not in shown:
        shown["after"] = presentation.after(learner, view)
    if rules.is_over(view.session.sitting, received_at(request)):
        shown["review"] = results.review_of(request, view)
    context = presentation.item_context(view, now=received_at(request), **shown)
    template = "session/_item.html" if request.htmx else "session/item.html"  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


@never_cache
@login_required
@require_safe
def session_item(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """One question: to answer, or with its feedback."""
    return show(request, view_of(request, session_id, position))


@never_cache
@login_required
@require_POST
def answer(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Take an answer. Study shows the feedback; a mock exam saves it and goes where the learner wanted."""
    learner = learner_of(request)
    assert learner is not None
    form = forms.AnswerForm(request.POST)
    given = forms.response_of(request.POST)
    if not form.is_valid():
        return _show_again(
            request,
            session_id,
            position,
            "The form was damaged on its way. Please answer again.",
            given,
        )
    goto = request.POST.get("goto", "")
    if goto and forms.unchanged(request.POST, given):
        # Leafing through a mock exam is no answer: it would undo what another tab or device chose meanwhile.
        view = view_of(request, session_id, position)
        if not rules.is_over(view.session.sitting, received_at(request)):
            _keep_strikes(request, view.served)
            return _go(session_id, position, goto, view.session.length)
        if request.POST.get("shown"):  # nothing new came too late
            return redirect("session", session_id)
    try:
        answered = answers.record_answer(
            learner=learner,
            session_id=session_id,
            position=position,
            response=given,
            operation_id=form.cleaned_data["operation_id"],
            received_at=received_at(request),
            confidence="" if "unknown" in given else form.cleaned_data["confidence"],
        )
    except ServedItem.DoesNotExist as missing:
        raise Http404("There is no such question in a session of yours.") from missing
    except BadResponse as bad:
        return _show_again(request, session_id, position, str(bad), given, status=422)
    except rules.Refusal as refusal:
        return _refused(request, session_id, position, refusal)
    _keep_strikes(request, answered.served)
    own = answered.served.session
    if rules.may_change_answer(own.mode):
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(status=204)
        return _go(session_id, position, goto, own.length)
    view = queries.answered_view(answered, now=received_at(request))
    if view.feedback is None:
        messages.info(request, f"Answer {position} is saved. The reasons come at the end.")
        return _on(request, learner, session_id)
    if request.htmx:  # type: ignore[attr-defined]
        # The page asks for the rest by itself, so that an answer costs no more than its own statements.
        return show(request, view, after=None)
    return redirect(f"{reverse('session_item', args=[session_id, position])}#verdict")


def _go(session_id: UUID, position: int, goto: str, length: int) -> HttpResponse:
    target = {
        "next": position + 1,
        "previous": max(1, position - 1),
        "navigator": length + 1,
    }.get(goto, position)
    if target > length:
        return redirect("review", session_id)
    return redirect("session_item", session_id, target)


def _keep_strikes(request: HttpRequest, served: ServedItem) -> None:
    """Take struck-out options from the form; with JavaScript they were saved before and nothing is written here."""
    struck = forms.strikes_of(request.POST, served.struck)
    if set(struck) != set(served.struck):
        learner = learner_of(request)
        assert learner is not None
        served.struck = marks.strike_out(learner=learner, served_id=served.pk, struck=struck).struck


def _show_again(
    request: HttpRequest,
    session_id: UUID,
    position: int,
    error: str,
    given: dict[str, Any],
    status: int = 400,
) -> HttpResponse:
    """The same question with what was wrong and with what was chosen."""
    view = view_of(request, session_id, position)
    _keep_strikes(request, view.served)
    return show(
        request,
        view,
        error=error,
        given=given,
        confidence=request.POST.get("confidence", ""),
        refused=request.POST.get("operation_id", ""),
        status=status,
    )


def _refused(request: HttpRequest, session_id: UUID, position: int, refusal: rules.Refusal) -> HttpResponse:
    """The question as it stands now (answered in another tab, or over), with the reason."""
    messages.error(request, str(refusal))
    if refusal.code == "busy":  # the same operation may be sent again
        return show(request, view_of(request, session_id, position), status=503)
    refused = request.POST.get("operation_id", "")
    return show(request, view_of(request, session_id, position), refused=refused, status=409)


@login_required
@require_POST
def next_item(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """On to the next question, or to the result after the last."""
    own = own_session_or_404(request, session_id)
    return _on(request, own.learner, session_id)


def _on(request: HttpRequest, learner: User, session_id: UUID) -> HttpResponse:
    """To the next question, which is served now, or to the result. For htmx the whole page goes, and its address with it."""
    try:
        served = sessions.serve_next(learner=learner, session_id=session_id, now=received_at(request))
    except rules.Refusal as refusal:
        if refusal.code == "busy":
            messages.error(request, str(refusal))
        target = reverse("session", args=[session_id])
    else:
        target = (
            reverse("session_item", args=[session_id, served.position])
            if served
            else reverse("result", args=[session_id])
        )
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)  # type: ignore[attr-defined]


@login_required
@require_POST
def flag(request: HttpRequest, session_id: UUID, position: int) -> HttpResponse:
    """Mark a question for review, or unmark it."""
    view = view_of(request, session_id, position)
    try:
        sessions.set_flag(
            learner=view.session.learner,
            served_id=view.served.pk,
            flagged=request.POST.get("flagged") == "1",
            now=received_at(request),
        )
    except rules.Refusal as refusal:
        return _refused(request, session_id, position, refusal)
    return redirect("session_item", session_id, position)


@never_cache
@login_required
@require_safe
def review(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """The navigator: every question with its status, and the button that ends the exam."""
    own = own_session_or_404(request, session_id)
    if rules.is_over(own.sitting, received_at(request)):
        return redirect("result", own.pk)
    places = queries.places(own)
    counted = [place for place in places if not place.withdrawn]
    return render(
        request,
        "session/review.html",
        {
            "session": own,
            "navigator": places,
            "unanswered": sum(not place.answered for place in counted),
            "incomplete": sum(place.incomplete for place in counted),
            "counted": len(counted),
        },
    )


@login_required
@require_POST
def submit_session(request: HttpRequest, session_id: UUID) -> HttpResponse:
    """End a session by the learner's own decision."""
    own = own_session_or_404(request, session_id)
    sessions.finish(learner=own.learner, session_id=session_id, now=received_at(request))
    return redirect("result", session_id)
