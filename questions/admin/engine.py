"""The operator's page: which engine serves, the registry, how well it predicts, and the buttons that decide."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from questions.actions import engine
from questions.admin.flag_words import KINDS, figures
from questions.admin.item_page import item_url
from questions.admin.records import ReadOnly
from questions.domain import charts, rules
from questions.domain.monitoring import HASTY, IDENTICAL, IMPOSSIBLE, MISSING, ONE, WATCHED
from questions.models import EngineVersion, ItemFlag, ReadinessRecord
from questions.queries.operation import SPAN, Operation, Standing, operation

WHY_LENGTH = 500
TASKS = {
    "drain_answers": ("Drain of answers into difficulties", "every minute"),
    "close_expired_sessions": ("Closing of expired sessions", "every minute"),
    "refresh_estimates": ("Replay of learners who answered", "every 5 minutes"),
    "settle_readiness": ("Outcomes of mock exams", "every 5 minutes"),
    "record_readiness": ("Readiness of those who practised", "every 10 minutes"),
    "guard_engine": ("Guard of the engine", "every 15 minutes"),
    "refit_difficulties": ("Refit of difficulties", "at 00:20 UTC"),
    "report_calibration": ("Report of the day", "at 00:40 UTC"),
    "flag_items": ("Flags on items", "at 01:00 UTC"),
    "fit_memories": ("Fits of memories", "at 01:20 UTC"),
    "propose_refit": ("Refit of the engine", "at 02:00 UTC"),
}
"""What the page says of each task, and when the timetable runs it."""
FAULTS = {
    MISSING: "answers without a prediction",
    IMPOSSIBLE: "predictions that are no chances",
    IDENTICAL: "one prediction for most answers",
    HASTY: "many answers faster than anybody reads",
    ONE: "most answers from one learner",
}
MOVES: dict[str, tuple[Any, str]] = {
    EngineVersion.PENDING: (engine.submit, "{name} waits for approval."),
    EngineVersion.APPROVED: (engine.approve, "{name} is approved."),
    EngineVersion.REJECTED: (engine.reject, "{name} is rejected."),
    EngineVersion.RETIRED: (engine.retire, "{name} is retired."),
}
DRIFTED, MUCH = 0.1, 0.25
"""PSI from which predictions have moved, and much so."""


def _ensure_operator(request: HttpRequest) -> None:
    if not request.user.has_perm(engine.OPERATOR):
        raise PermissionDenied


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show it."""
    _ensure_operator(request)
    return _page(request)


@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Move a version to another state: a new line in its record."""
    _ensure_operator(request)
    version = _version(request)
    state = request.POST.get("state", "")
    if state not in MOVES:
        raise Http404("No such state.")
    move, said = MOVES[state]
    return _done(request, lambda by, now, why: move(version, by=by, now=now, why=why), said.format(name=version.name))


@require_POST
def deploy(request: HttpRequest) -> HttpResponse:
    """Change what serves: a new deployment."""
    _ensure_operator(request)
    seen = request.POST.get("seen", "")
    told: dict[str, Any] = {"seen": int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else None}
    match request.POST.get("deed", ""):
        case "canary":
            version = _version(request)
            share = {f"{one:g}": one for one in engine.SHARES}.get(request.POST.get("share", ""), 0.0)
            said = f"{version.name} judges {100 * share:g} % of the learners."
            return _done(request, lambda by, now, why: engine.start_canary(
                version, share=share, by=by, now=now, why=why, **told), said)  # fmt: skip
        case "champion":
            version = _version(request)
            said = f"{version.name} is the champion."
            return _done(
                request, lambda by, now, why: engine.make_champion(version, by=by, now=now, why=why, **told), said
            )
        case "alone":
            said = "The champion judges everybody again."
            return _done(request, lambda by, now, why: engine.end_canary(by=by, now=now, why=why, **told), said)
        case "back":
            said = "Rolled back: what served before serves again."
            return _done(request, lambda by, now, why: engine.roll_back(by=by, now=now, why=why, **told), said)
        case _:
            raise Http404("No such deed.")


def _version(request: HttpRequest) -> EngineVersion:
    number = request.POST.get("version", "")
    known = number.isascii() and number.isdecimal() and len(number) < 19
    return get_object_or_404(EngineVersion, pk=int(number) if known else 0)


def _done(request: HttpRequest, deed: Any, said: str) -> HttpResponse:
    why = request.POST.get("why", "").strip()
    try:
        if len(why) > WHY_LENGTH:
            raise rules.Refusal("reason-long", f"Say it in {WHY_LENGTH} characters; it has {len(why)}.")
        if "\0" in why:  # PostgreSQL stores none
            raise rules.Refusal("reason-unreadable", "This reason has characters that cannot be stored.")
        deed(request.user, request.received_at, why)  # type: ignore[attr-defined]
    except rules.Refusal as refusal:
        messages.error(request, str(refusal))
        return _page(request, status=409)
    messages.success(request, said)
    return redirect("engine")


# --- What the page shows -------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, status: int = 200) -> HttpResponse:
    now = request.received_at  # type: ignore[attr-defined]
    found = operation(now.date())
    current = found.current
    context = {
        "found": found,
        "current": current,
        "may_go_back": current is not None and current.back is not None,
        "rolled_back": current is not None and current.guarded,
        "versions": [_version_row(version, found) for version in found.versions],
        "shares": [(f"{share:g}", f"{100 * share:g} %") for share in engine.SHARES],
        "standings": [_standing_row(row) for row in found.standings],
        "watched": _watched(found),
        "reliability": _reliability(found),
        "trend": _trend(found, now.date()),
        "drift": _drift(found),
        "faults": [
            (row.day, row.engine, ", ".join(FAULTS.get(code, code) for code in row.quality))
            for row in reversed(found.reports) if row.quality and row.sample == "all"
        ],
        "flags": [(flag, item_url(flag.item), KINDS[flag.kind], figures(flag)) for flag in found.flags],
        "runs": [(name, often, found.runs.get(task)) for task, (name, often) in TASKS.items()],
        "readiness": _readiness(found),
        "span": SPAN,
        "heads_reliability": ("Predicted between", "Mean", "Right", "Range", "Answers"),
        "heads_days": ("Day", "Engine", "Answers", "ECE", "Log loss", "AUC", "Drift"),
        "heads_ready": ("Day", "Engine", "Expected", "Interval", "Reached"),
        "why_length": WHY_LENGTH,
    }  # fmt: skip
    return render(request, "admin/engine/page.html", context, status=status)


def _version_row(version: EngineVersion, found: Operation) -> dict[str, Any]:
    current = found.current
    role = ""
    if current and version.pk == current.champion_id:
        role = "champion"
    elif current and version.pk == current.challenger_id:
        role = "challenger"
    return {
        "row": version,
        "role": role,
        "events": [(event, str(event.by or "the worker")) for event in version.events.all()],
        "states": [] if role else engine.possible(version),
        "deployable": version.state == EngineVersion.APPROVED and role != "champion",
        "evidence": _evidence(version.evidence),
    }


def _evidence(told: dict[str, Any]) -> list[str]:
    """What the time split said, in words."""
    found = []
    for part, name in (("filter", "Constants of the filter"), ("stack", "Stack, against the filter alone")):
        if one := told.get(part):
            found.append(
                f"{name}: log loss {one['challenger']:.4f} against {one['champion']:.4f} on {one['answers']} answers of "
                f"{one['learners']} learners in {told.get('days', 7)} days; gain {one['gain']:+.4f}, 95 % interval "
                f"{one['low']:+.4f} to {one['high']:+.4f}{'' if one['low'] > 0 else ': not taken'}."
            )
    if one := told.get("memory"):
        found.append(f"Memory: {one['why']}")
    if one := told.get("readiness"):
        found.append(
            f"Readiness: over {one['exams']} mock exams results lie {100 * one['bias']:+.1f} points beside the expected score, "
            f"with a spread of {100 * one['sd']:.1f} beyond luck; gain {one['gain']:+.3f} nats an exam on the later half"
            f"{'' if one['gain'] > 0 else ': not taken'}."
        )
    return found


def _standing_row(row: Standing) -> tuple[str, str, int, str, str, str]:
    sample = "all answers" if row.sample == "all" else "served to explore"
    auc = "–" if row.auc is None else f"{row.auc:.3f}"
    return row.engine, sample, row.n, f"{row.log_loss:.4f}", f"{row.ece:.3f}", auc


def _watched(found: Operation) -> list[str]:
    """The guard's newest comparison in words."""
    names = {"all": "all answers", "explored": "answers served to explore"}
    told = found.current.watched if found.current else {}
    return [
        f"On the same {one['answers']} {names[sample]} of {one['learners']} learners: log loss {one['challenger']:.4f}, and "
        f"{one['champion']:.4f} had the other engine judged them; gain {one['gain']:+.4f}, {100 * WATCHED:g} % interval "
        f"{one['low']:+.4f} to {one['high']:+.4f}."
        for sample, one in sorted(told.items())
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _reliability(found: Operation) -> dict[str, Any] | None:
    if not found.reliability:
        return None
    rows = [
        (
            f"{_percent(one.low)} to {_percent(one.high)}",
            _percent(one.predicted),
            _percent(one.observed.share),
            f"{_percent(one.observed.low)} to {_percent(one.observed.high)}",
            one.observed.total,
        )
        for one in found.reliability
    ]
    drawn = charts.square(
        [
            (one.predicted, one.observed.share, one.observed.low, one.observed.high,
             f"Predicted {_percent(one.predicted)}, right {_percent(one.observed.share)} of {one.observed.total}")
            for one in found.reliability
        ]
    )  # fmt: skip
    off = max(found.reliability, key=lambda one: one.observed.total * abs(one.predicted - one.observed.share))
    words = (
        f"{sum(one.observed.total for one in found.reliability)} answers in {SPAN} days. Furthest off: "
        f"{_percent(off.predicted)} predicted, {_percent(off.observed.share)} right."
    )
    return {"chart": drawn, "words": words, "rows": rows}


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _trend(found: Operation, today: date) -> dict[str, Any] | None:
    champion = found.current.champion.name if found.current else ""
    reports = [row for row in found.reports if row.sample == "all"]
    drawn = [row for row in reports if not champion or row.engine == champion]
    if not reports:
        return None
    start = today - timedelta(days=SPAN)
    labels = [(start + timedelta(days=number), _day(start + timedelta(days=number))) for number in range(0, SPAN, 7)]
    chart = charts.trend([(row.day, 100 * row.ece) for row in drawn], start=start, end=today, labels=labels, unit=" %")
    rows = [
        (_day(row.day), row.engine, row.n, f"{100 * row.ece:.1f} %", f"{row.log_loss:.4f}",
         "–" if row.auc is None else f"{row.auc:.3f}", "–" if row.drift is None else f"{row.drift:.3f}")
        for row in reversed(reports)
    ]  # fmt: skip
    newest = drawn[-1] if drawn else reports[-1]
    words = f"{100 * newest.ece:.1f} % on {_day(newest.day)}, over {newest.n} answers. Days with few answers jump by chance."
    return {"chart": chart, "words": words, "rows": rows}


def _drift(found: Operation) -> dict[str, str] | None:
    told = [row for row in found.reports if row.drift is not None and row.sample == "all"]
    if not told:
        return None
    newest = told[-1]
    assert newest.drift is not None
    level = "much" if newest.drift >= MUCH else "some" if newest.drift >= DRIFTED else "none"
    return {"psi": f"{newest.drift:.3f}", "level": level, "day": _day(newest.day)}


def _readiness(found: Operation) -> dict[str, Any] | None:
    told = found.readiness
    if not told.records:
        return None

    def across(row: ReadinessRecord) -> float:
        return row.actual or 0.0

    drawn = charts.square(
        [
            (across(row), row.predicted, row.low, row.high,
             f"{_percent(row.predicted)} expected, {_percent(row.low)} to {_percent(row.high)}; got {_percent(across(row))}")
            for row in told.records
        ],
        joined=False,
    )  # fmt: skip
    rows = [
        (_day(row.made_at.date()), row.engine, _percent(row.predicted), f"{_percent(row.low)} to {_percent(row.high)}",
         _percent(across(row)))
        for row in told.records
    ]  # fmt: skip
    n = len(told.records)
    words = (
        f"{told.covered} of {n} mock exams ended within the 80 % interval that was given at their start. The error is "
        f"{100 * told.error:.1f} points on average; exams end {abs(100 * told.bias):.1f} points "
        f"{'above' if told.bias > 0 else 'below'} what was expected."
    )
    return {"chart": drawn, "words": words, "rows": rows}


# --- Flags, for instructors too --------------------------------------------------------------------------------------------


@admin.register(ItemFlag)
class ItemFlagAdmin(ReadOnly):
    """What answers say against questions, newest first."""

    list_display = ("opened_at", "question", "flag", "said", "closed_at")
    list_filter = ("kind", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("item",)
    search_fields = ("item__slug",)
    ordering = ("-opened_at", "-id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stock list under its own name."""
        return super().changelist_view(request, {"title": "Flags on questions", **(extra_context or {})})

    @admin.display(description="Question", ordering="item__slug")
    def question(self, flag: ItemFlag) -> SafeString:
        """Its id, leading to its page."""
        return format_html('<a href="{}">{}</a>', item_url(flag.item), flag.item.slug)

    @admin.display(description="Flag", ordering="kind")
    def flag(self, flag: ItemFlag) -> str:
        """The kind in words."""
        return KINDS[flag.kind]

    @admin.display(description="What answers say")
    def said(self, flag: ItemFlag) -> str:
        """The figures in words."""
        return figures(flag)
