"""The page of one item: its versions, who did what to them and why, how learners see it, and what may be done next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from questions.actions import quality, review
from questions.admin.differences import differences
from questions.admin.entries import as_yaml, case_entry, entry_of
from questions.admin.flag_words import sentence
from questions.domain import feedback, rules
from questions.domain.items import CASE, KIND_NAMES, MATCHING, ORDERING, ItemError
from questions.domain.items import Item as ItemValue
from questions.domain.lint import ERROR, RULES, Finding
from questions.domain.scoring import Response, Score
from questions.models import Item, ItemCalibration, ItemFlag, ItemVersion, NoteSection, User

WHY_LENGTH = 2000
DEEDS = {
    "submitted": ("Submit for review", review.AUTHOR, False),
    "approved": ("Approve and serve", review.REVIEWER, False),
    "rejected": ("Reject", review.REVIEWER, True),
    "retired": ("Retire", review.REVIEWER, True),
}
DONE = {
    "submitted": "Version {n} waits for review.",
    "approved": "Version {n} is approved and served from now on.",
    "rejected": "Version {n} is rejected; its author sees the reason.",
    "retired": "Version {n} is retired; learners meet this question no longer.",
}


def may_view(user: Any) -> bool:
    """Whoever may see, write or review items."""
    return any(user.has_perm(name) for name in ("questions.view_item", review.AUTHOR, review.REVIEWER))


def denied() -> HttpResponse:
    """Refuse with 403."""
    raise PermissionDenied


def item_url(item: Item, version: int | None = None) -> str:
    """Address of an item's page, of one version where a number is given."""
    address = reverse("admin:questions_item_change", args=[item.pk])
    return f"{address}?version={version}" if version else address


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an item. ``?version=`` names the version to look at; the newest otherwise."""
    if not may_view(request.user):
        denied()
    item = get_object_or_404(Item.objects.select_related("exam"), pk=pk)
    return render(
        request, "admin/questions/item/page.html", page_context(request.user, item, request.GET.get("version"))
    )


def page_context(user: Any, item: Item, wanted: str | None, why: str = "", deed: str = "") -> dict[str, Any]:
    """What the page shows. ``why`` and ``deed`` are a refused review form, shown again."""
    versions = list(item.versions.select_related("created_by", "section__note").prefetch_related("events__by"))
    if not versions:
        raise Http404("This question has no version.")
    shown = _wanted(versions, wanted)
    served = next((version for version in versions if version.state == ItemVersion.APPROVED), None)
    base = served if served and served.pk != shown.pk else _before(versions, shown)
    value = shown.value
    parts = _parts(item)
    findings = quality.findings(value, item.exam)
    return {
        "item": item,
        "versions": [
            {"row": version, "who": who(version.created_by, version), "shown": version.pk == shown.pk}
            for version in versions
        ],
        "shown": shown,
        "newest": versions[0],
        "served": served,
        "kind": KIND_NAMES[value.kind],
        "case_name": KIND_NAMES[CASE],
        "details": _details(shown, item),
        "preview": preview(value, shown.section),
        "findings": described(findings),
        "blocked": any(finding.level == ERROR for finding in findings),
        "base": base,
        "differences": differences(base.value, value) if base else [],
        "events": [
            {"row": event, "version": version, "who": who(event.by, version)}
            for version in versions
            for event in version.events.all()
        ],
        "parts": [part for part in parts if part["item"].pk != item.pk],
        "case_differs": _case_differs(parts),
        "deeds": _deeds(user, shown),
        "may_edit": user.has_perm(review.AUTHOR),
        "yaml": _yaml(value, parts),
        "flags": [sentence(flag) for flag in ItemFlag.objects.filter(item=item, closed_at=None).order_by("kind")],
        "calibration": ItemCalibration.objects.filter(pk=item.pk).first(),
        "why": why,
        "deed": deed,
        "why_length": WHY_LENGTH,
    }


@require_POST
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """Submit, approve, reject or retire one version: a new line in its record."""
    if not may_view(request.user):
        denied()
    item = get_object_or_404(Item.objects.select_related("exam"), pk=pk)
    deed, why = request.POST.get("deed", ""), request.POST.get("why", "").strip()
    number = request.POST.get("version", "")
    if deed not in DEEDS or not number.isdecimal():
        raise Http404("No such deed.")
    version = get_object_or_404(ItemVersion.objects.select_related("item__exam"), item=item, number=int(number[:9]))
    try:
        if len(why) > WHY_LENGTH:
            raise rules.Refusal("reason-long", f"Say it in {WHY_LENGTH} characters; it has {len(why)}.")
        do(deed, version, by=request.user, now=request.received_at, why=why)  # type: ignore[attr-defined]
    except (rules.Refusal, ItemError, PermissionDenied) as refusal:
        messages.error(request, str(refusal) if not isinstance(refusal, PermissionDenied) else _not_yours(refusal))
        status = 403 if isinstance(refusal, PermissionDenied) else 409
        context = page_context(request.user, item, number, why, deed)
        return render(request, "admin/questions/item/page.html", context, status=status)
    messages.success(request, DONE[deed].format(n=version.number))
    return redirect(item_url(item, version.number))


def do(deed: str, version: ItemVersion, *, by: Any, now: Any, why: str) -> None:
    """One deed of ``DEEDS`` on a version. Raises what the action raises."""
    {"submitted": review.submit, "approved": review.approve, "rejected": review.reject, "retired": review.retire}[deed](
        version, by=by, now=now, why=why
    )


def _not_yours(refusal: PermissionDenied) -> str:
    return f"Your account may not do this. {refusal}"


def preview(value: ItemValue, section: NoteSection | None) -> dict[str, Any]:
    """The item as it is asked, options as authored, and what is told after a right answer."""
    order = [option.id for option in value.options]
    told = feedback.make(
        value,
        Response(options=value.keys, pairs=tuple(value.pairs.items())),
        Score(True, value.select_count, value.select_count),
        order,
    )
    letters = dict(zip(order, feedback.LETTERS, strict=False))
    rows = sorted(told.options, key=lambda row: row.right_position or 99) if value.kind == ORDERING else told.options
    return {
        "item": value,
        "choices": [
            {"id": o.id, "letter": letters.get(o.id, ""), "text": o.text, "concept": o.concept} for o in value.options
        ],
        "slots": [{"position": place} for place in range(1, value.select_count + 1)] if value.kind == ORDERING else [],
        "prompts": told.prompts if value.kind == MATCHING else [],
        "told": told,
        "rows": rows,
        "section": section,
    }


def described(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Findings with the rule in words and the place in the item."""
    return [
        {
            "level": found.level,
            "rule": found.rule,
            "meaning": RULES.get(found.rule, ""),
            "place": found.where.partition(": ")[2],
            "message": found.message,
        }
        for found in findings
    ]


def who(user: User | None, version: ItemVersion) -> str:
    """Name of a person in the record."""
    if user is not None:
        return user.get_full_name() or user.email or user.username
    return "the bank’s files" if version.body.get("source", {}).get("rule") != "workshop" else "a deleted account"


def _wanted(versions: Sequence[ItemVersion], wanted: str | None) -> ItemVersion:
    if not wanted:
        return versions[0]
    for version in versions:
        if str(version.number) == wanted:
            return version
    raise Http404("This question has no such version.")


def _before(versions: Sequence[ItemVersion], shown: ItemVersion) -> ItemVersion | None:
    return next((version for version in versions if version.number < shown.number), None)


def _deeds(user: Any, version: ItemVersion) -> list[dict[str, Any]]:
    found = []
    for deed in review.possible(version.state):
        name, permission, needs_reason = DEEDS[deed]
        if user.has_perm(permission):
            found.append({"deed": deed, "name": name, "needs_reason": needs_reason})
    return found


def _details(version: ItemVersion, item: Item) -> list[tuple[str, str]]:
    value = version.value
    tasks = {str(t["id"]): t["title"] for d in item.exam.format["domains"] for t in d["tasks"]}
    scenarios = {row["number"]: row["title"] for row in item.exam.format.get("scenarios", [])}
    rows = [
        ("Task", f"{value.task} {tasks.get(value.task, '')}".strip()),
        ("Topics", ", ".join(value.tags)),
        ("Scenario", f"{value.scenario} {scenarios.get(value.scenario, '')}".strip() if value.scenario else ""),
        ("Coverage rows", ", ".join(map(str, value.rows))),
        ("Difficulty", f"{value.difficulty:+.1f} logits. {value.difficulty_reason}".strip()),
        ("Facts", ", ".join(value.facts)),
        ("Note passage", value.note),
        ("Source", ":".join(str(value.source[name]) for name in ("file", "line") if name in value.source)),
    ]
    return [(name, text) for name, text in rows if text]


def _parts(item: Item) -> list[dict[str, Any]]:
    """Every part of the case study with its newest version, in order; empty for a question of its own."""
    if not item.case_slug:
        return []
    siblings = Item.objects.filter(case_slug=item.case_slug, exam_id=item.exam_id).prefetch_related("versions")
    parts: list[dict[str, Any]] = [
        {"item": sibling, "newest": sibling.versions.all()[0]} for sibling in siblings if sibling.versions.all()
    ]
    return sorted(parts, key=lambda part: (part["newest"].case_part, part["item"].slug))


def _case_differs(parts: Sequence[dict[str, Any]]) -> bool:
    cases = [part["newest"].value.case for part in parts if part["newest"].value.case]
    return len({(case.title, case.text, case.of) for case in cases}) > 1


def _yaml(value: ItemValue, parts: Sequence[dict[str, Any]]) -> str:
    if value.case is None:
        return as_yaml(entry_of(value))
    others = [value if part["item"].slug == value.slug else part["newest"].value for part in parts]
    return as_yaml(case_entry(others or [value]))
