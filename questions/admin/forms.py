"""The fields of an item as an instructor fills them in. What they mean together is decided by ``sheet``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import Prefetch

from questions.domain.items import KIND_NAMES, KINDS
from questions.models import Exam, Fact, NoteFile, NoteSection, Tag

LONG, LINE = 8000, 500
OPTION_ROWS, PROMPT_ROWS, MOST_ROWS = 8, 7, 20


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _text(label: str, rows: int = 0, help_text: str = "", length: int = 0) -> forms.CharField:
    widget = _area(rows) if rows else forms.TextInput()
    return forms.CharField(
        label=label, required=False, widget=widget, help_text=help_text, max_length=length or (LONG if rows else LINE)
    )


class ItemForm(forms.Form):
    """Everything but the rows of options and prompts. ``started_from`` is the version that the edit began with."""

    started_from = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)

    slug = forms.CharField(
        label="Id",
        max_length=200,
        help_text="Lower-case letters, digits and hyphens, for example serverless-ten-calls-a-day. It stays for ever. "
        "A part of a case study is named case.part.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label="Type", choices=[(kind, KIND_NAMES[kind]) for kind in KINDS], widget=forms.RadioSelect, initial=KINDS[0]
    )
    stem = _text("Scenario text", 6, "Role, workload and two to four measurable constraints. At most 120 words.")
    ask = _text("Ask", 2, "One question with one word of optimisation in capitals: MOST cost-effective, LEAST effort.")

    rationale = _text(
        "Why",
        3,
        "The reason for the whole. Needed for ordering and matching; else the right options speak for themselves.",
    )
    notes_say = _text("Older material says", 2, "A widespread statement that is no longer right, in your own words.")
    today = _text("Today", 2, "What holds now. Both fields or neither.")
    as_of = forms.DateField(
        label="Checked on",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    task = forms.ChoiceField(label="Task of the exam guide", required=False)
    tags = forms.MultipleChoiceField(
        label="Topics", required=False, widget=forms.CheckboxSelectMultiple, help_text="One to three."
    )
    scenario = forms.ChoiceField(label="Scenario that it practises", required=False)
    rows = _text("Coverage rows", 0, "Numbers with commas, for example 6, 60.")
    difficulty = forms.FloatField(
        label="Difficulty",
        required=False,
        min_value=-4,
        max_value=4,
        initial=0,
        widget=forms.NumberInput(attrs={"step": "any"}),
        help_text="Your estimate in logits: -2 easy, 0 middling, 2 hard. Answers correct it later.",
    )
    difficulty_reason = _text("Why this difficult")
    note = forms.ChoiceField(label="Passage of the notes", required=False, help_text="Shown with the answer.")
    facts = forms.MultipleChoiceField(
        label="Facts that it rests on",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A question may rest on current facts only.",
    )

    case_slug = _text("Id of the case", 0, "The part before the dot in the question's id.", 200)
    case_title = _text("Title of the case")
    case_text = _text("Scenario that the parts share", 7, "80 to 180 words.")
    case_part = forms.IntegerField(label="Part", required=False, min_value=1, max_value=20)
    case_of = forms.IntegerField(label="of", required=False, min_value=2, max_value=20)
    case_everywhere = forms.BooleanField(
        label="Give the other parts this title, scenario and number of parts too, as new drafts", required=False
    )

    CASE_FIELDS = ("case_slug", "case_title", "case_text", "case_part", "case_of")

    def __init__(self, *args: Any, exam: Exam, fixed: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fixed = fixed
        stored = self.initial
        choose(self.fields["task"], _tasks(exam), stored.get("task"))
        choose(self.fields["scenario"], _scenarios(exam), stored.get("scenario"))
        choose(self.fields["tags"], Tag.objects.order_by("name").values_list("slug", "name"), stored.get("tags"))
        choose(self.fields["note"], _sections(), stored.get("note"))
        choose(self.fields["facts"], _facts(), stored.get("facts"))
        # Which question this is does not change by editing it.
        for name in ("slug", "case_slug") if fixed else ():
            self.fields[name].disabled = True

    def clean_rows(self) -> list[int]:
        """Whole numbers out of "6, 60"."""
        words = re.split(r"[,\s]+", self.cleaned_data["rows"].strip())
        if not all(word.isdecimal() for word in words if word):
            raise forms.ValidationError("Whole numbers with commas between them, for example 6, 60.")
        return [int(word[:6]) for word in words if word]

    def clean(self) -> dict[str, Any]:
        """What no single field can know: pairs of fields that belong together."""
        data = super().clean() or {}
        if bool(data.get("notes_say")) is not bool(data.get("today")):
            self.add_error("today", "Fill in both, the older statement and today's, or neither.")
        given = [name for name in self.CASE_FIELDS if data.get(name)]
        if given:
            for name in (name for name in self.CASE_FIELDS if name not in given and name not in self.errors):
                self.add_error(name, "Fill in every field of the case, or none where this is no part of a case.")
            if data.get("case_part") and data.get("case_of") and data["case_part"] > data["case_of"]:
                self.add_error("case_part", "A part cannot come after the last one.")
            if data.get("case_slug") and not str(data.get("slug", "")).startswith(f"{data['case_slug']}."):
                self.add_error("slug", f"A part of this case is named {data['case_slug']}.something.")
        return data


class OptionForm(forms.Form):
    """One response. Which of the fields count depends on the item's type."""

    text = _text("Text", 2)
    key = forms.BooleanField(label="Right", required=False)
    position = forms.IntegerField(label="Position", required=False, min_value=1, max_value=9)
    label = _text("Label", length=40)
    concept = _text("Concept", length=100)
    rationale = _text("Rationale", 2)

    @property
    def filled(self) -> bool:
        """False for a row that nobody wrote in."""
        data = getattr(self, "cleaned_data", {})
        return any(data.get(name) for name in ("text", "key", "position", "concept", "rationale"))

    def clean(self) -> dict[str, Any]:
        """A row is empty or has a text."""
        data = super().clean() or {}
        if self.filled and not data.get("text") and "text" not in self.errors:
            self.add_error("text", "Write the option, or empty the whole row.")
        return data


class PromptForm(forms.Form):
    """One left-hand side of a matching item, with the label of the option that belongs to it."""

    text = _text("Prompt", 2)
    option = _text("Label of its option", length=40)
    rationale = _text("Rationale", 2)

    @property
    def filled(self) -> bool:
        """False for a row that nobody wrote in."""
        data = getattr(self, "cleaned_data", {})
        return any(data.get(name) for name in ("text", "option", "rationale"))

    def clean(self) -> dict[str, Any]:
        """A row is empty or has a text."""
        data = super().clean() or {}
        if self.filled and not data.get("text") and "text" not in self.errors:
            self.add_error("text", "Write the prompt, or empty the whole row.")
        return data


OptionRows = forms.formset_factory(OptionForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
PromptRows = forms.formset_factory(PromptForm, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


class YamlForm(forms.Form):
    """Entries as bank/items/*.yaml has them."""

    text = forms.CharField(
        label="Entries",
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "mono"}),
        strip=False,
    )
    replace = forms.BooleanField(label="Store new versions of questions that exist already", required=False)


def choose(field: Any, choices: Iterable[tuple[Any, Any]], stored: Any) -> None:
    """Give ``field`` its choices, and keep what an item has stored even where the bank no longer knows it."""
    listed = list(choices)
    known = set()
    for value, name in listed:
        known |= {value} if not isinstance(name, list | tuple) else {inner for inner, _ in name}
    values = stored if isinstance(stored, list) else [stored] if stored else []
    listed += [(value, f"{value} (unknown here)") for value in values if value not in known]
    field.choices = listed


def _tasks(exam: Exam) -> Sequence[tuple[Any, Any]]:
    groups: list[tuple[Any, Any]] = [("", "None")]
    for domain in exam.format["domains"]:
        tasks = [(str(task["id"]), f"{task['id']} {task['title']}") for task in domain["tasks"]]
        if tasks:
            groups.append((domain["title"], tasks))
    return groups


def _scenarios(exam: Exam) -> Sequence[tuple[Any, Any]]:
    rows = exam.format.get("scenarios", [])
    return [("", "None"), *((str(row["number"]), f"{row['number']} {row['title']}") for row in rows)]


def _sections() -> Sequence[tuple[Any, Any]]:
    sections = NoteSection.objects.defer("text", "tags").order_by("position")
    notes = NoteFile.objects.order_by("title").prefetch_related(Prefetch("sections", sections))
    return [
        ("", "None"),
        *(
            (note.title, [(f"{note.stem}#{section.anchor}", section.heading) for section in note.sections.all()])
            for note in notes
        ),
    ]


def _facts() -> Sequence[tuple[Any, Any]]:
    rows = Fact.objects.order_by("slug").values_list("slug", "statement", "status")
    return [(slug, f"{statement}{'' if status == 'current' else f' ({status})'}") for slug, statement, status in rows]
