"""Words of a generated item: numbers with their units, the stem, and the rationale of every option."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .scenario_records import NUMBER, Ask, Attribute, Constraint, Demand, Family, Record, Story, Value

if TYPE_CHECKING:
    from .scenario_proof import Proof

# For a range that the family has not worded.
RANGES = {
    "at_most": "it goes up to {limit}",
    "at_least": "it begins at {limit}",
    "between": "it reaches from {low} to {high}",
    "exactly": "it is {limit} and nothing else",
    "any": "it has no limit",
}
SHORT_CLAUSE = 9  # words; two neighbours as short as this become one sentence
_SLOT = re.compile(r"\{(\w+)\}")


def amount(number: float, unit: str) -> str:
    """``number`` of ``unit`` as an editor writes it: "500 KB", "1 GB", "90 seconds", "20 percent", "1,200"."""
    if unit == "MB":
        if number < 1:
            return f"{_plain(number * 1000)} KB"
        return f"{_plain(number / 1024)} GB" if number >= 1024 else f"{_plain(number)} MB"
    if unit == "seconds":
        return _duration(number)
    if unit in ("minutes", "hours", "days"):
        return f"{_plain(number)} {unit if number != 1 else unit[:-1]}"
    return f"{_plain(number)} {unit}".strip()


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{_plain(seconds * 1000)} milliseconds"
    if seconds >= 2 * 86400 and seconds % 86400 == 0:
        return amount(seconds / 86400, "days")
    if seconds >= 3600 and seconds % 3600 == 0:
        return amount(seconds / 3600, "hours")
    if seconds >= 120 and seconds % 60 == 0:
        return amount(seconds / 60, "minutes")
    return f"{_plain(seconds)} second{'' if seconds == 1 else 's'}"


def _plain(number: float) -> str:
    return f"{number:,.6f}".rstrip("0").rstrip(".")


def limit_of(value: Value) -> str:
    """What a record says, for the proof: "..4", "10..50", "yes"."""
    if value.names:
        return "+".join(sorted(value.names))
    low = "" if math.isinf(value.low) else f"{value.low:g}"
    high = "" if math.isinf(value.high) else f"{value.high:g}"
    return f"{low}..{high}{' (disputed beyond)' if value.disputed else ''}"


def pick(options: Sequence[str], look: str, place: str) -> str:
    """One of ``options``, the same each time for the same ``look`` and ``place``."""
    number = int.from_bytes(hashlib.sha256(f"{look}\n{place}".encode()).digest()[:4], "big")
    return options[number % len(options)]


def fill(template: str, slots: Mapping[str, str]) -> str:
    """``template`` with its {slots}; a slot in capitals ({Org}) begins a sentence. KeyError names a slot left out."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in slots:
            return slots[name]
        return capital(slots[name[0].lower() + name[1:]])

    return _SLOT.sub(value, template)


def capital(text: str) -> str:
    """``text`` with a capital first letter."""
    return text[:1].upper() + text[1:]


# --- stem ---------------------------------------------------------------------------------------------------


def stem(family: Family, story: Story, demands: Sequence[Demand], look: str) -> str:
    """The opening and one clause for each demand, in the order of the family's constraints."""
    opening = fill(pick(family.openings, look, "opening"), story.slots)
    clauses = [clause(family, story, demand, look) for demand in demands]
    sentences: list[str] = []
    pending = ""
    for text in clauses:
        short = len(text.split()) <= SHORT_CLAUSE and "," not in text and " and " not in text
        if pending and short:
            sentences.append(f"{pending}, and {text}")
            pending = ""
            continue
        if pending:
            sentences.append(pending)
        pending = text if short else ""
        if not short:
            sentences.append(text)
    if pending:
        sentences.append(pending)
    return " ".join([opening, *(f"{capital(text)}." for text in sentences)])


def clause(family: Family, story: Story, demand: Demand, look: str) -> str:
    """The clause that states ``demand``: lower-case, without its full stop."""
    constraint = family.constraint(demand.constraint)
    say = constraint.cases[demand.case].say if constraint.cases else constraint.say
    return fill(pick(say, look, f"say {demand.constraint}"), {**story.slots, **_value(family, constraint, demand)})


def name_of(family: Family, story: Story, demand: Demand) -> str:
    """The demand as a noun phrase: "the 40 MB image"."""
    constraint = family.constraint(demand.constraint)
    name = constraint.cases[demand.case].name if constraint.cases else constraint.name
    return fill(name, {**story.slots, **_value(family, constraint, demand)})


def _value(family: Family, constraint: Constraint, demand: Demand) -> dict[str, str]:
    if constraint.cases:
        return {}
    return {"value": amount(float(demand.case), family.attributes[constraint.attribute].unit)}


# --- rationales ---------------------------------------------------------------------------------------------


def because(attribute: Attribute, value: Value) -> str:
    """What the record says under ``attribute``, as a clause: "a request may have at most 4 MB"."""
    if value.because:
        return value.because
    if attribute.kind != NUMBER:
        return "; ".join(attribute.says[name] for name in sorted(value.names))
    if math.isinf(value.low):
        form = "any" if math.isinf(value.high) else "at_most"
    elif math.isinf(value.high):
        form = "at_least"
    else:
        form = "exactly" if value.low == value.high else "between"
    low, high = ("" if math.isinf(edge) else amount(edge, attribute.unit) for edge in (value.low, value.high))
    template = attribute.says.get(form, RANGES[form])
    return template.format(low=low, high=high, limit=low if form == "at_least" else high)


def wrong_rationale(
    family: Family, story: Story, demands: Sequence[Demand], ask: Ask, record: Record, proof: Proof
) -> str:
    """What this distractor breaks, and when it would be right."""
    parts = []
    for demand in demands:
        if demand.constraint in proof.broken[record.concept]:
            constraint = family.constraint(demand.constraint)
            why = because(family.attributes[constraint.attribute], record.values[constraint.attribute])
            parts.append(f"ails on {name_of(family, story, demand)}: {why}.")
    right = f"It would be right when {record.right}."
    if not parts:
        return f"Fits the requirements but misses the {ask.name}: {record.values[ask.best].because}. {right}"
    return f"F{' Also f'.join(parts)} {right}"


def key_rationale(
    family: Family, story: Story, demands: Sequence[Demand], ask: Ask, record: Record, proof: Proof
) -> str:
    """What decides for the key: every demand that a distractor breaks, with what the key's record says to it."""
    told: dict[str, list[str]] = {}
    rests = ""
    for demand in demands:
        constraint = family.constraint(demand.constraint)
        if constraint.cases and constraint.cases[demand.case].given:
            if constraint.id in record.stated:
                rests = f" It rests on {name_of(family, story, demand)}."
            continue
        why = because(family.attributes[constraint.attribute], record.values[constraint.attribute])
        told.setdefault(why, []).append(name_of(family, story, demand))
    text = f"F{' Also f'.join(f'its {listed(names)}: {why}.' for why, names in told.items())}{rests}"
    if proof.best:
        return f"{text} Of the options that fit, it has the {ask.name}: {record.values[ask.best].because}."
    return text


def listed(names: Sequence[str]) -> str:
    """One phrase: "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
