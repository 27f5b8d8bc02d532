"""Why a question was chosen: a code and its figures, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DUE, WEAK, NEW, RETRY, AHEAD, BLUEPRINT, CASE_PART, BOOKMARKED, CONFUSION, EXAM, EXPLORE, DIAGNOSTIC = (
    "due",
    "weak",
    "new",
    "retry",
    "ahead",
    "blueprint",
    "case",
    "bookmarked",
    "confusion",
    "exam",
    "explore",
    "diagnostic",
)
FIRST_SIGHT = (WEAK, NEW)
"""Reasons that are given to unseen items only; where others are, ``first`` says so."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item was chosen: a code and its figures, stored with the served item and put into words by ``reason_text``.

    ``stands_for`` is the id of the due item in whose place it is asked; 0 when it is that item itself. ``pair`` names two
    concepts that the learner takes for each other ("canary for A/B testing"), ``times`` how often they did. ``seen`` is how
    many days ago the question (of an unseen one, its topic) was answered last, ``recall`` the percent with which it would be
    known on the day of the exam if it were left alone, ``first`` that the item was unseen where the code does not tell.
    """

    code: str
    tag: str = ""
    days: int = 0
    stands_for: int = 0
    pair: str = ""
    times: int = 0
    seen: int | None = None
    recall: int | None = None
    first: bool = False

    def as_json(self) -> dict[str, object]:
        """The stored form; empty figures are left out. ``random`` marks what was chosen by chance alone."""
        full: dict[str, object] = {
            "code": self.code,
            "tag": self.tag,
            "days": self.days,
            "variant": bool(self.stands_for),
        }
        full |= {"pair": self.pair, "times": self.times, "first": self.first, "random": self.code == EXPLORE}
        known: dict[str, object] = {name: value for name, value in full.items() if value}
        figures = {"seen": self.seen, "recall": self.recall}
        return known | {name: value for name, value in figures.items() if value is not None}


def reason_text(stored: Mapping[str, object]) -> str:
    """A stored reason in words for the learner; ``tag_name`` is the tag's name when the item was served."""
    code, overdue = stored.get("code"), _number(stored, "days") or 0
    name = str(stored.get("tag_name") or stored.get("tag", ""))
    match code:
        case "due":
            when = f"due {overdue} day{'s' * (overdue != 1)} ago" if overdue else "due today"
            return f"{when}, in a new story" if stored.get("variant") else when
        case "weak":
            return "; ".join([f"weak in {name}" if name else "weak topic", *_seen(stored), *_pair(stored)])
        case "new":
            return "; ".join([f"new to you in {name}" if name else "new to you", *_pair(stored)])
        case "exam":
            recall = _number(stored, "recall")
            left = [] if recall is None else [f"left alone, {recall} of 100 that you know it on exam day"]
            return "; ".join([*_seen(stored), *left, *_pair(stored)]) + (
                "; now in a new story" if stored.get("variant") else ""
            )
        case "retry":
            return "you missed it last time" + (", now in a new story" if stored.get("variant") else "")
        case "bookmarked":
            return "you bookmarked it"
        case "confusion":
            return f"you take {stored.get('pair', 'one thing for another')}"
        case "ahead":
            return "reviewed ahead of time: nothing else is left"
        case "case":
            return "the same case study goes on"
        case "blueprint":
            return "its share of the exam blueprint"
        case "explore":
            return "chosen by chance, to check what is believed of you"
        case "diagnostic":
            return f"tells most about where you stand in {name}" if name else "tells most about where you stand"
        case _:
            return ""


def _number(stored: Mapping[str, object], name: str) -> int | None:
    value = stored.get(name)
    return value if isinstance(value, int) else None


def _seen(stored: Mapping[str, object]) -> list[str]:
    days = _number(stored, "seen")
    if days is None:
        return []
    return [f"last seen {'today' if days < 1 else 'yesterday' if days == 1 else f'{days} days ago'}"]


def _pair(stored: Mapping[str, object]) -> list[str]:
    pair, times = stored.get("pair"), _number(stored, "times") or 1
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return [f"you took {pair} {often}"] if pair else []
