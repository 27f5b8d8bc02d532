"""Shapes of what browsers post. Whether it is allowed is for the domain."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from questions.domain.items import SLUG
from questions.domain.rules import ADAPTIVE, ALLOWANCES, AT_ONCE, FEEDBACKS, FEELS, FOCUSES, MAX_STUDY_LENGTH
from questions.models import Tag, User


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


class SettingsForm(forms.ModelForm):
    """A learner's own settings."""

    allowance = forms.TypedChoiceField(choices=[(f"{value:g}", value) for value in ALLOWANCES], coerce=float)

    class Meta:
        model = User
        fields = ["theme", "text_size", "allowance", "shortcuts"]


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


def _step(name: str) -> int:
    number = name.removeprefix("order_")
    return int(number) if number.isdecimal() and len(number) < 4 else 0
