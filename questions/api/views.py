"""What the learner practises for and how they stand: exam, tags, notes, progress. All of it reads."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from questions import queries
from questions.actions import facts
from questions.api import requests, serializers
from questions.api.schema import refusals
from questions.api.views_base import Endpoint
from questions.domain import ability
from questions.models import NoteFile, NoteSection, Tag


class CurrentExam(Endpoint):
    """The exam that this site is about."""

    @extend_schema(
        operation_id="exam",
        tags=["exam"],
        responses={200: serializers.ExamSerializer, **refusals(e503="no-exam")},
    )
    def get(self, request: Request) -> Response:
        """Format, mock forms and blueprint of the exam."""
        return Response(serializers.ExamSerializer(queries.current_exam()).data)


class Tags(Endpoint):
    """The closed list of subjects."""

    @extend_schema(operation_id="tags", tags=["exam"], responses=serializers.TagList)
    def get(self, request: Request) -> Response:
        """Every tag, by slug."""
        return Response(serializers.TagList({"results": Tag.objects.all()}).data)


class Notes(Endpoint):
    """The product's study notes."""

    @extend_schema(operation_id="notes", tags=["notes"], responses=serializers.NoteList)
    def get(self, request: Request) -> Response:
        """Every study note, without its text."""
        return Response(serializers.NoteList({"results": NoteFile.objects.filter(in_bank=True)}).data)


class Note(Endpoint):
    """One study note."""

    @extend_schema(operation_id="note", tags=["notes"], responses=serializers.NoteWithSections)
    def get(self, request: Request, stem: str) -> Response:
        """A study note with its sections, as Markdown."""
        in_order = Prefetch("sections", NoteSection.objects.order_by("position"))
        note = NoteFile.objects.filter(in_bank=True).prefetch_related(in_order).get(stem=stem)
        return Response(serializers.NoteWithSections(note).data)


class Search(Endpoint):
    """Search over notes and explanations."""

    @extend_schema(
        operation_id="search",
        tags=["notes"],
        parameters=[requests.SearchQuery],
        responses={200: serializers.FoundSerializer, **refusals(e400="Names the parameter that is wrong.")},
    )
    def get(self, request: Request) -> Response:
        """Passages of the notes, and explanations of questions that the learner has answered and may see."""
        query = requests.SearchQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        found = queries.search_all(self.learner, query.validated_data["q"], self.now)
        return Response(serializers.FoundSerializer(found).data)


class Progress(Endpoint):
    """What the learner knows."""

    @extend_schema(operation_id="progress", tags=["progress"], responses=serializers.ProgressSerializer)
    def get(self, request: Request) -> Response:
        """Answers, ability and due questions, overall and by tag."""
        known = queries.known_of(self.learner)
        belief = known.belief
        level = ability.mastery(belief, "")  # no tag's own part: the level that a tag without answers has
        progress: dict[str, Any] = {
            "answered": belief.answered,
            "correct": belief.correct,
            "due": queries.due_count(self.learner, self.now),
            "overall": {
                "ability_percent": round(100 * level.p),
                "low": round(100 * level.low),
                "high": round(100 * level.high),
            },
            "readiness": queries.readiness_of(known, queries.current_exam()),
            "tags": queries.progress_by_tag(self.learner, self.now, belief),
        }
        return Response(serializers.ProgressSerializer(progress).data)


class Notices(Endpoint):
    """What changed in the bank for the learner."""

    @extend_schema(operation_id="notices", tags=["progress"], responses=serializers.NoticeList)
    def get(self, request: Request) -> Response:
        """Facts that fell after the learner answered a question on them, newest first."""
        return Response(serializers.NoticeList({"results": queries.notices(self.learner)}).data)


class Notice(Endpoint):
    """One notice."""

    @extend_schema(
        operation_id="notice_read",
        tags=["progress"],
        request=requests.ReadNotice,
        responses={200: serializers.NoticeSerializer, **refusals(e404="not_found: the notice is not yours")},
    )
    def patch(self, request: Request, notice_id: int) -> Response:
        """Note that the learner has read it. The first time counts."""
        self.body(requests.ReadNotice)
        notice = facts.mark_read(learner=self.learner, notice_id=notice_id, now=self.now)
        return Response(serializers.NoticeSerializer(notice).data)


class Schema(SpectacularAPIView):
    """The OpenAPI description of this API."""


class Docs(SpectacularSwaggerSplitView):
    """The description as a page. Its script is a file of its own, so it works under the site's strict policy."""

    url_name = "api-schema"
    template_name = "api/docs.html"
