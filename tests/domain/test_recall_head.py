"""The recall head: circumstances correct FSRS, answer by answer."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain.memory import DEFAULT, advance, recall
from questions.domain.memory_fit import fit_learner
from questions.domain.memory_log import SECONDS, loss, walk
from questions.domain.recall_head import FIRST, SAME_DAY, SPACED, RecallHead, Settings
from tests.domain.forgetters import FORGETFUL, forgetter

HOUR = 3600.0


def rows_of(log):
    return [(one.learner, one.item, ("t",), int(one.correct), one.at, one.rating) for one in log]


def walked(head, rows):
    """Predictions of all rows, each before its answer is learned."""
    found = []
    for row in rows:
        found.append(head.predict(row[0], row[1], row[2], row[4]))
        head.update(*row)
    return found


def losses(log, head=None):
    """Mean log loss of spaced reviews: of FSRS with its defaults, and of the head from nothing."""
    p = walked(head or RecallHead(), rows_of(log))
    spaced = [one for one in walk(log) if one.spaced]
    fsrs = sum(loss(one.review.correct, one.recall) for one in spaced) / len(spaced)
    return fsrs, sum(loss(one.review.correct, p[one.index]) for one in spaced) / len(spaced)


def snapshot(head):
    return copy.deepcopy(
        {
            name: (
                [(r.mean.tolist(), r.covariance.tolist(), r.answers) for r in learner.regressions.values()],
                learner.recent.tolist(),
                learner.cards,
                (
                    learner.last,
                    learner.correct,
                    learner.short,
                    learner.longer,
                    learner.first_sights,
                    learner.parameters,
                ),
            )
            for name, learner in head.learners.items()
        }
    )


def test_a_new_learner_is_expected_to_do_as_fsrs_says():
    head = RecallHead()
    assert head.predict("a", "x", (), 0.0) == 0.5
    head.update("a", "x", (), 1, 0.0, 3)
    # The weights are not known yet: their variance draws the chance a little to one half.
    assert recall(2.3065, 3.0) == pytest.approx(0.8809, abs=1e-4)
    assert head.predict("a", "x", (), 3 * SECONDS) == pytest.approx(0.8745, abs=1e-4)


def test_golden_sequence():
    head = RecallHead()
    answers = [(0, "x", 1), (0.01, "y", 0), (0.02, "y", 1), (1, "x", 1), (1.01, "y", 0), (1.02, "y", 1), (3, "x", 0),
               (3.01, "y", 0), (3.02, "z", 1), (4, "x", 1), (4.01, "y", 1)]  # fmt: skip
    rows = [("a", item, (), correct, days * SECONDS, 3 if correct else 1) for days, item, correct in answers]
    golden = [0.5, 0.5864, 0.5363, 0.9427, 0.7783, 0.581, 0.9576, 0.6952, 0.5016, 0.878, 0.6232]
    assert [round(p, 4) for p in walked(head, rows)] == golden


def test_predictions_change_nothing():
    log = rows_of(forgetter(days=30))
    head = RecallHead()
    walked(head, log)
    before = snapshot(head)
    at = log[-1][4] + 2 * SECONDS
    first = [head.predict(who, item, (), at) for who in ("a", "nobody") for item in ("1", "2", "unseen")]
    assert [head.predict(who, item, (), at) for who in ("a", "nobody") for item in ("1", "2", "unseen")] == first
    assert snapshot(head) == before


def test_what_comes_later_changes_no_earlier_prediction():
    rows = rows_of(forgetter(days=40))
    half = len(rows) // 2
    turned = rows[:half] + [(*row[:3], 1 - row[3], row[4], 1 if row[3] else 3) for row in rows[half:]]
    assert walked(RecallHead(), rows)[: half + 1] == walked(RecallHead(), turned)[: half + 1]


def test_learners_do_not_touch_each_other():
    one, other = rows_of(forgetter(days=20, learner="a")), rows_of(forgetter(FORGETFUL, seed=1, days=20, learner="b"))
    together = sorted(one + other, key=lambda row: row[4])
    p = walked(RecallHead(), together)
    assert [x for x, row in zip(p, together, strict=True) if row[0] == "a"] == walked(RecallHead(), one)


@pytest.mark.parametrize("seed", range(3))
def test_of_a_learner_who_is_as_fsrs_says_it_spoils_little(seed):
    fsrs, head = losses(forgetter(DEFAULT, seed=seed, items=400, a_day=20))
    assert head - fsrs < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_of_a_learner_far_from_the_default_it_learns_soon(seed):
    fsrs, head = losses(forgetter(FORGETFUL, seed=seed))
    assert fsrs - head > 0.05


@pytest.mark.parametrize("seed", range(3))
def test_bad_days_are_noticed_while_they_last(seed):
    """Every third day half of what FSRS expects is recalled. A head that knows only items is worse."""
    log = forgetter(DEFAULT, seed=seed, items=400, a_day=40, bend=lambda day, p: p * (0.5 if day % 3 == 0 else 1))
    fsrs, head = losses(log)
    blind = Settings(drift=0.0, variances=((SPACED, (0.05, 1e-9, 1.0, *[1e-9] * 5)), *Settings().variances[1:]))
    _, without = losses(log, RecallHead(settings=blind))
    assert fsrs - head > 0.1
    assert without - head > 0.02


@pytest.mark.parametrize("seed", range(3))
def test_an_item_that_is_harder_than_fsrs_thinks_is_noticed(seed):
    """Half of the items are never recalled, whatever the learner does; recall of the others is as FSRS says."""
    rng, rows, state, last = random.Random(seed), [], {}, {}
    for day in range(0, 160, 2):
        for item in range(10):
            at = day * SECONDS + item
            p = recall(state[item][0], 2.0) if item in state and item < 5 else 0.0
            rating = 3 if rng.random() < p else 1
            state[item], last[item] = advance(state.get(item), rating, 2.0), at
            rows.append(("a", str(item), (), int(rating > 1), at, rating))
    head = RecallHead()
    walked(head, rows)
    at = rows[-1][4] + 2 * SECONDS
    surprise = {item: card.surprise / card.spaced for item, card in head.learners["a"].cards.items()}
    assert max(surprise[str(item)] for item in range(5, 10)) < min(surprise[str(item)] for item in range(5))
    assert head.learners["a"].regressions[SPACED].mean[2] > 0.5
    hard, easy = ([head.predict("a", str(i), (), at) for i in items] for items in (range(5, 10), range(5)))
    assert max(hard) < min(easy)


def test_each_kind_of_question_has_a_regression_of_its_own():
    head = RecallHead()
    for at, item, correct in [(0, "x", 0), (1, "y", 0), (60, "x", 1), (12 * HOUR + 60, "x", 1), (24 * HOUR, "x", 1)]:
        head.update("a", item, (), correct, at, None)
    counts = {kind: regression.answers for kind, regression in head.learners["a"].regressions.items()}
    assert counts == {FIRST: 2, SAME_DAY: 2, SPACED: 1}


def test_a_question_asked_again_at_once_is_not_a_sure_thing():
    """FSRS gives everything of today a chance near 1; who mostly misses what was just missed is expected to."""
    head = RecallHead()
    for n in range(60):
        for at, correct in ((0, 0), (60, 0), (120, 1)):
            head.update("a", str(n), (), correct, n * 600 + at, None)
    at = 60 * 600
    head.update("a", "new", (), 0, at, None)
    assert recall(0.212, 60 / SECONDS) > 0.99
    assert head.predict("a", "new", (), at + 60) < 0.3
    head.update("a", "new", (), 0, at + 60, None)
    assert head.predict("a", "new", (), at + 120) > 0.7


def test_a_learner_s_average_is_of_answers_of_every_kind():
    head = RecallHead()
    for at, correct in [(0, 1), (60, 0), (2 * SECONDS, 1)]:
        head.update("a", "x", (), correct, at, None)
    short = 0.7
    for correct in (1, 0, 1):
        short += (correct - short) / 5
    learner = head.learners["a"]
    assert (learner.short, learner.correct, learner.last) == (pytest.approx(short), 1, 2 * SECONDS)


def test_answers_without_a_time_count_as_given_with_the_last_one():
    timed, untimed = RecallHead(), RecallHead()
    for row in rows_of(forgetter(days=3)):
        timed.update(*row[:4], 0.0, row[5])
        untimed.update(*row[:4], None, row[5])
    assert snapshot(timed) == snapshot(untimed)
    assert timed.predict("a", "1", (), 0.0) == untimed.predict("a", "1", (), None)


def test_a_rating_that_contradicts_the_result_or_is_none_is_by_result():
    heads = [RecallHead() for _ in range(4)]
    for head, rating in zip(heads, (3, None, 1, 9), strict=True):
        head.update("a", "x", (), 1, 0.0, rating)
    assert snapshot(heads[0]) == snapshot(heads[1]) == snapshot(heads[2]) == snapshot(heads[3])
    hard = RecallHead()
    hard.update("a", "x", (), 1, 0.0, 2)
    assert hard.learners["a"].cards["x"].state == advance(None, 2, 0.0)


def test_after_a_fit_its_learners_go_on_and_memories_follow_their_own_parameters():
    log = forgetter(FORGETFUL, seed=1)
    rows = rows_of(log)
    head = RecallHead()
    head.fit(rows)
    learner, fit = head.learners["a"], fit_learner(log)
    assert fit.accepted
    assert learner.parameters == fit.parameters
    last = {one.review.item: one for one in walk(log, fit.parameters)}
    item, before = next(iter(last.items()))
    gap = min(before.gap, 1000)
    days = round(gap) if gap >= 1 else 1.0
    assert learner.cards[item].state == pytest.approx(
        advance((before.stability, before.difficulty), before.review.rating, days, fit.parameters)
    )
    plain = RecallHead(fit_own=False)
    plain.fit(rows)
    assert plain.learners["a"].parameters == DEFAULT


def test_a_newcomer_starts_from_the_others_the_more_of_them_there_are():
    def constant(count):
        head = RecallHead(fit_own=False)
        logs = [rows_of(forgetter(FORGETFUL, seed=n, learner=str(n), days=30)) for n in range(count)]
        head.fit(sorted((row for log in logs for row in log), key=lambda row: row[4]))
        return head._new().regressions[SPACED].mean[1]

    few, many = constant(1), constant(12)
    assert 0 < few < many


def test_fitting_nothing_changes_nothing():
    head = RecallHead()
    head.fit([])
    assert head._new().regressions[SPACED].mean.tolist() == [0.0] * 8


@given(
    st.lists(st.tuples(st.floats(0, 40 * SECONDS), st.sampled_from("xyz"), st.integers(0, 1)), min_size=1, max_size=30)
)
def test_chances_stay_chances_and_variances_positive(answers):
    head = RecallHead()
    at = 0.0
    for gap, item, correct in answers:
        at += gap
        assert 0 < head.predict("a", item, (), at) < 1
        head.update("a", item, (), correct, at, None)
    for regression in head.learners["a"].regressions.values():
        assert np.linalg.eigvalsh(regression.covariance).min() > 0


def test_a_clock_that_went_back_does_no_harm():
    head = RecallHead()
    head.update("a", "x", (), 1, 10 * SECONDS, None)
    head.update("a", "x", (), 1, 2 * SECONDS, None)
    assert head.learners["a"].cards["x"].last == head.learners["a"].last == 10 * SECONDS
    assert 0 < head.predict("a", "x", (), 0.0) < 1
