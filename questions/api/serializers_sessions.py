"""Shapes of responses about sessions: items, answers, marks, results. No rule stands here, and no key (``queries.View``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from questions.api.schema import RESPONSE
from questions.domain import items, rules
from questions.models import PracticeSession, Report
from questions.queries import View


class SessionSerializer(serializers.ModelSerializer[PracticeSession]):
    """A session as it stands now: one whose time is up is finished, whether or not anything has closed it yet."""

    exam = serializers.CharField(source="exam.code")
    mode = serializers.ChoiceField(choices=rules.MODES)
    state = serializers.SerializerMethodField()
    form = serializers.CharField(help_text="The mock exam's form; empty in study.")
    length = serializers.IntegerField(help_text="How many questions it has at most.")
    tags = serializers.ListField(child=serializers.CharField())
    focus = serializers.ChoiceField(choices=rules.FOCUSES)
    feedback = serializers.ChoiceField(choices=rules.FEEDBACKS)
    feel = serializers.ChoiceField(choices=rules.FEELS)
    pair = serializers.ListField(child=serializers.CharField())
    finished_at = serializers.SerializerMethodField()
    remaining_ms = serializers.SerializerMethodField(help_text="Until the deadline, by the server's clock.")

    class Meta:
        model = PracticeSession
        fields = [
            "id", "exam", "mode", "state", "form", "length", "tags", "focus", "feedback", "feel", "section", "pair",
            "started_at", "deadline", "remaining_ms", "finished_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=[rules.OPEN, rules.FINISHED]))
    def get_state(self, session: PracticeSession) -> str:
        """open or finished."""
        return rules.FINISHED if rules.is_over(session.sitting, self.context["now"]) else rules.OPEN

    def get_finished_at(self, session: PracticeSession) -> datetime | None:
        """When it ended: at its deadline, if nobody submitted it before."""
        now = self.context["now"]
        return rules.finish_time(session.sitting, now) if rules.is_over(session.sitting, now) else None

    def get_remaining_ms(self, session: PracticeSession) -> int | None:
        """Milliseconds; None without a deadline."""
        if session.deadline is None:
            return None
        return max(0, int((session.deadline - self.context["now"]).total_seconds() * 1000))


class SessionPage(serializers.Serializer[Any]):
    """Some sessions, newest first, and the addresses of the pages beside them."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = SessionSerializer(many=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """A row of the navigator."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    answered = serializers.BooleanField()
    incomplete = serializers.BooleanField(help_text="Answered in part: not all options, steps or pairs are chosen.")
    chosen = serializers.IntegerField(help_text="How many options, steps or pairs are chosen.")
    flagged = serializers.BooleanField()
    withdrawn = serializers.BooleanField(
        help_text="Taken out while the session ran: it is not asked and does not count."
    )


class PlaceList(serializers.Serializer[Any]):
    """The navigator."""

    results = PlaceSerializer(many=True)


class TextSerializer(serializers.Serializer[Any]):
    """An option or a prompt: its id and its text, and nothing of what is right."""

    id = serializers.CharField()
    text = serializers.CharField()


class CaseSerializer(serializers.Serializer[Any]):
    """The scenario that the questions of a case study share."""

    title = serializers.CharField()
    text = serializers.CharField()
    part = serializers.IntegerField()
    of = serializers.IntegerField()


class OptionFeedbackSerializer(serializers.Serializer[Any]):
    """An option with its verdict."""

    id = serializers.CharField()
    letter = serializers.CharField()
    text = serializers.CharField()
    chosen = serializers.BooleanField()
    key = serializers.BooleanField()
    rationale = serializers.CharField()
    right_position = serializers.IntegerField(allow_null=True)


class PromptFeedbackSerializer(serializers.Serializer[Any]):
    """A prompt with its verdict."""

    id = serializers.CharField()
    text = serializers.CharField()
    chosen_text = serializers.CharField()
    right_text = serializers.CharField()
    correct = serializers.BooleanField()
    rationale = serializers.CharField()


class FeedbackSerializer(serializers.Serializer[Any]):
    """Verdict, why, and why not. ``notes_say``, ``today`` and ``as_of`` tell of a fact that has changed."""

    correct = serializers.BooleanField()
    unknown = serializers.BooleanField()
    verdict = serializers.CharField()
    why = serializers.CharField()
    options = OptionFeedbackSerializer(many=True)
    prompts = PromptFeedbackSerializer(many=True)
    notes_say = serializers.CharField()
    today = serializers.CharField()
    as_of = serializers.CharField()


class PassageSerializer(serializers.Serializer[Any]):
    """The passage of the notes that an item rests on; ``stem`` leads to /notes/{stem}."""

    stem = serializers.CharField(source="note.stem")
    title = serializers.CharField(source="note.title")
    anchor = serializers.CharField()
    heading = serializers.CharField()
    text = serializers.CharField()


class AnsweredSerializer(serializers.Serializer[Any]):
    """What became of an answer: saved, and as much feedback as the rules reveal now (in a mock exam none)."""

    saved = serializers.BooleanField(default=True)
    served = serializers.UUIDField(source="served.id")
    feedback = FeedbackSerializer(allow_null=True)
    section = PassageSerializer(allow_null=True)
    due = serializers.DateTimeField(allow_null=True, help_text="When the question comes again.")


@extend_schema_field(RESPONSE)
class GivenResponse(serializers.Field[Any, Any, Any, Any]):
    """A response in its transmitted form."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        """{"options": …}, {"pairs": …} or {"unknown": true}."""
        given: dict[str, Any] = value.as_json()
        return given


class ItemSerializer(serializers.Serializer[Any]):
    """A served item as it may be seen now, options in the order that belongs to this learner and session."""

    id = serializers.UUIDField(source="served.id")
    session = serializers.UUIDField(source="session.id")
    position = serializers.IntegerField(source="served.position")
    kind = serializers.ChoiceField(choices=items.KINDS, source="item.kind")
    stem = serializers.CharField(source="item.stem")
    ask = serializers.CharField(source="item.ask")
    case = CaseSerializer(source="item.case", allow_null=True)
    options = serializers.SerializerMethodField()
    prompts = TextSerializer(many=True, source="item.prompts")
    select_count = serializers.IntegerField(
        source="item.select_count", help_text="How many options, steps or pairs a complete response names."
    )
    response = GivenResponse(allow_null=True)
    flagged = serializers.SerializerMethodField()
    struck = serializers.ListField(
        child=serializers.CharField(),
        source="served.struck",
        help_text="Ids of the options that the learner struck out.",
    )
    reason = serializers.CharField(help_text="Why this question now.")
    feedback = FeedbackSerializer(allow_null=True, help_text="null until the rules reveal it.")
    section = PassageSerializer(allow_null=True)
    due = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(TextSerializer(many=True))
    def get_options(self, view: View) -> list[dict[str, str]]:
        """Id and text in shown order."""
        return [{"id": shown, "text": view.item.option(shown).text} for shown in view.served.shown_order]

    def get_flagged(self, view: View) -> bool:
        """Marked for review?"""
        return view.served.flagged_at is not None


class FlagSerializer(serializers.Serializer[Any]):
    """The flag of an item."""

    flagged = serializers.BooleanField()


# --- what a learner leaves on a question ----------------------------------------------------------------


class StrikesSerializer(serializers.Serializer[Any]):
    """The options that are struck out, in shown order."""

    options = serializers.ListField(child=serializers.CharField())


class BookmarkSerializer(serializers.Serializer[Any]):
    """The bookmark of an item."""

    bookmarked = serializers.BooleanField()


class PrivateNoteSerializer(serializers.Serializer[Any]):
    """The learner's own note on an item, whichever session it was written in."""

    text = serializers.CharField(help_text="Empty when there is none.")
    written_at = serializers.DateTimeField(allow_null=True)


class ReportSerializer(serializers.Serializer[Any]):
    """A problem that the learner reported, and what became of it."""

    id = serializers.IntegerField()
    operation_id = serializers.UUIDField()
    ask = serializers.CharField(source="version.value.ask", help_text="The question that it is about.")
    kind = serializers.ChoiceField(choices=Report.KINDS)
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=Report.STATES)
    answer = serializers.CharField(help_text="What the instructors say; empty while it is open.")
    made_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class ReportList(serializers.Serializer[Any]):
    """Reports, newest first."""

    results = ReportSerializer(many=True)


# --- results --------------------------------------------------------------------------------------------


class ShareSerializer(serializers.Serializer[Any]):
    """Right answers out of a group; ``percent`` is rounded down."""

    slug = serializers.CharField()
    title = serializers.CharField()
    correct = serializers.IntegerField()
    total = serializers.IntegerField()
    percent = serializers.IntegerField()


class ResultItemSerializer(serializers.Serializer[Any]):
    """One question of a result; its id leads to the item with its feedback."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    ask = serializers.CharField()
    correct = serializers.BooleanField()
    answered = serializers.BooleanField()
    flagged = serializers.BooleanField()


class ResultSerializer(serializers.Serializer[Any]):
    """How a finished session went, in percent; ``pass_percent`` is a line to compare with, no prediction."""

    session = SessionSerializer()
    overall = ShareSerializer()
    by_domain = ShareSerializer(many=True)
    by_tag = ShareSerializer(many=True)
    items = ResultItemSerializer(many=True)
    pass_percent = serializers.IntegerField()
    pass_note = serializers.CharField()
    took_ms = serializers.SerializerMethodField()
    late = serializers.IntegerField(help_text="Answers that came after the end: kept, not counted.")
    withdrawn = serializers.IntegerField(help_text="Questions taken out while the session ran: not counted.")

    def get_took_ms(self, result: Any) -> int:
        """From start to end."""
        return int(result.took.total_seconds() * 1000)
