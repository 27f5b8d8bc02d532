"""The sweeps, run by a real worker over a real Redis; and what holds while there is neither."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.utils import timezone
from kombu.exceptions import OperationalError

from mlopsprep.celery import NIGHTLY, TIMETABLE, app
from questions import queries, tasks
from questions.actions import sessions
from questions.admin import engine as engine_page
from questions.models import (
    Answer,
    CalibrationReport,
    EngineDeployment,
    EngineEvent,
    EngineVersion,
    Fact,
    FactChange,
    Heartbeat,
    ItemCalibration,
    ItemFlag,
    ItemVersion,
    LearnerState,
    MemoryFit,
    MemoryState,
    Notice,
    PracticeSession,
    ReadinessRecord,
    ReviewEvent,
    TagDifficulty,
)
from tests.cast import at_once, make_user, right, wrong

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@contextmanager
def a_worker() -> Iterator[Callable[[], str]]:
    """A worker at work; what it gives waits for the next finished task and returns its state."""
    done: queue.Queue[str] = queue.Queue()

    def note(state: str = "", **_: Any) -> None:
        done.put(state)

    task_postrun.connect(note)
    try:
        with start_worker(app, pool="threads", concurrency=2, perform_ping_check=False, loglevel="ERROR"):
            yield lambda: done.get(timeout=60)
    finally:
        task_postrun.disconnect(note)


@pytest.fixture(autouse=True)
def _empty_queue() -> Iterator[None]:
    app.control.purge()
    yield
    app.control.purge()


@pytest.fixture
def expired(learner, give) -> PracticeSession:
    """A mock exam with two answers whose time was up long ago."""
    began = timezone.now() - HOUR
    own = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=began)
    first, second = own.served.all()[:2]
    give(first, right(first), at=began + timedelta(minutes=1))
    give(second, wrong(second), at=began + timedelta(minutes=2))
    return own


def practise(give, people: int = 3, ago: timedelta = timedelta(days=2)) -> None:
    """Some people answer some questions, some days ago: nightly sweeps look at days that are over."""
    for n in range(people):
        learner = make_user(f"pupil-{n}")
        now = timezone.now() - ago
        own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=now, length=4)
        while served := sessions.serve_next(learner=learner, session_id=own.pk, now=now):
            give(served, wrong(served) if n == 0 else right(served), at=now)


def fall(slug: str) -> None:
    """A fact is superseded, as a load of the bank notes it."""
    fact = Fact.objects.get(slug=slug)
    FactChange.objects.create(
        fact=fact, at=timezone.now(), was_status=fact.status, status="superseded", was_statement=fact.statement,
        source=fact.source, checked_on=fact.checked_on,
    )  # fmt: skip
    Fact.objects.filter(pk=fact.pk).update(status="superseded")


def rows() -> list[list[dict]]:
    """All that sweeps write, without the time at which they did."""
    without = {"updated_at", "at", "made_at"}
    return [
        [
            {name: value for name, value in row.items() if name not in without}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (
            PracticeSession,
            LearnerState,
            MemoryState,
            ItemCalibration,
            TagDifficulty,
            EngineVersion,
            EngineEvent,
            EngineDeployment,
            CalibrationReport,
            ItemFlag,
            MemoryFit,
            ReadinessRecord,
            Answer,
            Heartbeat,
            ItemVersion,
            ReviewEvent,
            Notice,
        )
    ]


def test_a_worker_closes_a_mock_exam_whose_time_is_up(expired, learner):
    with a_worker() as next_done:
        tasks.close_expired_sessions.delay()
        assert next_done() == "SUCCESS"
    expired.refresh_from_db()
    assert (expired.state, expired.finished_at) == ("finished", expired.deadline)
    assert LearnerState.objects.get(learner=learner).belief.answered == 2


def test_with_no_worker_an_expired_mock_exam_reads_as_finished_and_one_that_starts_catches_up(expired, learner, other):
    now = timezone.now()
    tasks.close_expired_sessions.delay()
    assert queries.open_sessions(learner, now) == []
    result = queries.result_of(queries.own_session(learner, expired.pk), now=now)
    assert (result.overall.correct, result.finished_at) == (1, expired.deadline)
    theirs = sessions.start_mock(learner=other, operation_id=uuid.uuid4(), now=now - HOUR)
    again = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=now)
    expired.refresh_from_db()
    assert (expired.state, expired.finished_at, again.state) == ("finished", expired.deadline, "open")
    with a_worker() as next_done:
        assert next_done() == "SUCCESS"
    states = dict(PracticeSession.objects.values_list("pk", "state"))
    assert states == {expired.pk: "finished", again.pk: "open", theirs.pk: "finished"}


SWEEPS = [
    tasks.close_expired_sessions,
    tasks.refresh_estimates,
    tasks.drain_answers,
    tasks.refit_difficulties,
    tasks.settle_readiness,
    tasks.record_readiness,
    tasks.guard_engine,
    tasks.report_calibration,
    tasks.flag_items,
    tasks.fit_memories,
    tasks.propose_refit,
    tasks.quarantine_items,
    tasks.send_reminders,
    tasks.beat,
]


@pytest.mark.parametrize("sweep", SWEEPS, ids=[sweep.name.rpartition(".")[2] for sweep in SWEEPS])
def test_a_sweep_run_in_parallel_and_then_again_leaves_the_rows_of_one_run(expired, give, sweep):
    practise(give)
    if sweep is tasks.quarantine_items:
        fall("green-tea-heat")
    results = at_once(sweep, sweep, sweep)
    assert [result for result in results if isinstance(result, Exception)] == []
    once = rows()
    sweep()
    assert rows() == once
    if sweep is tasks.quarantine_items:
        assert ItemVersion.objects.get(state="quarantined").item.slug == "green-for-one"
        answered = Answer.objects.filter(item__slug="green-for-one").values_list("learner", flat=True)
        assert set(Notice.objects.values_list("learner", flat=True)) == set(answered) != set()


def test_every_sweep_at_once_through_the_worker_ends_well(expired, give):
    practise(give)
    with a_worker() as next_done:
        for sweep in SWEEPS * 2:
            sweep.delay()
        assert {next_done() for _ in SWEEPS * 2} == {"SUCCESS"}
    assert PracticeSession.objects.filter(mode="mock", state="open").count() == 0
    names = {sweep.name.rpartition(".")[2] for sweep in SWEEPS} - {"beat"} | {"worker"}
    assert set(Heartbeat.objects.values_list("name", flat=True)) == names
    assert ItemCalibration.objects.count() > 0
    assert tasks.close_expired_sessions() == 0


def test_the_timetable_names_every_sweep_and_a_late_tick_is_dropped():
    assert set(TIMETABLE) | set(NIGHTLY) == {sweep.name.rpartition(".")[2] for sweep in SWEEPS}
    assert set(app.conf.beat_schedule) == set(TIMETABLE) | set(NIGHTLY)
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks
        hours = 6 * 60 * 60
        assert entry["options"]["expires"] == TIMETABLE.get(name, hours)


def test_the_page_of_the_engine_knows_when_its_tasks_run():
    assert set(engine_page.TASKS) == (set(TIMETABLE) | set(NIGHTLY)) - {"beat", "quarantine_items", "send_reminders"}
    for name, (hour, minute) in NIGHTLY.items():
        assert engine_page.TASKS[name][1] == f"at {hour:02}:{minute:02} UTC"
    for name in set(engine_page.TASKS) - set(NIGHTLY):
        minutes = TIMETABLE[name] // 60
        assert engine_page.TASKS[name][1] == ("every minute" if minutes == 1 else f"every {minutes} minutes")


def test_with_redis_down_publishing_fails_fast_and_practice_goes_on(expired, learner, give):
    began = time.monotonic()
    with (
        app.connection_for_write("redis+socket:///nowhere/redis.sock") as connection,
        pytest.raises(OperationalError),
    ):
        tasks.close_expired_sessions.apply_async(connection=connection)
    assert time.monotonic() - began < 5
    now = timezone.now()
    own = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=now)
    assert give(own.served.get(), at=now).answer.correct is True
    assert tasks.close_expired_sessions() == 1
