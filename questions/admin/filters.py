"""Filters of the list of items. They speak of the newest version, as the list does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from questions import queries
from questions.domain.items import KIND_NAMES, KINDS
from questions.models import ItemVersion, Tag


class _Filter(admin.SimpleListFilter):
    """A filter by one annotated column; ``column`` names it."""

    column = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The items with the chosen value; all of them when none is chosen."""
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class StateFilter(_Filter):
    """Draft, submitted, approved …"""

    title, parameter_name, column = "state of the newest version", "state", "newest_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Every state there is."""
        return [(state, state.capitalize()) for state in ItemVersion.STATES]


class ServedFilter(admin.SimpleListFilter):
    """Whether learners meet it."""

    title, parameter_name = "served", "served"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """Yes and no."""
        return [("yes", "Served"), ("no", "Not served")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Items with an approved version, or those without."""
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(served_number__isnull=self.value() == "no")


class KindFilter(_Filter):
    """Choice, multiple, ordering, matching."""

    title, parameter_name, column = "type", "kind", "newest_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """The four types, and parts of case studies."""
        return [*((kind, KIND_NAMES[kind]) for kind in KINDS), ("case", "Part of a case study")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A case study is a group of items of the other types."""
        return queryset.exclude(case_slug="") if self.value() == "case" else super().queryset(request, queryset)


class TagFilter(_Filter):
    """One topic."""

    title, parameter_name, column = "topic", "tag", "tags__slug"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """The closed vocabulary."""
        return list(Tag.objects.order_by("name").values_list("slug", "name"))


class DomainFilter(_Filter):
    """One domain of the exam."""

    title, parameter_name, column = "domain", "domain", "newest_domain"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        """The domains of the exam, once the bank is loaded."""
        try:
            domains = queries.current_exam().format["domains"]
        except queries.NoExam:
            return []
        return [(domain["slug"], domain["title"]) for domain in domains if domain["covered"]]
