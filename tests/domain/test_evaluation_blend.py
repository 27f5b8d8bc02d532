"""The readiness head: what set-aside exams say of leaning on other filters, and that nothing leans without them."""

from __future__ import annotations

import numpy as np
import pytest

from questions.domain.ability import Parameters
from questions.domain.calibration import sigmoid
from questions.domain.evaluation import Engine
from questions.domain.evaluation_blend import NOTHING, OTHERS, Head, Weights, blend, weigh
from questions.domain.evaluation_filter import CANDIDATES, EXAM, TOPICAL, Filter, Papers, choose
from questions.domain.evaluation_log import Row

SLOW = CANDIDATES[4]


def logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


CENTRES = (0.3, -0.2, 0.1)


def papers(exams: int, truth: tuple[float, ...], seed: int = 1) -> Papers:
    """Exams whose answers follow the slow logits, moved by ``truth`` times what the other filters say beside them."""
    rng = np.random.default_rng(seed)
    n = exams * EXAM
    slow, apart = rng.normal(0.4, 0.7, n), rng.normal(CENTRES, 0.8, (n, len(OTHERS)))
    right = rng.random(n) < sigmoid(slow + (apart - CENTRES) @ truth)
    foreseen = {SLOW: sigmoid(slow)} | {one: sigmoid(slow + apart[:, k]) for k, one in enumerate(OTHERS)}
    return Papers(exams, right.astype(float), foreseen)


def rows(learners: int, each: int) -> list[Row]:
    rng = np.random.default_rng(3)
    able = rng.normal(0, 1, learners)
    return [
        Row(f"u{user}", f"i{k}", (f"t{k % 5}",), int(rng.random() < sigmoid(able[user : user + 1])[0]), 60.0 * k, 3)
        for k in range(each)
        for user in range(learners)
    ]


@pytest.mark.parametrize("truth", [(0.5, 0.0, 0.0), (0.0, 0.6, 0.0), (0.4, -0.3, 0.2)])
def test_the_weights_are_those_that_the_exams_followed(truth):
    found = weigh(papers(300, truth), SLOW)
    assert found.weight == pytest.approx(truth, abs=0.1)
    assert found.centre == pytest.approx(CENTRES, abs=0.05)


def test_exams_that_say_nothing_beside_the_slow_filter_leave_it_as_it_is():
    assert weigh(papers(300, (0.0, 0.0, 0.0)), SLOW).weight == pytest.approx((0.0, 0.0, 0.0), abs=0.05)


def test_a_slow_filter_that_is_one_of_the_others_gets_no_weight_of_its_own():
    made = papers(100, (0.5, 0.0, 0.0))
    found = weigh(made._replace(foreseen={**made.foreseen, OTHERS[0]: made.foreseen[SLOW]}), OTHERS[0])
    assert (found.weight[0], found.centre[0]) == (0.0, 0.0)


def test_few_exams_teach_nothing():
    assert weigh(papers(19, (0.5, 0.0, 0.0)), SLOW) == NOTHING
    assert weigh(papers(20, (0.5, 0.0, 0.0)), SLOW) != NOTHING


def test_no_weight_moves_the_level():
    slow = np.array([0.3, 0.6])
    others = [sigmoid(logit(slow) + centre) for centre in CENTRES]
    assert blend(slow, others, Weights((0.7, -0.4, 0.2), CENTRES)) == pytest.approx(slow)
    assert blend(slow, others, Weights((0.5, 0.0, 0.0), (0.1, 0.0, 0.0))) == pytest.approx(sigmoid(logit(slow) + 0.1))


def test_without_weights_the_head_is_the_slow_filter_and_keeps_no_other():
    slow, head, answers = Filter(SLOW), Head(), rows(6, 10)
    slow.fit(answers)
    head.fit(answers)
    for row in answers:
        slow.update(*row)
        head.update(row)
    assert head.filters == []
    assert head.predict(answers, slow).tolist() == [slow.predict(*row[:3], row.ts) for row in answers]


def test_the_head_follows_each_answer_and_predicting_changes_nothing():
    slow, head, answers = Filter(SLOW), Head(Weights((0.3, 0.3, 0.3), (0.0, 0.0, 0.0))), rows(6, 10)
    for one in (slow, head):
        one.fit(answers)
    asked = [answers[0]._replace(user="new")]
    before = head.predict(asked, slow).tolist()
    assert head.predict(asked, slow).tolist() == before
    head.update(asked[0]._replace(item="i9", correct=1))
    assert head.predict(asked, slow).tolist()[0] > before[0]


def test_the_choice_keeps_what_every_filter_foresaw_of_the_exams():
    chosen = choose(rows(24, 2 * EXAM))
    assert chosen.papers.exams == 24
    assert set(chosen.papers.foreseen) == {*CANDIDATES, TOPICAL}
    assert TOPICAL not in chosen[:2]
    assert {len(one) for one in chosen.papers.foreseen.values()} == {24 * EXAM} == {len(chosen.papers.correct)}
    assert weigh(chosen.papers, chosen.slow) != NOTHING


def test_of_too_few_learners_there_are_no_exams():
    chosen = choose(rows(5, 2 * EXAM))
    assert (chosen.papers.exams, weigh(chosen.papers, Parameters())) == (0, NOTHING)


def test_the_engine_asks_the_head_for_exams_and_keeps_it_up_with_the_log():
    model, answers = Engine(), rows(24, 2 * EXAM)
    model.fit(answers)
    assert model.choice is not None
    assert model.head.weights == weigh(choose(answers).papers, model.choice.parameters) != NOTHING
    asked = [answers[0]._replace(user="new"), answers[-1]._replace(user="new")]
    model.update(*asked[0])
    assert [one.belief("new").answered for one in (model.filter, *model.head.filters)] == [1] * (1 + len(OTHERS))
    assert model.predict_many(asked).tolist() == model.head.predict(asked, model.filter).tolist()
