"""Sessions and what happens in them. Each view hands one deed to ``questions.actions`` and shows what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core import signing
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from questions import queries
from questions.actions import sessions
from questions.actions.answer import open_at, record_answer
from questions.api import requests, serializers_sessions
from questions.api.schema import refusals
from questions.api.views_base import Endpoint
from questions.domain import rules
from questions.models import PracticeSession, ServedItem

OVER = "session-finished, deadline-passed"
EXAMPLE_ID = "0b9f6f0e-5c7e-4a53-9f0e-3a1c0a4b7d01"


def _example(name: str, body: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, body, request_only=True)


class Pages(CursorPagination):
    """Pages that stay put while sessions are added. A cursor is signed and of use to its learner only."""

    ordering = ("-started_at", "-id")
    request: Request

    def decode_cursor(self, request: Any) -> Cursor | None:
        """The place that the request names; NotFound for anything but a cursor handed out to this learner."""
        sent = request.query_params.get(self.cursor_query_param)
        if sent is None:
            return None
        try:
            offset, reverse, position = signing.loads(sent, salt=self._salt(request))
        except signing.BadSignature as error:
            raise exceptions.NotFound("This cursor is not one of yours. Begin again without it.") from error
        return Cursor(offset=offset, reverse=reverse, position=position)

    def encode_cursor(self, cursor: Any) -> str:
        """The address of the page at a place."""
        token = signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=self._salt(self.request))
        return replace_query_param(self.base_url or "", self.cursor_query_param, token)

    @staticmethod
    def _salt(request: Any) -> str:
        return f"api.sessions.{request.user.pk}"


class Sessions(Endpoint):
    """The learner's sessions."""

    @extend_schema(
        operation_id="sessions",
        tags=["sessions"],
        parameters=[requests.SessionQuery],
        responses={
            200: serializers_sessions.SessionPage,
            **refusals(e400="Names the parameter that is wrong.", e404="not_found: the cursor is not yours"),
        },
    )
    def get(self, request: Request) -> Response:
        """Sessions, newest first."""
        query = requests.SessionQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        rows = PracticeSession.objects.filter(learner=self.learner).select_related("exam")
        if "mode" in wanted:
            rows = rows.filter(mode=wanted["mode"])
        if "state" in wanted:
            running = open_at(self.now)
            rows = rows.filter(running if wanted["state"] == rules.OPEN else ~running)
        pages = Pages()
        pages.page_size = wanted["limit"]
        found = pages.paginate_queryset(rows, request, view=self)
        page = {"next": pages.get_next_link(), "previous": pages.get_previous_link(), "results": found}
        return Response(serializers_sessions.SessionPage(page, context={"now": self.now}).data)

    @extend_schema(
        operation_id="sessions_start",
        tags=["sessions"],
        request=requests.StartSession,
        examples=[
            _example("Study", {"mode": "study", "length": 10, "operation_id": EXAMPLE_ID}),
            _example("Mock exam", {"mode": "mock", "form": "full", "operation_id": EXAMPLE_ID}),
        ],
        responses={
            201: serializers_sessions.SessionSerializer,
            200: OpenApiResponse(
                serializers_sessions.SessionSerializer, description="This operation_id started it before."
            ),
            **refusals(
                e409="mock-open, nothing-to-practise",
                e422="operation-reused",
                e503="busy, no-exam: see Retry-After",
            ),
        },
    )
    def post(self, request: Request) -> Response:
        """Start a study session or a mock exam."""
        asked = self.body(requests.StartSession)
        now = self.now
        start = sessions.start_study if asked.validated_data["mode"] == rules.STUDY else sessions.start_mock
        operation_id = asked.validated_data["operation_id"]
        session = start(learner=self.learner, operation_id=operation_id, now=now, **asked.options)
        return self._shown(session, _created(session.started_at == now))

    def _shown(self, session: PracticeSession, code: int) -> Response:
        return Response(serializers_sessions.SessionSerializer(session, context={"now": self.now}).data, code)


def _created(new: bool) -> int:
    """Only a row that was made by this very request carries its time of arrival."""
    return status.HTTP_201_CREATED if new else status.HTTP_200_OK


class Session(Endpoint):
    """One session."""

    @extend_schema(operation_id="session", tags=["sessions"], responses=serializers_sessions.SessionSerializer)
    def get(self, request: Request, session_id: UUID) -> Response:
        """A session as it stands now."""
        session = queries.own_session(self.learner, session_id)
        return Response(serializers_sessions.SessionSerializer(session, context={"now": self.now}).data)


class Items(Endpoint):
    """The items of a session."""

    @extend_schema(operation_id="items", tags=["items"], responses=serializers_sessions.PlaceList)
    def get(self, request: Request, session_id: UUID) -> Response:
        """The navigator: every served item, without its content."""
        session = queries.own_session(self.learner, session_id)
        return Response(serializers_sessions.PlaceList({"results": queries.places(session)}).data)

    @extend_schema(
        operation_id="items_serve",
        tags=["items"],
        request=None,
        responses={
            201: serializers_sessions.ItemSerializer,
            200: OpenApiResponse(
                serializers_sessions.ItemSerializer, description="The item that waits for its answer."
            ),
            204: OpenApiResponse(description="Nothing is left to answer. A study session is finished with this."),
            **refusals(e409=OVER),
        },
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        """The item to answer now: the one that waits or, in study, a newly chosen one."""
        self.body(requests.Nothing)
        now = self.now
        served = sessions.serve_next(learner=self.learner, session_id=session_id, now=now)
        if served is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        view = queries.view_of(queries.served_items(self.learner).get(pk=served.pk), now=now)
        return Response(serializers_sessions.ItemSerializer(view).data, _created(served.served_at == now))


class Item(Endpoint):
    """One served item."""

    @extend_schema(
        operation_id="item",
        tags=["items"],
        responses={200: serializers_sessions.ItemSerializer, **refusals(e409="withdrawn")},
    )
    def get(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """An item as it may be seen now: key and rationales only when the rules reveal them."""
        row = queries.served_items(self.learner).get(pk=served_id, session_id=session_id)
        rules.ensure_counts(row.withdrawn_at)
        return Response(serializers_sessions.ItemSerializer(queries.view_of(row, now=self.now)).data)


class Answers(Endpoint):
    """The answers of a session."""

    @extend_schema(
        operation_id="answers_give",
        tags=["answers"],
        request=requests.GiveAnswer,
        examples=[
            _example(
                "Choice", {"served": EXAMPLE_ID, "response": {"options": ["1f0a7b3c"]}, "operation_id": EXAMPLE_ID}
            )
        ],
        responses={
            201: serializers_sessions.AnsweredSerializer,
            200: OpenApiResponse(
                serializers_sessions.AnsweredSerializer, description="This operation_id was stored before."
            ),
            **refusals(
                e400="malformed-response, foreign-choice, repeated-choice, wrong-count, unknown-field …",
                e409=f"already-answered, withdrawn, {OVER}",
                e422="operation-reused",
            ),
        },
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        """Answer an item. In study the feedback comes back; in a mock exam nothing but that it is saved."""
        sent = self.body(requests.GiveAnswer).validated_data
        answered = record_answer(
            learner=self.learner,
            session_id=session_id,
            served_id=sent["served"],
            response=sent["response"],
            operation_id=sent["operation_id"],
            received_at=self.now,
            took_ms=sent.get("took_ms"),
            confidence=sent.get("confidence", ""),
        )
        view = queries.answered_view(answered, now=self.now)
        return Response(serializers_sessions.AnsweredSerializer(view).data, _created(not answered.replayed))


class Flag(Endpoint):
    """The flag of an item."""

    @extend_schema(
        operation_id="flag_set",
        tags=["items"],
        request=None,
        responses={200: serializers_sessions.FlagSerializer, **refusals(e409=OVER)},
    )
    def put(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Mark an item for review."""
        self.body(requests.Nothing)
        self._set(session_id, served_id, flagged=True)
        return Response({"flagged": True})

    @extend_schema(
        operation_id="flag_clear",
        tags=["items"],
        request=None,
        responses={204: None, **refusals(e409=OVER)},
    )
    def delete(self, request: Request, session_id: UUID, served_id: UUID) -> Response:
        """Unmark an item."""
        self._set(session_id, served_id, flagged=False)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _set(self, session_id: UUID, served_id: UUID, *, flagged: bool) -> None:
        if not ServedItem.objects.filter(pk=served_id, session_id=session_id).exists():
            raise ServedItem.DoesNotExist
        sessions.set_flag(learner=self.learner, served_id=served_id, flagged=flagged, now=self.now)


class Submission(Endpoint):
    """The end of a session."""

    @extend_schema(
        operation_id="submission",
        tags=["sessions"],
        request=None,
        responses={
            201: serializers_sessions.SessionSerializer,
            200: OpenApiResponse(serializers_sessions.SessionSerializer, description="It was closed before."),
        },
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        """Finish a session. One whose time is up ended at its deadline."""
        self.body(requests.Nothing)
        before = queries.own_session(self.learner, session_id)
        session = sessions.finish(learner=self.learner, session_id=session_id, now=self.now)
        shown = serializers_sessions.SessionSerializer(session, context={"now": self.now})
        return Response(shown.data, _created(before.state == rules.OPEN))


class Result(Endpoint):
    """How a session went."""

    @extend_schema(
        operation_id="result",
        tags=["sessions"],
        responses={200: serializers_sessions.ResultSerializer, **refusals(e409="not-finished")},
    )
    def get(self, request: Request, session_id: UUID) -> Response:
        """The result, overall, by domain and by tag; 409 while the session runs."""
        session = queries.own_session(self.learner, session_id)
        result = queries.result_of(session, now=self.now)
        return Response(serializers_sessions.ResultSerializer(result, context={"now": self.now}).data)
