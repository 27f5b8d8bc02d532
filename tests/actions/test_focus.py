"""What a study session draws on when the learner chooses, and when it tells."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from questions import queries
from questions.actions import marks, sessions
from questions.domain import rules
from questions.models import Answer, Item, ItemVersion
from tests.cast import NOON, wrong

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=30)


def start(learner, *, now=NOON, length=8, **choice):
    return sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=now, length=length, **choice)


def play(session, give, *, now=NOON, miss=(), response=None) -> list[str]:
    """Answer to the end, wrong on the slugs in ``miss``; slugs in the order in which they were asked."""
    asked = []
    while served := sessions.serve_next(learner=session.learner, session_id=session.pk, now=now):
        give(served, wrong(served) if served.item.slug in miss else None, at=now)
        asked.append(served.item.slug)
    return asked


def test_missed_questions_are_asked_again_until_they_are_right(learner, give):
    missed = {"green-for-one", "steps-of-a-pot"}
    play(start(learner), give, miss=missed)
    again = start(learner, focus=rules.MISSED)
    assert again.length == 2
    assert again.served.get().reason == {"code": "retry"}
    assert set(play(again, give, miss={"green-for-one"})) == missed
    assert play(start(learner, focus=rules.MISSED), give) == ["green-for-one"]
    with pytest.raises(rules.Refusal, match="nothing that you missed last time"):
        start(learner, focus=rules.MISSED)


def test_unseen_due_and_bookmarked_draw_on_just_that(learner, give):
    first = start(learner, length=3)
    marked = first.served.get()
    marks.set_bookmark(learner=learner, served_id=marked.pk, marked=True, now=NOON)
    seen = play(first, give)
    assert start(learner, focus=rules.UNSEEN).length == 5
    assert set(play(start(learner, focus=rules.DUE, now=LATER), give, now=LATER)) == set(seen)
    assert play(start(learner, focus=rules.BOOKMARKED), give) == [marked.item.slug]


def test_a_diagnostic_asks_each_unseen_question_once_and_then_there_is_nothing_to_find_out(learner, give):
    session = start(learner, focus=rules.DIAGNOSTIC, length=5)
    asked = play(session, give)
    assert len(set(asked)) == 5
    reasons = [served.reason for served in session.served.all()]
    assert {(reason["code"], reason["first"]) for reason in reasons} == {("diagnostic", True)}
    assert set(asked).isdisjoint(play(start(learner, focus=rules.DIAGNOSTIC), give))
    with pytest.raises(rules.Refusal, match="You have seen every question"):
        start(learner, focus=rules.DIAGNOSTIC)


@pytest.mark.parametrize(
    ("focus", "words"),
    [
        (rules.DUE, "Nothing is due"),
        (rules.MISSED, "nothing that you missed"),
        (rules.BOOKMARKED, "bookmarked no question"),
        (rules.CONFUSIONS, "not taken one concept for another"),
    ],
)
def test_an_empty_choice_is_refused_in_words(learner, focus, words):
    with pytest.raises(rules.Refusal, match=words) as refused:
        start(learner, focus=focus)
    assert refused.value.code == "nothing-to-practise"


def test_a_confusion_brings_the_questions_between_the_two(learner, give):
    play(start(learner), give, miss={"green-for-one"})
    chosen = Answer.objects.get(item__slug="green-for-one").chosen_concept
    assert chosen in {"black", "roots", "fruit"}
    (found,) = queries.confusions(learner)
    assert (found.chosen, found.key, found.times) == (chosen, "green", 1)
    session = start(learner, focus=rules.CONFUSIONS, pair=[found.chosen, found.key])
    asked = play(session, give)
    between = [
        item.slug
        for item in Item.objects.all()
        for version in item.versions.filter(state="approved")
        if {version.concept, *version.lures} >= {chosen, "green"} and version.concept in {chosen, "green"}
    ]
    assert set(asked) == set(between)
    reason = session.served.first().reason
    assert reason == {"code": "confusion", "pair": f"{chosen} for green"}


def test_a_section_of_the_notes_can_be_practised(learner, give):
    asked = play(start(learner, section="brewing#leaves"), give)
    versions = {item.slug: item.versions.get(state="approved") for item in Item.objects.filter(slug__in=asked)}
    assert {version.value.note for version in versions.values()} == {"brewing#leaves"}


def test_feedback_at_the_end_waits_for_the_end(learner, give):
    session = start(learner, length=2, feedback=rules.AT_END)
    first = session.served.get()
    give(first, wrong(first))
    row = queries.served_items(learner).get(pk=first.pk)
    assert queries.view_of(row, now=NOON).feedback is None
    assert (queries.missed_items(learner), queries.confusions(learner)) == (set(), [])
    play(session, give)
    assert queries.missed_items(learner) == {first.item_id}
    row = queries.served_items(learner).get(pk=first.pk)
    assert queries.view_of(row, now=NOON).feedback is not None


# --- How much there is of it ---------------------------------------------------------------------------------------------


def test_generated_stories_of_one_strand_are_one_new_question_as_today_counts_them(learner, give):
    stories = ["green-for-one", "black-for-breakfast"]
    ItemVersion._base_manager.filter(item__slug__in=stories).update(strand="leaf/kettle")

    def unseen() -> int:
        counts, _ = queries.focus_counts(learner, NOON)
        assert counts[rules.UNSEEN] == queries.standing_of(learner, NOON).unseen
        return counts[rules.UNSEEN]

    assert unseen() == 7
    session = start(learner, length=8)
    asked = 0
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=NOON):
        give(served, at=NOON)
        asked += 1
        met = set(Answer.objects.values_list("item__slug", flat=True))
        assert unseen() == 7 - len(met - set(stories)) - bool(met & set(stories))
    assert asked == 8
    assert unseen() == 0


def test_counts_keep_to_the_topics_and_the_section(learner, give):
    play(start(learner), give, miss={"green-for-one"})
    (confusion,) = queries.confusions(learner)
    everything, found = queries.focus_counts(learner, LATER)
    assert found == [confusion]
    assert everything == {
        rules.DUE: 8,
        rules.UNSEEN: 0,
        rules.DIAGNOSTIC: 0,
        rules.MISSED: 1,
        rules.BOOKMARKED: 0,
        rules.CONFUSIONS: 1,
    }
    tags = {slug: queries.focus_counts(learner, LATER, [slug])[0] for slug in ("leaves", "water", "service")}
    assert {slug: (row[rules.DUE], row[rules.MISSED]) for slug, row in tags.items()} == {
        "leaves": (3, 1), "water": (4, 0), "service": (4, 0),
    }  # fmt: skip
    counts, _ = queries.focus_counts(learner, LATER, section="brewing#heat")
    assert (counts[rules.DUE], counts[rules.MISSED], counts[rules.CONFUSIONS]) == (3, 0, 0)


@pytest.mark.parametrize("slug", ["leaves", "water", "service"])
def test_what_counts_as_something_can_be_started_and_what_counts_as_nothing_is_refused(slug, learner, give):
    play(start(learner), give, miss={"green-for-one"})
    counts, _ = queries.focus_counts(learner, NOON, [slug])
    for focus, count in counts.items():
        try:
            length = start(learner, focus=focus, tags=[slug]).length
        except rules.Refusal:
            length = 0
        assert bool(length) == bool(count), focus
