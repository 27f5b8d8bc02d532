"""The registry of engine versions, and what serves: one deed a function, each written down with who, when and why.

A version is proposed as a candidate, waits for approval, and is approved or rejected; an approved one may judge a share of the
learners as challenger, and become champion. States are independent, as in a model registry: a pending version can be rejected,
a rejected one approved after all. ``by`` is None for the nightly refit and for the guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from questions import queries
from questions.domain import rules
from questions.domain.engine import DEFAULT, NAME_LENGTH, EngineParameters
from questions.models import EngineDeployment, EngineEvent, EngineVersion, User, writing

OPERATOR = "questions.operate_engine"
SHARES = (0.05, 0.1, 0.25, 0.5)
"""Shares of the learners that a challenger may judge."""
_FROM = {
    EngineVersion.PENDING: (EngineVersion.CANDIDATE,),
    EngineVersion.APPROVED: (EngineVersion.PENDING, EngineVersion.REJECTED),
    EngineVersion.REJECTED: (EngineVersion.CANDIDATE, EngineVersion.PENDING, EngineVersion.APPROVED),
    EngineVersion.RETIRED: (EngineVersion.APPROVED,),
}


def possible(version: EngineVersion) -> list[str]:
    """The states that an operator may move this version to."""
    return [state for state, before in _FROM.items() if version.state in before]


def propose(
    parameters: EngineParameters, *, evidence: Mapping[str, Any], now: datetime, by: User | None = None, why: str = ""
) -> EngineVersion:
    """Register a candidate. The same name with the same parameters again is the version that is there already."""
    _ensure_operator(by)
    if not 0 < len(parameters.name) <= NAME_LENGTH:
        raise rules.Refusal("bad-name", f"A version's name has 1 to {NAME_LENGTH} characters.")
    stored = parameters.as_json()
    with writing():
        version, created = EngineVersion.objects.get_or_create(
            name=parameters.name, defaults={"parameters": stored, "evidence": dict(evidence), "made_at": now}
        )
        if created:
            _note(version, EngineVersion.CANDIDATE, by, now, why)
    if not created and version.parameters != stored:
        raise rules.Refusal("name-taken", f"There is another version {parameters.name}. Versions never change.")
    return version


def submit(version: EngineVersion, *, now: datetime, by: User | None = None, why: str = "") -> EngineVersion:
    """Ask for approval."""
    return _move(version, EngineVersion.PENDING, by, now, why)


def approve(version: EngineVersion, *, by: User | None, now: datetime, why: str = "") -> EngineVersion:
    """Let this version judge answers, when somebody deploys it. Refusal ``unreadable`` when this code cannot run it."""
    try:
        version.value  # noqa: B018 - reading it is the check
    except ValueError as error:
        raise rules.Refusal("unreadable", f"This version cannot be read: {error}.") from error
    return _move(version, EngineVersion.APPROVED, by, now, why)


def reject(version: EngineVersion, *, by: User | None, now: datetime, why: str) -> EngineVersion:
    """Decide against this version; one that serves is rolled back first."""
    return _end(version, EngineVersion.REJECTED, by, now, why)


def retire(version: EngineVersion, *, by: User | None, now: datetime, why: str) -> EngineVersion:
    """Put this version away. Answers that it judged are replayed by it all the same."""
    return _end(version, EngineVersion.RETIRED, by, now, why)


def _end(version: EngineVersion, state: str, by: User | None, now: datetime, why: str) -> EngineVersion:
    if not why.strip():
        raise rules.Refusal("reason-missing", f"Say why the version is {state}.")
    current = queries.current_deployment()
    if current and version.pk in (current.champion_id, current.challenger_id):
        raise rules.Refusal("serves", f"{version.name} serves now. Roll back first.")
    return _move(version, state, by, now, why)


def _move(version: EngineVersion, state: str, by: User | None, now: datetime, why: str) -> EngineVersion:
    _ensure_operator(by)
    with writing():
        moved = EngineVersion.objects.filter(pk=version.pk, state__in=_FROM[state]).update(state=state)
        if not moved:
            here = EngineVersion.objects.get(pk=version.pk).state
            raise rules.Refusal("wrong-state", f"{version.name} is {here}; it cannot become {state}.")
        _note(version, state, by, now, why)
    version.state = state
    return version


def _note(version: EngineVersion, state: str, by: User | None, now: datetime, why: str) -> None:
    EngineEvent.objects.create(version=version, state=state, by=by, at=now, why=why.strip())


def _ensure_operator(by: User | None) -> None:
    if by is not None and not by.has_perm(OPERATOR):
        raise PermissionDenied(f"This needs the permission {OPERATOR}.")


# --- What serves -----------------------------------------------------------------------------------------------------------


def first_deployment(*, now: datetime) -> EngineDeployment:
    """The pointer; where there is none yet, one to the engine of the code, so that there is something to go back to."""
    if current := queries.current_deployment():
        return current
    with writing():
        version, created = EngineVersion.objects.get_or_create(
            name=DEFAULT.name,
            defaults={"parameters": DEFAULT.as_json(), "state": EngineVersion.APPROVED, "made_at": now},
        )
        if created:
            _note(version, EngineVersion.APPROVED, None, now, "Part of the code.")
        row, _ = EngineDeployment.objects.get_or_create(
            number=1, defaults={"champion": version, "since": now, "why": "Part of the code."}
        )
    return queries.current_deployment() or row


def start_canary(
    version: EngineVersion, *, share: float, by: User | None, now: datetime, why: str = "", seen: int | None = None
) -> EngineDeployment:
    """Let an approved version judge this share of the learners, beside the champion."""
    if share not in SHARES:
        raise rules.Refusal("bad-share", f"Choose a share of {', '.join(f'{100 * one:g} %' for one in SHARES)}.")
    _ensure_operator(by)
    current = _looked_at(seen, now)
    _ensure_approved(version)
    if version.pk == current.champion_id:
        raise rules.Refusal("serves", f"{version.name} is the champion already.")
    return _deploy(current, champion=current.champion, challenger=version, share=share,
                   back=_stable(current), since=now, by=by, why=why)  # fmt: skip


def end_canary(*, by: User | None, now: datetime, why: str = "", seen: int | None = None) -> EngineDeployment:
    """Let the champion judge everybody again."""
    _ensure_operator(by)
    current = _looked_at(seen, now)
    if current.challenger is None:
        raise rules.Refusal("no-canary", "There is no challenger.")
    return _deploy(current, champion=current.champion, back=current.back and current.back.back, since=now, by=by,
                   why=why)  # fmt: skip


def make_champion(
    version: EngineVersion, *, by: User | None, now: datetime, why: str = "", seen: int | None = None
) -> EngineDeployment:
    """Let an approved version judge everybody from now on. Answers under way are judged by whatever serves when they arrive."""
    _ensure_operator(by)
    current = _looked_at(seen, now)
    _ensure_approved(version)
    if version.pk == current.champion_id:
        raise rules.Refusal("serves", f"{version.name} is the champion already.")
    return _deploy(current, champion=version, back=_stable(current), since=now, by=by, why=why)


def roll_back(
    *, by: User | None, now: datetime, why: str, seen: int | None = None, guarded: bool = False
) -> EngineDeployment:
    """Follow the pointer back: what served before serves again, without a challenger. One that was rejected or retired since is
    passed over.
    """
    if not why.strip():
        raise rules.Refusal("reason-missing", "Say why you roll back.")
    _ensure_operator(by)
    current = _looked_at(seen, now)
    target = current.back
    while target is not None and target.champion.state != EngineVersion.APPROVED:
        target = target.back
    if target is None:
        raise rules.Refusal("nothing-before", "There is nothing to go back to.")
    return _deploy(current, champion=target.champion, back=target.back, since=now, by=by, why=why, guarded=guarded)


def _stable(current: EngineDeployment) -> EngineDeployment:
    """What a rollback of the next deployment restores: this one, or, where a challenger runs, the one before it came."""
    return current if current.challenger is None or current.back is None else current.back


def _ensure_approved(version: EngineVersion) -> None:
    if EngineVersion.objects.get(pk=version.pk).state != EngineVersion.APPROVED:
        raise rules.Refusal("not-approved", f"{version.name} is not approved.")


def _looked_at(seen: int | None, now: datetime) -> EngineDeployment:
    """What serves. ``seen`` is the number that the operator looked at when they decided, where somebody did."""
    current = first_deployment(now=now)
    if seen is not None and seen != current.number:
        raise _moved()
    return current


def _moved() -> rules.Refusal:
    return rules.Refusal("moved", "Somebody else changed what serves meanwhile. Look at it, then decide again.")


def _deploy(current: EngineDeployment, **columns: Any) -> EngineDeployment:
    """Add the next row."""
    try:
        with writing():
            return EngineDeployment.objects.create(number=current.number + 1, **columns)
    except IntegrityError as error:
        raise _moved() from error  # two at once: the number is given once
