"""A database full enough to be measured. Items come through the deeds; answers in bulk, with the rows the deed would write."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.crypto import get_random_string

from questions import queries
from questions.actions import estimates, review
from questions.actions.bank import store_version
from questions.actions.sessions import served_rows
from questions.domain import ability, items, rules, scoring, selection
from questions.models import Answer, Exam, ItemVersion, LearnerState, PracticeSession, ServedItem, Tag, User, writing

BATCH = 200
"""Deeds a transaction: an outer one spares a disk flush for each."""


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An unanswered choice item in a study session: any one of ``choices`` is a valid first answer, one of them is right."""

    session: str
    served: str
    position: int
    choices: list[str]


@dataclass(frozen=True, slots=True)
class SeededLearner:
    """Credentials of one learner: the API's ``X-Session-Token``, and cookies for forms (the token of the CSRF cookie is also
    the value of the field ``csrfmiddlewaretoken``).
    """

    username: str
    token: str
    cookies: dict[str, str]
    csrf: str
    items: list[OpenItem]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def seed_load(
    *, learners: int, questions: int, answers: int, open_items: int, now: datetime, seed: int = 1
) -> list[SeededLearner]:
    """Fill the database: so many choice items, learners and logged answers, and ``open_items`` unanswered ones a learner.

    Answers are spread evenly over the 60 days before ``now``. The items are plainly synthetic ("load-…"): use a database of
    its own. The same call again adds new learners and answers over the same items.
    """
    rng = random.Random(seed)
    exam = queries.current_exam()
    _seed_items(exam, questions, now)
    people = _seed_people(learners, now)
    choice = set(
        ItemVersion.objects.filter(state=ItemVersion.APPROVED, kind=items.CHOICE).values_list("item_id", flat=True)
    )
    pool = [c for c in queries.candidates(people[0], exam) if c.id in choice and not c.case]
    share = [answers // learners + (index < answers % learners) for index in range(learners)]
    for learner, count in zip(people, share, strict=True):
        with writing():
            _log(
                learner,
                _serve(learner, exam, pool, count, now - timedelta(days=60), rng, spread=timedelta(days=60)),
                rng,
            )
    seeded = []
    for learner in people:
        with writing():
            open_now = [_open_item(served) for served, _ in _serve(learner, exam, pool, open_items, now, rng)]
            seeded.append(_credentials(learner, open_now))
    return seeded


def _seed_items(exam: Exam, wanted: int, now: datetime) -> None:
    tags = list(Tag.objects.values_list("slug", flat=True)) or ["load"]
    tasks = [str(task["id"]) for domain in exam.format["domains"] if domain["covered"] for task in domain["tasks"]]
    known = set(exam.items.filter(slug__startswith="load-").values_list("slug", flat=True))
    missing = [number for number in range(wanted) if f"load-{number:05d}" not in known]
    for start in range(0, len(missing), BATCH):
        with writing():
            for number in missing[start : start + BATCH]:
                entry = {
                    "id": f"load-{number:05d}",
                    "type": items.CHOICE,
                    "task": tasks[number % len(tasks)],
                    "tags": [tags[number % len(tags)], tags[(number * 7 + 3) % len(tags)]][: 1 + number % 2],
                    "difficulty": (number % 9 - 4) / 3,
                    "stem": f"Synthetic question {number}, made to measure the system and not to learn from. " * 3,
                    "ask": f"Which option of question {number} is the MOST synthetic?",
                    "options": [
                        {
                            "text": f"Option {letter} of question {number}",
                            "key": letter == "ABCD"[number % 4],
                            "rationale": f"Made up for option {letter}: question {number} says so.",
                        }
                        for letter in "ABCD"
                    ],
                }
                version = store_version(items.from_entry(entry)[0], exam=exam, by=None, now=now)
                review.approve(version, by=None, now=now, why="Synthetic, for measuring.")


def _seed_people(count: int, now: datetime) -> list[User]:
    people = []
    with writing():
        for _ in range(count):
            name = f"load-{uuid.uuid4().hex[:12]}"
            user = User(username=name, email=f"{name}@load.example")
            user.set_unusable_password()
            user.save()
            LearnerState.objects.create(learner=user, updated_at=now)
            people.append(user)
    return people


def _serve(
    learner: User,
    exam: Exam,
    pool: list[selection.Candidate],
    count: int,
    start: datetime,
    rng: random.Random,
    spread: timedelta = timedelta(0),
) -> Iterator[tuple[ServedItem, datetime]]:
    """Study sessions of the usual length with ``count`` items in all, and when each is answered."""
    step = spread / max(1, count)
    given = 0
    while given < count:
        length = min(rules.MAX_STUDY_LENGTH, count - given, len(pool))
        at = start + given * step
        session = PracticeSession.objects.create(
            learner=learner,
            exam=exam,
            mode=rules.STUDY,
            length=length,
            seed=rng.getrandbits(60),
            operation_id=uuid.UUID(int=rng.getrandbits(128), version=4),
            started_at=at,
        )
        chosen = [(candidate, selection.Reason(selection.NEW)) for candidate in rng.sample(pool, length)]
        for served in ServedItem.objects.bulk_create(served_rows(session, chosen, 1, at)):
            yield served, start + given * step
            given += 1


def _log(learner: User, given: Iterator[tuple[ServedItem, datetime]], rng: random.Random) -> None:
    """Answers in bulk, with the rows that ``record_answer`` would have left (a test holds the two side by side)."""
    absorbed, rows = estimates.Absorbed(), []
    for seq, (served, at) in enumerate(given, start=1):
        item = served.version.value
        response = scoring.parse(item, _response(served, rng))
        score = scoring.score(item, response)
        row = Answer(
            served=served,
            learner=learner,
            item_id=served.item_id,
            version=served.version,
            seq=seq,
            shown_order=served.shown_order,
            response=response.as_json(),
            operation_id=uuid.UUID(int=rng.getrandbits(128), version=4),
            correct=score.correct,
            right=score.right,
            total=score.total,
            chosen_concept="" if score.correct else scoring.mistaken(served.version.value, response),
            engine=ability.ENGINE,
            received_at=at,
        )
        guess = absorbed.add(row)
        row.predicted, row.offset = guess.p, guess.offset
        row.offset_variance = estimates.learners_part(guess, served.difficulty).variance
        rows.append(row)
    if not rows:
        return
    Answer.objects.bulk_create(rows)
    LearnerState.objects.filter(pk=learner.pk).update(
        seq=len(rows), updated_at=rows[-1].received_at, **absorbed.columns
    )
    estimates.store_memories(learner, absorbed.memories, absorbed.homes)


def _response(served: ServedItem, rng: random.Random) -> dict[str, Any]:
    """A complete response, right about two times in three."""
    item = served.version.value
    if rng.random() < 0.65:
        return {"options": list(item.keys)}
    return {"options": rng.sample([option.id for option in item.options], item.select_count)}


def _open_item(served: ServedItem) -> OpenItem:
    return OpenItem(str(served.session_id), str(served.pk), served.position, list(served.shown_order))


def _credentials(learner: User, open_now: list[OpenItem]) -> SeededLearner:
    """Two sessions as signing in makes them: one for the browser, one whose key is the API token."""
    csrf = get_random_string(32)
    keys = []
    for _ in range(2):
        store = SessionStore()
        store[SESSION_KEY] = str(learner.pk)
        store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = learner.get_session_auth_hash()
        store.create()
        keys.append(str(store.session_key))
    cookies = {settings.SESSION_COOKIE_NAME: keys[0], settings.CSRF_COOKIE_NAME: csrf}
    return SeededLearner(learner.username, keys[1], cookies, csrf, open_now)
