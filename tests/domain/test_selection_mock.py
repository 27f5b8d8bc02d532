"""The paper of a mock exam: shares by the blueprint, unseen before seen, whole case studies."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain.selection import Candidate
from questions.domain.selection_mock import assemble_mock, quotas
from tests.domain.test_selection import case, seen, story, unseen


@pytest.mark.parametrize(
    ("weights", "total", "shares"),
    [
        ({"a": 28, "b": 26, "c": 22, "d": 24}, 50, {"a": 14, "b": 13, "c": 11, "d": 12}),
        ({"a": 28, "b": 26, "c": 22, "d": 24}, 65, {"a": 18, "b": 17, "c": 14, "d": 16}),
        ({"a": 22, "b": 24}, 65, {"a": 31, "b": 34}),
        ({"a": 1, "b": 1, "c": 1}, 10, {"a": 4, "b": 3, "c": 3}),
        ({"a": 1, "b": 0}, 5, {"a": 5, "b": 0}),
        ({"a": 3, "b": 1}, 0, {"a": 0, "b": 0}),
    ],
)
def test_shares_go_by_the_largest_remainder(weights, total, shares):
    assert quotas(weights, total) == shares


def test_a_blueprint_without_weight_is_an_error():
    for weights in ({}, {"a": 0}):
        with pytest.raises(ValueError, match="needs a weight above 0"):
            quotas(weights, 5)


weights = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 100), min_size=1)


@given(weights, st.integers(0, 200))
def test_shares_add_up_and_stay_within_one_of_the_exact_ones(shares, total):
    found = quotas(shares, total)
    whole = sum(shares.values())
    assert sum(found.values()) == total
    assert all(abs(found[name] - total * weight / whole) < 1 for name, weight in shares.items())


def bank_of(count: int, *, seen_every: int = 0) -> list[Candidate]:
    return [
        (seen if seen_every and n % seen_every == 0 else unseen)(
            n, *([3] if seen_every and n % seen_every == 0 else []), f"t{n % 5}", domain=f"d{n % 3}"
        )
        for n in range(count)
    ]


@given(st.integers(0, 10**6), st.integers(1, 65))
def test_a_mock_exam_keeps_the_blueprint_within_one_item(seed, total):
    blueprint = {"d0": 28.0, "d1": 26.0, "d2": 22.0}
    form = assemble_mock(bank_of(240), blueprint, total, rng=random.Random(seed))
    assert Counter(c.domain for c in form) == Counter(quotas(blueprint, total))
    assert len({c.id for c in form}) == total


def test_a_mock_exam_takes_unseen_items_before_seen_ones():
    bank = bank_of(90, seen_every=2)
    form = assemble_mock(bank, {"d0": 1, "d1": 1, "d2": 1}, 45, rng=random.Random(1))
    assert [c.id for c in form if c.due is not None] == []
    longer = assemble_mock(bank, {"d0": 1, "d1": 1, "d2": 1}, 60, rng=random.Random(1))
    assert sum(c.due is None for c in longer) == 45


def test_a_mock_exam_is_the_same_under_the_same_seed_and_another_under_another():
    bank = bank_of(120)
    forms = [
        [c.id for c in assemble_mock(order, {"d0": 2, "d1": 1}, 20, rng=random.Random(seed))]
        for order, seed in ((bank, 1), (bank[::-1], 1), (bank, 2))
    ]
    assert forms[0] == forms[1] != forms[2]


def test_the_parts_of_a_case_study_stand_together_and_in_order():
    bank = [*bank_of(30), *case(100, 3, "house", domain="d0"), *case(200, 4, "ship", domain="d1")]
    for seed in range(40):
        form = assemble_mock(bank, {"d0": 1, "d1": 1, "d2": 1}, 24, rng=random.Random(seed))
        assert len(form) == 24
        for slug, parts in (("house", 3), ("ship", 4)):
            places = [n for n, c in enumerate(form) if c.case == slug]
            assert [form[n].part for n in places] in ([], list(range(1, parts + 1)))
            assert places == list(range(places[0], places[0] + parts)) if places else True


def test_a_domain_that_runs_short_is_filled_up_from_the_others():
    bank = [*(unseen(n, domain="d0") for n in range(3)), *(unseen(n, domain="d1") for n in range(10, 40))]
    form = assemble_mock(bank, {"d0": 1, "d1": 1}, 20, rng=random.Random(1))
    assert Counter(c.domain for c in form) == {"d0": 3, "d1": 17}


def test_a_small_bank_gives_all_it_has_and_an_empty_one_nothing():
    bank = bank_of(5)
    form = assemble_mock(bank, {"d0": 1, "d1": 1, "d2": 1}, 65, rng=random.Random(1))
    assert sorted(c.id for c in form) == [0, 1, 2, 3, 4]
    assert assemble_mock([], {"d0": 1}, 65, rng=random.Random(1)) == []
    assert assemble_mock(bank, {"elsewhere": 1}, 65, rng=random.Random(1)) == []


def test_a_domain_outside_the_blueprint_is_not_asked():
    form = assemble_mock(bank_of(30), {"d0": 1, "d2": 1}, 12, rng=random.Random(1))
    assert Counter(c.domain for c in form) == {"d0": 6, "d2": 6}


def test_a_mock_exam_takes_generated_questions_only_to_be_full():
    authored = [unseen(number) for number in range(6)]
    generated = [story(number) for number in range(10, 30)]
    drawn = assemble_mock([*authored, *generated], {"d1": 1.0}, 5, rng=random.Random(1))
    assert [c for c in drawn if c.generated] == []
    drawn = assemble_mock([*authored, *generated], {"d1": 1.0}, 12, rng=random.Random(1))
    assert (len(drawn), {c.id for c in authored} <= {c.id for c in drawn}) == (12, True)
