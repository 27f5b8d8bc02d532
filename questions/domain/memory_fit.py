"""FSRS-6 parameters fitted to review histories, of one learner or of a deployment, and taken only when they win.

The fit is that of fsrs-rs (the optimiser Anki uses): gradient descent on the log loss of reviews a day or more apart. Fitted
parameters of few reviews overshoot, so they are drawn back to the incumbent ones by n / (n + SHRINKAGE). Whether they are
better is judged on a time split: fitted on the earlier reviews, scored on the later ones, which the fit has not seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fsrs_rs_python import FSRS, FSRSItem, FSRSReview

from questions.domain.memory import BOUNDS, DEFAULT, Parameters, checked, version_of
from questions.domain.memory_log import Review, in_order, loss, night_days, walk

MINIMUM = 400
"""Spaced reviews that a fit needs."""
MINIMUM_LEARNERS = 10
"""Learners that a fit for the deployment needs: a newcomer is like none of a few."""
EARLIER = 2 / 3
"""Share of the spaced reviews, by time, that the trial fit learns from."""
MARGIN = 0.002
"""How much lower (nats a review) the later part's log loss must be. The standard error of the gain is told and not asked
for: a fit helps most people (srs-benchmark: .3393 -> .3214 over 10,000), and the shrinkage bounds what a wrong one can do."""
SHRINKAGE = 2500.0
"""Reviews at which a fit counts half. Chosen on the first half of one log of one person (docs/adaptive.md)."""
LONGEST = 64
"""Reviews of one item beyond which later ones do not train: each is a sequence of its own, of growing length."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fit and the judgement of it.

    ``parameters`` are the ones to use from now on: the fitted ones when ``accepted``, else the incumbent's. ``reviews``
    counts spaced reviews in all, ``decided`` those of the later part, on which ``loss`` and ``incumbent_loss`` (nats a
    review) were measured and ``standard_error`` is that of their difference; None where nothing was measured.
    """

    parameters: Parameters
    accepted: bool
    why: str
    reviews: int
    learners: int
    decided: int = 0
    loss: float | None = None
    incumbent_loss: float | None = None
    standard_error: float | None = None

    @property
    def version(self) -> str:
        """Label of ``parameters``."""
        return version_of(self.parameters)

    def as_json(self) -> dict[str, Any]:
        """Plain values for storage."""
        return asdict(self) | {"parameters": list(self.parameters)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Fit:
        """Inverse of :meth:`as_json`; ValueError for parameters that FSRS-6 cannot have."""
        return cls(**stored | {"parameters": checked(stored["parameters"])})


def fit_learner(reviews: Iterable[Review], incumbent: Parameters = DEFAULT) -> Fit:
    """A fit to one learner's reviews; refused below :data:`MINIMUM` spaced ones. ValueError for several learners."""
    ordered = in_order(reviews)
    if len({review.learner for review in ordered}) > 1:
        raise ValueError("These are reviews of several learners; use fit_deployment.")
    return _fit(ordered, incumbent, minimum_learners=0)


def fit_deployment(reviews: Iterable[Review], incumbent: Parameters = DEFAULT) -> Fit:
    """A fit to everybody's reviews, for learners without one of their own; refused below :data:`MINIMUM_LEARNERS`."""
    return _fit(in_order(reviews), incumbent, minimum_learners=MINIMUM_LEARNERS)


def _fit(reviews: Sequence[Review], incumbent: Parameters, minimum_learners: int) -> Fit:
    incumbent = checked(incumbent)
    before = walk(reviews, incumbent)
    spaced = [one for one in before if one.spaced]
    learners = len({review.learner for review in reviews})

    def refused(why: str, **measured: Any) -> Fit:
        return Fit(incumbent, accepted=False, why=why, reviews=len(spaced), learners=learners, **measured)

    if len(spaced) < MINIMUM:
        return refused(f"{len(spaced)} reviews a day or more apart; a fit needs {MINIMUM}.")
    if learners < minimum_learners:
        return refused(f"{learners} learners; a fit for everybody needs {minimum_learners}.")
    start = spaced[int(len(spaced) * EARLIER)].index
    trial = train(reviews[:start], incumbent)
    after = walk(reviews, trial)
    pairs = [
        (loss(old.review.correct, old.recall), loss(new.review.correct, new.recall))
        for old, new in zip(before, after, strict=True)
        if old.spaced and old.index >= start
    ]
    gains = [old - new for old, new in pairs]
    mean = math.fsum(gains) / len(gains)
    spread = math.sqrt(math.fsum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1) / len(gains))
    loss_of = (math.fsum(new for _, new in pairs) / len(pairs), math.fsum(old for old, _ in pairs) / len(pairs))
    measured: dict[str, Any] = {
        "decided": len(pairs),
        "loss": loss_of[0],
        "incumbent_loss": loss_of[1],
        "standard_error": spread,
    }
    told = (
        f"log loss {loss_of[0]:.4f} against {loss_of[1]:.4f} on the later {len(pairs)} reviews a day or more apart: a gain "
        f"of {mean:+.4f} (standard error {spread:.4f}), and {MARGIN} is needed."
    )
    if mean < MARGIN:
        return refused(f"Refused: {told}", **measured)
    return Fit(
        train(reviews, incumbent),
        accepted=True,
        why=f"Accepted and fitted once more to all reviews: {told}",
        reviews=len(spaced),
        learners=learners,
        **measured,
    )


def train(reviews: Sequence[Review], incumbent: Parameters = DEFAULT) -> Parameters:
    """Parameters fitted to reviews in order of time, drawn back to the incumbent; nobody judges them here."""
    items, cards = _sequences(reviews)
    if not items:
        return incumbent
    fitted = FSRS(list(incumbent)).compute_parameters(items, card_ids=cards)
    weight = len(items) / (len(items) + SHRINKAGE)
    # fsrs-rs reckons in single precision: at a bound it may end a hair outside.
    return tuple(
        min(max(old + weight * (float(new) - old), low), high)
        for old, new, (low, high) in zip(incumbent, fitted, BOUNDS, strict=True)
    )


def _sequences(reviews: Sequence[Review]) -> tuple[list[FSRSItem], list[int]]:
    """For each review a day or more (by nights) after the last one: the item's history up to it, and the item's number."""
    histories: dict[tuple[str, str], tuple[int, float, list[FSRSReview]]] = {}
    items, cards = [], []
    for review in reviews:
        key = (review.learner, review.item)
        number, last, history = histories.get(key, (len(histories), review.at, []))
        days = int(night_days(review.at - last)) if history else 0
        history.append(FSRSReview(review.rating, days))
        histories[key] = number, review.at, history
        if days and len(history) <= LONGEST:
            items.append(FSRSItem(list(history)))
            cards.append(number)
    return items, cards
