"""Shapes of requests. They judge form only; what the rules think of a request is not decided here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from questions.api import errors
from questions.api.schema import RESPONSE
from questions.domain import rules
from questions.models import PrivateNote, Report, Tag

LONGEST_ANSWER_MS = 24 * 3600 * 1000


class Request(serializers.Serializer[Any]):
    """A request body; a field that it does not know is a fault, so that a misspelt one is never ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked fields; ValidationError that names every unknown one."""
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            known = ", ".join(self.fields) or "none"
            detail = ErrorDetail(f"Not a field of this request. Fields: {known}.", errors.UNKNOWN_FIELD)
            raise ValidationError({str(name): [detail] for name in sorted(unknown)})
        return super().to_internal_value(data)


class Nothing(Request):
    """A request that needs no body."""


class StartSession(Request):
    """A new session. ``form`` and ``allowance`` are for a mock exam, all other options for study."""

    OF_MODE = {
        rules.STUDY: ("length", "tags", "focus", "feedback", "feel", "section", "pair"),
        rules.MOCK: ("form", "allowance"),
    }

    mode = serializers.ChoiceField(choices=rules.MODES)
    operation_id = serializers.UUIDField(help_text="Made by the client; sent again it returns the same session.")
    length = serializers.IntegerField(required=False, min_value=1, max_value=rules.MAX_STUDY_LENGTH)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), required=False, max_length=100)
    focus = serializers.ChoiceField(choices=rules.FOCUSES, required=False, help_text="What it draws on.")
    feedback = serializers.ChoiceField(
        choices=rules.FEEDBACKS, required=False, help_text="After each answer, or all at the end."
    )
    feel = serializers.ChoiceField(choices=rules.FEELS, required=False, help_text="How hard new questions should be.")
    section = serializers.RegexField(
        r"^[^#]{1,120}#[^#]{1,200}$", required=False, help_text='A section of the notes: "<note>#<anchor>".'
    )
    pair = serializers.ListField(
        child=serializers.SlugField(max_length=200),
        required=False,
        min_length=2,
        max_length=2,
        help_text="For the focus on confusions: two concepts.",
    )
    form = serializers.CharField(required=False, max_length=40, help_text="The slug of one of the exam's forms.")
    allowance = serializers.FloatField(
        required=False, help_text="Time allowance: 1, 1.5 or 2; the learner's setting otherwise."
    )

    def validate_tags(self, value: list[str]) -> list[str]:
        """Only tags of the bank; a misspelt one would otherwise quietly narrow the choice."""
        known = set(Tag.objects.filter(slug__in=value).values_list("slug", flat=True))
        if unknown := [slug for slug in value if slug not in known]:
            raise ValidationError(f"There is no tag {unknown[0]!r}. GET /api/v1/tags lists them.", "unknown-tag")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Options of the other mode are a fault."""
        for mode, names in self.OF_MODE.items():
            for name in names:
                if name in attrs and attrs["mode"] != mode:
                    raise errors.about(name, "wrong-mode", f"This belongs to a session of mode {mode!r} only.")
        return attrs

    @property
    def options(self) -> dict[str, Any]:
        """The options that were sent for the chosen mode."""
        chosen = self.OF_MODE[self.validated_data["mode"]]
        return {name: self.validated_data[name] for name in chosen if name in self.validated_data}


@extend_schema_field(RESPONSE)
class ResponseField(serializers.JSONField):
    """A response as sent, for the domain to judge. Only what a database cannot store is refused here."""

    def to_internal_value(self, data: Any) -> Any:
        """The response itself."""
        text = json.dumps(data, ensure_ascii=False)
        if "\\u0000" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise ValidationError("A response holds ids only.", "malformed-response")
        return data


class GiveAnswer(Request):
    """One answer."""

    served = serializers.UUIDField(help_text="The id of the item in this session.")
    response = ResponseField()
    operation_id = serializers.UUIDField(help_text="Made by the client, one for each answer.")
    took_ms = serializers.IntegerField(required=False, min_value=0, max_value=LONGEST_ANSWER_MS)
    confidence = serializers.ChoiceField(choices=["sure", "unsure"], required=False)


class StrikeOut(Request):
    """All options that are struck out now."""

    options = serializers.ListField(
        child=serializers.CharField(max_length=20),
        max_length=20,
        help_text="Ids. Those that the question does not have are left out.",
    )


class WriteNote(Request):
    """A private note; an empty text clears it."""

    text = serializers.CharField(allow_blank=True, help_text=f"At most {PrivateNote.MAX} characters.")


class ReportProblem(Request):
    """Something is wrong with a question."""

    served = serializers.UUIDField(help_text="The id of the item as it was served.")
    operation_id = serializers.UUIDField(help_text="Made by the client; sent again it returns the same report.")
    kind = serializers.ChoiceField(choices=Report.KINDS)
    text = serializers.CharField(
        required=False, allow_blank=True, default="", help_text=f"At most {Report.MAX} characters."
    )


class ReadNotice(Request):
    """A notice was read."""

    read = serializers.BooleanField()

    def validate_read(self, value: bool) -> bool:
        """What was read stays read."""
        if not value:
            raise ValidationError("Only true: what was read stays read.", "bad-read")
        return value


class SessionQuery(Request):
    """Which sessions to list."""

    state = serializers.ChoiceField(choices=[rules.OPEN, rules.FINISHED], required=False)
    mode = serializers.ChoiceField(choices=rules.MODES, required=False)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, default=20)
    cursor = serializers.CharField(required=False, help_text="From next or previous of another page.")


class AnyText(serializers.CharField):
    """A text of any characters: what a search cannot use, it leaves out."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.validators = []


class SearchQuery(Request):
    """What to look for."""

    q = AnyText(
        required=False,
        default="",
        allow_blank=True,
        help_text='Words and "quoted phrases". The first 200 characters count; none find nothing.',
    )
