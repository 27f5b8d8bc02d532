"""An instructor submits, approves, rejects and retires; the record tells who, when and why; learners meet it at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from questions import queries
from questions.actions import review, sessions
from questions.domain import rules
from questions.models import Exam, Item, ItemVersion, ReviewEvent, User
from tests.admin.desk import CHOICE, MULTIPLE, Desk, address, edit_address, said, states, typed
from tests.cast import NOON

BROKEN = {**CHOICE, "slug": "all-of-them", "options": [*CHOICE["options"][:3], {
    "text": "All of the above", "rationale": "The guests would wait an hour for all of the glasses.",
}]}  # fmt: skip


def test_a_question_approved_in_the_workshop_is_served_at_once(
    desk: Desk, instructor: User, learner: User, bank: Exam
) -> None:
    item = desk.write(CHOICE, wish="submit")
    assert item.pk not in {candidate.id for candidate in queries.candidates(learner, bank)}
    answer = desk.decide(item, "approved", why="Clear.")
    assert answer.status_code == 302
    assert states(item) == {1: "approved"}
    assert item.pk in {candidate.id for candidate in queries.candidates(learner, bank)}
    only = sorted(tag.slug for tag in item.tags.all())
    assert only == ["service", "water"]
    for other in ItemVersion.objects.filter(state="approved").exclude(item=item):
        review.retire(other, by=None, now=NOON, why="Makes room.")
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=NOON, length=1)
    assert [served.item_id for served in session.served.all()] == [item.pk]


def test_the_record_tells_who_did_what_and_why(desk: Desk, instructor: User) -> None:
    item = desk.write(CHOICE)
    desk.decide(item, "submitted", why="Please look at option C.")
    desk.decide(item, "rejected", why="Option C is right too.")
    desk.decide(item, "submitted")
    desk.decide(item, "approved")
    desk.decide(item, "retired", why="The kettle was replaced.")
    events = ReviewEvent.objects.filter(version__item=item).order_by("id")
    assert [(event.action, event.by, event.why) for event in events] == [
        ("created", instructor, ""),
        ("submitted", instructor, "Please look at option C."),
        ("rejected", instructor, "Option C is right too."),
        ("submitted", instructor, ""),
        ("approved", instructor, ""),
        ("retired", instructor, "The kettle was replaced."),
    ]
    assert states(item) == {1: "retired"}
    page = desk.page(item)
    for words in ("Option C is right too.", "The kettle was replaced.", "ines@tea.example"):
        assert words in page


def test_approving_the_next_version_supersedes_the_served_one(desk: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    assert desk.decide(item, "approved", version=2).status_code == 302
    assert states(item) == {1: "superseded", 2: "approved"}


@pytest.mark.parametrize(("deed", "before"), [("rejected", "submitted"), ("retired", "approved")])
def test_rejecting_and_retiring_need_a_reason(desk: Desk, deed: str, before: str) -> None:
    item = desk.write(CHOICE, wish="submit")
    if before == "approved":
        desk.decide(item, "approved")
    answer = desk.decide(item, deed, why="   ")
    assert answer.status_code == 409
    assert said(answer)[0].startswith("Say why the question is")
    assert states(item) == {1: before}


def test_errors_of_the_item_writing_rules_block_approval_and_are_listed(desk: Desk) -> None:
    item = desk.write(BROKEN, wish="submit")
    answer = desk.decide(item, "approved")
    assert answer.status_code == 409
    assert said(answer) == [
        "Mend these errors before it is approved: option 4: 'All of the above' rests on the other options."
    ]
    assert states(item) == {1: "submitted"}
    assert "Approval waits until they are mended" in desk.page(item)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"tags": []}, "tags: expected one to three tags, found 0"),
        (
            {"options": [{**row, "rationale": "No."} for row in CHOICE["options"]]},
            "option 1: too short to name the constraint",
        ),
    ],
)
def test_what_the_bank_does_not_know_blocks_approval(desk: Desk, changes: dict[str, Any], error: str) -> None:
    item = desk.write(CHOICE, **changes)
    assert error in said(desk.decide(item, "approved"))[0]


def test_a_question_that_asks_what_another_asks_already_is_not_approved(desk: Desk) -> None:
    desk.decide(desk.write(CHOICE), "approved")
    twin = desk.write(CHOICE, slug="iced-again")
    assert said(desk.decide(twin, "approved")) == [
        "Mend these errors before it is approved: asks the same as 'iced-for-sixty'."
    ]


def test_the_rule_holds_in_the_deed_itself_and_spares_the_files_of_the_bank(desk: Desk, instructor: User) -> None:
    version = desk.write(BROKEN).versions.get()
    with pytest.raises(rules.Refusal, match="All of the above") as refused:
        review.approve(version, by=instructor, now=NOON)
    assert refused.value.code == "lint-errors"
    review.approve(version, by=None, now=NOON)
    assert version.state == "approved"


def test_a_deed_that_the_state_forbids_is_told_and_changes_nothing(desk: Desk) -> None:
    item = desk.write(CHOICE)
    answer = desk.decide(item, "retired", why="Too early.")
    assert answer.status_code == 409
    assert said(answer) == ["This version is draft; it cannot be retired now."]
    assert "Too early." in answer.content.decode()
    assert states(item) == {1: "draft"}


def test_a_reason_of_pages_is_refused_with_its_length(desk: Desk) -> None:
    item = desk.write(CHOICE, wish="submit")
    answer = desk.decide(item, "rejected", why="x" * 2001)
    assert said(answer) == ["Say it in 2000 characters; it has 2001."]


@pytest.mark.parametrize(("deed", "version"), [("published", "1"), ("approved", "9"), ("approved", "one"), ("", "")])
def test_an_unknown_deed_or_version_is_not_found(desk: Desk, deed: str, version: str) -> None:
    item = desk.write(CHOICE)
    answer = desk.post(f"/admin/questions/item/{item.pk}/review/", {"deed": deed, "version": version})
    assert answer.status_code == 404


def test_an_author_without_the_reviewers_permission_may_submit_but_not_approve(desk: Desk, other: User) -> None:
    from django.contrib.auth.models import Permission

    item = desk.write(CHOICE)
    other.is_staff = True
    other.save()
    other.user_permissions.set(Permission.objects.filter(codename__in=["author_item", "view_item"]))
    author = Desk(other)
    page = author.page(item)
    assert "Submit for review" in page
    assert "Approve and serve" not in page
    assert author.decide(item, "submitted").status_code == 302
    assert author.decide(item, "approved").status_code == 403
    assert states(item) == {1: "submitted"}
    with pytest.raises(PermissionDenied):
        review.approve(item.versions.get(), by=other, now=NOON)


def test_the_page_shows_key_rationales_findings_and_the_difference_to_the_served_version(desk: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    context = desk.get(address(item)).context
    assert [row.text for row in context["preview"]["told"].options if row.key] == [
        "Cold infusion from the night before"
    ]
    page = desk.page(item)
    for row in CHOICE["options"]:
        assert row["rationale"] in page
    assert "Against version 1, which is served" in page
    assert [found.field for found in context["differences"]][:2] == ["Scenario text", "Ask"]
    assert "Against version" not in desk.page(item, version=1)


def test_every_type_has_a_page(desk: Desk) -> None:
    for item in Item.objects.all():
        value = item.versions.get().value
        page = desk.page(item)
        for option in value.options:
            assert option.rationale.replace("'", "&#x27;") in page


def test_the_name_of_a_person_who_left_is_not_mistaken_for_the_files_of_the_bank(desk: Desk) -> None:
    item = desk.write(MULTIPLE)
    item.versions.update(state="draft")
    version = item.versions.get()
    ReviewEvent.objects.create(version=version, action="submitted", by=None, at=NOON)
    assert "a deleted account" in desk.page(item)
    assert "the bank’s files" in desk.page(Item.objects.get(slug="green-for-one"))
