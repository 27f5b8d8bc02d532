"""Writing items: the form for a new one and for the next version of one, and the page that takes YAML."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from questions import queries
from questions.actions import authoring, quality, review
from questions.admin.differences import differences
from questions.admin.forms import YamlForm
from questions.admin.item_page import described, do, item_url, preview, who
from questions.admin.sheet import Sheet
from questions.domain import rules
from questions.domain.bankfile import BankError, parse_items
from questions.domain.items import ItemError
from questions.models import Exam, Item, ItemVersion

FORM = "admin/questions/item/form.html"
DRAFT, SUBMIT, CHECK = "draft", "submit", "check"


def _author(request: HttpRequest) -> Any:
    """The signed-in author; PermissionDenied for anybody else."""
    if not request.user.has_perm(review.AUTHOR):
        raise PermissionDenied
    return request.user


def _exam() -> Exam:
    try:
        return queries.current_exam()
    except queries.NoExam as error:
        raise Http404(str(error)) from error


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """A new question."""
    _author(request)
    exam = _exam()
    if request.method == "POST":
        return _store(request, Sheet(exam, _posted(request)), None, exam)
    return _show(request, Sheet(exam), None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The next version of a question. It begins with the newest, or with the one that ``?from=`` names."""
    _author(request)
    item = get_object_or_404(Item.objects.select_related("exam"), pk=pk)
    versions = item.versions.order_by("-number").select_related("created_by")
    newest = versions.first()
    if newest is None:
        raise Http404("This question has no version.")
    begins = newest
    if request.GET.get("from", "").isdecimal():
        begins = get_object_or_404(versions, number=int(request.GET["from"][:9]))
    if request.method == "POST":
        started = request.POST.get("started_from", "")
        known = versions.filter(number=int(started[:9])).first() if started.isdecimal() else None
        value = (known or newest).value
        return _store(request, Sheet(item.exam, _posted(request), value, newest.number), item, item.exam)
    return _show(request, Sheet(item.exam, None, begins.value, newest.number), item, begins=begins)


def _posted(request: HttpRequest) -> QueryDict:
    return request.POST


def _store(request: HttpRequest, sheet: Sheet, item: Item | None, exam: Exam) -> HttpResponse:
    """Check only, or store a draft, or store and submit. Whatever is refused is shown again as it was typed."""
    if not sheet.is_valid():
        return _show(request, sheet, item, status=422)
    value = sheet.value
    assert value is not None
    wish = request.POST.get("wish", DRAFT)
    if wish == CHECK:
        return _show(request, sheet, item, checked=True)
    user, now = _author(request), request.received_at  # type: ignore[attr-defined]
    try:
        stored = authoring.store_edit(
            value,
            exam=exam,
            by=user,
            after=sheet.started_from if item else 0,
            now=now,
            whole_case=sheet.form.cleaned_data["case_everywhere"],
        )
    except rules.Refusal as refusal:
        if refusal.code == "edited-meanwhile" and item is not None:
            return _meanwhile(request, sheet, item)
        sheet.problems.append(str(refusal))
        return _show(request, sheet, item, status=409)
    version = stored.version
    if not stored.changed:
        messages.info(request, f"Nothing changed: version {version.number} says just this.")
    else:
        messages.success(request, _stored_message(version))
    if stored.siblings:
        slugs = ", ".join(sibling.item.slug for sibling in stored.siblings)
        messages.info(request, f"The other parts have new drafts with this scenario: {slugs}.")
    if wish == SUBMIT:
        try:
            do("submitted", version, by=user, now=now, why="")
        except (rules.Refusal, ItemError) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "It waits for review.")
    return redirect(item_url(version.item, version.number))


def _stored_message(version: ItemVersion) -> str:
    served = version.item.versions.filter(state=ItemVersion.APPROVED).first()
    if served is None:
        return f"Stored as version {version.number}, a draft. It is served once it is approved."
    return f"Stored as version {version.number}, a draft. Version {served.number} is served until this one is approved."


def _meanwhile(request: HttpRequest, sheet: Sheet, item: Item) -> HttpResponse:
    """Somebody stored a version since this edit began: show both, and let the next press store after theirs."""
    newest = item.versions.order_by("-number").select_related("created_by").first()
    assert newest is not None
    assert sheet.value is not None
    meanwhile = {
        "version": newest,
        "who": who(newest.created_by, newest),
        "started_from": sheet.started_from,
        "next": newest.number + 1,
        "differences": differences(newest.value, sheet.value),
    }
    sheet.continue_from(newest.number)
    return _show(request, sheet, item, meanwhile=meanwhile, status=409)


def _show(
    request: HttpRequest,
    sheet: Sheet,
    item: Item | None,
    *,
    begins: ItemVersion | None = None,
    meanwhile: dict[str, Any] | None = None,
    checked: bool = False,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"sheet": sheet, "item": item, "begins": begins, "meanwhile": meanwhile}
    if checked and sheet.value is not None:
        exam = item.exam if item else _exam()
        context["findings"] = described(quality.findings(sheet.value, exam))
        context["preview"] = preview(sheet.value, None)
        context["checked"] = True
    return render(request, FORM, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def yaml_page(request: HttpRequest) -> HttpResponse:
    """Entries as YAML: several questions at once, case studies whole. All are stored, or none."""
    user, exam = _author(request), _exam()
    form = YamlForm(request.POST if request.method == "POST" else None)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            entries = [value for value, _ in parse_items(form.cleaned_data["text"], "entries")]
            now, again = request.received_at, form.cleaned_data["replace"]  # type: ignore[attr-defined]
            stored = authoring.store_entries(entries, exam=exam, by=user, now=now, replace_existing=again)
        except BankError as error:
            problems = [f"Line {problem.line}: {problem.message}" for problem in error.problems]
        except rules.Refusal as refusal:
            problems = [str(refusal)]
        else:
            changed = [row.version for row in stored if row.changed]
            messages.success(request, f"{len(changed)} stored as drafts, {len(stored) - len(changed)} unchanged.")
            if len(stored) == 1:
                return redirect(item_url(stored[0].version.item, stored[0].version.number))
            return redirect("admin:questions_item_changelist")
    status = 422 if problems or form.errors else 200
    return render(request, "admin/questions/item/yaml.html", {"form": form, "problems": problems}, status=status)
