"""Running counts of a learner's answers and the features that the stack reads from them."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from questions.domain.ability import DEFAULT, Belief, Gauss, estimate
from questions.domain.trace import FEATURES, Trace, features

ITEM = Gauss(0.2, 0.5)
answers = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(st.sampled_from(["leaves", "water", "service"]), min_size=1, max_size=3, unique=True),
        st.booleans(),
        st.floats(0, 1e6),
    ),
    max_size=20,
)


def look(
    trace: Trace, item: str = "a", tags: tuple[str, ...] = ("leaves",), at: float | None = 100.0
) -> dict[str, float]:
    guess = estimate(Belief(), tags, ITEM)
    return dict(zip(FEATURES, features(trace, Belief(), guess, item, tags, ITEM, at, DEFAULT), strict=True))


def told(history: list[tuple[str, list[str], bool, float]]) -> Trace:
    trace = Trace()
    for item, tags, correct, at in history:
        trace.record(item, tags, correct=correct, p=0.6, at=at)
    return trace


def test_a_newcomer_shows_the_filter_alone():
    seen = look(Trace())
    guess = estimate(Belief(), ["leaves"], ITEM)
    filled = {name: value for name, value in seen.items() if value}
    assert filled == {
        "moderated": (guess.offset - 0.2) / math.sqrt(1 + math.pi * guess.variance / 8),
        "z": guess.offset - 0.2,
        "variance": guess.variance,
        "ability_variance": DEFAULT.learner_variance,
        "tag_variance": DEFAULT.tag_variance,
        "difficulty": 0.2,
        "difficulty_variance": 0.5,
        "tag_new": 1.0,
    }


def test_two_answers_by_hand():
    trace = told([("a", ["leaves"], True, 0.0), ("b", ["leaves", "water"], False, 60.0)])
    seen = look(trace, "a", ("leaves",), 120.0)
    assert (seen["wins"], seen["losses"], seen["answers"]) == (math.log1p(1), math.log1p(1), math.log1p(2))
    assert (seen["last"], seen["streak"], seen["recent_2"]) == (-1.0, -1.0, 0.5 * 0.5 - 0.5)
    assert (seen["tag_wins"], seen["tag_losses"], seen["tag_least"]) == (math.log1p(1), math.log1p(1), math.log1p(2))
    assert (seen["item_wins"], seen["item_losses"], seen["item_last"], seen["item_seen"]) == (
        math.log1p(1),
        0.0,
        1.0,
        1.0,
    )
    assert (seen["item_gap"], seen["item_closeness"]) == (math.log1p(2), 1 / (1 + math.log1p(2)))
    assert (seen["set_wins"], seen["set_losses"], seen["set_seen"]) == (math.log1p(1), 0.0, 1.0)
    assert (seen["same_tags"], seen["shared_tags"]) == (0.0, 1.0)
    assert (seen["pause"], seen["long_pause"], seen["in_sitting"]) == (math.log1p(1), 0.0, math.log1p(2))
    assert seen["item_closeness_time"] == 1 / (1 + math.log1p(2))
    # first surprise 0.4, second -0.6: 0.3 * 0.4, then + 0.3 * (-0.6 - 0.12)
    assert round(seen["surprise_fast"], 10) == round(0.12 + 0.3 * (-0.6 - 0.12), 10)


def test_a_log_without_a_clock_leaves_its_features_at_nought():
    trace = Trace()
    trace.record("a", ["leaves"], correct=True, p=0.6, at=None)
    seen = look(trace, at=None)
    assert [seen[name] for name in ("tag_closeness_time", "item_closeness_time", "pause", "in_sitting")] == [0.0] * 4


def test_half_an_hour_away_begins_a_new_sitting():
    trace = told([("a", ["leaves"], True, 0.0), ("b", ["leaves"], True, 1800.0)])
    assert look(trace, at=1900.0)["in_sitting"] == math.log1p(2)
    assert look(trace, at=1800.0 + 1801.0)["in_sitting"] == 0.0
    trace.record("c", ["leaves"], correct=True, p=0.5, at=9000.0)
    assert look(trace, at=9001.0)["in_sitting"] == math.log1p(1)


@given(answers)
def test_a_trace_survives_json_and_looking_changes_nothing(history):
    trace = told(history)
    before = json.dumps(trace.as_json())
    first = look(trace)
    assert look(trace) == first
    assert json.dumps(trace.as_json()) == before
    again = Trace.from_json(json.loads(before))
    assert look(again) == first
    assert again.as_json() == trace.as_json()


@given(answers, st.randoms(use_true_random=False))
def test_the_order_of_an_items_tags_is_of_no_account(history, rng):
    shuffled = [(item, rng.sample(tags, len(tags)), correct, at) for item, tags, correct, at in history]
    one, two = look(told(history), tags=("leaves", "water")), look(told(shuffled), tags=("water", "leaves"))
    assert {name: round(value, 12) for name, value in one.items()} == {
        name: round(value, 12) for name, value in two.items()
    }


@given(answers)
def test_every_feature_is_a_finite_number_even_with_a_clock_that_runs_backwards(history):
    assert all(math.isfinite(value) for value in look(told(history), at=-5.0).values())


def test_an_empty_row_is_an_empty_trace():
    assert Trace.from_json({}).as_json() == Trace().as_json()
