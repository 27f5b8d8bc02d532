"""Versions of the engine: everything that an answer is judged by, under one name; and which learner gets which.

An answer keeps the name of the version that judged it, so a version never changes. What ships with the code is in ``BUILT_IN``;
every other one is a row of the registry (``models/engine.py``). Assignment to the canary is a stable hash of the learner, as in
A/B testing practice (Kohavi, Tang, Xu, "Trustworthy Online Controlled Experiments", 2020, ch. 13): nobody moves to and fro.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from questions.domain import ability
from questions.domain.memory import DEFAULT as LIBRARYS_MEMORY
from questions.domain.memory import Parameters as MemoryParameters
from questions.domain.memory import checked

NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class EngineParameters:
    """One version: constants of the belief ``filter``, coefficients of the ``stack`` (None: the filter alone predicts), FSRS-6
    ``memory`` parameters (None: the library's), and what ``readiness`` assumes.
    """

    name: str
    filter: ability.Parameters = ability.DEFAULT
    stack: Mapping[str, Any] | None = None
    memory: MemoryParameters | None = None
    readiness: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything but the name; floats keep all their digits."""
        return {
            "filter": self.filter.as_json(),
            "stack": None if self.stack is None else dict(self.stack),
            "memory": None if self.memory is None else list(self.memory),
            "readiness": dict(self.readiness),
        }

    @classmethod
    def from_json(cls, name: str, stored: Any) -> EngineParameters:
        """Inverse of :meth:`as_json`. ValueError for what no engine can have, or what this code does not know."""
        if not isinstance(stored, Mapping):
            raise ValueError("an engine's parameters are an object")
        if unknown := set(stored) - {"filter", "stack", "memory", "readiness"}:
            raise ValueError(f"no such part of an engine: {', '.join(sorted(unknown))}")
        constants, stack, recall = stored.get("filter"), stored.get("stack"), stored.get("memory")
        readiness = stored.get("readiness") or {}
        if not isinstance(constants, Mapping):
            raise ValueError("the filter is an object")
        if not (isinstance(stack or {}, Mapping) and isinstance(readiness, Mapping)):
            raise ValueError("stack and readiness are objects")
        try:
            found = ability.Parameters.from_json(constants)
        except TypeError as error:
            raise ValueError(f"the filter's constants are numbers: {error}") from error
        return cls(name, found, stack, None if recall is None else checked(recall), readiness)

    @property
    def recall(self) -> MemoryParameters:
        """The FSRS-6 parameters."""
        return LIBRARYS_MEMORY if self.memory is None else self.memory


BUILT_IN = {ability.ENGINE: EngineParameters(ability.ENGINE)}
"""Engines that are part of the code. One that judged an answer somewhere stays here as it was: replay needs it."""
DEFAULT = BUILT_IN[ability.ENGINE]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What serves: the champion, and a challenger for a ``share`` (0-1) of the learners."""

    champion: EngineParameters = DEFAULT
    challenger: EngineParameters | None = None
    share: float = 0.0

    def engine_for(self, learner: int) -> EngineParameters:
        """The engine that judges this learner's answers."""
        if self.challenger is not None and place_of(learner, self.challenger.name) < self.share:
            return self.challenger
        return self.champion


def place_of(learner: int, experiment: str) -> float:
    """Where a learner stands between 0 and 1, evenly spread, always the same within one experiment."""
    digest = hashlib.sha256(f"{experiment}:{learner}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
