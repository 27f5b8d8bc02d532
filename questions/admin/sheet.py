"""The instructor's sheet: one form and its rows of options and prompts, read as one item."""

from __future__ import annotations

import re
from typing import Any, cast

from django.http import QueryDict

from questions.admin.entries import LABELS, entry_of, item_from
from questions.admin.forms import OPTION_ROWS, PROMPT_ROWS, ItemForm, OptionForm, OptionRows, PromptForm, PromptRows
from questions.domain.items import CHOICE, MATCHING, MULTIPLE, ORDERING, Case, Item, ItemError
from questions.models import Exam

_ROW = re.compile(r"(option|prompt) (?:(\d+)|'(.*?)'|\"(.*?)\"): ?(.*)", re.DOTALL)
_FIELD = re.compile(r"([a-z_]+)(?: '[^']*')?: ?(.*)", re.DOTALL)
_FORM_FIELDS = {"id": "slug", "type": "kind"}


class Sheet:
    """Blank, filled from an item, or bound to what somebody sent. A bound one that is refused shows all that was typed.

    After :meth:`is_valid`, ``value`` is the item; ``problems`` are the sentences that belong to no single field.
    """

    def __init__(self, exam: Exam, data: QueryDict | None = None, item: Item | None = None, number: int = 0):
        initial, options, prompts = _initial(item, number)
        self.form = ItemForm(data, initial=initial, exam=exam, fixed=number > 0)
        if data is not None:
            # Beside its initial, a row sent unchanged would pass for an empty one and lose its content.
            options = prompts = []
        self.options: Any = OptionRows(data, prefix="options", initial=options)
        self.prompts: Any = PromptRows(data, prefix="prompts", initial=prompts)
        self.problems: list[str] = []
        self.value: Item | None = None

    @property
    def option_rows(self) -> list[tuple[str, OptionForm]]:
        """Each row of options with the letter that stands before it."""
        return list(zip(LABELS, self.options, strict=False))

    @property
    def has_errors(self) -> bool:
        """True once something was found wrong."""
        return bool(
            self.problems or self.form.errors or self.options.total_error_count() or self.prompts.total_error_count()
        )

    @property
    def uses_case(self) -> bool:
        """True when something stands in the fields of a case study, so that they are shown open."""
        return any(self.form[name].value() for name in ItemForm.CASE_FIELDS)

    @property
    def started_from(self) -> int:
        """Number of the version that the edit began with; 0 for a new item."""
        return int(self.form.cleaned_data.get("started_from") or 0)

    def is_valid(self) -> bool:
        """Read everything once; faults are placed at the fields they speak of."""
        if not all([self.form.is_valid(), self.options.is_valid(), self.prompts.is_valid()]):
            return False
        data = self.form.cleaned_data
        options = [(letter, row) for letter, row in self.option_rows if row.filled]
        prompts = [row for row in self.prompts if row.filled]
        if prompts and data["kind"] != MATCHING:
            self.problems.append("Prompts belong to matching questions: empty them, or choose the type Matching.")
        labels = [_label(letter, row) for letter, row in options]
        if data["kind"] == MATCHING and len(set(labels)) < len(labels):
            self.problems.append("Options: two of them have the same label.")
        before = {name: list(self.form.initial.get(name) or ()) for name in ("tags", "facts")}
        try:
            self.value = item_from(_entry(data, options, prompts, before), _case(data))
        except ItemError as error:
            for problem in error.problems:
                self._place(problem, [row for _, row in options], prompts)
        return not self.has_errors

    def continue_from(self, number: int) -> None:
        """Show what was typed as an edit of version ``number``, so that sending it again stores it after that one."""
        data = cast(QueryDict, self.form.data).copy()
        data["started_from"] = str(number)
        self.form.data = data

    def _place(self, problem: str, options: list[OptionForm], prompts: list[PromptForm]) -> None:
        if found := _ROW.match(problem):
            rows: list[Any] = list(options if found[1] == "option" else prompts)
            begins = found[3] or found[4] or ""
            numbered = [rows[int(found[2]) - 1]] if found[2] and int(found[2]) <= len(rows) else []
            named = [row for row in rows if begins and row.cleaned_data["text"].strip().startswith(begins)]
            for row in (numbered or named)[:1]:
                name = "rationale" if "rationale" in found[5] else "option" if "label" in found[5] else "text"
                row.add_error(name, _sentence(found[5]))
                return
        if (found := _FIELD.match(problem)) and (name := _FORM_FIELDS.get(found[1], found[1])) in self.form.fields:
            self.form.add_error(name, _sentence(found[2]))
            return
        self.problems.append(_sentence(problem))


def _sentence(text: str) -> str:
    """A problem as the form says it: a sentence, without the words of the files."""
    text = text.replace("with 'key: true'", "ticked as right")
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _label(letter: str, row: OptionForm) -> str:
    return str(row.cleaned_data.get("label") or letter).strip().casefold()


def _entry(
    data: dict[str, Any],
    options: list[tuple[str, OptionForm]],
    prompts: list[PromptForm],
    chosen_before: dict[str, list[str]],
) -> dict[str, Any]:
    """What was typed, as the published mapping of one entry."""
    kind = data["kind"]
    entry: dict[str, Any] = {
        "id": data["slug"],
        "type": kind,
        "scenario": int(data["scenario"]) if data["scenario"] else None,
        "as_of": data["as_of"].isoformat() if data["as_of"] else "",
        "options": [_option(kind, letter, row) for letter, row in options],
    }
    for name in (
        "task", "tags", "rows", "difficulty", "difficulty_reason", "note", "facts", "stem", "ask", "rationale", "notes_say",
        "today",
    ):  # fmt: skip
        entry[name] = _lines(data[name])
    for name, stored in chosen_before.items():
        # A browser sends ticked boxes in the order of the page; the stored order is no change.
        entry[name] = sorted(entry[name], key=lambda value: stored.index(value) if value in stored else len(stored))
    if kind == MATCHING:
        entry["prompts"] = [
            {
                "text": _lines(row.cleaned_data["text"]),
                "option": row.cleaned_data["option"].strip().casefold(),
                "rationale": _lines(row.cleaned_data["rationale"]),
            }
            for row in prompts
        ]
    return entry


def _option(kind: str, letter: str, row: OptionForm) -> dict[str, Any]:
    data = row.cleaned_data
    option: dict[str, Any] = {name: _lines(data[name]) for name in ("text", "concept", "rationale")}
    if kind in (CHOICE, MULTIPLE):
        option["key"] = data["key"]
    elif kind == ORDERING:
        option["position"] = data["position"]
    else:
        option["label"] = _label(letter, row)
    return option


def _case(data: dict[str, Any]) -> Case | None:
    if not data["case_slug"]:
        return None
    return Case(
        data["case_slug"],
        data["case_title"].strip(),
        _lines(data["case_text"]).strip(),
        data["case_part"],
        data["case_of"],
    )


def _lines(value: Any) -> Any:
    """Browsers send CRLF; the bank's files have LF, and the same text must stay the same version."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _initial(item: Item | None, number: int) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    if item is None:
        return {}, [{}] * OPTION_ROWS, [{}] * PROMPT_ROWS
    entry = entry_of(item)
    options, prompts = entry.pop("options", []), entry.pop("prompts", [])
    initial = {name: value for name, value in entry.items() if name not in ("id", "type")}
    initial |= {"slug": item.slug, "kind": item.kind, "started_from": number, "difficulty": item.difficulty}
    initial["rows"] = ", ".join(map(str, item.rows))
    initial["scenario"] = "" if item.scenario is None else str(item.scenario)
    if item.case:
        case = item.case
        initial |= {"case_slug": case.slug, "case_title": case.title, "case_text": case.text}
        initial |= {"case_part": case.part, "case_of": case.of}
    spare_options, spare_prompts = OPTION_ROWS - len(options), PROMPT_ROWS - len(prompts)
    return initial, options + [{}] * max(spare_options, 1), prompts + [{}] * max(spare_prompts, 0)
