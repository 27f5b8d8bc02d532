"""The bank's files into the database: twice is once, changes become versions, faults change nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from questions.actions import bank as deeds
from questions.actions import review
from questions.actions.bank import LoadReport, load_bank, read_bank_files
from questions.domain.bankfile import BankError
from questions.domain.items import ItemError
from questions.models import Exam, Fact, Item, ItemVersion, NoteFile, NoteSection, ReviewEvent, Tag
from tests.cast import NOON, TEST_BANK, at_once

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)
SLUG = "green-for-one"
ITEMS = "items/brewing.yaml"
NOTE = "notes/brewing.md"


def files(**changed: bytes) -> dict[str, bytes]:
    return read_bank_files(TEST_BANK) | changed


def with_items(change) -> dict[str, bytes]:
    """The bank's files after ``change`` was made to the entries by id; None removes one."""
    entries = {entry["id"]: entry for entry in yaml.safe_load(files()[ITEMS])}
    change(entries)
    return files() | {ITEMS: yaml.safe_dump([entry for entry in entries.values() if entry]).encode()}


def reworded(ask: str) -> dict[str, bytes]:
    return with_items(lambda entries: entries[SLUG].update(ask=ask))


def without(slug: str) -> dict[str, bytes]:
    return with_items(lambda entries: entries.pop(slug))


def versions(slug: str = SLUG) -> list[tuple[int, str, str]]:
    rows = ItemVersion.objects.filter(item__slug=slug).order_by("number")
    return [(row.number, row.state, row.body["ask"]) for row in rows]


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (
        Exam, Tag, Fact, NoteFile, NoteSection, Item, ItemVersion, ReviewEvent, Item.tags.through,
    )]  # fmt: skip


ASK = "Which leaf is the MOST suitable?"
NEW_ASK = "Which leaf is the BEST choice?"


def test_a_bank_is_loaded_with_all_that_is_in_it():
    report = load_bank(files(), now=NOON)
    assert (len(report.created), report.updated, report.retired, report.kept, report.unchanged) == (8, [], [], [], 0)
    assert Exam.objects.get().code == "TEA-101"
    assert list(Tag.objects.values_list("slug", flat=True)) == ["leaves", "service", "water"]
    assert Fact.objects.get().aws_value == "80 degrees"
    assert list(NoteFile.objects.values_list("stem", "in_bank")) == [("brewing", True)]
    assert set(ItemVersion.objects.values_list("state", "number", "created_by")) == {("approved", 1, None)}
    version = ItemVersion.objects.get(item__slug=SLUG)
    assert (version.domain, version.tag_slugs, version.difficulty) == ("d1", ["leaves"], -0.5)
    assert version.section.anchor == "leaves"
    assert version.value.source["file"] == ITEMS
    assert list(version.events.values_list("action", "by")) == [("created", None), ("approved", None)]
    parts = ItemVersion.objects.filter(item__case_slug="tea-house").order_by("case_part")
    assert [(row.case_part, row.domain) for row in parts] == [(1, "d1"), (2, "d2")]


def test_loading_twice_changes_nothing_at_all(bank):
    before = everything()
    assert load_bank(files(), now=LATER) == LoadReport(unchanged=8)
    assert everything() == before


def test_a_changed_entry_becomes_a_new_version_that_is_served_at_once(bank):
    report = load_bank(reworded(NEW_ASK), now=LATER)
    assert (report.updated, report.created, report.unchanged) == ([SLUG], [], 7)
    assert versions() == [(1, "superseded", ASK), (2, "approved", NEW_ASK)]


def test_a_change_that_is_taken_back_is_served_again(bank):
    load_bank(reworded(NEW_ASK), now=LATER)
    report = load_bank(files(), now=LATER)
    assert (report.updated, report.unchanged) == ([SLUG], 7)
    assert versions()[-1] == (3, "approved", ASK)
    assert load_bank(files(), now=LATER).unchanged == 8


def test_a_moved_line_makes_no_new_version(bank):
    moved = files() | {ITEMS: b"# A remark.\n\n" + files()[ITEMS]}
    assert load_bank(moved, now=LATER).unchanged == 8
    assert versions() == [(1, "approved", ASK)]


def test_an_entry_that_is_gone_is_retired_and_comes_back_when_it_is_back(bank):
    assert load_bank(without(SLUG), now=LATER).retired == [SLUG]
    assert versions() == [(1, "retired", ASK)]
    assert load_bank(without(SLUG), now=LATER) == LoadReport(unchanged=7)
    report = load_bank(files(), now=LATER)
    assert (report.updated, versions()) == ([SLUG], [(1, "approved", ASK)])
    actions = ItemVersion.objects.get(item__slug=SLUG).events.values_list("action", flat=True)
    assert list(actions) == ["created", "approved", "retired", "approved"]


def test_what_an_instructor_retired_stays_retired(bank, instructor):
    review.retire(ItemVersion.objects.get(item__slug=SLUG), by=instructor, now=NOON, why="Wrong.")
    assert load_bank(files(), now=LATER).unchanged == 8
    assert versions() == [(1, "retired", ASK)]


def instructors_version(instructor) -> ItemVersion:
    value = replace(ItemVersion.objects.get(item__slug=SLUG).value, ask="Which leaf is the SAFEST choice?")
    version = deeds.store_version(value, exam=Exam.objects.get(), by=instructor, now=NOON)
    return review.approve(version, by=instructor, now=NOON)


def test_an_instructors_version_is_kept_and_the_files_change_waits_as_a_draft(bank, instructor):
    mine = instructors_version(instructor)
    assert load_bank(files(), now=LATER).unchanged == 8
    report = load_bank(reworded(NEW_ASK), now=LATER)
    assert (report.kept, report.updated, report.unchanged) == ([SLUG], [], 7)
    assert [row[:2] for row in versions()] == [(1, "superseded"), (2, "approved"), (3, "draft")]
    assert load_bank(reworded(NEW_ASK), now=LATER).unchanged == 8
    assert load_bank(without(SLUG), now=LATER).retired == []
    mine.refresh_from_db()
    assert mine.state == "approved"


def test_an_instructors_draft_does_not_make_the_files_look_changed(bank, instructor):
    value = replace(ItemVersion.objects.get(item__slug=SLUG).value, ask="Which leaf is the SAFEST choice?")
    deeds.store_version(value, exam=bank, by=instructor, now=NOON)
    assert load_bank(files(), now=LATER).unchanged == 8
    assert [row[:2] for row in versions()] == [(1, "approved"), (2, "draft")]


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        (ITEMS, b"- id: [", "items/brewing.yaml"),
        (ITEMS, b"- id: tea\n  type: essay\n", "items/brewing.yaml:1: tea: "),
        ("items/more.yaml", None, "green-for-one"),
        ("facts.yaml", b"- id: green-tea-heat\n", "facts.yaml:1: statement: expected a text"),
        ("exam.yaml", b"", "exam.yaml"),
    ],
)
def test_a_malformed_bank_changes_nothing_and_says_where(bank, path, content, told):
    before = everything()
    content = files()[ITEMS] if content is None else content
    with pytest.raises(BankError) as refused:
        load_bank(files() | {path: content}, now=LATER)
    assert told in str(refused.value)
    assert everything() == before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no bank at"):
        read_bank_files(tmp_path / "nowhere")


def test_facts_tags_and_notes_follow_the_files_and_keep_their_rows(bank):
    kept = {row.anchor: row.pk for row in NoteSection.objects.all()}
    changed = files() | {
        "facts.yaml": files()["facts.yaml"].replace(b"80 degrees", b"75 degrees"),
        "tags.yaml": files()["tags.yaml"].replace(b"name: Water", b"name: Hot water"),
        NOTE: files()[NOTE].replace(b"do not", b"never do") + b"\n## Cups `#cups`\n\nSmall ones.\n",
    }
    assert load_bank(changed, now=LATER).unchanged == 8
    assert (Fact.objects.get().aws_value, Tag.objects.get(slug="water").name) == ("75 degrees", "Hot water")
    rows = {row.anchor: row.pk for row in NoteSection.objects.all()}
    assert {anchor: rows[anchor] for anchor in kept} == kept
    assert set(rows) - set(kept) == {"cups"}
    assert "never do" in NoteSection.objects.get(anchor="leaves").text


def test_an_unsound_item_is_not_stored_by_anybody(bank, instructor):
    value = replace(ItemVersion.objects.get(item__slug=SLUG).value, ask="  ")
    with pytest.raises(ItemError, match="ask: expected the one question"):
        deeds.store_version(value, exam=bank, by=instructor, now=NOON)
    assert versions() == [(1, "approved", ASK)]


def test_the_same_content_again_is_the_same_version(bank, instructor):
    version = ItemVersion.objects.get(item__slug=SLUG)
    assert deeds.store_version(version.value, exam=bank, by=instructor, now=LATER) == version
    assert len(versions()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_are_one(bank):
    results = at_once(*[lambda: load_bank(reworded(NEW_ASK), now=LATER)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["LoadReport", "LoadReport"]
    assert versions() == [(1, "superseded", ASK), (2, "approved", NEW_ASK)]
