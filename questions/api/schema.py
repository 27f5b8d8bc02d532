"""The OpenAPI description: one error body, the two ways to sign in, the form of a response. Imported by ``urls``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from questions.api.access import TOKEN_HEADER


class ErrorItem(serializers.Serializer[Any]):
    """One fault; ``attr`` names the field that it is about."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class Error(serializers.Serializer[Any]):
    """The body of every refusal."""

    type = serializers.CharField(help_text="validation_error, client_error or server_error")
    code = serializers.CharField(help_text="For programs: the code of the first error.")
    detail = serializers.CharField(help_text="For people: what is wrong and what to do.")
    retryable = serializers.BooleanField(help_text="True when the same request may succeed later.")
    errors = ErrorItem(many=True)  # type: ignore[assignment]


def refusals(**reasons: str) -> dict[int, OpenApiResponse]:
    """Documented refusals: ``refusals(e409="session-finished, …")``."""
    return {int(name[1:]): OpenApiResponse(Error, description=text) for name, text in reasons.items()}


class AutoSchema(BaseAutoSchema):
    """Adds the refusals that any operation may give, and a summary for lists: the description's first sentence."""

    def get_summary(self) -> str:
        """What the operation does, in a few words."""
        return str(self.get_description()).split(".")[0].split(":")[0]

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(*args, **kwargs)
        general = {
            "401": "not_authenticated, authentication_failed",
            "429": "throttled: see Retry-After",
        }
        if self.method != "GET":
            general["403"] = "permission_denied: the cookie came without its CSRF token"
        if self.method in ("POST", "PUT", "PATCH"):
            general |= {
                "400": "Names the field that is wrong; unknown fields too.",
                "413": "too-large: 1 MiB at most",
                "415": "unsupported_media_type: send application/json",
                "503": "busy: see Retry-After",
            }
        if "{" in self.path:
            general["404"] = "not_found: nothing of yours is there"
        for code, text in general.items():
            if code not in bodies:
                bodies[code] = self._get_response_for_code(OpenApiResponse(Error, description=text), code)
        return dict(sorted(bodies.items()))


class XSessionTokenScheme(OpenApiAuthenticationExtension):
    """The session token of apps."""

    target_class = "questions.api.access.XSessionToken"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": TOKEN_HEADER,
            "description": "meta.session_token of /_allauth/app/v1/auth/signup or …/auth/login",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The cookie of browsers."""

    target_class = "questions.api.access.Session"
    name = "sessionCookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The site's own session; writing requests carry X-CSRFToken.",
        }


RESPONSE = {
    "type": "object",
    "description": "Exactly one of the three. Ids are those of the item's options and prompts.",
    "oneOf": [
        {
            "type": "object",
            "title": "Options",
            "properties": {"options": {"type": "array", "items": {"type": "string"}}},
            "required": ["options"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "title": "Pairs",
            "properties": {"pairs": {"type": "object", "additionalProperties": {"type": "string"}}},
            "required": ["pairs"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "title": "Unknown",
            "properties": {"unknown": {"type": "boolean", "enum": [True]}},
            "required": ["unknown"],
            "additionalProperties": False,
        },
    ],
}
