"""When an answered question comes again: FSRS-6, as py-fsrs reckons it."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import memory
from questions.domain.memory import (
    BOUNDS,
    DEFAULT,
    Memory,
    checked,
    days_between,
    recall,
    retrievability,
    review,
    version_of,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def learn(*answers: tuple[float, bool | str]) -> list[Memory]:
    """The states after answers given so many days after noon: True, False or "unsure"."""
    states: list[Memory] = []
    for days, result in answers:
        states.append(
            review(
                states[-1] if states else None,
                correct=bool(result),
                at=NOON + days * DAY,
                unsure=result == "unsure",
            )
        )
    return states


def figures(states: list[Memory]) -> list[tuple[float, float, int, int, int]]:
    """Stability, difficulty, days until due, reviews and lapses."""
    return [
        (round(s.stability, 4), round(s.difficulty, 4), (s.due - s.last_review).days, s.reps, s.lapses) for s in states
    ]


@pytest.mark.parametrize(
    ("answers", "golden"),
    [
        (
            [(0, True), (2, True), (13, True), (59, True)],
            [
                (2.3065, 2.1181, 2, 1, 0),
                (10.9643, 2.1112, 11, 2, 0),
                (46.2802, 2.1043, 46, 3, 0),
                (162.8622, 2.0975, 163, 4, 0),
            ],
        ),
        (
            [(0, False), (1, True), (2, False), (3, True)],
            [
                (0.212, 6.4133, 1, 1, 1),
                (1.8868, 6.4021, 2, 2, 1),
                (0.4716, 8.8026, 1, 3, 2),
                (1.5035, 8.7891, 2, 4, 2),
            ],
        ),
        (
            [(0, "unsure"), (1, True), (4, "unsure"), (9, True)],
            [
                (1.2931, 5.1122, 1, 1, 0),
                (4.546, 5.1023, 5, 2, 0),
                (9.4925, 6.7339, 9, 3, 0),
                (18.6764, 6.7224, 19, 4, 0),
            ],
        ),
        (
            [(0, True), (0.1, True), (0.2, False)],
            [(2.3065, 2.1181, 2, 1, 0), (2.3065, 2.1112, 2, 2, 0), (0.7751, 7.3922, 1, 3, 1)],
        ),
        (
            [(0, True), (40, True), (200, False), (210, True)],
            [
                (2.3065, 2.1181, 2, 1, 0),
                (40.7204, 2.1112, 41, 2, 0),
                (3.3727, 7.3922, 3, 3, 1),
                (13.8942, 7.3801, 14, 4, 1),
            ],
        ),
    ],
    ids=["always right", "right and wrong in turn", "unsure", "three times on one day", "long breaks"],
)
def test_golden_sequences_of_stability_difficulty_interval_reviews_and_lapses(answers, golden):
    assert figures(learn(*answers)) == golden


@pytest.mark.parametrize("seed", range(5))
def test_the_state_is_what_py_fsrs_reckons_from_the_same_answers(seed):
    rng = random.Random(seed)
    scheduler = Scheduler(
        desired_retention=0.9,
        learning_steps=(),
        relearning_steps=(),
        maximum_interval=365,
        enable_fuzzing=False,
    )
    card, state, at = Card(card_id=1), None, NOON
    for _ in range(40):
        result = rng.choice([True, True, True, False, "unsure"])
        rating = {True: Rating.Good, False: Rating.Again, "unsure": Rating.Hard}[result]
        card, _ = scheduler.review_card(card, rating, at)
        state = review(state, correct=bool(result), at=at, unsure=result == "unsure")
        assert (state.stability, state.difficulty, state.due, state.last_review) == (
            card.stability,
            card.difficulty,
            card.due,
            card.last_review,
        )
        at += timedelta(days=rng.choice([0, 1, 3, 10, 60, 200]), minutes=rng.randrange(600))
        assert retrievability(state, at) == scheduler.get_card_retrievability(card, at)


def test_what_was_answered_just_now_is_remembered_and_then_fades():
    (state,) = learn((0, True))
    chances = [round(retrievability(state, NOON + days * DAY), 4) for days in (0, 1, 2, 5, 30, 365)]
    assert chances == [1.0, 0.9468, 0.9095, 0.8389, 0.6675, 0.4589]


def test_a_night_between_two_reviews_makes_a_day_and_a_long_afternoon_does_not():
    (first,) = learn((0, True))
    hours = timedelta(hours=1)
    assert [round(retrievability(first, NOON + gap * hours), 4) for gap in (0, 11.9, 12, 23, 24, 47.9, 48)] == [
        1.0,
        1.0,
        0.9468,
        0.9468,
        0.9468,
        0.9468,
        0.9095,
    ]
    afternoon, morning, day = (review(first, correct=True, at=NOON + gap * hours) for gap in (11.9, 12, 24))
    assert [round(state.stability, 4) for state in (afternoon, morning, day)] == [2.3065, 7.3153, 7.3153]
    assert morning.last_review == NOON + 12 * hours
    assert morning.due - morning.last_review == 7 * DAY
    lapsed = [review(first, correct=False, at=NOON + gap * hours).stability for gap in (11.9, 12, 24)]
    assert [round(stability, 4) for stability in lapsed] == [0.7751, 0.5713, 0.5713]


def test_days_are_counted_as_whole_ones_and_never_below_none():
    gaps = [-1, 0, 0.49, 0.5, 0.99, 1, 1.5, 1.99, 2, 30.7]
    assert [days_between(NOON, NOON + gap * DAY) for gap in gaps] == [0, 0, 0, 1, 1, 1, 1, 1, 2, 30]


def test_a_wrong_answer_comes_back_the_next_day_and_no_answer_later_than_in_a_year():
    assert learn((0, False))[0].due == NOON + DAY
    often_right = learn(*((400 * n, True) for n in range(8)))
    assert often_right[-1].due - often_right[-1].last_review == 365 * DAY


def test_a_right_answer_that_was_a_guess_comes_back_sooner():
    sure, unsure = (learn((0, True), (2, True), (13, result))[-1] for result in (True, "unsure"))
    assert (sure.due - NOON, unsure.due - NOON) == (59 * DAY, 45 * DAY)
    assert (sure.lapses, unsure.lapses) == (0, 0)


def test_answers_are_rated_by_result_and_by_the_learner_s_own_doubt():
    rated = [memory.grade(correct=correct, unsure=unsure) for correct in (False, True) for unsure in (False, True)]
    assert rated == [Rating.Again, Rating.Again, Rating.Good, Rating.Hard]


def test_unsure_and_wrong_is_wrong():
    first = review(None, correct=False, at=NOON, unsure=True)
    assert first == review(None, correct=False, at=NOON)


def test_a_review_with_an_earlier_time_counts_as_given_at_the_last_one():
    (first,) = learn((0, True))
    early = review(first, correct=True, at=NOON - 30 * DAY)
    assert early == review(first, correct=True, at=NOON)
    assert early.last_review == NOON


def test_the_time_zone_of_a_clock_changes_nothing():
    tea_time = timezone(timedelta(hours=5, minutes=30))
    here = review(None, correct=True, at=NOON.astimezone(tea_time))
    there = review(None, correct=True, at=NOON)
    assert here == there
    assert review(here, correct=False, at=(NOON + 3 * DAY).astimezone(tea_time)) == review(
        there, correct=False, at=NOON + 3 * DAY
    )
    assert retrievability(here, (NOON + DAY).astimezone(tea_time)) == retrievability(there, NOON + DAY)


@given(st.lists(st.tuples(st.floats(-5, 500), st.sampled_from([True, False, "unsure"])), min_size=1, max_size=12))
def test_whatever_is_answered_when_the_state_stays_sound(answers):
    states = learn(*answers)
    for state in states:
        assert state.stability > 0
        assert 1 <= state.difficulty <= 10
        assert DAY <= state.due - state.last_review <= 365 * DAY
        assert 0 < retrievability(state, state.due) <= 1
    assert (states[-1].reps, states[-1].lapses) == (
        len(answers),
        sum(result is False for _, result in answers),
    )


FITTED = checked((0.5, 2.0, 6.0, 20.0, *DEFAULT[4:20], 0.3))
"""Some other parameters: slower to forget at first, and along a steeper curve."""


def vectors() -> st.SearchStrategy[tuple[float, ...]]:
    """Any parameters that FSRS-6 can have."""
    return st.tuples(*(st.floats(low, high) for low, high in BOUNDS))


def test_parameters_left_out_are_the_library_s_defaults():
    assert Scheduler().parameters == DEFAULT
    (state,) = learn((0, True))
    assert review(None, correct=True, at=NOON, parameters=DEFAULT) == state
    assert retrievability(state, NOON + DAY, DEFAULT) == retrievability(state, NOON + DAY)
    assert recall(3.0, 2.0, DEFAULT) == recall(3.0, 2.0)


def test_other_parameters_make_another_state_and_another_curve():
    state = review(None, correct=True, at=NOON, parameters=FITTED)
    assert (state.stability, state.due - NOON) == (6.0, 6 * DAY)
    later = review(state, correct=True, at=state.due, parameters=FITTED)
    card, _ = Scheduler(FITTED, 0.9, (), (), 365, False).review_card(Card(card_id=1), Rating.Good, NOON)
    card, _ = Scheduler(FITTED, 0.9, (), (), 365, False).review_card(card, Rating.Good, card.due)
    assert (later.stability, later.difficulty, later.due) == (card.stability, card.difficulty, card.due)
    # At its stability every curve passes .9, by definition; after it the steeper one lies lower.
    assert recall(6.0, 6.0, FITTED) == pytest.approx(0.9)
    assert [round(recall(6.0, 60.0, vector), 4) for vector in (DEFAULT, FITTED)] == [0.6928, 0.6095]
    assert retrievability(state, NOON + 60 * DAY, FITTED) == pytest.approx(recall(6.0, 60.0, FITTED))


def test_a_state_reckoned_with_some_parameters_stays_as_it_is_when_others_come():
    (before,) = learn((0, True))
    kept = Memory(before.stability, before.difficulty, before.due, before.last_review, before.reps, before.lapses)
    after = review(before, correct=True, at=NOON + 2 * DAY, parameters=FITTED)
    assert before == kept
    assert after != review(before, correct=True, at=NOON + 2 * DAY)
    assert learn((0, True), (2, True))[0] == kept


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (DEFAULT[:17], "FSRS-6 has 21 parameters, not 17."),
        ((), "FSRS-6 has 21 parameters, not 0."),
        ((*DEFAULT, 0.1), "FSRS-6 has 21 parameters, not 22."),
        ((*DEFAULT[:20], 0.9), "FSRS-6 parameters out of range: w20 = 0.9 is not within 0.1 to 0.8"),
        ((-1.0, *DEFAULT[1:]), "FSRS-6 parameters out of range: w0 = -1.0 is not within 0.001 to 100.0"),
        ((math.nan, *DEFAULT[1:]), "FSRS-6 parameters out of range: w0 = nan is not within 0.001 to 100.0"),
        ((*DEFAULT[:19], 2, 7), "FSRS-6 parameters out of range: w19 = 2.0 is not within 0.0 to 0.8; "
         "w20 = 7.0 is not within 0.1 to 0.8"),
    ],
)  # fmt: skip
def test_parameters_that_fsrs_cannot_have_are_refused_everywhere(values, said):
    (state,) = learn((0, True))
    deeds = [
        lambda: checked(values),
        lambda: version_of(values),
        lambda: review(None, correct=True, at=NOON, parameters=values),
        lambda: retrievability(state, NOON, values),
        lambda: recall(1.0, 1.0, values),
    ]
    for deed in deeds:
        with pytest.raises(ValueError, match="FSRS-6") as refused:
            deed()
        assert str(refused.value) == said


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        checked((None, *DEFAULT[1:]))


def test_a_version_names_its_parameters_and_no_others():
    assert version_of(DEFAULT) == "fsrs6-default" == memory.PARAMETERS_VERSION
    assert version_of(FITTED) == version_of(checked(list(FITTED))) == "fsrs6-1f33c5a467dc"
    nudged = (*FITTED[:20], FITTED[20] + 1e-12)
    assert len({version_of(vector) for vector in (DEFAULT, FITTED, nudged)}) == 3


@given(vectors(), st.floats(0.001, 1000), st.floats(0, 1000), st.floats(0, 1000))
def test_a_longer_gap_never_raises_the_chance_of_recall(vector, stability, gap, more):
    assert 0 <= recall(stability, gap + more, vector) <= recall(stability, gap, vector) <= 1


@given(st.lists(st.tuples(st.floats(0, 500), st.booleans()), min_size=1, max_size=8), st.floats(0, 500))
def test_a_lapse_never_raises_stability(answers, gap):
    before = learn(*sorted(answers))[-1]
    after = review(before, correct=False, at=before.last_review + gap * DAY)
    assert after.stability <= before.stability
    assert after.lapses == before.lapses + 1


@given(vectors(), st.lists(st.tuples(st.floats(1, 500), st.booleans()), min_size=1, max_size=8))
def test_a_lapse_a_day_or_more_later_never_raises_stability_under_any_parameters(vector, answers):
    state, at = None, NOON
    for gap, correct in answers:
        at += gap * DAY
        after = review(state, correct=correct, at=at, parameters=vector)
        if state is not None and not correct:
            assert after.stability <= max(state.stability, 0.001)
        state = after
