"""What choosing the next question costs, as a ratio to a bare row insert in the same run.

A bank of 2,000 questions and a learner with 10,000 answers, with an exam date. In turn: a bare insert, the choice alone
(arithmetic, candidates at hand), reading the candidates, and a session started with its first question. Beside the time on the
clock stands what the process computed itself. Absolute figures say more of the machine than of the code; ratios hold. A
database of its own in a temporary folder, or DATABASE_URL (an empty database).
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Seed, measure in turn, print p50, p95 and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--questions", type=int, default=2000)
    options.add_argument("--answers", type=int, default=10000)
    options.add_argument("--choices", type=int, default=100, help="measured choices of each kind")
    sizes = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "RATE_LIMITS": "off", "DJANGO_SETTINGS_MODULE": "mlopsprep.settings"}
        os.environ.setdefault("COLLECTED_STATIC", "off")
        sys.path.insert(0, str(ROOT))
        _measure(sizes.questions, sizes.answers, sizes.choices)


def _measure(questions: int, answers: int, choices: int) -> None:
    importlib.import_module("mlopsprep")  # puts a sound SQLite in place before Django looks for one
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from questions import queries
    from questions.actions import sessions
    from questions.actions.load import seed_load
    from questions.domain import selection
    from questions.models import PracticeSession, User, writing

    call_command("migrate", verbosity=0)
    call_command("load_bank", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    now = timezone.now()
    (seeded,) = seed_load(learners=1, questions=questions, answers=answers, open_items=1, now=now)
    learner = User.objects.get(username=seeded.username)
    learner.exam_date = (now + timedelta(days=30)).date()
    learner.save(update_fields=["exam_date"])
    exam = queries.current_exam()
    candidates = queries.candidates(learner, exam)
    belief = queries.known_of(learner).belief
    goal = selection.Goal(days_left=30, a_day=20.0, half_over=False, weights=exam.weights)
    rng = random.Random(1)

    def bare() -> None:
        with writing():
            PracticeSession.objects.create(
                learner=learner, exam=exam, mode="study", length=1, seed=1, operation_id=uuid.uuid4(), started_at=now
            )

    def choice() -> None:
        assert selection.next_study(candidates, belief, now=now, rng=rng, goal=goal, explore=selection.EXPLORATION)

    def read() -> None:
        queries.candidates(learner, exam)

    def serve() -> None:
        sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=now, length=10)

    kinds = {"bare insert": bare, "choice": choice, "reading": read, "start and serve": serve}
    taken, computed = _in_turn(kinds, choices)
    base = statistics.median(taken["bare insert"])
    print(f"{connection.vendor}, {len(candidates)} questions, {answers} answers, {choices} of each kind, one at a time")
    for kind, times in taken.items():
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        own = statistics.median(computed[kind]), statistics.quantiles(computed[kind], n=20)[-1]
        print(
            f"  {kind:<16} p50 {1000 * middle:7.2f} ms   p95 {1000 * late:7.2f} ms   {middle / base:6.2f} x bare insert   "
            f"own computing p50 {1000 * own[0]:6.2f} ms   p95 {1000 * own[1]:6.2f} ms"
        )


Times = dict[str, list[float]]


def _in_turn(kinds: dict[str, Callable[[], None]], wanted: int) -> tuple[Times, Times]:
    """Each kind ``wanted`` times, one after the other, so that a slow moment of the machine meets them all alike: seconds on
    the clock, and of the processor.
    """
    taken: Times = {kind: [] for kind in kinds}
    computed: Times = {kind: [] for kind in kinds}
    for call in kinds.values():
        call()  # the first one fills what is kept
    for _ in range(wanted):
        for kind, call in kinds.items():
            start, began = time.perf_counter(), time.process_time()
            call()
            taken[kind].append(time.perf_counter() - start)
            computed[kind].append(time.process_time() - began)
    return taken, computed


if __name__ == "__main__":
    main()
