"""Everything that the workshop only shows: loaded from the bank's files, or written once by a deed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from questions.admin.item_page import item_url
from questions.models import (
    Answer,
    Exam,
    Fact,
    Heartbeat,
    ItemVersion,
    NoteFile,
    NoteSection,
    PracticeSession,
    ReviewEvent,
    Tag,
)


class ReadOnly(admin.ModelAdmin):
    """Shows rows; adds, changes and deletes none, whoever asks."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def _pretty(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


@admin.register(ItemVersion)
class ItemVersionAdmin(ReadOnly):
    """Every version of every question."""

    list_display = ("__str__", "question", "state", "kind", "domain", "created_by", "created_at")
    list_filter = ("state", "kind", "domain")
    list_select_related = ("item", "created_by")
    search_fields = ("item__slug",)
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    exclude = ("body",)
    readonly_fields = ("question", "content")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemVersion]:
        """Without the content, which only the page of one version shows."""
        return super().get_queryset(request).defer("body")

    @admin.display(description="Question", ordering="item__slug")
    def question(self, version: ItemVersion) -> SafeString:
        """Its id, leading to the page of the question."""
        return format_html('<a href="{}">{}</a>', item_url(version.item, version.number), version.item.slug)

    @admin.display(description="Content")
    def content(self, version: ItemVersion) -> SafeString:
        """As it is stored."""
        return _pretty(version.body)


@admin.register(ReviewEvent)
class ReviewEventAdmin(ReadOnly):
    """Who did what, when and why: the newest first."""

    list_display = ("at", "action", "question", "by", "why")
    list_filter = ("action",)
    list_select_related = ("version__item", "by")
    search_fields = ("version__item__slug", "why")
    date_hierarchy = "at"
    ordering = ("-at", "-id")

    @admin.display(description="Question", ordering="version__item__slug")
    def question(self, event: ReviewEvent) -> SafeString:
        """The version, leading to its page."""
        version = event.version
        address = item_url(version.item, version.number)
        return format_html('<a href="{}">{} version {}</a>', address, version.item.slug, version.number)


@admin.register(Tag)
class TagAdmin(ReadOnly):
    """The closed vocabulary of topics, from bank/tags.yaml."""

    list_display = ("slug", "name", "description", "questions")
    search_fields = ("slug", "name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        """With the number of questions of each."""
        return super().get_queryset(request).annotate(item_count=Count("items"))

    @admin.display(description="Questions", ordering="item_count")
    def questions(self, tag: Any) -> int:
        """How many questions carry it."""
        return tag.item_count


@admin.register(Fact)
class FactAdmin(ReadOnly):
    """The ledger of dated claims, from bank/facts.yaml."""

    list_display = ("slug", "statement", "status", "checked_on", "source")
    list_filter = ("status", "checked_on")
    search_fields = ("slug", "statement", "notes_value", "aws_value", "source")


@admin.register(NoteFile)
class NoteFileAdmin(ReadOnly):
    """Study notes, of the bank and imported."""

    list_display = ("stem", "title", "path", "in_bank", "loaded_at")
    list_filter = ("in_bank",)
    search_fields = ("stem", "title")


@admin.register(NoteSection)
class NoteSectionAdmin(ReadOnly):
    """Their sections, with file and lines."""

    list_display = ("heading", "note", "anchor", "line_from", "line_to")
    list_filter = ("note",)
    list_select_related = ("note",)
    search_fields = ("heading", "anchor", "text")


@admin.register(Exam)
class ExamAdmin(ReadOnly):
    """The exam's format, from bank/exam.yaml."""

    list_display = ("code", "title")
    exclude = ("format",)
    readonly_fields = ("content",)

    @admin.display(description="Format")
    def content(self, exam: Exam) -> SafeString:
        """As it is stored."""
        return _pretty(exam.format)


@admin.register(PracticeSession)
class PracticeSessionAdmin(ReadOnly):
    """Sessions of learners, for operators."""

    list_display = ("id", "learner", "mode", "state", "length", "started_at", "deadline", "finished_at")
    list_filter = ("mode", "state")
    list_select_related = ("learner",)
    search_fields = ("=learner__email",)
    ordering = ("-started_at",)


@admin.register(Answer)
class AnswerAdmin(ReadOnly):
    """The log of answers, for operators."""

    list_display = ("id", "learner", "question", "correct", "right", "total", "revision", "received_at")
    list_filter = ("correct",)
    list_select_related = ("learner", "item", "version")
    search_fields = ("=learner__email", "item__slug")
    ordering = ("-id",)

    @admin.display(description="Question")
    def question(self, answer: Answer) -> str:
        """Id and version."""
        return f"{answer.item.slug} version {answer.version.number}"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnly):
    """When each task of the worker last ran."""

    list_display = ("name", "at")
