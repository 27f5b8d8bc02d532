"""What answers say against an item, on made-up answers of which one knows what is wrong."""

from __future__ import annotations

import random

import pytest

from questions.domain.ability import Gauss, sigmoid
from questions.domain.item_statistics import FirstSight, findings, memorised

ITEM = Gauss(0.0, 0.05)


def sights(n: int, chance: object, seed: int = 1, options: tuple[str, ...] = ()) -> list[FirstSight]:
    """Answers of n learners, right with a chance by their skill."""
    rng = random.Random(seed)
    skills = [rng.gauss(0, 1.2) for _ in range(n)]
    return [FirstSight(Gauss(skill, 0.1), rng.random() < chance(skill), options) for skill in skills]  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(8))
def test_an_item_that_behaves_is_left_alone(seed: int) -> None:
    assert findings(sights(200, sigmoid, seed), ITEM, []) == {}


def test_few_answers_say_nothing() -> None:
    assert findings(sights(29, lambda _: 0.0), ITEM, ["b"]) == {}


def test_an_item_that_the_better_ones_miss_discriminates_the_wrong_way_and_fits_badly() -> None:
    found = findings(sights(200, lambda skill: sigmoid(-2 * skill)), ITEM, [])
    assert set(found) == {"negative-discrimination", "misfit"}
    assert found["negative-discrimination"]["answers"] == 200
    assert float(found["negative-discrimination"]["correlation"]) < -0.3
    assert float(found["misfit"]["infit"]) > 1.3


def test_an_item_that_hardly_anybody_gets_right_is_too_hard() -> None:
    told = findings(sights(100, lambda _: 0.08), Gauss(2.5, 0.05), [])
    assert set(told) >= {"too-hard"}
    assert float(told["too-hard"]["facility"]) < 0.2


@pytest.mark.parametrize("seed", range(6))
def test_an_item_that_is_guessed_is_not_said_to_discriminate_the_wrong_way_by_chance_alone(seed: int) -> None:
    near = findings(sights(40, lambda _: 0.5, seed), ITEM, [])
    if "negative-discrimination" in near:
        assert float(near["negative-discrimination"]["correlation"]) < -0.2


def test_distractors_that_nobody_chooses_are_named() -> None:
    told = findings(sights(60, sigmoid, options=("a", "c")), ITEM, ["b", "c", "d"])
    assert told == {"dead-distractor": {"options": "b, d", "dead": 2, "answers": 60}}
    assert findings(sights(49, sigmoid, options=("a",)), ITEM, ["b"]) == {}


def test_where_all_answer_alike_nothing_discriminates() -> None:
    assert findings(sights(60, lambda _: 1.0), Gauss(-3.0, 0.05), []) == {}


@pytest.mark.parametrize(
    ("repeats", "variants", "said"),
    [
        ((40, 38), (30, 12), True),
        ((40, 38), (30, 27), False),
        ((40, 20), (30, 5), False),
        ((9, 9), (30, 5), False),
        ((40, 38), (9, 0), False),
        ((10, 9), (10, 6), False),
    ],
)
def test_memorised_is_right_when_repeated_and_wrong_on_its_like(
    repeats: tuple[int, int], variants: tuple[int, int], said: bool
) -> None:
    assert (memorised(repeats, variants) is not None) is said
