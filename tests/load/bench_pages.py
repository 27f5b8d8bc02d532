"""What a page takes somebody with 10,000 answers, as a ratio to somebody with 100: ``python tests/load/bench_pages.py``.

Two learners of one database, each page asked of them in turn. "warm" is a page opened again, "after an answer" the first one
after the learner answered a question, "without cache" one for which nothing was kept. Absolute figures say more of the
machine than of the code; ratios hold.

A database of its own in a temporary folder, or DATABASE_URL (an empty database).
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Seed, measure, print medians and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=20, help="measured requests of each page and learner")
    options.add_argument("--few", type=int, default=100)
    options.add_argument("--many", type=int, default=10_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "RATE_LIMITS": "off", "DJANGO_SETTINGS_MODULE": "mlopsprep.settings"}
        os.environ |= {"LOG_LEVEL": "ERROR"}
        os.environ.setdefault("COLLECTED_STATIC", "off")
        sys.path.insert(0, str(ROOT))
        _measure(chosen.few, chosen.many, chosen.rounds)


def _measure(few: int, many: int, rounds: int) -> None:
    importlib.import_module("mlopsprep")  # puts a sound SQLite in place before Django looks for one
    import django

    django.setup()
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    call_command("load_bank", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    now = timezone.now()
    people = {count: _Person(count, now, 4 * rounds) for count in (few, many)}
    pages: dict[str, Callable[[_Person], str]] = {
        "home": lambda person: "/",
        "practice": lambda person: "/practice/",
        "progress": lambda person: "/progress/",
        "result": lambda person: f"/sessions/{person.session}/result/",
        "notes": lambda person: "/notes/",
    }
    print(f"{connection.vendor}, {rounds} requests of each page; milliseconds, median")
    print(f"  {'':<26}{few:>8} answers{many:>8} answers   ratio")
    for name, address in pages.items():
        for kind, before in {
            "warm": lambda person: None,
            "after an answer": lambda person: person.answer(),
            "without cache": lambda person: cache.clear(),
        }.items():
            if kind != "warm" and name not in ("progress", "home", "practice"):
                continue
            for person in people.values():
                person.open(address(person))
            taken: dict[int, list[float]] = {count: [] for count in people}
            for _ in range(rounds):
                for count, person in people.items():
                    before(person)
                    start = time.perf_counter()
                    person.open(address(person))
                    taken[count].append(1000 * (time.perf_counter() - start))
            low, high = (statistics.median(taken[count]) for count in (few, many))
            print(f"  {name + ', ' + kind:<26}{low:>16.1f}{high:>16.1f}{high / low:>8.2f}")


class _Person:
    """A learner with so many answers over the last 60 days, all but one session finished, and a browser."""

    def __init__(self, count: int, now: Any, open_items: int):
        from django.test import Client

        from questions.actions.load import seed_load
        from questions.models import LearnerState, PracticeSession, User

        seeded = seed_load(learners=1, questions=0, answers=count, open_items=open_items, now=now, seed=count)[0]
        self.user = User.objects.get(username=seeded.username)
        self.items = iter(seeded.items)
        running = {item.session for item in seeded.items}
        past = PracticeSession.objects.filter(learner=self.user).exclude(pk__in=running)
        past.update(state="finished", finished_at=now, closed_seq=LearnerState.objects.get(pk=self.user.pk).seq)
        newest = past.order_by("-started_at").first()
        assert newest is not None
        self.session = newest.pk
        self.client = Client(headers={"host": "localhost"})
        self.client.cookies.load(seeded.cookies)

    def open(self, path: str) -> None:
        """Load a page."""
        reply = self.client.get(path)
        assert reply.status_code == 200, (path, reply.status_code)

    def answer(self) -> None:
        """One more question answered."""
        from django.utils import timezone

        from questions.actions.answer import record_answer

        item = next(self.items)
        record_answer(
            learner=self.user,
            served_id=uuid.UUID(item.served),
            response={"options": item.choices[:1]},
            operation_id=uuid.uuid4(),
            received_at=timezone.now(),
        )


if __name__ == "__main__":
    main()
