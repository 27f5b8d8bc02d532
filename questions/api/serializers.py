"""Shapes of responses about the exam, the notes and how a learner stands; ``serializers_sessions`` has the rest."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from questions.domain import rules
from questions.models import NoteFile, NoteSection, Tag

# --- exam, tags, notes, progress ------------------------------------------------------------------------


class FormSerializer(serializers.Serializer[Any]):
    """A mock exam to choose."""

    slug = serializers.CharField()
    title = serializers.CharField()
    questions = serializers.IntegerField()
    minutes = serializers.IntegerField()


class TaskSerializer(serializers.Serializer[Any]):
    """A task of the exam guide."""

    id = serializers.CharField()
    title = serializers.CharField()


class DomainSerializer(serializers.Serializer[Any]):
    """A domain of the blueprint; ``covered`` tells whether the bank has questions of it."""

    slug = serializers.CharField()
    title = serializers.CharField()
    weight = serializers.FloatField(help_text="Percent of the exam.")
    covered = serializers.BooleanField()
    tasks = TaskSerializer(many=True)


class ExamSerializer(serializers.Serializer[Any]):
    """The exam's format as data."""

    slug = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    as_of = serializers.DateField(source="format.as_of")
    source = serializers.CharField(source="format.source")  # type: ignore[assignment]
    questions = serializers.IntegerField(source="format.questions")
    scored = serializers.IntegerField(source="format.scored")
    minutes = serializers.IntegerField(source="format.minutes")
    pass_percent = serializers.IntegerField(source="format.pass_percent")
    pass_note = serializers.CharField(source="format.pass_note")
    forms = FormSerializer(many=True, source="format.forms")
    domains = DomainSerializer(many=True, source="format.domains")
    allowances = serializers.ListField(child=serializers.FloatField(), default=list(rules.ALLOWANCES))
    max_study_length = serializers.IntegerField(default=rules.MAX_STUDY_LENGTH)


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A subject."""

    class Meta:
        model = Tag
        fields = ["slug", "name", "description"]


class TagList(serializers.Serializer[Any]):
    """All tags."""

    results = TagSerializer(many=True)


class Level(serializers.Serializer[Any]):
    """Chance (percent) of answering a middling question, with its 80 % interval."""

    ability_percent = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()


class TagProgressSerializer(Level):
    """How the learner stands on one tag. ``items`` counts the bank's questions of the tag."""

    slug = serializers.CharField()
    name = serializers.CharField()
    answered = serializers.IntegerField()
    correct = serializers.IntegerField()
    last_seen = serializers.DateTimeField(allow_null=True)
    due = serializers.IntegerField()
    items = serializers.IntegerField()


class ReadinessSerializer(serializers.Serializer[Any]):
    """What to expect of the exam's covered domains; shares and chances 0-1. Not to be shown where ``enough`` is false."""

    enough = serializers.BooleanField(help_text="Are there answers enough to speak of it?")
    score = serializers.FloatField(help_text="Expected share of exam questions right.")
    score_low = serializers.FloatField(help_text="Lower end of its 80 % interval.")
    score_high = serializers.FloatField(help_text="Upper end of its 80 % interval.")
    passing = serializers.FloatField(
        help_text="Chance to pass; the raw pass mark is an assumption: 0.70, give or take 0.03."
    )
    passing_low = serializers.FloatField(help_text="That chance if the score were at its lower end.")
    passing_high = serializers.FloatField(help_text="That chance if the score were at its upper end.")


class ProgressSerializer(serializers.Serializer[Any]):
    """How the learner stands; tags weakest first, untouched ones last."""

    answered = serializers.IntegerField()
    correct = serializers.IntegerField()
    due = serializers.IntegerField(help_text="Questions that are due now.")
    overall = Level()
    readiness = ReadinessSerializer(allow_null=True, help_text="Null while the bank is empty.")
    tags = TagProgressSerializer(many=True)


class NoteSerializer(serializers.ModelSerializer[NoteFile]):
    """A study note."""

    class Meta:
        model = NoteFile
        fields = ["stem", "title"]


class NoteList(serializers.Serializer[Any]):
    """All study notes."""

    results = NoteSerializer(many=True)


class SectionSerializer(serializers.ModelSerializer[NoteSection]):
    """A heading of a note and the Markdown below it."""

    class Meta:
        model = NoteSection
        fields = ["anchor", "heading", "level", "text", "tags"]
        extra_kwargs = {"tags": {"help_text": "Slugs of tags."}}

    tags = serializers.ListField(child=serializers.CharField())


class NoteWithSections(NoteSerializer):
    """A study note in full."""

    sections = SectionSerializer(many=True)

    class Meta(NoteSerializer.Meta):
        fields = ["stem", "title", "sections"]


class PieceSerializer(serializers.Serializer[Any]):
    """A part of a snippet, as plain text; ``hit`` where it is what was looked for."""

    text = serializers.CharField(trim_whitespace=False)
    hit = serializers.BooleanField()


class NoteHitSerializer(serializers.Serializer[Any]):
    """A section of the notes that was found; ``stem`` leads to /notes/{stem}."""

    stem = serializers.CharField()
    title = serializers.CharField()
    anchor = serializers.CharField()
    heading = serializers.CharField()
    snippet = PieceSerializer(many=True)


class ExplanationHitSerializer(serializers.Serializer[Any]):
    """An explanation that was found: where the learner answered its question last, and how."""

    session = serializers.UUIDField()
    served = serializers.UUIDField()
    title = serializers.CharField(help_text="How its scenario begins.")
    correct = serializers.BooleanField()
    answered_at = serializers.DateTimeField()
    snippet = PieceSerializer(many=True)


class OwnHitSerializer(serializers.Serializer[Any]):
    """A private note of the learner that was found, and the session in which its question was met last."""

    session = serializers.UUIDField()
    position = serializers.IntegerField()
    title = serializers.CharField(help_text="How its scenario begins.")
    written_at = serializers.DateTimeField()
    snippet = PieceSerializer(many=True)


class FoundSerializer(serializers.Serializer[Any]):
    """What was found, the best first, 20 of each kind at most."""

    query = serializers.CharField(source="sought.text", help_text="What was understood of q.")
    loosened = serializers.BooleanField(help_text="Nothing has all of the words: these have some of them.")
    notes = NoteHitSerializer(many=True)
    explanations = ExplanationHitSerializer(many=True)
    private_notes = OwnHitSerializer(many=True, source="own")
    notes_total = serializers.IntegerField(help_text="How many sections of the notes match.")
    explanations_total = serializers.IntegerField(help_text="How many explanations match.")


class NoticeSerializer(serializers.Serializer[Any]):
    """A fact that changed after the learner answered a question on it."""

    id = serializers.IntegerField()
    fact = serializers.CharField(source="change.fact.slug")
    said = serializers.CharField(source="change.was_statement", help_text="What the question rested on.")
    today = serializers.CharField(
        source="change.today", help_text="What holds now; empty when nothing takes its place."
    )
    status = serializers.CharField(source="change.status", help_text="superseded, disputed or retired")
    source = serializers.CharField(source="change.source")  # type: ignore[assignment]
    checked_on = serializers.DateField(source="change.checked_on")
    made_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class NoticeList(serializers.Serializer[Any]):
    """Notices, newest first."""

    results = NoticeSerializer(many=True)
