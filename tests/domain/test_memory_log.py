"""A log of reviews, walked under FSRS-6."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from questions.domain import memory
from questions.domain.memory import DEFAULT
from questions.domain.memory_log import (
    GRADINGS,
    SECONDS,
    Review,
    by_confidence,
    by_result,
    by_time,
    elapsed_days,
    in_order,
    loss,
    night_days,
    spaced_losses,
    walk,
    whole_days,
)
from tests.domain.forgetters import FORGETFUL

START = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
HOUR = 3600.0


def reviews(*answers: tuple[float, int], item: str = "x") -> list[Review]:
    """Reviews of one item by one learner: days since the start and rating."""
    return [Review("a", item, days * SECONDS, rating) for days, rating in answers]


@pytest.mark.parametrize("parameters", [DEFAULT, FORGETFUL], ids=["default", "forgetful"])
@pytest.mark.parametrize("seed", range(3))
def test_the_walk_expects_what_the_served_memory_expects(parameters, seed):
    rng = random.Random(seed)
    at, log, state, served = 0.0, [], None, []
    for _ in range(30):
        rating = rng.choice([1, 2, 3, 3])
        moment = START + timedelta(seconds=at)
        if state is not None:
            served.append((memory.retrievability(state, moment, parameters), state.stability, state.difficulty))
        state = memory.review(state, correct=rating > 1, unsure=rating == 2, at=moment, parameters=parameters)
        log.append(Review("a", "x", at, rating))
        at += rng.choice([0.2, 0.6, 1.0, 2.5, 9.0, 40.0]) * SECONDS
    walked = [(one.recall, one.stability, one.difficulty) for one in walk(log, parameters)]
    assert [figure for one in walked for figure in one] == pytest.approx([figure for one in served for figure in one])


def test_days_are_counted_in_three_ways():
    gaps = [-HOUR, 0.0, 11 * HOUR, 12 * HOUR, 23 * HOUR, 24 * HOUR, 36 * HOUR, 49 * HOUR]
    assert [whole_days(gap) for gap in gaps] == [0, 0, 0, 0, 0, 1, 1, 2]
    assert [night_days(gap) for gap in gaps] == [0, 0, 0, 1, 1, 1, 1, 2]
    assert [round(elapsed_days(gap), 3) for gap in gaps] == [0, 0, 0.458, 0.5, 0.958, 1, 1.5, 2.042]


def test_the_way_of_counting_reaches_the_walk():
    log = reviews((0, 3), (0.75, 3), (2, 3))
    seen = {count: [round(one.recall, 4) for one in walk(log, counting=count)] for count in (whole_days, night_days)}
    assert seen == {whole_days: [1.0, 0.9468], night_days: [0.9468, 0.9808]}
    assert next(one.recall for one in walk(log, counting=elapsed_days)) == memory.recall(2.3065, 0.75)


def test_first_sights_expect_nothing_and_only_reviews_a_day_later_are_spaced():
    log = in_order(reviews((0, 3), (0.9, 3), (1.9, 1), (3.5, 3)) + reviews((0.5, 1), (3, 3), item="y"))
    found = walk(log)
    assert [(one.index, one.review.item, round(one.gap, 2), one.spaced) for one in found] == [
        (2, "x", 0.9, False),
        (3, "x", 1.0, True),
        (4, "y", 2.5, True),
        (5, "x", 1.6, True),
    ]
    assert spaced_losses(found) == [loss(one.review.correct, one.recall) for one in found[1:]]


def test_learners_share_no_memory_and_may_have_parameters_of_their_own():
    log = in_order([Review(who, "x", day * SECONDS, 3) for day in (0, 5) for who in ("a", "b")])
    vectors = {"a": DEFAULT, "b": FORGETFUL}
    expected = [memory.recall(vector[2], 5.0, vector) for vector in (DEFAULT, FORGETFUL)]
    assert [one.recall for one in walk(log, vectors.__getitem__)] == expected


def test_a_log_out_of_order_is_refused():
    with pytest.raises(ValueError, match="in order of time"):
        walk(reviews((2, 3), (1, 3)))
    assert [review.at for review in in_order(reviews((2, 3), (1, 3)))] == [SECONDS, 2 * SECONDS]


def test_a_rating_that_fsrs_has_not_is_refused():
    with pytest.raises(ValueError, match="5 is not a valid Rating"):
        walk(reviews((0, 5)))


def test_one_prediction_costs_its_log_loss_and_never_without_end():
    assert loss(True, 0.5) == loss(False, 0.5) == math.log(2)
    assert [loss(False, 1.0), loss(True, 0.0)] == pytest.approx([-math.log(0.001)] * 2)


def test_ratings_by_result_and_by_confidence():
    log = [Review("a", "x", at, rating, unsure=unsure) for at, (rating, unsure) in enumerate(
        [(1, False), (1, True), (2, False), (3, True), (4, False)]
    )]  # fmt: skip
    assert [review.rating for review in by_result(log)] == [1, 1, 3, 3, 3]
    assert [review.rating for review in by_confidence(log)] == [1, 1, 3, 2, 3]


def test_ratings_by_time_look_only_at_earlier_right_answers_of_the_same_learner():
    times = [*range(1, 101), 95, 85, 5, 15, None]
    log = [Review("a", "x", at, 3, took=took) for at, took in enumerate(times)]
    log[-2:-2] = [Review("a", "x", 103, 1, took=999.0), Review("b", "x", 103, 3, took=999.0)]
    both = [review.rating for review in by_time(log, hard=0.9, easy=0.1)]
    assert both[:50] == [3] * 50
    assert both[50:100] == [2] * 50  # each slower than all before
    assert both[100:] == [2, 3, 4, 1, 3, 3, 3]
    assert [review.rating for review in by_time(log)] == [review.rating for review in by_result(log)]


def test_every_rule_keeps_everything_but_the_rating():
    log = reviews((0, 1), (1, 3), (2, 4))
    for rule in GRADINGS.values():
        rated = rule(log)
        assert [(one.learner, one.item, one.at, one.correct) for one in rated] == [
            (one.learner, one.item, one.at, one.correct) for one in log
        ]
