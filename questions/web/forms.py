"""Shapes of what browsers post. Whether it is allowed is for the domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.http import QueryDict

from questions.domain.dates import zone
from questions.domain.items import SLUG
from questions.domain.rules import ADAPTIVE, ALLOWANCES, AT_ONCE, FEEDBACKS, FEELS, FOCUSES, MAX_STUDY_LENGTH
from questions.models import Report, Tag, User

MOST_MINUTES = 600
MOST_ZONE = 64
MOST_AHEAD = timedelta(days=3 * 366)


def _tags() -> list[tuple[str, str]]:
    return list(Tag.objects.values_list("slug", "name"))


class StudyForm(forms.Form):
    """Start of a study session."""

    operation_id = forms.UUIDField()
    length = forms.IntegerField(min_value=1, max_value=MAX_STUDY_LENGTH, initial=10, required=False)
    tag = forms.MultipleChoiceField(choices=_tags, required=False)
    focus = forms.ChoiceField(choices=[(name, name) for name in FOCUSES], required=False)
    feedback = forms.ChoiceField(choices=[(name, name) for name in FEEDBACKS], required=False)
    feel = forms.ChoiceField(choices=[(name, name) for name in FEELS], required=False)
    section = forms.RegexField(r"^[^#]{1,120}#[^#]{1,200}$", required=False)
    pair = forms.RegexField(rf"^{SLUG.pattern}~{SLUG.pattern}$", required=False)

    @property
    def choice(self) -> dict[str, Any]:
        """What ``start_study`` is to be told, of a valid form."""
        given = self.cleaned_data
        return {
            "length": given["length"] or 10,
            "tags": given["tag"],
            "focus": given["focus"] or ADAPTIVE,
            "feedback": given["feedback"] or AT_ONCE,
            "feel": given["feel"] or FEELS[0],
            "section": given["section"],
            "pair": given["pair"].split("~") if given["pair"] else [],
        }


class ChoiceForm(StudyForm):
    """The same choice in an address; what is not understood there is left out."""

    operation_id = None  # type: ignore[assignment]

    @property
    def understood(self) -> dict[str, Any]:
        """The fields that are right, as given; multiple ones as lists."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}


class MockForm(forms.Form):
    """Start of a mock exam."""

    operation_id = forms.UUIDField()
    form = forms.CharField(max_length=40)
    allowance = forms.TypedChoiceField(
        choices=[(f"{value:g}", value) for value in ALLOWANCES],
        coerce=float,
        required=False,
        empty_value=None,
    )


class AnswerForm(forms.Form):
    """What every answer carries besides the response."""

    operation_id = forms.UUIDField()
    confidence = forms.ChoiceField(choices=[(name, name) for name in ("sure", "unsure")], required=False)


class NoteForm(forms.Form):
    """A private note. How long it may be is for the deed, so that what was typed can be shown again."""

    text = forms.CharField(required=False, strip=False)


class ReportForm(forms.Form):
    """A problem with a question."""

    operation_id = forms.UUIDField()
    kind = forms.ChoiceField(
        choices=[(kind, kind) for kind in Report.KINDS],
        error_messages={"required": "Say what is wrong first.", "invalid_choice": "Say what is wrong first."},
    )
    text = forms.CharField(required=False, strip=False)


class DeleteForm(forms.Form):
    """The end of an account. Whether what was typed is right is for the deed."""

    typed = forms.CharField(required=False, max_length=320)
    password = forms.CharField(required=False, max_length=4096, strip=False)


class DateInput(forms.DateInput):
    """The browser's own picker, which takes and gives ISO dates."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


AREAS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)
"""Time zones of places; the database also holds offsets, countries and names of old."""


@cache
def time_zones() -> dict[str, list[tuple[str, str]]]:
    """Area -> its zones, as name and words."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        area, _, place = name.partition("/")
        if area in AREAS and place:
            found.setdefault(area, []).append((name, place.replace("_", " ").replace("/", " – ")))
    return found


def _time_zones() -> list[Any]:
    return [("UTC", "UTC"), *time_zones().items()]


class ExamDateField(forms.DateField):
    """The day of the exam: none, or one that is still to come."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=DateInput(), label="Exam date")


class PlanForm(forms.Form):
    """The two first questions. ``today`` is the learner's own."""

    exam_date = ExamDateField()
    minutes_a_day = forms.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False, label="Minutes a day")
    time_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-zone-fill": ""}))

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_exam_date(self) -> date | None:
        """A day to come."""
        return exam_day(self.cleaned_data["exam_date"], self.today)

    def clean_time_zone(self) -> str:
        """What the browser says; what nobody knows counts as nothing said."""
        name: str = self.cleaned_data["time_zone"]
        return name if zone(name).key == name and len(name) <= MOST_ZONE else ""


def exam_day(day: date | None, today: date) -> date | None:
    """The same day, if an exam can be on it."""
    if day is not None and day < today:
        raise forms.ValidationError("That day has passed. Leave it empty if you have no date yet.")
    if day is not None and day > today + MOST_AHEAD:
        raise forms.ValidationError("That is too far ahead. Choose a day within three years.")
    return day


class SettingsForm(forms.ModelForm):
    """A learner's own settings. ``today`` is the learner's own."""

    allowance = forms.TypedChoiceField(choices=[(f"{value:g}", value) for value in ALLOWANCES], coerce=float)
    exam_date = ExamDateField()
    minutes_a_day = forms.IntegerField(min_value=1, max_value=MOST_MINUTES, required=False, label="Minutes a day")
    time_zone = forms.ChoiceField(
        choices=_time_zones, label="Time zone", widget=forms.Select(attrs={"data-zone-list": ""})
    )
    reminders = forms.BooleanField(required=False)

    class Meta:
        model = User
        fields = [
            "theme", "text_size", "allowance", "shortcuts", "exam_date", "minutes_a_day", "time_zone", "date_style",
        ]  # fmt: skip

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["reminders"].initial = self.instance.reminders_since is not None
        own = self.instance.time_zone
        if own.partition("/")[0] not in AREAS and own != "UTC":  # a browser may have named one of the other kinds
            self.fields["time_zone"].choices = [(own, own), *_time_zones()]  # type: ignore[attr-defined]

    def clean_exam_date(self) -> date | None:
        """A day to come, or the one that was there: the day after the exam the other settings can still be changed."""
        day: date | None = self.cleaned_data["exam_date"]
        return day if day == self.initial["exam_date"] else exam_day(day, self.today)


class AddPasskeyForm(AddWebAuthnForm):
    """A passkey that signs in by itself, unless somebody wants it for the second step only."""

    passwordless = forms.BooleanField(
        required=False,
        initial=True,
        label="Sign in with it alone, without a password",
        help_text="The device then asks for your fingerprint, face or PIN. Untick it for a key that only confirms a password.",
    )


def response_of(post: QueryDict) -> dict[str, Any]:
    """The response in a posted item page, in the API's form: radios and checkboxes, one select a step, one a prompt."""
    if post.get("intent") == "unknown":
        return {"unknown": True}
    pairs = {name.removeprefix("pair_"): str(post[name]) for name in post if name.startswith("pair_")}
    if pairs:
        return {"pairs": {prompt: option for prompt, option in pairs.items() if option}}
    steps = sorted((name for name in post if name.startswith("order_")), key=_step)
    if steps:
        return {"options": [str(post[name]) for name in steps if post[name]]}
    return {"options": post.getlist("option")}


def fingerprint(response: dict[str, Any] | None, *, ordered: bool = False) -> str:
    """A response as short text, the same however the page lists it; empty for one that chooses nothing."""
    response = response or {}
    pairs = response.get("pairs") or {}
    options = list(response.get("options") or [])
    return ",".join(sorted(f"{prompt}={option}" for prompt, option in pairs.items())) or ",".join(
        options if ordered else sorted(options)
    )


def unchanged(post: QueryDict, given: dict[str, Any]) -> bool:
    """True when the page is left with the choice that it was shown with: then another tab or device may know better."""
    ordered = any(name.startswith("order_") for name in post)
    return fingerprint(given, ordered=ordered) == post.get("shown", "")


def strikes_of(post: QueryDict, stored: Sequence[str]) -> list[str]:
    """The options struck out after this post: ``stored``, and what changed on the page since it was shown."""
    before = set(post.get("struck_before", "").split(",")) - {""}
    now = set(post.getlist("struck"))
    return [
        *(option for option in stored if option in now or option not in before),
        *sorted(now - before - set(stored)),
    ]


def _step(name: str) -> int:
    number = name.removeprefix("order_")
    return int(number) if number.isdecimal() and len(number) < 4 else 0
