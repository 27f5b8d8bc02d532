"""Study notes into the database: their sections, and the drafts that are derived from their tables and lists."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.db.models.fields.json import KT

from questions.actions import review
from questions.actions.bank import approved_values, store_note, store_version
from questions.domain import notes
from questions.domain.derive import Derivation, derive
from questions.domain.drafting import Vocabulary
from questions.domain.items import Item as ItemValue
from questions.domain.lint_copies import copies
from questions.domain.lint_rules import Finding
from questions.domain.note_twins import Twin, twins
from questions.models import Exam, ItemVersion, NoteFile, Tag, User, writing

IMPORTED = "imported"
"""Field of a version's source: the digest of the draft that the note gave. A version with another digest was edited since."""


class NotesRefused(ValueError):
    """Notes that cannot be imported; ``problems`` holds one sentence a fault. Nothing was changed."""

    def __init__(self, problems: Sequence[str]):
        self.problems = list(problems)
        super().__init__("; ".join(self.problems))


@dataclass(slots=True)
class NoteReport:
    """What one note gave. Drafts by item slug: ``published`` are those of ``updated`` whose earlier version is served and
    stays so until a reviewer approves the new one; ``stale`` are earlier drafts that the note no longer gives.

    ``twins`` repeat or contradict what is served and are not stored; ``near`` are stored and look like another question.
    """

    document: notes.Document
    derivation: Derivation
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)
    near: list[Finding] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def import_notes(
    documents: Mapping[str, str], *, by: User | None, now: datetime, dry_run: bool = False
) -> list[NoteReport]:
    """Store the notes ``documents`` (path -> Markdown text) and their drafts; one report a note, all notes or none.

    The same notes again change nothing. A changed note gives its drafts a new version; what is served stays as it is until
    a reviewer approves. An instructor's edit of a draft is left alone while the note stays as it was. A draft that repeats
    or contradicts an approved item is reported and not stored; one that is nearly another question, served or drafted, is
    reported and stored. ``dry_run`` reports the same and writes nothing.

    Raises NotesRefused, or PermissionDenied when ``by`` may not write items.
    """
    if by is not None and not by.has_perm(review.AUTHOR):
        raise PermissionDenied(f"This needs the permission {review.AUTHOR}.")
    exam = Exam.objects.order_by("pk").first()
    if exam is None:
        raise NotesRefused(
            ["There is no exam yet to file the drafts under: load the bank first (manage.py load_bank)."]
        )
    vocabulary = vocabulary_of(exam)
    parsed = [notes.parse(text, path) for path, text in documents.items()]
    derived = [derive(document, vocabulary) for document in parsed]
    if dry_run:
        return _plan(parsed, derived, documents, exam)
    with writing():  # planned inside, so that an import beside this one is seen
        reports = _plan(parsed, derived, documents, exam)
        for report in reports:
            _store(report, documents[report.document.path], exam, by, now)
    return reports


def vocabulary_of(exam: Exam) -> Vocabulary:
    """The bank's tags, each with the task that most of its served items belong to."""
    counts: dict[str, Counter[str]] = {}
    served = ItemVersion.objects.filter(item__exam=exam, state=ItemVersion.APPROVED)
    # As text: SQLite would hand "3.1" out as a number.
    for tags, task in served.values_list("tag_slugs", KT("body__task")):
        for tag in tags if task else ():
            counts.setdefault(tag, Counter())[task] += 1
    # Ties go to the earlier task, whatever order the database gives its rows in.
    tasks = {tag: min(count, key=lambda task: (-count[task], task)) for tag, count in counts.items()}
    return Vocabulary(dict(Tag.objects.values_list("slug", "name")), tasks)


def _plan(
    parsed: Sequence[notes.Document], derived: Sequence[Derivation], documents: Mapping[str, str], exam: Exam
) -> list[NoteReport]:
    if faults := [*_same_stem(parsed), *_of_the_bank(parsed, documents)]:
        raise NotesRefused(faults)
    approved = list(approved_values(exam))
    reports = []
    for document, derivation in zip(parsed, derived, strict=True):
        report = NoteReport(document, derivation, twins=twins(derivation.drafts, approved))
        _compare(report, {twin.slug for twin in report.twins})
        reports.append(report)
    _find_copies(reports, approved, exam)
    return reports


def _find_copies(reports: Sequence[NoteReport], approved: Iterable[ItemValue], exam: Exam) -> None:
    """Tell each report which of its drafts are nearly what is served, what waits for a reviewer, or an earlier draft."""
    told = {twin.slug for report in reports for twin in report.twins}
    drafts = [item for report in reports for item in report.derivation.drafts if item.slug not in told]
    own = {item.slug for item in drafts}
    open_ = (ItemVersion.DRAFT, ItemVersion.SUBMITTED)
    rows = ItemVersion.objects.filter(item__exam=exam, state__in=open_).exclude(item__slug__in=told)
    waiting = [version.value for version in rows.order_by("item__slug", "number").select_related("item")]
    others = [item for item in (*approved, *waiting) if item.slug not in own]
    found = {finding.slug: finding for finding in copies([*others, *drafts])}
    for report in reports:
        report.near = [found[item.slug] for item in report.derivation.drafts if item.slug in found and item.slug in own]


def _same_stem(parsed: Iterable[notes.Document]) -> Iterable[str]:
    first: dict[str, str] = {}
    for document in parsed:
        other = first.setdefault(document.stem, document.path)
        if other != document.path:
            yield f"{document.path}: has the same name as {other}; sections are filed by name, so rename one of them."


def _of_the_bank(parsed: Iterable[notes.Document], documents: Mapping[str, str]) -> Iterable[str]:
    """A note of the product's own bank may be drafted from, but only ``load_bank`` changes it."""
    own = dict(NoteFile.objects.filter(in_bank=True).values_list("stem", "digest"))
    for document in parsed:
        if document.stem in own and own[document.stem] != _digest(documents[document.path]):
            yield f"{document.path}: the bank has a note named {document.stem!r} with another text; rename the file."


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _compare(report: NoteReport, repeated: set[str]) -> None:
    """Sort the derived drafts into created, updated, unchanged and taken, and find the stale ones."""
    stem = report.document.stem
    versions: dict[str, list[ItemVersion]] = {}
    # The engine's drafts begin with "gen-" and as much of the note's name as their slug has room for.
    own = Q(item__slug__startswith=f"{stem}-") | Q(item__slug__startswith=f"gen-{stem[:50]}")
    rows = ItemVersion.objects.filter(own).select_related("item").order_by("number")
    for version in rows:
        versions.setdefault(version.item.slug, []).append(version)
    for item in report.derivation.drafts:
        if item.slug in repeated:
            continue
        known = versions.get(item.slug, [])
        imported = [given for version in known if (given := version.body["source"].get(IMPORTED))]
        if not known:
            report.created.append(item.slug)
        elif not imported:
            report.taken.append(item.slug)  # an author's own question has this name
        elif item.digest in (imported[-1], known[-1].digest):
            report.unchanged.append(item.slug)
        else:
            report.updated.append(item.slug)
            if any(version.state == ItemVersion.APPROVED for version in known):
                report.published.append(item.slug)
    given = {item.slug for item in report.derivation.drafts}
    for slug, known in versions.items():
        newest = known[-1]
        of_this_note = IMPORTED in newest.body["source"] and newest.body["note"].startswith(f"{stem}#")
        if of_this_note and slug not in given and newest.state in (ItemVersion.DRAFT, ItemVersion.APPROVED):
            report.stale.append(slug)


def _store(report: NoteReport, text: str, exam: Exam, by: User | None, now: datetime) -> None:
    document = report.document
    if not NoteFile.objects.filter(stem=document.stem, in_bank=True).exists():
        store_note(document, stem=document.stem, text=text, in_bank=False, now=now)
    wanted = {*report.created, *report.updated}
    for item in report.derivation.drafts:
        if item.slug in wanted:
            value = replace(item, source={**item.source, IMPORTED: item.digest})
            _supersede_drafts(store_version(value, exam=exam, by=by, now=now), by, now)


def _supersede_drafts(version: ItemVersion, by: User | None, now: datetime) -> None:
    """Earlier drafts of the same row leave the reviewer's desk; what an instructor wrote or submitted stays there."""
    for old in version.item.versions.filter(state=ItemVersion.DRAFT, number__lt=version.number):
        if old.body["source"].get(IMPORTED) == old.digest:
            old.state = ItemVersion.SUPERSEDED
            old.save(update_fields=["state"])
            review.note(old, "superseded", by, now, f"by version {version.number}: its note changed")
