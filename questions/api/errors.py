"""Every refusal in one shape: ``{"type", "code", "detail", "retryable", "errors": [{"code", "detail", "attr"}]}``.

``type``, ``errors`` and their fields are those of drf-standardized-errors; ``code`` and ``detail`` repeat the first
error, and ``retryable`` says whether the same request may succeed later. Codes are for programs and stay, details are
for people.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, status
from rest_framework.response import Response

from questions.domain.rules import Refusal
from questions.domain.scoring import BadResponse
from questions.models import NoteFile, Notice, PracticeSession, ServedItem
from questions.queries import NoExam

UNKNOWN_FIELD = "unknown-field"
BUSY_SECONDS = 1
STATUS = {
    "operation-reused": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "busy": status.HTTP_503_SERVICE_UNAVAILABLE,
    "unknown-form": status.HTTP_400_BAD_REQUEST,
    "too-long": status.HTTP_400_BAD_REQUEST,
}
"""Refusals that are no conflict. Those whose code begins with ``bad-`` are 400, every other one is 409."""
FIELD = {"unknown-form": "form", "bad-allowance": "allowance", "bad-length": "length", "too-long": "text"}
RETRYABLE = {status.HTTP_408_REQUEST_TIMEOUT, status.HTTP_425_TOO_EARLY, status.HTTP_429_TOO_MANY_REQUESTS}


class Refused(exceptions.APIException):
    """A refusal of the rules as an HTTP answer."""

    def __init__(self, status_code: int, code: str, detail: str):
        super().__init__(detail, code)
        self.status_code = status_code
        if status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
            self.wait = BUSY_SECONDS


class TooLarge(exceptions.APIException):
    """A body beyond the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = f"A request may be {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes long."
    default_code = "too-large"


def about(field: str, code: str, detail: str) -> exceptions.ValidationError:
    """A 400 about one field."""
    return exceptions.ValidationError({field: [exceptions.ErrorDetail(detail, code)]})


def of_refusal(refusal: Refusal) -> exceptions.APIException:
    """The answer to a refused deed."""
    code = refusal.code
    known = STATUS.get(code) or (status.HTTP_400_BAD_REQUEST if code.startswith("bad-") else status.HTTP_409_CONFLICT)
    if known == status.HTTP_400_BAD_REQUEST:
        return about(FIELD.get(code, "non_field_errors"), code, str(refusal))
    return Refused(known, code, str(refusal))


class Handler(ExceptionHandler):
    """Turns exceptions of the house into answers; whatever it does not know is a 500 that tells nothing."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        """The API exception for one of ours."""
        match exc:
            case Refusal():
                return of_refusal(exc)
            case BadResponse():
                return about("response", exc.code, str(exc))
            case NoExam():
                return Refused(status.HTTP_503_SERVICE_UNAVAILABLE, "no-exam", "No question bank is loaded yet.")
            case (
                PracticeSession.DoesNotExist()
                | ServedItem.DoesNotExist()
                | NoteFile.DoesNotExist()
                | Notice.DoesNotExist()
            ):
                return exceptions.NotFound("There is nothing of yours at this address.")
            case RequestDataTooBig():
                return TooLarge()
            case OperationalError():
                detail = "The database does not answer. Send the same request again in a moment."
                return Refused(status.HTTP_503_SERVICE_UNAVAILABLE, "busy", detail)
            case _:
                return super().convert_known_exceptions(exc)

    def report_exception(self, exc: exceptions.APIException, response: Response) -> None:
        """Alarm about accidents; a refusal is none, whatever its status."""
        if not isinstance(self.exc, Refusal | NoExam):
            super().report_exception(exc, response)

    def format_exception(self, exc: exceptions.APIException) -> dict[str, Any]:
        """The body."""
        body: dict[str, Any] = super().format_exception(exc)
        first = body["errors"][0]
        return {
            "type": body["type"],
            "code": first["code"],
            "detail": first["detail"],
            "retryable": exc.status_code in RETRYABLE or status.is_server_error(exc.status_code),
            "errors": body["errors"],
        }


def handle(exc: Exception, context: Any) -> Response | None:
    """Exception handler of the API's views."""
    return Handler(exc, context).run()
