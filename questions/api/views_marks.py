"""What a learner leaves on a question: struck-out options, bookmark, private note, reports."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from questions import queries
from questions.actions import marks
from questions.api import requests, serializers_sessions
from questions.api.schema import refusals
from questions.api.views_base import Endpoint
from questions.models import Report, ServedItem


class OfItem(Endpoint):
    """Base of what belongs to one served item."""

    def served(self, session_id: UUID, served_id: UUID) -> ServedItem:
        """The learner's served item; ServedItem.DoesNotExist (404) for anybody else's."""
        return ServedItem.objects.get(pk=served_id, session_id=session_id, session__learner=self.learner)


class Strikes(OfItem):
    """The struck-out options of an item."""

    @extend_schema(
        operation_id="strikes_set",
        tags=["items"],
        request=requests.StrikeOut,
        responses=serializers_sessions.StrikesSerializer,
    )
    def put(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Keep which options are struck out. It is no answer and counts for nothing."""
        options = self.body(requests.StrikeOut).validated_data["options"]
        served = self.served(session_id, served_id)
        served = marks.strike_out(learner=self.learner, served_id=served.pk, struck=options)
        return Response({"options": served.struck})


class Bookmark(OfItem):
    """The bookmark of an item."""

    @extend_schema(
        operation_id="bookmark_set",
        tags=["marks"],
        request=None,
        responses=serializers_sessions.BookmarkSerializer,
    )
    def put(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Bookmark an item. Practice with the focus on bookmarked draws on it."""
        self.body(requests.Nothing)
        self._set(session_id, served_id, marked=True)
        return Response({"bookmarked": True})

    @extend_schema(operation_id="bookmark_clear", tags=["marks"], request=None, responses={204: None})
    def delete(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Take the bookmark back."""
        self._set(session_id, served_id, marked=False)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _set(self, session_id: UUID, served_id: UUID, *, marked: bool) -> None:
        served = self.served(session_id, served_id)
        marks.set_bookmark(learner=self.learner, served_id=served.pk, marked=marked, now=self.now)


class PrivateNote(OfItem):
    """The learner's own note on an item."""

    @extend_schema(operation_id="private_note", tags=["marks"], responses=serializers_sessions.PrivateNoteSerializer)
    def get(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """The learner's note on an item, whichever session it was written in."""
        note = queries.note_of(self.learner, self.served(session_id, served_id).item_id)
        return Response(serializers_sessions.PrivateNoteSerializer(note or NO_NOTE).data)

    @extend_schema(
        operation_id="private_note_write",
        tags=["marks"],
        request=requests.WriteNote,
        responses={200: serializers_sessions.PrivateNoteSerializer, **refusals(e400="too-long, unknown-field …")},
    )
    def put(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Keep a private note on an item. An empty text clears it."""
        text = self.body(requests.WriteNote).validated_data["text"]
        served = self.served(session_id, served_id)
        note = marks.write_note(learner=self.learner, served_id=served.pk, text=text, now=self.now)
        return Response(serializers_sessions.PrivateNoteSerializer(note or NO_NOTE).data)


NO_NOTE = {"text": "", "written_at": None}


class Reports(Endpoint):
    """The learner's reports."""

    @extend_schema(operation_id="reports", tags=["marks"], responses=serializers_sessions.ReportList)
    def get(self, request: Request) -> Response:
        """The learner's reports and what became of them, newest first."""
        return Response(serializers_sessions.ReportList({"results": queries.reports_of(self.learner)}).data)

    @extend_schema(
        operation_id="reports_make",
        tags=["marks"],
        request=requests.ReportProblem,
        responses={
            201: serializers_sessions.ReportSerializer,
            200: OpenApiResponse(
                serializers_sessions.ReportSerializer, description="This operation_id was stored before."
            ),
            **refusals(e400="too-long, unknown-field …", e404="not_found: the item is not yours"),
        },
    )
    def post(self, request: Request) -> Response:
        """Tell the instructors that something is wrong with an item."""
        sent = self.body(requests.ReportProblem).validated_data
        report = marks.report_problem(
            learner=self.learner,
            served_id=sent["served"],
            kind=sent["kind"],
            text=sent["text"],
            operation_id=sent["operation_id"],
            now=self.now,
        )
        new = report.made_at == self.now and report.state == Report.OPEN
        return Response(
            serializers_sessions.ReportSerializer(report).data, status.HTTP_201_CREATED if new else status.HTTP_200_OK
        )
