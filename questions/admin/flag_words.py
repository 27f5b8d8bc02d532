"""Flags on questions in words."""

from __future__ import annotations

from questions.models import ItemFlag

KINDS = {  # each completes "It …"
    ItemFlag.MISFIT: "does not fit what else is known of its learners",
    ItemFlag.TOO_HARD: "is hardly ever answered right",
    ItemFlag.NEGATIVE: "is missed most by those who know most",
    ItemFlag.DEAD: "has options that nobody chooses",
    ItemFlag.MEMORISED: "is known by heart and not understood",
}
FIGURES = {
    ItemFlag.MISFIT: "infit {infit} over {answers} first sights",
    ItemFlag.TOO_HARD: "{facility:.0%} right of {answers} first sights",
    ItemFlag.NEGATIVE: "correlation {correlation} over {answers} first sights",
    ItemFlag.DEAD: "{dead} never or hardly chosen in {answers} answers",
    ItemFlag.MEMORISED: "right {repeats_right} of {repeats} times when repeated, {variants_right} of {variants} on unseen ones",
}


def figures(flag: ItemFlag) -> str:
    """The figures of a flag in words."""
    try:
        return FIGURES[flag.kind].format(**flag.figures)
    except (KeyError, ValueError):  # figures of an older sweep
        return ", ".join(f"{name} {value}" for name, value in flag.figures.items())


def sentence(flag: ItemFlag) -> str:
    """What the flag says of its question."""
    return f"It {KINDS[flag.kind]}: {figures(flag)}."
