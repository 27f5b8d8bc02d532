"""Reports of learners: what is said to be wrong with a question, and the instructors' answer, which the learner reads."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from questions.actions import marks
from questions.actions.review import REVIEWER
from questions.admin.item_page import item_url, who
from questions.admin.records import ReadOnly
from questions.domain import rules
from questions.models import Report

MOST_WORDS = 20
VERDICTS = {"accepted": True, "declined": False}


@admin.register(Report)
class ReportAdmin(ReadOnly):
    """Answered on a page of their own. Who reported stays between the learner and the log."""

    list_display = ("made_at", "kind", "question", "said", "state", "answered_at")
    list_filter = ("state", "kind")
    list_select_related = ("version__item",)
    search_fields = ("version__item__slug", "text", "answer")
    date_hierarchy = "made_at"
    ordering = ("-made_at", "-id")

    @admin.display(description="Question", ordering="version__item__slug")
    def question(self, report: Report) -> SafeString:
        """The version that the learner saw, leading to its page."""
        version = report.version
        address = item_url(version.item, version.number)
        return format_html('<a href="{}">{} version {}</a>', address, version.item.slug, version.number)

    @admin.display(description="The learner says")
    def said(self, report: Report) -> str:
        """The beginning of it."""
        return Truncator(report.text).words(MOST_WORDS)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stock list under its own name."""
        return super().changelist_view(request, {"title": "Reports", **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One report, and the form that answers it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not (object_id.isascii() and object_id.isdecimal() and len(object_id) < 18):
            raise Http404("There is no such report.")
        report = get_object_or_404(Report.objects.select_related("version__item", "answered_by"), pk=int(object_id))
        if request.method == "POST":
            return _answer(request, report)
        return _page(request, report)


def _answer(request: HttpRequest, report: Report) -> HttpResponse:
    verdict, text = request.POST.get("verdict", ""), request.POST.get("answer", "")
    try:
        if verdict not in VERDICTS:
            raise rules.Refusal("bad-verdict", "Accept the report, or decline it.")
        marks.answer_report(
            report=report,
            by=request.user,  # type: ignore[arg-type]
            accepted=VERDICTS[verdict],
            answer=text,
            now=request.received_at,  # type: ignore[attr-defined]
        )
    except rules.Refusal as refusal:
        messages.error(request, str(refusal))
        return _page(request, report, text=text, status=409)
    messages.success(request, f"The learner reads now that the report is {report.state}.")
    waiting = Report.objects.filter(state=Report.OPEN).order_by("made_at").values_list("pk", flat=True).first()
    address = "admin:questions_report_change" if waiting else "admin:questions_report_changelist"
    return redirect(reverse(address, args=[waiting] if waiting else []))


def _page(request: HttpRequest, report: Report, *, text: str = "", status: int = 200) -> HttpResponse:
    version = report.version
    context = {
        "report": report,
        "kind": report.kind.replace("-", " "),
        "item_url": item_url(version.item, version.number),
        "value": version.value,
        "others": Report.objects.filter(version__item=version.item).exclude(pk=report.pk).count(),
        "answered_by": who(report.answered_by, version) if report.answered_by else "",
        "may_answer": request.user.has_perm(REVIEWER) and report.state == Report.OPEN,
        "text": text,
    }
    return render(request, "admin/questions/report/page.html", context, status=status)
