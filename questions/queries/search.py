"""Search over the notes and over the explanations that a learner has earned.

PostgreSQL matches by full text, SQLite by FTS5 (migration 0005 lays both); here alone stands how each is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Func, OuterRef, Subquery, Value

from questions.domain import search
from questions.domain.search import HIT_BEGINS, HIT_ENDS, Piece, Sought, Term
from questions.models import Answer, ItemVersion, SearchText, User
from questions.queries.marks import notes_of, title_of
from questions.queries.notes import KeptBack, kept_back, told_answers

SHOWN, MOST = 20, 200
"""Hits of each kind that are shown, the best first: at once, and when all are asked for."""
MATCHES = 5000
"""So many matches are looked at, the best first: more than the notes and a bank of ten times this size hold."""
SHORTEST_PREFIX = 3


@dataclass(frozen=True, slots=True)
class NoteHit:
    """A section of the notes that was found."""

    stem: str
    title: str
    anchor: str
    heading: str
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ExplanationHit:
    """An explanation that was found, and the learner's newest answer to its question: where it stands and what it was."""

    session: UUID
    served: UUID
    position: int
    title: str
    correct: bool
    answered_at: datetime
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class OwnHit:
    """A private note of the learner that has all of the words, and where its question was met last."""

    session: UUID
    position: int
    title: str
    written_at: datetime
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. ``loosened`` tells that nothing has all of the words, so these have some of them; the totals count what
    is not shown as well.
    """

    sought: Sought
    notes: tuple[NoteHit, ...] = ()
    explanations: tuple[ExplanationHit, ...] = ()
    loosened: bool = False
    notes_total: int = 0
    explanations_total: int = 0
    own: tuple[OwnHit, ...] = ()

    @property
    def count(self) -> int:
        """How many hits are shown."""
        return len(self.notes) + len(self.explanations) + len(self.own)

    @property
    def is_cut(self) -> bool:
        """There is more than is shown."""
        return len(self.notes) < self.notes_total or len(self.explanations) < self.explanations_total


def search_all(learner: User | None, typed: str, now: datetime, most: int = SHOWN) -> Found:
    """Sections of the notes, the explanations of approved questions that this learner has answered and may see, and their
    private notes; ``most`` of each.

    Never an explanation whose question waits in a session that runs, or whose feedback does (``kept_back``). Seven statements,
    one more with private notes, three more when nothing has all of the words.
    """
    sought = search.understood(typed)
    if not sought.terms:
        return Found(sought)
    kept = kept_back(learner, now) if learner is not None else None
    own = _own_notes(learner, sought, most) if learner is not None else ()
    for strict in (True,) if own else (True, False):
        wanted = _expression(sought.terms, strict=strict)
        ranked = {pk: place for place, pk in enumerate(_matches(wanted))}
        if not ranked:
            continue
        sections, notes_total = _sections(wanted, ranked, most)
        answers: dict[int, Answer] = {}
        told = 0
        if learner is not None and kept is not None:
            answers, told = _answers(learner, wanted, ranked, kept, most)
        if not sections and not answers:
            continue
        snippets = _snippets(wanted, [*sections, *answers])
        return Found(
            sought,
            tuple(NoteHit(*sections[pk], search.pieces(snippets[pk])) for pk in sections),
            tuple(_hit(answers[pk], snippets[pk]) for pk in answers),
            loosened=not strict,
            notes_total=notes_total,
            explanations_total=told,
            own=own,
        )
    return Found(sought, own=own)


def _own_notes(learner: User, sought: Sought, most: int) -> tuple[OwnHit, ...]:
    """The learner's private notes that have all of the words, newest first. One statement, two where there are any."""
    words = [word for term in sought.terms for word in term]
    return tuple(
        OwnHit(row.session, row.position, row.title, row.at, search.excerpt(row.text, words))
        for row in notes_of(learner, words, most)
    )


def _sections(wanted: str, ranked: dict[int, int], most: int) -> tuple[dict[int, tuple[str, str, str, str]], int]:
    """The best sections by the id of their text: stem and title of the note, anchor and heading; and how many there are. One
    statement.
    """
    rows = SearchText.objects.filter(_matching(wanted), section__note__in_bank=True).values_list(
        "pk", "section__note__stem", "section__note__title", "section__anchor", "section__heading"
    )
    found = {pk: (stem, title, anchor, heading) for pk, stem, title, anchor, heading in rows if pk in ranked}
    return {pk: found[pk] for pk in sorted(found, key=ranked.__getitem__)[:most]}, len(found)


def _answers(
    learner: User, wanted: str, ranked: dict[int, int], kept: KeptBack, most: int
) -> tuple[dict[int, Answer], int]:
    """The learner's newest answers to the questions that the best explanations are of, by the id of the text; and how many
    there are.

    Only where the version that was answered is approved still: what was mended since is no longer what was said. Two
    statements.
    """
    # The version is compared outside: within, PostgreSQL would read all answers to it instead of the newest one.
    newest = told_answers(learner, kept, item=OuterRef("version__item"), served__withdrawn_at=None)
    rows = (
        SearchText.objects.filter(_matching(wanted), version__state=ItemVersion.APPROVED)
        .exclude(version__item__in=kept.items)
        .annotate(answer=Subquery(newest.values("pk")[:1]), answered=Subquery(newest.values("version")[:1]))
        .values_list("pk", "answer", "answered", "version_id")
    )
    told = {pk: answer for pk, answer, answered, version in rows if answered == version and pk in ranked}
    best = sorted(told, key=ranked.__getitem__)[:most]
    answers = Answer.objects.select_related("served", "version").in_bulk([told[pk] for pk in best])
    return {pk: answers[told[pk]] for pk in best}, len(told)


def _hit(answer: Answer, snippet: str) -> ExplanationHit:
    return ExplanationHit(
        session=answer.served.session_id,
        served=answer.served_id,
        position=answer.served.position,
        title=title_of(answer.version),
        correct=answer.correct,
        answered_at=answer.received_at,
        snippet=search.pieces(snippet),
    )


# --- how each database is asked -------------------------------------------------------------------------------------------

_MATCHES = {
    "postgresql": "SELECT id FROM questions_searchtext, to_tsquery('english', %s) AS wanted "
    "WHERE words @@ wanted ORDER BY ts_rank_cd(words, wanted, 1) DESC, id LIMIT %s",
    "sqlite": "SELECT rowid FROM questions_searchword WHERE questions_searchword MATCH %s "
    "ORDER BY bm25(questions_searchword, 4.0, 1.0), rowid LIMIT %s",
}
_MATCHING = {
    "postgresql": "questions_searchtext.words @@ to_tsquery('english', %(expressions)s)",
    "sqlite": "questions_searchtext.id IN "
    "(SELECT rowid FROM questions_searchword WHERE questions_searchword MATCH %(expressions)s)",
}
_SNIPPETS = {
    "postgresql": "SELECT id, ts_headline('english', text, to_tsquery('english', %s), %s) FROM questions_searchtext "
    "WHERE id = ANY(%s)",
    "sqlite": "SELECT rowid, snippet(questions_searchword, 1, %s, %s, ' … ', 32) FROM questions_searchword "
    "WHERE questions_searchword MATCH %s AND rowid IN (SELECT value FROM json_each(%s))",
}
_HEADLINE = f'StartSel={HIT_BEGINS},StopSel={HIT_ENDS},MaxWords=36,MinWords=18,MaxFragments=2,FragmentDelimiter=" … "'
"""A snippet of PostgreSQL: at most two passages. SQLite's is one passage of 32 words."""


def _expression(terms: Sequence[Term], *, strict: bool) -> str:
    """All terms, or any of them and words that begin so. Terms hold letters and digits alone, so quoting needs no escapes."""
    return _JOINED[connection.vendor](terms, strict)


def _for_postgresql(terms: Sequence[Term], strict: bool) -> str:
    """As ``to_tsquery`` reads it: ('multi' <-> 'model') & ('endpoint')."""
    quoted = [" <-> ".join(f"'{word}'" for word in term) + (":*" if _open(term, strict) else "") for term in terms]
    return (" & " if strict else " | ").join(f"({term})" for term in quoted)


def _for_sqlite(terms: Sequence[Term], strict: bool) -> str:
    """As FTS5 reads it: "multi model" AND "endpoint"."""
    quoted = [f'"{" ".join(term)}"' + (" *" if _open(term, strict) else "") for term in terms]
    return (" AND " if strict else " OR ").join(quoted)


def _open(term: Term, strict: bool) -> bool:
    return not strict and len(term) == 1 and len(term[0]) >= SHORTEST_PREFIX


_JOINED = {"postgresql": _for_postgresql, "sqlite": _for_sqlite}


def _matches(wanted: str) -> list[int]:
    """Ids of the texts that match, best first. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MATCHES[connection.vendor], [wanted, MATCHES])
        return [row[0] for row in cursor.fetchall()]


def _matching(wanted: str) -> Func:
    """The same as a condition on the table of texts; a long list of ids would cost more than looking again."""
    return Func(Value(wanted), template=_MATCHING[connection.vendor], output_field=BooleanField())


def _snippets(wanted: str, texts: Sequence[int]) -> dict[int, str]:
    """Where the words stand in these texts, hits marked. One statement."""
    given: list[Any]
    if connection.vendor == "sqlite":
        given = [HIT_BEGINS, HIT_ENDS, wanted, json.dumps(texts)]
    else:
        given = [wanted, _HEADLINE, list(texts)]
    with connection.cursor() as cursor:
        cursor.execute(_SNIPPETS[connection.vendor], given)
        return {text: snippet.strip() for text, snippet in cursor.fetchall()}
