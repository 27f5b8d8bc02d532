"""Study notes into the bank: drafts for a reviewer, nothing twice, and nothing served changes by itself."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.core.management.base import CommandError

from questions.actions import review
from questions.actions.bank import store_version
from questions.actions.notes import NoteReport, NotesRefused, import_notes, vocabulary_of
from questions.domain.note_twins import Twin
from questions.models import Exam, Item, ItemVersion, NoteFile, NoteSection, ReviewEvent, User
from tests.cast import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
FIRST = "kettles-boiling-boil-water-for-one"
NOTE = """# Kettles

## Boiling `#kitchen`

| Scenario | Solution | Reason |
|---|---|---|
| Boil water for one | Travel kettle | It heats no more than it holds |
| Boil water for ten | Urn | It keeps the heat |
| Boil water on a fire | Tin kettle | It has no cable |
| Hold water at 80 degrees | Kettle with a dial | It stops below boiling |

| Colour | Sound |
|---|---|
| red | loud |
"""

COMPARED = """# Kettles compared `#kitchen`

## Which kettle

| Aspect | Travel kettle | Urn | Tin kettle | Dial kettle |
|---|---|---|---|---|
| **Max volume** | 500 ml | 10 l | 2 l | 1 l |
| **Keeps warm** | No | Yes | No | Yes |
| **Energy** | Socket of a car | Socket | Fire | Socket |
| **Heat-up limit** | 10 minutes (full) | 1 hour | up to 20 min | 5 min |
| **Weight** | n/a | 4 kg | | 1 kg |
"""


def load(text: str = NOTE, path: str = "kettles.md", **more: Any) -> NoteReport:
    return import_notes({path: text}, by=more.pop("by", None), now=more.pop("now", NOON), **more)[0]


def rows() -> list[tuple[Any, ...]]:
    """Everything that an import may write."""
    return [
        *NoteFile.objects.order_by("pk").values_list(),
        *NoteSection.objects.order_by("pk").values_list(),
        *Item.objects.order_by("pk").values_list(),
        *ItemVersion.objects.order_by("pk").values_list(),
        *ReviewEvent.objects.order_by("pk").values_list(),
    ]


def states(slug: str = FIRST) -> list[tuple[int, str]]:
    return list(ItemVersion.objects.filter(item__slug=slug).order_by("number").values_list("number", "state"))


def command(*args: str) -> str:
    out = StringIO()
    call_command("import_notes", *args, stdout=out)
    return out.getvalue()


def test_a_note_becomes_sections_and_drafts(bank: Exam):
    report = load()
    assert [len(report.created), len(report.updated), len(report.unchanged)] == [4, 0, 0]
    version = ItemVersion.objects.get(item__slug=FIRST)
    assert (version.state, version.number, version.kind) == ("draft", 1, "choice")
    assert version.section == NoteSection.objects.get(note__stem="kettles", anchor="boiling")
    assert (version.section.line_from, version.section.line_to) == (3, 15)
    assert version.value.source["line"] == 7
    assert not NoteFile.objects.get(stem="kettles").in_bank


def test_a_second_import_changes_nothing(bank: Exam):
    load()
    before = rows()
    report = load(now=LATER)
    assert len(report.unchanged) == 4
    assert rows() == before


def test_a_dry_run_reports_the_same_and_writes_nothing(bank: Exam):
    before = rows()
    dry = load(dry_run=True)
    assert rows() == before
    assert dry == load()


def test_lines_that_move_make_no_new_version(bank: Exam):
    load()
    report = load(NOTE.replace("# Kettles\n", "# Kettles\n\nA word before.\n"), now=LATER)
    assert (report.created, report.updated) == ([], [])
    assert NoteSection.objects.get(note__stem="kettles", anchor="boiling").line_from == 5


def test_a_changed_note_gives_its_drafts_a_new_version_and_takes_the_old_one_off_the_desk(bank: Exam):
    load()
    report = load(NOTE.replace("Travel kettle", "Small kettle"), now=LATER)
    assert (report.created, FIRST in report.updated, report.published) == ([], True, [])
    assert states() == [(1, "superseded"), (2, "draft")]


def test_what_is_served_stays_until_a_reviewer_approves_the_new_version(bank: Exam, instructor: User):
    load()
    review.approve(ItemVersion.objects.get(item__slug=FIRST), by=instructor, now=NOON)
    report = load(NOTE.replace("Travel kettle", "Small kettle"), now=LATER)
    assert report.published == [FIRST]
    assert states() == [(1, "approved"), (2, "draft")]
    review.approve(ItemVersion.objects.get(item__slug=FIRST, number=2), by=instructor, now=LATER)
    assert states() == [(1, "superseded"), (2, "approved")]


def test_an_instructors_edit_of_a_draft_survives_the_same_note(bank: Exam, instructor: User):
    load()
    value = ItemVersion.objects.get(item__slug=FIRST).value
    store_version(replace(value, ask="Which kettle fits BEST?"), exam=bank, by=instructor, now=NOON)
    assert FIRST in load(now=LATER).unchanged
    assert states() == [(1, "draft"), (2, "draft")]


def test_an_instructors_edit_stays_on_the_desk_beside_what_the_changed_note_gives(bank: Exam, instructor: User):
    load()
    value = ItemVersion.objects.get(item__slug=FIRST).value
    store_version(replace(value, ask="Which kettle fits BEST?"), exam=bank, by=instructor, now=NOON)
    load(NOTE.replace("Travel kettle", "Small kettle"), now=LATER)
    assert states() == [(1, "superseded"), (2, "draft"), (3, "draft")]


def test_a_note_that_is_changed_back_gives_its_first_draft_again(bank: Exam):
    load()
    load(NOTE.replace("Travel kettle", "Small kettle"), now=LATER)
    assert FIRST in load(now=LATER).updated
    assert states() == [(1, "superseded"), (2, "superseded"), (3, "draft")]


def test_a_row_that_left_the_note_is_named_and_left_to_a_reviewer(bank: Exam):
    load(NOTE + "\n## Pouring\n\n1. Lift the pot\n2. Tilt the spout\n3. Stop at the rim\n")
    assert load(now=LATER).stale == ["kettles-pouring-steps"]
    assert states("kettles-pouring-steps") == [(1, "draft")]


def test_a_draft_that_repeats_an_approved_question_is_reported_and_not_added(bank: Exam, instructor: User):
    load()
    for version in ItemVersion.objects.filter(item__slug__startswith="kettles-"):
        review.approve(version, by=instructor, now=NOON)
    report = load(path="copied.md", now=LATER)
    assert report.created == []
    assert len(report.twins) == 4
    assert report.twins[0] == Twin("copied-boiling-boil-water-for-one", FIRST, "repeats")
    assert not Item.objects.filter(slug__startswith="copied-").exists()


# --- the scenario engine on somebody else's comparison ------------------------------------------------------------------


def engine(report: NoteReport) -> list[ItemVersion]:
    slugs = [item.slug for item in report.derivation.proved]
    return list(ItemVersion.objects.filter(item__slug__in=slugs).order_by("item__slug"))


def test_a_comparison_gives_proved_drafts_beside_those_of_its_cells(bank: Exam):
    report = load(COMPARED)
    (table,) = report.derivation.tables
    assert (table.kind, table.derived) == ("comparison", len(report.derivation.items))
    (said,) = report.derivation.engine
    assert (said.line, said.options, said.derived) == (5, 4, 12)
    assert {item.slug for item in report.derivation.drafts} == set(report.created)
    versions = engine(report)
    assert [version.state for version in versions] == ["draft"] * 12
    assert {version.value.option(version.value.keys[0]).text for version in versions} == {
        "Travel kettle", "Urn", "Tin kettle", "Dial kettle",
    }  # fmt: skip
    assert {version.section.anchor for version in versions} == {"which-kettle"}


def test_a_proved_draft_names_the_lines_and_cells_that_it_rests_on(bank: Exam):
    lines = [f"{line}\n" for line in COMPARED.split("\n")]
    for version in engine(load(COMPARED)):
        source = version.body["source"]
        assert (source["file"], source["table_line"], source["rule"]) == ("kettles.md", 5, "proved-table")
        assert len(source["rests_on"]) == len(source["proof"]["cells"])
        for cell, proof in zip(source["rests_on"], source["proof"]["cells"], strict=True):
            assert (cell["option"], cell["aspect"]) == (proof["option"], proof["attribute"])
            assert lines[cell["line"] - 1].split("|")[cell["column"]].strip() == cell["cell"]
        assert source["line"] in {
            cell["line"] for cell in source["rests_on"] if cell["option"] == source["proof"]["key"]
        }


def test_proved_drafts_stay_when_the_note_is_imported_again_or_its_lines_move(bank: Exam):
    load(COMPARED)
    before = rows()
    again = load(COMPARED, now=LATER)
    assert (again.created, again.updated, again.stale) == ([], [], [])
    assert rows() == before
    moved = load(COMPARED.replace("## Which", "Words before.\n\n## Which"), now=LATER)
    assert (moved.created, moved.updated, moved.stale) == ([], [], [])


def test_a_changed_cell_changes_only_the_proved_drafts_that_it_decides(bank: Exam):
    first = {item.slug: item for item in load(COMPARED).derivation.proved}
    report = load(COMPARED.replace("| Fire |", "| Flame |"), now=LATER)
    gone = first.keys() - {item.slug for item in report.derivation.proved}
    assert 1 <= len(gone) <= 4
    assert gone <= set(report.stale)
    assert [slug for slug in gone if 9 not in {cell["line"] for cell in first[slug].source["rests_on"]}] == []
    assert states(min(gone)) == [(1, "draft")]


def test_a_proved_draft_of_another_note_or_hand_is_left_alone(bank: Exam, instructor: User):
    slug = load(COMPARED).derivation.proved[0].slug
    load(COMPARED.replace("Urn", "Samovar"), path="kettles-2.md", now=LATER)
    assert slug not in load(COMPARED, now=LATER).stale
    value = ItemVersion.objects.get(item__slug=slug).value
    store_version(replace(value, ask="Which kettle fits BEST?"), exam=bank, by=instructor, now=LATER)
    assert slug in load(COMPARED, now=LATER).unchanged


# --- what is nearly another question --------------------------------------------------------------------------------------


def test_a_draft_that_is_nearly_another_draft_is_stored_and_reported(bank: Exam):
    near = NOTE.replace("# Kettles", "# Pots").replace("Boil water for one", "Boil some water for one")
    load(NOTE)
    report = load(near, path="pots.md", now=LATER)
    assert len(report.created) == 4
    assert {(found.level, found.slug): found.message for found in report.near}[
        ("warning", "pots-boiling-boil-some-water-for-one")
    ].startswith(f"nearly the same as {FIRST!r} (")


def test_a_draft_that_is_nearly_a_served_question_is_reported(bank: Exam, instructor: User):
    load(NOTE)
    version = ItemVersion.objects.get(item__slug=FIRST)
    longer = "An engineering team has to boil water for one guest."
    store_version(replace(version.value, stem=longer), exam=bank, by=instructor, now=NOON)
    review.approve(ItemVersion.objects.get(item__slug=FIRST, number=2), by=instructor, now=NOON)
    report = load(
        NOTE.replace("| Boil water for one |", "| Boil warm water for one guest |"), path="pots.md", now=LATER
    )
    assert [found.message.split("(")[0] for found in report.near if "guest" in found.slug] + [
        f"{twin.what} {twin.other!r} " for twin in report.twins if "guest" in twin.slug
    ] == [f"nearly the same as {FIRST!r} "]


def test_a_note_alone_reports_its_own_near_copies_each_time_alike(bank: Exam):
    row = "| Boil cold water for one | Travel kettle | So it is |\n"
    text = NOTE.replace("| Boil water for ten |", f"{row}| Boil water for ten |")
    first, again = load(text), load(text, now=LATER)
    assert [found.slug for found in first.near] == ["kettles-boiling-boil-cold-water-for-one"]
    assert first.near == again.near


def test_tags_and_tasks_are_those_of_the_bank(bank: Exam):
    known = vocabulary_of(bank)
    tag = next(iter(known.tasks))
    report = load(NOTE.replace("#kitchen", f"#{tag}"))
    assert [(item.tags[0], item.task) for item in report.derivation.items] == [(tag, known.tasks[tag])] * 4
    assert {name for item in report.derivation.items for name in item.tags} <= set(known.tags)


def test_two_notes_of_one_name_are_refused_together(bank: Exam):
    before = rows()
    with pytest.raises(NotesRefused, match=r"b/kettles\.md: has the same name as a/kettles\.md"):
        import_notes({"a/kettles.md": NOTE, "b/kettles.md": NOTE + "\n"}, by=None, now=NOON)
    assert rows() == before


def test_a_note_of_the_bank_is_not_overwritten(bank: Exam):
    stem = NoteFile.objects.filter(in_bank=True).first().stem
    with pytest.raises(NotesRefused, match="the bank has a note named"):
        load(path=f"{stem}.md")


def test_a_learner_imports_nothing(learner: User):
    with pytest.raises(PermissionDenied):
        load(by=learner)
    assert not NoteFile.objects.filter(stem="kettles").exists()


def test_without_a_bank_the_import_says_what_to_do(db: None):
    with pytest.raises(NotesRefused, match="load the bank first"):
        load()


def test_the_command_prints_what_each_table_gave_and_why_not(bank: Exam, tmp_path: Path):
    path = tmp_path / "kettles.md"
    path.write_text(NOTE)
    assert command(str(path)).splitlines() == [
        f"{path}: 2 sections, 4 drafts",
        f"  {path}:5: scenario table, 4 rows: 4 drafts",
        f"  {path}:12: other table, 1 rows: 0 drafts",
        f"  {path}:12: the header 'Colour | Sound' names neither scenario and solution, nor aspects or options to compare",
        "4 drafts created, 0 updated, 0 unchanged.",
    ]


def test_the_command_reports_as_json(bank: Exam, instructor: User, tmp_path: Path):
    path = tmp_path / "kettles.md"
    path.write_text(NOTE)
    said = json.loads(command(str(path), "--json", "--dry-run", "--by", instructor.username))
    assert {name: said[name] for name in ("created", "updated", "unchanged", "dry_run")} == {
        "created": 4,
        "updated": 0,
        "unchanged": 0,
        "dry_run": True,
    }
    file = said["files"][0]
    assert (file["path"], file["sections"]) == (str(path), 2)
    assert file["tables"] == [
        {"line": 5, "kind": "scenario", "rows": 4, "derived": 4},
        {"line": 12, "kind": "other", "rows": 1, "derived": 0},
    ]
    assert [unread["line"] for unread in file["unread"]] == [12]
    assert not NoteFile.objects.filter(stem="kettles").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"# A\n\n\xff\xfe", "bad.md:3: not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"# A\n\0", "a binary file"),
        (b"a" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_a_file_that_is_no_note_stops_the_whole_import(bank: Exam, tmp_path: Path, content: bytes | None, said: str):
    good, bad = tmp_path / "kettles.md", tmp_path / "bad.md"
    good.write_text(NOTE)
    if content is not None:
        bad.write_bytes(content)
    before = rows()
    with pytest.raises(CommandError) as refused:
        command(str(good), str(bad))
    assert (str(bad) in str(refused.value), said in str(refused.value), refused.value.returncode) == (True, True, 1)
    assert rows() == before


def test_the_command_counts_the_drafts_of_the_engine_apart(bank: Exam, tmp_path: Path):
    path = tmp_path / "kettles.md"
    path.write_text(COMPARED)
    lines = command(str(path)).splitlines()
    cells = len(load(COMPARED, path=str(path)).derivation.items)
    assert lines[:3] == [
        f"{path}: 2 sections, {cells} drafts, 12 more by the scenario engine",
        f"  {path}:5: comparison table, 5 rows: {cells} drafts",
        f"  {path}:5: scenario engine, 4 options: 12 drafts with a proof",
    ]
    assert lines[-2:] == [
        f"{cells + 12} drafts created, 0 updated, 0 unchanged.",
        "Drafts of the scenario engine among them: 12.",
    ]
    said = json.loads(command(str(path), "--json"))
    assert (said["created"], said["updated"], said["unchanged"], said["proved"]) == (0, 0, cells + 12, 12)
    assert said["files"][0]["engine"] == [{"line": 5, "options": 4, "derived": 12, "why": ""}]


def test_an_unknown_author_is_refused(bank: Exam, tmp_path: Path):
    path = tmp_path / "kettles.md"
    path.write_text(NOTE)
    with pytest.raises(CommandError, match="there is no such user"):
        command(str(path), "--by", "nobody")
