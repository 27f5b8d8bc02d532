"""``manage.py import_notes``: study notes in Markdown become sections and draft questions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils import timezone

from questions.actions.bank import MAX_FILE_BYTES
from questions.actions.notes import NoteReport, NotesRefused, import_notes
from questions.models import User


class Command(BaseCommand):
    """Import notes and say, per table, what was derived and what was not and why. All files or none."""

    help = "Import Markdown study notes: sections, and draft questions for a reviewer to approve. Idempotent."

    def add_arguments(self, parser: Any) -> None:
        """The files; ``--dry-run`` writes nothing, ``--json`` prints for programs, ``--by`` names the importing author."""
        parser.add_argument("files", nargs="+", metavar="FILE", help="a study note in Markdown (UTF-8)")
        parser.add_argument("--dry-run", action="store_true", help="report what would be done and write nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--by", metavar="USERNAME", help="the author to record the drafts under")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read every file first: one that cannot be read stops the import before anything is written."""
        dry_run = options["dry_run"]
        try:
            documents = _read(options["files"])
            reports = import_notes(documents, by=_author(options["by"]), now=timezone.now(), dry_run=dry_run)
        except NotesRefused as error:
            raise CommandError("Nothing was imported:\n" + "\n".join(f"  {line}" for line in error.problems)) from error
        except PermissionDenied as error:
            raise CommandError(f"Nothing was imported: {options['by']} may not write questions. {error}") from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"The database is not ready ({error}). Run manage.py migrate and load_bank.") from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(reports, dry_run), ensure_ascii=False))
            return
        for report in reports:
            self._print(report)
        counts = _counts(reports)
        would = "Dry run, nothing written: " if dry_run else ""
        self.stdout.write(
            f"{would}{_drafts(counts['created'])} created, {counts['updated']} updated, {counts['unchanged']} unchanged."
        )
        if proved := _proved(reports):
            self.stdout.write(f"Drafts of the scenario engine among them: {proved}.")

    def _print(self, report: NoteReport) -> None:
        path, derivation = report.document.path, report.derivation
        more = f", {len(derivation.proved)} more by the scenario engine" if derivation.proved else ""
        self.stdout.write(f"{path}: {len(report.document.sections)} sections, {_drafts(len(derivation.items))}{more}")
        for table in derivation.tables:
            self.stdout.write(f"  {path}:{table.line}: {table.kind} table, {table.rows} rows: {_drafts(table.derived)}")
        for found in derivation.lists:
            if found.derived:
                self.stdout.write(
                    f"  {path}:{found.line}: {found.kind}, {found.entries} entries: {_drafts(found.derived)}"
                )
        for compared in derivation.engine:
            proved = f"{compared.options} options: {_drafts(compared.derived)} with a proof"
            said = proved if compared.derived else f"no draft: {compared.why}"
            self.stdout.write(f"  {path}:{compared.line}: scenario engine, {said}")
        for unread in derivation.unread:
            self.stdout.write(f"  {path}:{unread.line}: {unread.why}")
        for twin in report.twins:
            line = _line(report, twin.slug)
            self.stdout.write(f"  {path}:{line}: not added: {twin.what} the approved question {twin.other!r}")
        for near in report.near:
            self.stdout.write(f"  {path}:{_line(report, near.slug)}: {near.slug}: {near.message}; look at both")
        for slug in report.taken:
            self.stdout.write(f"  {path}:{_line(report, slug)}: not added: an author's question is named {slug!r}")
        for slug in report.published:
            self.stdout.write(f"  {slug}: a new draft version; the approved one is served until a reviewer approves it")
        for slug in derivation.untagged:
            self.stdout.write(f"  {slug}: no tag of the bank fits: the reviewer must choose one")
        for slug in report.stale:
            self.stdout.write(f"  {slug}: the note no longer gives this question; retire or keep it in the admin")


def _read(names: list[str]) -> dict[str, str]:
    """Text of every file by the path as given. Raises NotesRefused with one sentence for each that is no study note."""
    documents, faults = {}, []
    for name in names:
        path = Path(name)
        try:
            if path.stat().st_size > MAX_FILE_BYTES and path.is_file():
                faults.append(f"{name}: larger than {MAX_FILE_BYTES // 1_000_000} MB; a study note is a text to read")
                continue
            content = path.read_bytes()
        except OSError as error:
            faults.append(f"{name}: cannot be read: {error.strerror or error}")
            continue
        if b"\0" in content:
            faults.append(f"{name}: a binary file (it holds a zero byte); expected Markdown")
            continue
        try:
            documents[name] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            faults.append(f"{name}:{line}: not UTF-8 (byte 0x{content[error.start]:02x}); save the file as UTF-8")
    if faults:
        raise NotesRefused(faults)
    return documents


def _author(username: str | None) -> User | None:
    if username is None:
        return None
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist as error:
        raise NotesRefused([f"--by {username}: there is no such user."]) from error


def _drafts(count: int) -> str:
    return f"{count} draft" if count == 1 else f"{count} drafts"


def _line(report: NoteReport, slug: str) -> int:
    return next(int(item.source["line"]) for item in report.derivation.drafts if item.slug == slug)


def _proved(reports: list[NoteReport]) -> int:
    """Drafts of the engine among those that are counted: not those that repeat a served question."""
    counted = {slug for report in reports for slug in (*report.created, *report.updated, *report.unchanged)}
    return sum(item.slug in counted for report in reports for item in report.derivation.proved)


def _counts(reports: list[NoteReport]) -> dict[str, int]:
    return {name: sum(len(getattr(report, name)) for report in reports) for name in ("created", "updated", "unchanged")}


def _as_json(reports: list[NoteReport], dry_run: bool) -> dict[str, Any]:
    return {
        "files": [_file_json(report) for report in reports],
        **_counts(reports),
        "proved": _proved(reports),
        "dry_run": dry_run,
    }


def _file_json(report: NoteReport) -> dict[str, Any]:
    derivation = report.derivation
    return {
        "path": report.document.path,
        "sections": len(report.document.sections),
        "tables": [asdict(table) for table in derivation.tables],
        "lists": [asdict(found) for found in derivation.lists],
        "engine": [asdict(compared) for compared in derivation.engine],
        "unread": [asdict(unread) for unread in derivation.unread],
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "published": report.published,
        "stale": report.stale,
        "untagged": list(derivation.untagged),
        "not_added": [asdict(twin) for twin in report.twins],
        "near": [{"slug": found.slug, "level": found.level, "message": found.message} for found in report.near],
        "taken": report.taken,
    }
