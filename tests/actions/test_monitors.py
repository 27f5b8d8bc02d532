"""The reports of days and the guard: what is measured, what is taken back, and what is left alone."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from questions import queries
from questions.actions import engine, monitors
from questions.domain import ability, monitoring
from questions.domain.engine import DEFAULT
from questions.models import (
    Answer,
    CalibrationReport,
    EngineDeployment,
    EngineVersion,
    ServedItem,
)
from questions.queries.operation import operation
from tests.actions.test_engine import approved
from tests.cast import NOON, at_once
from tests.logs import crowd, log_answers, skilled

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WILD = replace(
    DEFAULT, name="belief-1.wild", filter=ability.Parameters(mu=-1.8, learner_variance=0.1, tag_variance=0.01)
)
SANE = replace(DEFAULT, name="belief-1.sane", filter=replace(DEFAULT.filter, mu=0.41))


def a_week(people: int = 6, rounds: int = 4, **more: object) -> list[Answer]:
    """Some people practise for some days up to noon."""
    rng = random.Random(3)
    truth = skilled(rng)
    rows = []
    for learner in crowd(people, f"pupil-{Answer.objects.count()}"):
        rows += log_answers(learner, truth, at=NOON - rounds * DAY, rounds=rounds, rng=rng, **more)  # type: ignore[arg-type]
    return rows


# --- The report of a day ---------------------------------------------------------------------------------------------------


def test_every_past_day_is_reported_once_by_engine_and_sample(bank: object) -> None:
    rows = a_week(explored=0.3)
    assert monitors.report_calibration(now=NOON) == 8
    days = [NOON.date() - n * DAY for n in (1, 2, 3, 4)]
    found = CalibrationReport.objects.values_list("day", "engine", "sample")
    assert sorted(found) == sorted((day, ability.ENGINE, sample) for day in days for sample in ("all", "explored"))
    report = CalibrationReport.objects.get(day=days[0], sample="all")
    pairs = [(row.predicted, row.correct) for row in rows if row.received_at.date() == days[0]]
    told = monitoring.calibration(pairs)
    assert (report.n, report.log_loss, report.ece, report.auc) == (48, told.log_loss, told.ece, told.auc)
    assert sum(one["count"] for one in report.bins) == 48
    explored = set(ServedItem.objects.filter(reason__code="explore").values_list("pk", flat=True))
    assert CalibrationReport.objects.get(day=days[0], sample="explored").n == sum(
        row.served_id in explored and row.received_at.date() == days[0] for row in rows
    )


def test_a_second_run_and_one_days_later_change_no_report(bank: object) -> None:
    a_week()
    monitors.report_calibration(now=NOON)
    before = list(CalibrationReport.objects.values())
    assert [monitors.report_calibration(now=NOON), monitors.report_calibration(now=NOON + DAY)] == [0, 0]
    assert list(CalibrationReport.objects.values()) == before


def test_the_day_that_is_not_over_and_days_long_past_are_not_reported(bank: object) -> None:
    truth = skilled(random.Random(1))
    for learner, at in zip(crowd(2), (NOON - HOUR, NOON - 60 * DAY), strict=True):
        log_answers(learner, truth, at=at)
    assert monitors.report_calibration(now=NOON) == 0
    assert monitors.report_calibration(now=NOON + DAY) == 1


def test_a_mark_beside_another_reason_explores_as_well(bank: object) -> None:
    a_week(people=1, rounds=1)
    ServedItem.objects.filter(position=1).update(reason={"code": "weak", "explore": True})
    monitors.report_calibration(now=NOON)
    assert CalibrationReport.objects.get(sample="explored").n == 1


def test_drift_is_told_once_there_is_enough_to_compare(bank: object) -> None:
    a_week(people=30, rounds=2)
    monitors.report_calibration(now=NOON)
    drift = dict(CalibrationReport.objects.values_list("day", "drift"))
    assert drift[NOON.date() - 2 * DAY] is None
    assert drift[NOON.date() - DAY] is not None


def test_faults_of_the_data_stand_in_the_report(bank: object) -> None:
    rows = a_week(people=1, rounds=1)
    Answer._base_manager.filter(pk=rows[0].pk).update(predicted=None)
    Answer._base_manager.filter(pk=rows[1].pk).update(predicted=1.0)
    monitors.report_calibration(now=NOON)
    assert CalibrationReport.objects.get().quality == ["missing", "impossible"]


def test_a_prediction_that_is_no_chance_is_told_and_stops_no_report(bank: object) -> None:
    rows = a_week()
    Answer._base_manager.filter(pk=rows[0].pk).update(predicted=-0.2)
    assert monitors.report_calibration(now=NOON) > 0
    (report,) = CalibrationReport.objects.filter(quality__icontains=monitoring.IMPOSSIBLE)
    assert report.n == Answer.objects.filter(received_at__date=report.day).count() - 1


# --- The guard -------------------------------------------------------------------------------------------------------------


def canary(parameters: object) -> EngineVersion:
    """This version judges half of the learners, since a week ago."""
    version = approved(parameters)  # type: ignore[arg-type]
    engine.start_canary(version, share=0.5, by=None, now=NOON - 7 * DAY)
    return version


def test_a_challenger_that_predicts_worse_is_taken_back_and_rejected_with_the_reason(bank: object) -> None:
    version = canary(WILD)
    a_week(engine=WILD.name)
    done = monitors.guard_engine(now=NOON)
    assert done is not None
    assert (done.guarded, done.by, done.since) == (True, None, NOON)
    assert "belief-1.wild predicts worse than belief-1: log loss" in done.why
    assert "99.7 % interval" in done.why
    assert queries.serving().champion == DEFAULT
    assert queries.serving().challenger is None
    version.refresh_from_db()
    event = version.events.last()
    assert event is not None
    assert (version.state, event.by, event.why) == ("rejected", None, done.why)
    assert monitors.guard_engine(now=NOON) is None
    assert EngineDeployment.objects.count() == 3


def test_a_challenger_as_good_as_the_champion_stays_and_what_was_seen_is_kept(bank: object) -> None:
    canary(SANE)
    a_week(engine=SANE.name, explored=0.6)
    assert monitors.guard_engine(now=NOON) is None
    watched = EngineDeployment.objects.get(number=2).watched
    assert set(watched) == {"all", "explored"}
    assert (watched["all"]["answers"], watched["all"]["learners"]) == (192, 6)
    assert watched["all"]["low"] <= watched["all"]["gain"] <= watched["all"]["high"]
    assert monitors.guard_engine(now=NOON) is None
    assert EngineDeployment.objects.get(number=2).watched == watched


def test_the_guard_decides_nothing_on_few_answers_or_few_learners(bank: object) -> None:
    canary(WILD)
    a_week(people=4, rounds=4, engine=WILD.name)
    assert monitors.guard_engine(now=NOON) is None
    a_week(people=6, rounds=1, engine=WILD.name)
    assert monitors.guard_engine(now=NOON) is not None


def test_a_challenger_that_spoils_the_data_goes_at_once(bank: object) -> None:
    canary(SANE)
    rows = a_week(people=1, rounds=1, engine=SANE.name)
    Answer._base_manager.filter(pk=rows[0].pk).update(predicted=None)
    done = monitors.guard_engine(now=NOON)
    assert done is not None
    assert done.why == "belief-1.sane spoils the data: its predictions are missing."


@pytest.mark.parametrize(("days", "back"), [(6, True), (8, False)])
def test_a_new_champion_is_watched_for_a_week(bank: object, days: int, back: bool) -> None:
    version = approved(WILD)
    engine.make_champion(version, by=None, now=NOON - days * DAY)
    a_week(engine=WILD.name)
    assert (monitors.guard_engine(now=NOON) is not None) is back
    assert queries.serving().champion.name == (ability.ENGINE if back else WILD.name)


def test_with_nothing_deployed_or_nothing_new_the_guard_has_nothing_to_do(bank: object) -> None:
    a_week(people=1, rounds=1)
    assert monitors.guard_engine(now=NOON) is None
    engine.first_deployment(now=NOON)
    assert monitors.guard_engine(now=NOON) is None


def test_a_rollback_is_not_rolled_back(bank: object) -> None:
    engine.make_champion(approved(SANE), by=None, now=NOON - 8 * DAY)
    canary(WILD)
    a_week(engine=WILD.name)
    assert monitors.guard_engine(now=NOON) is not None
    assert queries.serving().champion.name == SANE.name
    assert monitors.guard_engine(now=NOON) is None


@pytest.mark.django_db(transaction=True)
def test_guards_at_once_roll_back_once(bank: object) -> None:
    canary(WILD)
    a_week(engine=WILD.name)
    results = at_once(*[lambda: monitors.guard_engine(now=NOON)] * 3)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(result is not None for result in results) == 1
    assert EngineDeployment.objects.count() == 3


def test_the_page_takes_the_days_together(bank: object) -> None:
    rows = a_week(rounds=3)
    monitors.report_calibration(now=NOON)
    found = operation(NOON.date())
    (standing,) = found.standings
    told = monitoring.calibration([(row.predicted, row.correct) for row in rows])
    assert (standing.n, standing.log_loss) == (len(rows), pytest.approx(told.log_loss))
    assert standing.ece == pytest.approx(told.ece)
    assert [one.observed.total for one in found.reliability] == [one.count for one in told.bins]
    assert [one.predicted for one in found.reliability] == pytest.approx([one.predicted for one in told.bins])
    assert isinstance(found.reports[0].day, date)
