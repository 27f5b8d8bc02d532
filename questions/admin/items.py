"""The list of items and the addresses of their pages. The pages themselves: ``item_page``, ``item_edit``."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import CharField, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from questions.actions import review
from questions.admin import filters, item_edit, item_page
from questions.domain.items import KIND_NAMES
from questions.models import Item, ItemVersion

MOST_WORDS = 8


@admin.register(Item)
class ItemAdmin(admin.ModelAdmin):
    """Items through all their versions. Nothing here deletes; content changes by new versions alone."""

    list_display = (
        "name", "kind", "state", "served", "task", "topics", "case", "answers", "facility",
    )  # fmt: skip
    list_display_links = ("name",)
    list_filter = (
        filters.StateFilter, filters.ServedFilter, filters.KindFilter, filters.DomainFilter, filters.TagFilter,
    )  # fmt: skip
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    search_fields = ("slug",)
    search_help_text = "Id, ask and scenario text"
    ordering = ("slug",)

    # --- who may do what ---

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Authors write."""
        return request.user.has_perm(review.AUTHOR)

    def has_change_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        """Authors write new versions; the stock form is never used."""
        return request.user.has_perm(review.AUTHOR)

    def has_delete_permission(self, request: HttpRequest, obj: Item | None = None) -> bool:
        """Nobody: answers rest on versions. A question is retired instead."""
        return False

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Item]:
        """Items with what the list shows of their newest and served versions: one statement, and one for the tags."""
        versions = ItemVersion.objects.filter(item=OuterRef("pk"))
        newest = versions.order_by("-number")
        served = versions.filter(state=ItemVersion.APPROVED)
        answers, correct = F("calibration__answers"), F("calibration__correct")
        return (
            super()
            .get_queryset(request)
            .annotate(
                newest_number=Subquery(newest.values("number")[:1]),
                newest_state=Subquery(newest.values("state")[:1]),
                newest_kind=Subquery(newest.values("kind")[:1]),
                newest_part=Subquery(newest.values("case_part")[:1]),
                newest_domain=Subquery(newest.values("domain")[:1]),
                newest_task=Subquery(newest.annotate(task=KT("body__task")).values("task")[:1], CharField()),
                served_number=Subquery(served.values("number")[:1]),
                given=answers,
                share=Cast(correct, FloatField()) / NullIf(Cast(answers, FloatField()), 0.0),
            )
            .prefetch_related("tags")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Item], search_term: str
    ) -> tuple[QuerySet[Item], bool]:
        """Every word must stand in the id, or in the ask, the scenario or the case of some version."""
        for word in search_term.split()[:MOST_WORDS]:
            texts = ItemVersion.objects.filter(item=OuterRef("pk")).annotate(
                ask=KT("body__ask"), stem=KT("body__stem"), shared=KT("body__case__text")
            )
            said = texts.filter(Q(ask__icontains=word) | Q(stem__icontains=word) | Q(shared__icontains=word))
            queryset = queryset.filter(Q(slug__icontains=word) | Exists(said))
        return queryset, False

    @admin.display(description="Question", ordering="slug")
    def name(self, item: Item) -> str:
        """Its id."""
        return item.slug

    @admin.display(description="Type", ordering="newest_kind")
    def kind(self, item: Any) -> str:
        """In words."""
        return KIND_NAMES.get(item.newest_kind, "")

    @admin.display(description="Newest", ordering="newest_state")
    def state(self, item: Any) -> str:
        """Number and state."""
        return f"{item.newest_number}, {item.newest_state}" if item.newest_number else ""

    @admin.display(description="Served", ordering="served_number", empty_value="none")
    def served(self, item: Any) -> str | None:
        """The version that learners meet."""
        return f"{item.served_number}" if item.served_number else None

    @admin.display(description="Task", ordering="newest_task")
    def task(self, item: Any) -> str:
        """Task of the exam guide, and its domain."""
        return f"{item.newest_task or '-'} ({item.newest_domain or 'no domain'})"

    @admin.display(description="Topics")
    def topics(self, item: Item) -> str:
        """Its tags by name."""
        return ", ".join(tag.name for tag in item.tags.all())

    @admin.display(description="Case", ordering="case_slug")
    def case(self, item: Any) -> str | None:
        """Its place in a case study, whose id the question's own begins with."""
        return f"part {item.newest_part}" if item.case_slug else None

    @admin.display(description="Answers", ordering="given")
    def answers(self, item: Any) -> int:
        """As many as its calibration knows."""
        return item.given or 0

    @admin.display(description="Facility", ordering="share")
    def facility(self, item: Any) -> str | None:
        """Share of right answers in percent."""
        return f"{100 * item.share:.0f} %" if item.share is not None else None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stock list under its own name."""
        return super().changelist_view(request, {"title": "Questions", **(extra_context or {})})

    # --- the pages ---

    def get_urls(self) -> list[Any]:
        """The stock addresses, with our own before them."""
        guard = self.admin_site.admin_view
        own = [
            path("yaml/", guard(item_edit.yaml_page), name="questions_item_yaml"),
            path("<int:pk>/edit/", guard(item_edit.edit), name="questions_item_edit"),
            path("<int:pk>/review/", guard(item_page.record), name="questions_item_review"),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The empty form."""
        return item_edit.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of one item. It only shows; see ``edit`` and ``review``."""
        return item_page.page(request, _key(object_id))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The record of a question stands on its page."""
        if not self.has_view_or_change_permission(request):
            return item_page.denied()
        item = get_object_or_404(Item, pk=_key(object_id))
        return redirect(f"{reverse('admin:questions_item_change', args=[item.pk])}#record")


def _key(object_id: str) -> int:
    """The number in an address; 0, which no item has, for anything else."""
    number = unquote(object_id)
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0
