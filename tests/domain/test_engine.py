"""Versions of the engine as values, and the share of learners that a challenger judges."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from questions.domain import ability, memory
from questions.domain.engine import BUILT_IN, DEFAULT, Deployment, EngineParameters, place_of

FULL = EngineParameters(
    "belief-1.full",
    ability.Parameters(mu=1 / 3, drift=0.1 + 0.2),
    {"weights": [1e-17, 0.1]},
    memory.DEFAULT,
    {"residual": {"bias": -0.01, "sd": 0.04}},
)


def test_a_version_comes_back_from_json_to_the_last_bit() -> None:
    assert EngineParameters.from_json(FULL.name, FULL.as_json()) == FULL
    assert EngineParameters.from_json(DEFAULT.name, DEFAULT.as_json()) == DEFAULT


def test_a_version_that_says_nothing_special_is_the_default_engine_under_another_name() -> None:
    empty = EngineParameters.from_json("x", {"filter": {}})
    assert (empty.filter, empty.stack, empty.recall, empty.readiness) == (ability.DEFAULT, None, memory.DEFAULT, {})


@pytest.mark.parametrize(
    "stored",
    [
        None, [], "x", {}, {"memory": None}, {"filter": None}, {"filter": 1}, {"filter": {"mu": "?"}},
        {"filter": {"mu": None}}, {"filter": {"warp": 1.0}}, {"filter": {"tag_variance": -1.0}},
        {"filter": {}, "stack": 1}, {"filter": {}, "memory": []}, {"filter": {}, "memory": [0.0] * 21},
        {"filter": {}, "memory": "x"}, {"filter": {}, "readiness": [1]}, {"filter": {}, "more": {}},
    ],
)  # fmt: skip
def test_what_no_engine_can_have_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        EngineParameters.from_json("x", stored)


def test_an_engine_that_once_judged_answers_keeps_its_constants() -> None:
    """Stored answers carry this name: other constants need another one, and the old ones stay in BUILT_IN."""
    assert BUILT_IN["belief-1"].filter.as_json() == {
        "mu": 0.4, "learner_variance": 0.8, "tag_variance": 0.3, "item_variance": 0.49, "tag_difficulty_variance": 0.4,
        "drift": 0.001, "tag_drift": 0.004, "repeat_weight": 0.3, "guess": 0.0,
    }  # fmt: skip
    assert memory.version_of(BUILT_IN["belief-1"].recall) == memory.PARAMETERS_VERSION
    assert DEFAULT.name in BUILT_IN


def test_a_learner_has_one_place_in_an_experiment_and_another_in_the_next() -> None:
    places = [place_of(learner, "a") for learner in range(2000)]
    assert places == [place_of(learner, "a") for learner in range(2000)]
    assert all(0.0 <= place < 1.0 for place in places)
    for share in (0.05, 0.25, 0.5):
        expected = 2000 * share
        assert abs(sum(place < share for place in places) - expected) < 4 * (expected * (1 - share)) ** 0.5
    both = sum(place < 0.5 and place_of(learner, "b") < 0.5 for learner, place in enumerate(places))
    assert abs(both - 500) < 80


def test_a_growing_share_takes_nobody_out() -> None:
    served = [Deployment(DEFAULT, FULL, share) for share in (0.05, 0.1, 0.25, 0.5)]
    groups = [{learner for learner in range(500) if one.engine_for(learner) is FULL} for one in served]
    assert all(small < large for small, large in pairwise(groups))
    assert all(Deployment().engine_for(learner) is DEFAULT for learner in range(9))
