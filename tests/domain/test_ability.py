"""What the engine believes of a learner: numbers by hand, and properties that hold for every history."""

from __future__ import annotations

import json
import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain.ability import (
    ITEM_VARIANCE,
    LEARNER_VARIANCE,
    MU,
    TAG_VARIANCE,
    Belief,
    Gauss,
    Parameters,
    TagBelief,
    estimate,
    mastery,
    moderated,
    newcomer,
    sigmoid,
    update,
)

MIDDLING = Gauss(0.0, ITEM_VARIANCE)


def test_a_newcomer_answers_a_middling_item_right_with_58_percent():
    # z = 0.4; V = 0.8 + 0.3 + 0.49 = 1.59; sqrt(1 + pi * 1.59 / 8) = 1.27451; p = sigma(0.4 / 1.27451)
    guess = estimate(Belief(), ["leaves"], MIDDLING)
    assert (round(guess.p, 5), guess.offset, round(guess.variance, 10)) == (0.57782, 0.4, 1.59)


def test_one_right_answer_by_hand():
    # p = 0.577823, h = p(1-p) = 0.243943, 1 + hV = 1.387870
    # step = (1 - p) / 1.387870 = 0.304190;  overall: 0.8 * step, tag: 0.3 * step
    # shrink = h / 1.387870 = 0.175768;  0.8 * (1 - 0.8 * shrink), 0.3 * (1 - 0.3 * shrink)
    after, guess = update(Belief(), ["leaves"], MIDDLING, correct=True, at=77.0)
    tag = after.tag("leaves")
    assert round(guess.p, 6) == 0.577823
    assert (round(after.overall.mean, 5), round(after.overall.variance, 5)) == (0.24335, 0.68751)
    assert (round(tag.mean, 5), round(tag.variance, 5)) == (0.09126, 0.28418)
    assert (tag.answered, tag.correct, tag.last) == (1, 1, 77.0)
    assert (after.answered, after.correct) == (1, 1)


def test_three_answers_by_hand_the_last_one_a_repeat():
    # 2nd, wrong: w = 1/2; variances drift first: overall 0.688508, leaves 0.288181, water stays at its prior 0.3
    #   z = 0.4 + 0.243352 + 0.091257 / 2 + 0.5 = 1.188981, V = 0.688508 + (0.288181 + 0.3) / 4 + 0.49 = 1.325554
    #   p = 0.723966, h = 0.199839, 1 + hV = 1.264898, step = -0.572351
    # 3rd, right, a repeat (trust 0.3): z = 0.4 - 0.150716 - 0.085853 - 1, V = 0.614615 + 0.3 + 0.3
    #   p = 0.334398, h = 0.3 * 0.222576 = 0.066773, 1 + hV = 1.081103, step = 0.3 * 0.665602 / 1.081103 = 0.184701
    belief = Belief()
    chances = []
    for tags, item, correct, repeat, at in [
        (["leaves"], MIDDLING, True, False, 1.0),
        (["leaves", "water"], Gauss(-0.5, 0.49), False, False, 2.0),
        (["water"], Gauss(1.0, 0.3), True, True, 3.0),
    ]:
        belief, guess = update(belief, tags, item, correct=correct, at=at, repeat=repeat)
        chances.append(round(guess.p, 6))
    assert chances == [0.577823, 0.723966, 0.334398]
    assert (round(belief.overall.mean, 6), round(belief.overall.variance, 6)) == (-0.037196, 0.591284)
    assert {
        slug: (round(t.mean, 6), round(t.variance, 6), t.answered, t.correct, t.last) for slug, t in belief.tags.items()
    } == {
        "leaves": (0.008787, 0.284901, 2, 1, 2.0),
        "water": (-0.030442, 0.294441, 2, 1, 3.0),
    }
    assert (belief.answered, belief.correct) == (3, 2)


def test_mastery_is_the_chance_at_a_middling_item_with_an_80_percent_interval():
    # z = 0.4, V = 0.8 + 0.3 = 1.1; p = sigma(0.4 / sqrt(1 + pi * V / 8)); 1.281552 * sqrt(V) = 1.344103
    known = mastery(Belief(), "leaves")
    assert [round(value, 4) for value in (known.low, known.p, known.high)] == [0.2801, 0.5828, 0.8512]


def test_a_tag_that_was_never_answered_is_the_prior_shifted_by_what_is_known_overall():
    after, _ = update(Belief(), ["leaves"], MIDDLING, correct=False, at=1.0)
    assert after.tag("water") == TagBelief()
    assert mastery(after, "water").p < mastery(Belief(), "water").p


def test_an_item_without_tags_moves_only_the_overall_belief():
    after, guess = update(Belief(), [], MIDDLING, correct=True, at=1.0)
    assert (guess.variance, after.tags, after.answered) == (LEARNER_VARIANCE + ITEM_VARIANCE, {}, 1)
    assert after.overall.mean > 0


def test_a_late_answer_does_not_turn_the_last_seen_time_back():
    after, _ = update(Belief(), ["leaves"], MIDDLING, correct=True, at=90.0)
    after, _ = update(after, ["leaves"], MIDDLING, correct=True, at=20.0)
    assert after.tag("leaves").last == 90.0


def test_a_repeat_moves_a_belief_by_a_third_of_a_first_sight():
    first, _ = update(Belief(), ["leaves"], MIDDLING, correct=True, at=1.0)
    again, _ = update(Belief(), ["leaves"], MIDDLING, correct=True, at=1.0, repeat=True)
    assert 0.29 < again.overall.mean / first.overall.mean < 0.41
    assert again.overall.variance > first.overall.variance


@pytest.mark.parametrize(("z", "p"), [(0, 0.5), (1e9, 1.0), (-1e9, 0.0), (math.log(3), 0.75), (-math.log(3), 0.25)])
def test_the_logistic_function_is_safe_at_any_size(z, p):
    assert sigmoid(z) == pytest.approx(p, abs=1e-15)
    assert moderated(z, 0.0) == sigmoid(z)


TAGS = ["leaves", "water", "service"]
steps = st.lists(
    st.tuples(
        st.lists(st.sampled_from(TAGS), min_size=1, max_size=3, unique=True),
        st.floats(-4, 4),
        st.floats(0.01, 1.0),
        st.booleans(),
        st.booleans(),
    ),
    max_size=25,
)


def believe(history: list[tuple[list[str], float, float, bool, bool]]) -> Belief:
    belief = Belief()
    for at, (tags, mean, variance, correct, repeat) in enumerate(history):
        belief, _ = update(belief, tags, Gauss(mean, variance), correct=correct, at=float(at), repeat=repeat)
    return belief


@given(steps, steps.filter(bool))
def test_a_right_answer_never_lowers_the_chance_and_a_wrong_one_never_raises_it(history, more):
    belief = believe(history)
    for tags, mean, variance, _, repeat in more[:1]:
        item = Gauss(mean, variance)
        up, guess = update(belief, tags, item, correct=True, at=1.0, repeat=repeat)
        down, _ = update(belief, tags, item, correct=False, at=1.0, repeat=repeat)
        assert estimate(down, tags, item).p <= guess.p <= estimate(up, tags, item).p
        # Against the belief of before, which the passing of time has widened a little since: not by what a page shows.
        assert estimate(up, tags, item).p > estimate(belief, tags, item).p - 1e-4
        for tag in tags:
            assert mastery(down, tag).p <= mastery(up, tag).p
            assert mastery(up, tag).p > mastery(belief, tag).p - 5e-4


@given(steps)
def test_variances_stay_positive_and_never_exceed_what_was_believed_at_the_start(history):
    belief = believe(history)
    assert 0 < belief.overall.variance <= LEARNER_VARIANCE
    assert all(0 < tag.variance <= TAG_VARIANCE for tag in belief.tags.values())
    assert belief.answered == len(history)
    assert belief.correct == sum(correct for *_, correct, _ in history)


@given(steps.filter(bool), st.randoms(use_true_random=False))
def test_the_order_of_an_items_tags_is_of_no_account(history, rng):
    shuffled = [(rng.sample(tags, len(tags)), *rest) for tags, *rest in history]
    one, two = believe(history), believe(shuffled)
    assert one == two


@given(steps)
def test_every_chance_is_a_chance_and_the_interval_holds_it(history):
    belief = believe(history)
    for tag in TAGS:
        known = mastery(belief, tag)
        assert 0 < known.low < known.p < known.high < 1
    assert 0 < estimate(belief, TAGS, MIDDLING).p < 1


def test_predicting_changes_nothing():
    belief = believe([(["leaves"], 0.0, 0.5, True, False)])
    before = repr(belief)
    assert estimate(belief, TAGS, MIDDLING) == estimate(belief, TAGS, MIDDLING)
    assert repr(belief) == before


def test_a_good_learner_is_told_from_a_weak_one_within_forty_answers():
    rng = random.Random(7)

    def after_forty(ability: float) -> Belief:
        belief = Belief()
        for _ in range(40):
            item = Gauss(rng.gauss(0, 0.7), 0.1)
            correct = rng.random() < sigmoid(MU + ability - item.mean)
            belief, _ = update(belief, ["leaves"], item, correct=correct, at=0.0)
        return belief

    good, weak = (mastery(after_forty(ability), "leaves") for ability in (1.5, -1.5))
    assert weak.high < good.low


def test_the_80_percent_interval_holds_the_truth_for_about_80_percent_of_learners_and_tags():
    rng = random.Random(7)
    held = []
    for _ in range(200):
        overall = rng.gauss(0, math.sqrt(LEARNER_VARIANCE))
        truth = {tag: MU + overall + rng.gauss(0, math.sqrt(TAG_VARIANCE)) for tag in "abcde"}
        belief = Belief()
        for _ in range(30):
            tag, item = rng.choice("abcde"), Gauss(rng.gauss(0, 0.7), 0.01)
            correct = rng.random() < sigmoid(truth[tag] - item.mean)
            belief, _ = update(belief, [tag], item, correct=correct, at=0.0)
        known = {tag: mastery(belief, tag) for tag in truth}
        held += [known[tag].low <= sigmoid(truth[tag]) <= known[tag].high for tag in truth]
    assert 0.77 <= sum(held) / len(held) <= 0.87


# --- Parameters ------------------------------------------------------------------------------------------------------

GUESSING = Parameters(mu=-0.2, learner_variance=1.2, tag_variance=0.5, drift=0.0, tag_drift=0.0, guess=0.2)


def test_parameters_survive_json_and_a_missing_column_keeps_its_default():
    assert Parameters.from_json(json.loads(json.dumps(GUESSING.as_json()))) == GUESSING
    assert Parameters.from_json({"mu": 1}) == Parameters(mu=1.0)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({"mood": 1.0}, "no such parameter: mood"),
        ({"drift": -0.1}, "drift must be a finite number of at least 0, not -0.1"),
        ({"mu": math.inf}, "mu must be a finite number of at least 0, not inf"),
        ({"tag_variance": 0.0}, "tag_variance must be above 0"),
        ({"guess": 1.0}, "repeat_weight must be at most 1 and guess below 1"),
    ],
)
def test_parameters_out_of_range_are_refused(stored, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        Parameters.from_json(stored)


def test_other_parameters_move_every_function():
    prior = newcomer(GUESSING)
    # V = 1.2 + 0.5 + 0.49 = 2.19, s = sigma(-0.2 / sqrt(1 + pi * V / 8)) = 0.463404, p = 0.2 + 0.8 * s = 0.570723
    # slope = s / p = 0.811959, h = 0.8 * slope * s * (1 - s) = 0.161522, 1 + hV = 1.353733
    after, guess = update(prior, ["leaves"], MIDDLING, correct=True, at=0.0, parameters=GUESSING)
    assert (round(guess.p, 6), round(guess.variance, 10)) == (0.570723, 2.19)
    assert (round(after.overall.mean, 6), round(after.overall.variance, 6)) == (0.308973, 1.028185)
    assert (round(after.tag("leaves").mean, 6), round(after.tag("leaves").variance, 6)) == (0.128739, 0.470171)
    assert after.tag("water", GUESSING) == TagBelief(variance=0.5)
    assert mastery(prior, "leaves", GUESSING).p < mastery(Belief(), "leaves").p


def test_a_lucky_guess_is_weaker_evidence_than_a_right_answer_that_cannot_be_guessed():
    sure, lucky = Parameters(), Parameters(guess=0.25)
    moved = [
        update(newcomer(it), ["leaves"], MIDDLING, correct=True, at=0.0, parameters=it)[0].overall
        for it in (sure, lucky)
    ]
    assert moved[0].mean > moved[1].mean > 0
    assert moved[0].variance < moved[1].variance < LEARNER_VARIANCE


@given(steps)
def test_variances_never_grow_without_drift(history):
    belief, still = Belief(), Parameters(drift=0.0, tag_drift=0.0)
    for tags, mean, variance, correct, repeat in history:
        after, _ = update(belief, tags, Gauss(mean, variance), correct=correct, at=0.0, repeat=repeat, parameters=still)
        assert after.overall.variance <= belief.overall.variance
        assert all(after.tag(tag).variance <= belief.tag(tag).variance for tag in TAGS)
        belief = after
