"""What one answer costs, as a ratio to a bare transaction in the same run: ``make bench``.

The bare transaction is the least that any logged answer needs in plain Django: look the token up, then in one transaction
select a row, insert one, update two. Absolute figures say more of the machine than of the code; ratios hold.

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
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Seed, measure the four ways in turn, print medians and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=300, help="measured answers of each kind")
    wanted = options.parse_args().answers
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "RATE_LIMITS": "off", "DJANGO_SETTINGS_MODULE": "mlopsprep.settings"}
        os.environ.setdefault("COLLECTED_STATIC", "off")
        sys.path.insert(0, str(ROOT))
        _measure(wanted)


def _measure(wanted: int) -> None:
    importlib.import_module("mlopsprep")  # puts a sound SQLite in place before Django looks for one
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client
    from django.utils import timezone

    from questions.actions.answer import record_answer
    from questions.actions.load import seed_load
    from questions.models import User

    call_command("migrate", verbosity=0)
    call_command("load_bank", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    learners = 12
    seeded = seed_load(
        learners=learners, questions=400, answers=2000, open_items=-(-4 * wanted // learners), now=timezone.now()
    )
    users = {person.username: User.objects.get(username=person.username) for person in seeded}
    todo = iter([(person, item) for place in zip(*(person.items for person in seeded), strict=True)
                 for person, item in zip(seeded, place, strict=True)])  # fmt: skip

    client = Client(headers={"host": "localhost"})

    def deed() -> None:
        person, item = next(todo)
        record_answer(
            learner=users[person.username],
            served_id=uuid.UUID(item.served),
            response={"options": item.choices[:1]},
            operation_id=uuid.uuid4(),
            received_at=timezone.now(),
        )

    def form() -> None:
        person, item = next(todo)
        client.cookies.clear()
        client.cookies.load(person.cookies)
        fields = {"operation_id": uuid.uuid4(), "option": item.choices[0], "csrfmiddlewaretoken": person.csrf}
        page = client.post(
            f"/sessions/{item.session}/items/{item.position}/answer/", fields, headers={"HX-Request": "true"}
        )
        assert page.status_code == 200, page.content

    def api() -> None:
        person, item = next(todo)
        body = {"served": item.served, "operation_id": str(uuid.uuid4()), "response": {"options": item.choices[:1]}}
        client.cookies.clear()
        page = client.post(
            f"/api/v1/sessions/{item.session}/answers",
            body,
            content_type="application/json",
            headers={"X-Session-Token": person.token},
        )
        assert page.status_code == 201, page.content

    kinds = {"bare transaction": _bare(seeded[0].token), "deed": deed, "form": form, "API": api}
    taken = _in_turn(kinds, wanted)
    bare = statistics.median(taken["bare transaction"])
    print(f"{connection.vendor}, {wanted} answers of each kind, one at a time")
    for kind, times in taken.items():
        middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        print(f"  {kind:<17} median {1000 * middle:7.2f} ms   p95 {1000 * late:7.2f} ms   {middle / bare:5.2f} x bare")


def _bare(token: str) -> Callable[[], None]:
    """The yardstick, on the tables that an answer touches."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from questions.models import Heartbeat, LearnerState, PracticeSession, RefusedAnswer, ServedItem, writing

    served = ServedItem.objects.select_related("session").first()
    assert served is not None

    def bare() -> None:
        Session.objects.get(pk=token)
        with writing():
            row = PracticeSession.objects.get(pk=served.session_id)
            RefusedAnswer.objects.create(
                served=served,
                learner_id=row.learner_id,
                operation_id=uuid.uuid4(),
                response={},
                code="bench",
                received_at=timezone.now(),
            )
            LearnerState.objects.filter(pk=row.learner_id).update(updated_at=timezone.now())
            Heartbeat.objects.filter(pk="bench").update(at=timezone.now())

    return bare


def _in_turn(kinds: dict[str, Callable[[], None]], wanted: int) -> dict[str, list[float]]:
    """Each kind ``wanted`` times, one after the other, so that a slow moment of the machine meets them all alike."""
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}

    def timed(call: Callable[[], None]) -> Iterator[float]:
        start = time.perf_counter()
        call()
        yield time.perf_counter() - start

    for _ in range(wanted):
        for kind, call in kinds.items():
            taken[kind] += timed(call)
    return taken


if __name__ == "__main__":
    main()
