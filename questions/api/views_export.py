"""Everything that is the learner's, as one document."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from questions import queries
from questions.api.views_base import Endpoint


class Export(Endpoint):
    """The learner's data."""

    @extend_schema(
        operation_id="export",
        tags=["progress"],
        responses={
            200: OpenApiResponse(
                OpenApiTypes.OBJECT,
                description="format, exported_at, profile, and the lists sessions, questions, served, answers, "
                "refused_answers, private_notes, bookmarks, reports, notices, beliefs, memories.",
            )
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Everything that is the learner's, streamed; a mock exam that still runs without its results."""
        return StreamingHttpResponse(queries.export.as_json(self.learner, self.now), content_type="application/json")
