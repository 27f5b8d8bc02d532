"""Which version of the engine judges whom, and the versions that judged what is in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from questions.domain import memory
from questions.domain.ability import Belief, newcomer
from questions.domain.engine import BUILT_IN, DEFAULT, Deployment, EngineParameters
from questions.models import EngineDeployment, EngineVersion, LearnerState, MemoryFit, User

log = logging.getLogger(__name__)
PARTS = ("filter", "memory", "readiness")
"""What judges answers."""


class UnknownEngine(Exception):
    """An answer was judged by a version that is neither in the code nor in the registry."""


def deployed() -> Subquery:
    """What serves, as a column for a statement that runs anyway: so every process follows the pointer at once, and no request
    pays a statement for it. Read it with :func:`deployment_from`. The stack is left out: it is large, and judges no answer.
    """
    parts = {
        f"{role}_{part}": F(f"{role}__parameters__{part}") for role in ("champion", "challenger") for part in PARTS
    }
    newest = EngineDeployment.objects.order_by("-number").annotate(
        told=JSONObject(champion="champion__name", challenger="challenger__name", share="share", **parts)
    )
    return Subquery(newest.values("told")[:1], output_field=JSONField())


def own_memory(learner: Any) -> Subquery:
    """The learner's own memory parameters as such a column: id and parameters of the newest accepted fit. ``learner`` is a
    user, a key or an OuterRef. Read it with :func:`fit_from`.
    """
    newest = MemoryFit.objects.filter(learner=learner, accepted=True).order_by("-id")
    return Subquery(
        newest.annotate(told=JSONObject(id="id", parameters="parameters")).values("told")[:1], output_field=JSONField()
    )


def deployment_from(told: Any) -> Deployment:
    """The value of :func:`deployed`. Where nothing is deployed, or nothing that this code can read, the default engine serves:
    a learner's answer never waits for the registry.
    """
    if not told:
        return Deployment()
    champion, challenger = (
        _readable(told[role], {part: _plain(told[f"{role}_{part}"]) for part in PARTS}) if told[role] else None
        for role in ("champion", "challenger")
    )
    if champion is None:
        return Deployment()
    return Deployment(champion, challenger, float(told["share"]) if challenger else 0.0)


def _readable(name: str, stored: Any) -> EngineParameters | None:
    if name in BUILT_IN:
        return BUILT_IN[name]
    try:
        return EngineParameters.from_json(name, stored)
    except ValueError:
        log.exception("The engine %s of the registry cannot be read; another one serves.", name)
        return None


def _plain(stored: Any) -> Any:
    # SQLite hands JSON that stands within JSON out as its text.
    if not isinstance(stored, str):
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return stored


def fit_from(told: Any) -> tuple[int | None, memory.Parameters | None]:
    """The value of :func:`own_memory`: (id of the fit, parameters), both None without one that can be read."""
    if not told:
        return None, None
    try:
        return int(told["id"]), memory.checked(_plain(told["parameters"]))
    except ValueError:
        log.exception("The memory fit %s cannot be read; the engine's parameters serve.", told["id"])
        return None, None


@dataclass(frozen=True, slots=True)
class Known:
    """What is believed of a learner, by which engine, and the parameters of their memory."""

    belief: Belief
    engine: EngineParameters
    recall: memory.Parameters


def known_of(learner: User) -> Known:
    """All that choosing and predicting for a learner needs. One statement."""
    state: Any = (
        LearnerState.objects.filter(pk=learner.pk)
        .annotate(deployed=deployed(), own_memory=own_memory(OuterRef("learner_id")))
        .first()
    )
    if state is None:
        return Known(newcomer(DEFAULT.filter), DEFAULT, DEFAULT.recall)
    return known_from(state, state.deployed, state.own_memory)


def known_from(state: LearnerState, deployment: Any, fit: Any) -> Known:
    """The same from a state that was read already, and the values of :func:`deployed` and :func:`own_memory` beside it."""
    engine = deployment_from(deployment).engine_for(state.pk)
    _, own = fit_from(fit)
    return Known(state.belief_under(engine.filter), engine, own or engine.recall)


def current_deployment() -> EngineDeployment | None:
    """The row that the pointer is at; None before the first deployment."""
    return EngineDeployment.objects.select_related("champion", "challenger", "back", "by").first()


def serving() -> Deployment:
    """What serves now, as a value. One statement."""
    row = current_deployment()
    if row is None:
        return Deployment()
    champion = _readable(row.champion.name, row.champion.parameters)
    if champion is None:
        return Deployment()
    challenger = _readable(row.challenger.name, row.challenger.parameters) if row.challenger else None
    return Deployment(champion, challenger, row.share if challenger else 0.0)


def engines(names: Iterable[str], *, replay: bool = True) -> Mapping[str, EngineParameters]:
    """The versions of these names: each answer is judged by the one that it carries. One statement at most.

    UnknownEngine for one that is nowhere or cannot be read: in a replay another engine would rebuild another state. Without
    ``replay`` the default engine stands in: a mock exam must close.
    """
    missing = set(names) - set(BUILT_IN)
    if not missing:
        return BUILT_IN
    rows = EngineVersion.objects.filter(name__in=missing)
    found = {row.name: value for row in rows if (value := _readable(row.name, row.parameters)) is not None}
    lost = missing - set(found)
    if lost and replay:
        raise UnknownEngine(f"There is no engine {', '.join(sorted(lost))} that this code can run.")
    return {**BUILT_IN, **found, **{name: replace(DEFAULT, name=name) for name in lost}}
