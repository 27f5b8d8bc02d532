"""The bank into the database: files of the repository, imported notes and instructors' forms all store versions here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from django.core.serializers.json import DjangoJSONEncoder

from questions.actions import facts, review, search
from questions.domain import notes
from questions.domain.bankfile import Bank, BankError, parse_bank
from questions.domain.coverage import distractor_concepts
from questions.domain.items import CHOICE, check
from questions.domain.items import Item as ItemValue
from questions.domain.scenarios import RULE as SCENARIO
from questions.domain.variants import strand
from questions.models import (
    Exam,
    Item,
    ItemVersion,
    NoteFile,
    NoteSection,
    Tag,
    User,
    writing,
)

MAX_FILE_BYTES = 2_000_000
FILE_RULES = ("bank", SCENARIO)
"""Where a version comes from whose truth are the bank's files (``source.rule``)."""


@dataclass(slots=True)
class LoadReport:
    """What a load changed, by item slug; ``kept`` are items whose served version an instructor wrote."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    unchanged: int = 0


def read_bank_files(folder: Path) -> dict[str, bytes]:
    """Content of every YAML and Markdown file below ``folder``, by path relative to it."""
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no bank at {folder}. Name its folder with --bank or the setting BANK_DIR.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".yaml", ".yml", ".md"} and path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def load_bank(files: Mapping[str, bytes], *, now: datetime) -> LoadReport:
    """Bring the database to what the bank's files say. Loaded twice it changes nothing the second time.

    What rests on a fact that is not current is quarantined, and comes back when the fact does (``facts.quarantine``).
    Raises BankError with every fault, and then nothing is changed. A changed entry becomes a new version, approved at once,
    unless an instructor's own version is served: then it waits as a draft.
    """
    bank = parse_bank(files)
    if bank.problems:
        raise BankError(list(bank.problems))
    assert bank.exam is not None
    with writing():
        exam = _load_frame(bank, now)
        for path, text in bank.notes.items():
            stem = PurePosixPath(path).stem
            store_note(notes.parse(text, path), stem=stem, text=text, in_bank=True, now=now)
        report = _load_items(bank, exam, now)
        swept = facts.quarantine(now=now)
        report.quarantined += swept.quarantined
        report.restored += swept.restored
        search.refresh_index()
    return report


def _load_frame(bank: Bank, now: datetime) -> Exam:
    """Exam, tags and facts: small tables, brought up to date in a few statements."""
    assert bank.exam is not None
    content = json.loads(json.dumps(asdict(bank.exam), cls=DjangoJSONEncoder))
    exam, _ = Exam.objects.update_or_create(
        slug=bank.exam.slug,
        defaults={"code": bank.exam.code, "title": bank.exam.title, "format": content},
    )
    Tag.objects.bulk_create(
        [Tag(slug=tag.slug, name=tag.name, description=tag.description) for tag in bank.tags],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name", "description"],
    )
    facts.store_facts(bank.facts, now=now)
    return exam


def _load_items(bank: Bank, exam: Exam, now: datetime) -> LoadReport:
    report = LoadReport()
    wrong: list[ItemVersion] = []  # whose key was corrected or fell: sessions under way may not grade by it
    from_files = ItemVersion.objects.filter(item__exam=exam, created_by=None, body__source__rule__in=FILE_RULES)
    # The newest of each item: a change that was taken back is a change again.
    loaded = dict(from_files.order_by("number").values_list("item__slug", "digest"))
    foreign = set(
        ItemVersion.objects.filter(state=ItemVersion.APPROVED, created_by__isnull=False).values_list(
            "item__slug", flat=True
        )
    )
    items = [*bank.items, *bank.variants.items]
    for item in items:
        if loaded.get(item.slug) == item.digest and not _was_withdrawn(item, exam):
            report.unchanged += 1
            continue
        path, line = bank.places[item.slug]
        sourced = _with_source(item, path, line) if "rule" not in item.source else item
        version = store_version(sourced, exam=exam, by=None, now=now)
        before = (
            ItemVersion.objects.filter(item=version.item, state=ItemVersion.APPROVED).exclude(pk=version.pk).first()
        )
        if before is not None and before.value.keys != item.keys:
            wrong.append(before)
        if item.slug in foreign:
            report.kept.append(item.slug)
        elif version.state != ItemVersion.APPROVED:
            review.approve(version, by=None, now=now, why=f"{path}:{line}")
            (report.updated if item.slug in loaded else report.created).append(item.slug)
    gone = ItemVersion.objects.filter(
        state=ItemVersion.APPROVED,
        item__slug__in=set(loaded) - {item.slug for item in items},
    )
    unproved = {slug: f"Its key can no longer be proved: {reason}." for slug, _, reason in bank.variants.fallen}
    for version in gone.filter(created_by=None, body__source__rule__in=FILE_RULES):
        review.retire(version, by=None, now=now, why=unproved.get(version.item.slug, "No longer in the bank's files."))
        report.retired.append(version.item.slug)
        if version.item.slug in unproved:
            wrong.append(version)
    facts.withdraw_served(wrong, now=now)
    return report


def _was_withdrawn(item: ItemValue, exam: Exam) -> bool:
    """True when this content was retired because its file lost it, and now it is back."""
    newest = ItemVersion.objects.filter(item__slug=item.slug, item__exam=exam, digest=item.digest).first()
    if newest is None or newest.state != ItemVersion.RETIRED:
        return False
    last = newest.events.filter(action="retired").last()
    return last is not None and last.by_id is None


def _with_source(item: ItemValue, path: str, line: int) -> ItemValue:
    return ItemValue(**{name: getattr(item, name) for name in ItemValue.__dataclass_fields__} | {
        "source": {**item.source, "file": path, "line": line, "rule": "bank"}
    })  # fmt: skip


def store_version(value: ItemValue, *, exam: Exam, by: User | None, now: datetime) -> ItemVersion:
    """The newest version of an item if it has just this content, otherwise a new draft version with it.

    Raises ItemError when the item is unsound. What is served does not change: that is for ``review.approve``.
    """
    check(value)
    with writing():
        item, _ = Item.objects.get_or_create(
            slug=value.slug,
            defaults={
                "exam": exam,
                "case_slug": value.case.slug if value.case else "",
                "created_at": now,
            },
        )
        newest = item.versions.order_by("-number").first()
        if newest is not None and newest.digest == value.digest:
            return newest
        version = ItemVersion.objects.create(
            item=item,
            number=newest.number + 1 if newest else 1,
            kind=value.kind,
            domain=exam.domain_of(value.task),
            case_part=value.case.part if value.case else 0,
            tag_slugs=list(value.tags),
            difficulty=value.difficulty,
            concept=value.concepts[0] if value.kind == CHOICE and value.concepts else "",
            lures=sorted(distractor_concepts(value)),
            strand=strand(value),
            body=value.body(),
            digest=value.digest,
            section=section_of(value.note),
            created_by=by,
            created_at=now,
        )
        review.note(version, "created", by, now)
        if newest is None:
            item.tags.set(Tag.objects.filter(slug__in=value.tags))
    return version


def section_of(note: str) -> NoteSection | None:
    """The section that "<stem>#<anchor>" names, if it is loaded."""
    stem, _, anchor = note.partition("#")
    return NoteSection.objects.filter(note__stem=stem, anchor=anchor).first() if anchor else None


def store_note(
    document: notes.Document, *, stem: str, text: str, in_bank: bool, now: datetime
) -> tuple[NoteFile, bool]:
    """Store a note's sections with file and lines; (note, whether anything changed). Sections keep their rows by anchor."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    with writing():
        known = NoteFile.objects.filter(stem=stem).first()
        if known is not None and known.digest == digest and known.path == document.path:
            return known, False
        columns = {
            "path": document.path,
            "title": document.title or stem,
            "digest": digest,
            "loaded_at": now,
        }
        note, _ = NoteFile.objects.update_or_create(stem=stem, defaults={**columns, "in_bank": in_bank})
        sections = [section for section in document.sections if section.anchor]
        NoteSection.objects.bulk_create(
            [
                NoteSection(
                    note=note,
                    anchor=section.anchor,
                    position=position,
                    heading=section.title,
                    level=section.level,
                    line_from=section.line_from,
                    line_to=section.line_to,
                    text=section.text,
                    tags=list(section.tags),
                )
                for position, section in enumerate(sections)
            ],
            update_conflicts=True,
            unique_fields=["note", "anchor"],
            update_fields=[
                "position",
                "heading",
                "level",
                "line_from",
                "line_to",
                "text",
                "tags",
            ],
        )
        note.sections.exclude(anchor__in=[section.anchor for section in sections]).delete()
    return note, True


def approved_values(exam: Exam) -> Iterable[ItemValue]:
    """The content of everything that is served."""
    rows = ItemVersion.objects.filter(state=ItemVersion.APPROVED, item__exam=exam).order_by("item__slug")
    return [row.value for row in rows]
