"""What all views of the API share: a bounded JSON body, answers that no cache keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.cache import patch_cache_control
from rest_framework import exceptions, views
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from questions.api import errors, requests
from questions.models import User

Body = TypeVar("Body", bound=requests.Request)


class JSONBody(JSONParser):
    """JSON of a bounded size. The framework reads a body past Django's own limit, and deep nesting would be a 500."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The parsed body; TooLarge (413) or ParseError (400)."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = int(parser_context["request"].META.get("CONTENT_LENGTH") or 0)
        if limit is not None and length > limit:
            raise errors.TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise exceptions.ParseError("JSON parse error - nested too deep") from error


class Endpoint(views.APIView):
    """Base of every view."""

    parser_classes = [JSONBody]
    metadata_class = None  # OPTIONS tells nothing that the schema does not tell

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Personal answers stay out of caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    def body(self, shape: type[Body]) -> Body:
        """The checked body of this request; ValidationError (400) names each fault."""
        checked = shape(data=self.request.data)
        checked.is_valid(raise_exception=True)
        return checked

    @property
    def learner(self) -> User:
        """Who calls."""
        return cast(User, self.request.user)

    @property
    def now(self) -> datetime:
        """When this request arrived: what the rules judge it by."""
        return received_at(self.request)


def received_at(request: Request | HttpRequest) -> datetime:
    """The moment that the outermost middleware stamped."""
    stamped: datetime | None = getattr(request, "received_at", None)
    return stamped or timezone.now()


class Unknown(Endpoint):
    """Any other address below /api/v1, by any method: a 404 that a program can read."""

    authentication_classes = []
    permission_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before a method is looked for."""
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound("There is no such address. /api/v1/docs/ lists them all.")
