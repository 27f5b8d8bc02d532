"""The life of a question version: who may move it where, and what is served meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from questions import queries
from questions.actions import bank as bank_deeds
from questions.actions import people, review
from questions.domain.items import ItemError
from questions.domain.rules import Refusal
from questions.models import Item, ItemVersion, ReviewEvent
from tests.cast import NOON, at_once, make_user

pytestmark = pytest.mark.django_db
STATES = ("draft", "submitted", "approved", "rejected", "superseded", "retired")
DEEDS = {
    "submitted": review.submit,
    "approved": review.approve,
    "rejected": review.reject,
    "retired": review.retire,
}
ALLOWED = {
    ("draft", "submitted"),
    ("draft", "approved"),
    ("submitted", "approved"),
    ("submitted", "rejected"),
    ("rejected", "submitted"),
    ("approved", "retired"),
    ("retired", "approved"),
}


def served_version(slug: str = "green-for-one") -> ItemVersion:
    return ItemVersion.objects.get(item__slug=slug, state="approved")


def edited(by, **changes) -> ItemVersion:
    """A new version of the first item, as an instructor's form stores it."""
    value = replace(served_version().value, **changes)
    return bank_deeds.store_version(value, exam=Item.objects.first().exam, by=by, now=NOON)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", DEEDS)
def test_every_deed_in_every_state_is_done_or_refused_and_then_changes_nothing(bank, instructor, state, action):
    version = served_version()
    ItemVersion.objects.filter(pk=version.pk).update(state=state)
    version.refresh_from_db()
    events = version.events.count()
    deed = DEEDS[action]
    assert (action in review.possible(state)) is ((state, action) in ALLOWED)
    if (state, action) in ALLOWED:
        moved = deed(version, by=instructor, now=NOON + timedelta(days=1), why="Because.")
        assert moved.state == action
        assert list(version.events.values_list("action", "by", "at", "why"))[-1] == (
            action, instructor.pk, NOON + timedelta(days=1), "Because.",
        )  # fmt: skip
    else:
        with pytest.raises(Refusal) as refused:
            deed(version, by=instructor, now=NOON, why="Because.")
        assert (refused.value.code, str(refused.value)) == (
            "wrong-state",
            f"This version is {state}; it cannot be {action} now.",
        )
        assert version.events.count() == events
    version.refresh_from_db()
    assert version.state == (action if (state, action) in ALLOWED else state)


def test_a_learner_moves_nothing_and_an_author_does_not_review(bank, learner):
    author = make_user("author")
    author.user_permissions.add(people.ensure_roles().permissions.get(codename="author_item"))
    version = edited(author, ask="Which leaf is the BEST choice?")
    for who in (learner, author):
        for action in ("approved", "rejected", "retired"):
            with pytest.raises(PermissionDenied, match="review_item"):
                DEEDS[action](version, by=who, now=NOON, why="Because.")
    with pytest.raises(PermissionDenied, match="author_item"):
        review.submit(version, by=learner, now=NOON)
    version.refresh_from_db()
    assert version.state == "draft"
    assert review.submit(version, by=author, now=NOON).state == "submitted"


def test_a_rejection_and_a_retirement_need_a_reason(bank, instructor):
    version = served_version()
    for deed in (review.reject, review.retire):
        for why in ("", "  \n"):
            with pytest.raises(Refusal) as refused:
                deed(version, by=instructor, now=NOON, why=why)
            assert refused.value.code == "reason-missing"
    assert served_version() == version


def test_an_approved_version_takes_the_place_of_the_one_before(bank, instructor):
    old = served_version()
    new = edited(instructor, ask="Which leaf is the BEST choice?", tags=("leaves", "service"))
    assert (new.number, new.state, served_version()) == (2, "draft", old)
    review.submit(new, by=instructor, now=NOON)
    review.approve(new, by=instructor, now=NOON, why="Clearer.")
    old.refresh_from_db()
    assert (served_version(), old.state) == (new, "superseded")
    assert list(old.events.values_list("action", "why"))[-1] == ("superseded", "by version 2")
    assert list(new.events.values_list("action", flat=True)) == ["created", "submitted", "approved"]
    assert sorted(new.item.tags.values_list("slug", flat=True)) == ["leaves", "service"]


def test_what_was_approved_is_served_at_once_and_sessions_under_way_keep_what_they_showed(
    bank, learner, instructor, mock
):
    shown = set(mock.served.values_list("version", flat=True))
    new = edited(instructor, ask="Which leaf is the BEST choice?")
    review.approve(new, by=instructor, now=NOON)
    assert set(mock.served.values_list("version", flat=True)) == shown
    assert new.item_id in {c.id for c in queries.candidates(learner, bank)}
    review.retire(new, by=instructor, now=NOON, why="Out of date.")
    assert new.item_id not in {c.id for c in queries.candidates(learner, bank)}


def test_an_unsound_version_is_never_approved(bank, instructor):
    version = edited(instructor, ask="Which leaf is the BEST choice?")
    body = {**version.body, "options": version.body["options"][1:]}
    ItemVersion._base_manager.filter(pk=version.pk).update(body=body)
    version = ItemVersion.objects.get(pk=version.pk)
    with pytest.raises(ItemError, match="exactly one with 'key: true'"):
        review.approve(version, by=instructor, now=NOON)
    assert served_version().number == 1


def test_an_instructor_cannot_approve_what_the_item_rules_call_an_error(bank, instructor):
    version = edited(instructor, facts=("no-such-fact",))
    with pytest.raises(Refusal, match="'no-such-fact' is not in the ledger") as refused:
        review.approve(version, by=instructor, now=NOON)
    assert (refused.value.code, served_version().number) == ("lint-errors", 1)


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_approve_one_version_at_once_approve_it_once(bank, instructor):
    new = edited(instructor, ask="Which leaf is the BEST choice?")
    fresh = [ItemVersion.objects.get(pk=new.pk) for _ in range(4)]
    results = at_once(*[lambda v=version: review.approve(v, by=instructor, now=NOON) for version in fresh])
    assert sorted(type(result).__name__ for result in results) == ["ItemVersion"] + ["Refusal"] * 3
    assert served_version() == new
    assert new.events.filter(action="approved").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_approve_two_versions_at_once_leave_one_served(bank, instructor):
    versions = [edited(instructor, ask=f"Which leaf is the {word} choice?") for word in ("BEST", "SAFEST", "MILDEST")]
    results = at_once(*[lambda v=version: review.approve(v, by=instructor, now=NOON) for version in versions])
    assert {type(result).__name__ for result in results} == {"ItemVersion"}
    states = ItemVersion.objects.filter(item__slug="green-for-one").values_list("state", flat=True)
    assert sorted(states) == ["approved", "superseded", "superseded", "superseded"]
    assert ReviewEvent.objects.filter(action="superseded").count() == 3
