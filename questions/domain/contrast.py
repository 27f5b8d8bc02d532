"""What tells two stories apart: the sentence of one that the other lacks. Pure."""

from __future__ import annotations

import re

SHORT = 520
"""Characters of a story that are shown at once; what is longer is cut between two words."""
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


def sentences(text: str) -> list[str]:
    """The sentences of a text, each with its full stop."""
    return [part for part in _END.split(text.strip()) if part]


def only_difference(text: str, other: str) -> str:
    """The one sentence of ``other`` that ``text`` lacks; empty when they share nothing or differ in more."""
    known = set(sentences(text))
    told = sentences(other)
    new = [sentence for sentence in told if sentence not in known]
    return new[0] if len(new) == 1 < len(told) else ""


def shortened(text: str, length: int = SHORT) -> str:
    """The text, cut after a whole word when it is longer than ``length``."""
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[:length].rsplit(' ', 1)[0].rstrip(',;:')} …"
