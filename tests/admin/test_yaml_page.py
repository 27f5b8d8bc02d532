"""Questions pasted as YAML: all stored or none, with the line of every fault."""

from __future__ import annotations

from questions.models import Item, ItemVersion
from tests.admin.desk import YAML, Desk, said, states

ENTRY = """
- id: pour-from-height
  type: choice
  task: "2.1"
  tags: [water]
  stem: A server pours two hundred glasses of tea an hour at a market stall without a ladle.
  ask: Which habit cools the tea the MOST?
  options:
    - {text: Pour from a height, key: true, rationale: A long fall cools the tea in the air.}
    - {text: Pour along the wall, rationale: The wall of the glass hardly cools the tea.}
    - {text: Pour into a full glass, rationale: A full glass keeps the heat of its tea.}
"""


def test_pasted_entries_become_drafts(desk: Desk) -> None:
    answer = desk.post(YAML, {"text": ENTRY})
    item = Item.objects.get(slug="pour-from-height")
    assert answer.status_code == 302
    assert answer.url == f"/admin/questions/item/{item.pk}/change/?version=1"
    assert states(item) == {1: "draft"}


def test_a_fault_is_told_with_its_line_and_nothing_is_stored(desk: Desk) -> None:
    text = ENTRY + ENTRY.replace("pour-from-height", "second").replace("key: true, ", "")
    answer = desk.post(YAML, {"text": text})
    assert answer.status_code == 422
    assert said(answer) == ["Line 19: second: options: expected exactly one with 'key: true', found 0"]
    assert "pour-from-height" in answer.content.decode()
    assert not Item.objects.filter(slug="pour-from-height").exists()


def test_an_existing_question_gets_a_new_version_only_when_that_is_meant(desk: Desk) -> None:
    text = ENTRY.replace("pour-from-height", "green-for-one")
    both = ENTRY + text
    answer = desk.post(YAML, {"text": both})
    assert answer.status_code == 422
    assert said(answer) == ["There is a question 'green-for-one' already. Allow new versions of existing questions."]
    assert not Item.objects.filter(slug="pour-from-height").exists()
    assert desk.post(YAML, {"text": both, "replace": "on"}).status_code == 302
    assert states(Item.objects.get(slug="green-for-one")) == {1: "approved", 2: "draft"}


def test_nothing_and_nonsense_are_told(desk: Desk) -> None:
    before = ItemVersion.objects.count()
    for text in ("[]", "- 1", "{", "- id: &a x\n  type: *a"):
        answer = desk.post(YAML, {"text": text})
        assert answer.status_code == 422
        assert said(answer)
    assert desk.post(YAML, {}).status_code == 422
    assert ItemVersion.objects.count() == before
