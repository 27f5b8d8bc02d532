"""The engine as its operator sees it: what serves, the registry, how well it predicts, what answers say against items."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from questions.domain import history
from questions.models import (
    CalibrationReport,
    EngineDeployment,
    EngineVersion,
    Heartbeat,
    ItemFlag,
    MemoryFit,
    ReadinessRecord,
)
from questions.queries.engine import current_deployment

SPAN = 28
"""Days that the page looks back on."""
DEPLOYMENTS, VERSIONS, FLAGS, FORECASTS = 12, 20, 50, 200
ANSWERED = 0.8
"""Mock exams of which less was answered say nothing of what was expected of them."""


@dataclass(frozen=True, slots=True)
class Share:
    """A bin of the reliability diagram over all days: mean chance, share of right answers with its 80 % interval."""

    low: float
    high: float
    predicted: float
    observed: history.Interval


@dataclass(frozen=True, slots=True)
class Standing:
    """How one engine predicted over the span, on one sample. ``ece`` is that of the days' answers taken together."""

    engine: str
    sample: str
    n: int
    log_loss: float
    ece: float
    auc: float | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Mock exams held against what was expected of them: shares of right answers."""

    records: tuple[ReadinessRecord, ...]
    covered: int
    error: float
    bias: float


@dataclass(frozen=True, slots=True)
class Operation:
    """Everything the page shows."""

    current: EngineDeployment | None
    deployments: tuple[EngineDeployment, ...]
    versions: tuple[EngineVersion, ...]
    reports: tuple[CalibrationReport, ...]
    standings: tuple[Standing, ...]
    reliability: tuple[Share, ...]
    flags: tuple[ItemFlag, ...]
    flag_count: int
    runs: dict[str, datetime]
    readiness: Readiness
    memory_fits: tuple[int, int]
    """Learners whose memory was tried, and those with an accepted fit."""


def operation(today: date) -> Operation:
    """The page's figures; a fixed number of statements."""
    current = current_deployment()
    reports = tuple(CalibrationReport.objects.filter(day__gte=today - timedelta(days=SPAN)).order_by("day", "engine"))
    champion = current.champion.name if current else (reports[-1].engine if reports else "")
    newest = EngineDeployment.objects.select_related("champion", "challenger", "by")
    versions = EngineVersion.objects.prefetch_related("events__by")
    flags = ItemFlag.objects.filter(closed_at=None)
    fits = dict(MemoryFit.objects.values_list("accepted").annotate(Count("learner", distinct=True)))
    return Operation(
        current=current,
        deployments=tuple(newest[:DEPLOYMENTS]),
        versions=tuple(versions[:VERSIONS]),
        reports=reports,
        standings=tuple(_standings(reports)),
        reliability=tuple(_shares([row for row in reports if row.engine == champion and row.sample == "all"])),
        flags=tuple(flags.select_related("item")[:FLAGS]),
        flag_count=flags.count(),
        runs=dict(Heartbeat.objects.values_list("name", "at")),
        readiness=_readiness(),
        memory_fits=(sum(fits.values()), fits.get(True, 0)),
    )


def _shares(reports: Sequence[CalibrationReport]) -> list[Share]:
    bins: dict[tuple[float, float], list[tuple[float, float, int]]] = defaultdict(list)
    for row in reports:
        for one in row.bins:
            bins[one["low"], one["high"]].append((one["predicted"], one["observed"], one["count"]))
    found = []
    for (low, high), rows in sorted(bins.items()):
        n = sum(count for _, _, count in rows)
        predicted = math.fsum(p * count for p, _, count in rows) / n
        right = round(math.fsum(share * count for _, share, count in rows))
        found.append(Share(low, high, predicted, history.wilson(right, n)))
    return found


def _standings(reports: Sequence[CalibrationReport]) -> list[Standing]:
    """By engine and sample, the days weighted by their answers."""
    groups: dict[tuple[str, str], list[CalibrationReport]] = defaultdict(list)
    for row in reports:
        groups[row.engine, row.sample].append(row)
    found = []
    for (engine, sample), rows in sorted(groups.items()):
        n = sum(row.n for row in rows)
        ranked = [(row.auc, row.n) for row in rows if row.auc is not None]
        shares = _shares(rows)
        found.append(
            Standing(
                engine,
                sample,
                n,
                math.fsum(row.log_loss * row.n for row in rows) / n,
                math.fsum(one.observed.total * abs(one.predicted - one.observed.share) for one in shares) / n,
                math.fsum(auc * count for auc, count in ranked) / sum(c for _, c in ranked) if ranked else None,
            )
        )
    return found


def _readiness() -> Readiness:
    rows = (
        ReadinessRecord.objects.filter(actual__isnull=False).select_related("session").order_by("-made_at")[:FORECASTS]
    )
    told = tuple(row for row in rows if (row.answered or 0) >= ANSWERED * row.session.length)
    errors = [(row.actual or 0.0) - row.predicted for row in told]
    n = max(1, len(told))
    return Readiness(
        told,
        sum(row.low <= (row.actual or 0.0) <= row.high for row in told),
        math.fsum(map(abs, errors)) / n,
        math.fsum(errors) / n,
    )
