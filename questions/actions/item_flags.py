"""Flags on items that answers speak against: opened, kept up to date and closed by a nightly sweep. Instructors read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from questions.actions.calibration import horizon
from questions.domain import item_statistics as statistics
from questions.domain import rules
from questions.domain.item_statistics import Findings, FirstSight
from questions.models import Answer, ItemCalibration, ItemFlag, ItemVersion, writing
from questions.queries.first_sights import LoggedSight, counted, first_sights


def flag_items(*, now: datetime) -> int:
    """The sweep: what answers say today becomes the open flags; returns how many were opened or closed."""
    until = horizon(now)
    sights = first_sights(None, until)
    found = _by_statistics(sights)
    for item, figures in _memorised(sights, until).items():
        found[item][statistics.MEMORISED] = dict(figures)
    changed = 0
    with writing():
        opened = {(flag.item_id, flag.kind): flag for flag in ItemFlag.objects.filter(closed_at=None)}
        wanted = {(item, kind): figures for item, kinds in found.items() for kind, figures in kinds.items()}
        for key, flag in opened.items():
            if key not in wanted:
                # The state stands in the WHERE: another sweep may have closed it.
                changed += ItemFlag.objects.filter(pk=flag.pk, closed_at=None).update(
                    closed_at=max(now, flag.opened_at)
                )
            elif flag.figures != wanted[key]:
                ItemFlag.objects.filter(pk=flag.pk, closed_at=None).update(figures=wanted[key])
        new = [
            ItemFlag(item_id=item, kind=kind, figures=figures, opened_at=now)
            for (item, kind), figures in sorted(wanted.items())
            if (item, kind) not in opened
        ]
        ItemFlag.objects.bulk_create(new, ignore_conflicts=True)
    return changed + len(new)


def _by_statistics(sights: list[LoggedSight]) -> dict[int, Findings]:
    """What first sights of the approved version say against each item that is served."""
    found: dict[int, Findings] = defaultdict(dict)
    by_item: dict[int, list[LoggedSight]] = defaultdict(list)
    for row in sights:
        if row.told:
            by_item[row.sight.item].append(row)
    enough = {item: rows for item, rows in by_item.items() if len(rows) >= statistics.FEW}
    beliefs = {row.item_id: row.belief for row in ItemCalibration.objects.filter(item__in=enough)}
    for version in ItemVersion.objects.filter(item__in=enough, state=ItemVersion.APPROVED).order_by("item"):
        rows = enough[version.item_id]
        answers = Answer.objects.filter(pk__in=[row.answer for row in rows], version=version)
        responses = dict(answers.values_list("pk", "response"))
        told = [
            FirstSight(row.sight.believed, row.sight.correct, tuple(responses[row.answer].get("options") or ()))
            for row in rows
            if row.answer in responses
        ]
        item = version.value
        wrong = [one.id for one in item.options if not one.key] if item.kind in ("choice", "multiple") else []
        if said := statistics.findings(told, beliefs.get(version.item_id, version.prior), wrong):
            found[version.item_id] = said
    return found


def _memorised(sights: list[LoggedSight], until: datetime) -> Mapping[int, Mapping[str, float | int]]:
    """Items that are known by heart: right when they come again, while unseen questions of their concept are not."""
    concepts = dict(
        ItemVersion.objects.filter(state=ItemVersion.APPROVED).exclude(concept="").values_list("item_id", "concept")
    )
    first = {(row.sight.learner, row.sight.item): row.at for row in sights}
    by_concept: dict[tuple[int, str], list[LoggedSight]] = defaultdict(list)
    for row in sights:
        if row.sight.item in concepts:
            by_concept[row.sight.learner, concepts[row.sight.item]].append(row)
    repeats: dict[int, dict[int, list[tuple[datetime, bool]]]] = defaultdict(lambda: defaultdict(list))
    again = counted(None, until).filter(item__in=concepts, served__session__mode=rules.STUDY).order_by("pk")
    for learner, item, at, correct in again.values_list("learner_id", "item_id", "received_at", "correct"):
        seen = first.get((learner, item))
        if seen is not None and at > seen:
            repeats[item][learner].append((at, correct))
    found = {}
    for item, by_learner in repeats.items():
        asked = right = other = known = 0
        for learner, rows in by_learner.items():
            asked, right = asked + len(rows), right + sum(correct for _, correct in rows)
            fresh = [
                row.sight.correct
                for row in by_concept[learner, concepts[item]]
                if row.sight.item != item and row.at > first[learner, item]
            ]
            other, known = other + len(fresh), known + sum(fresh)
        if figures := statistics.memorised((asked, right), (other, known)):
            found[item] = figures
    return found
