"""The engine over a whole log: the protocol's properties, choices made on fit learners only, measures, reading a log."""

from __future__ import annotations

import hashlib
import math
import pickle
from functools import lru_cache

import numpy as np
import pytest

from questions.domain.ability import Parameters
from questions.domain.evaluation import Engine, engine
from questions.domain.evaluation_baselines import Elo, Mean, baselines
from questions.domain.evaluation_filter import Filter, choose
from questions.domain.evaluation_log import BadLog, Row, exams, folds, halves, parse, sit, sitting, subset, walk
from questions.domain.evaluation_metrics import auc, ece, exam_scores, losses, paired_bootstrap, scores


@lru_cache
def log(learners: int = 24, each: int = 60, *, momentum: bool = True, seed: int = 1) -> tuple[Row, ...]:
    """Rasch answers in stream order; with ``momentum`` a result also depends strongly on the one before it."""
    rng = np.random.default_rng(seed)
    able, hard = rng.normal(0, 0.8, learners), rng.normal(0, 0.7, 30)
    last = np.zeros(learners)
    rows = []
    for k in range(each):
        for user in range(learners):
            item = int(rng.integers(30))
            z = 0.4 + able[user] - hard[item] + (2.0 * last[user] if momentum else 0.0)
            right = int(rng.random() < 1 / (1 + math.exp(-z)))
            last[user] = 2 * right - 1
            rows.append(
                Row(f"u{user}", f"i{item}", (f"t{item % 4}", f"t{item % 3}"), right, 60.0 * k, 3 if right else 1)
            )
    return tuple(Row(*row[:2], tuple(dict.fromkeys(row.tags)), *row[3:]) for row in rows)


@lru_cache
def split() -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    fit, measured = halves(log())
    return tuple(fit), tuple(measured)


@lru_cache
def pickled() -> bytes:
    model = engine()
    model.fit(split()[0])
    model.tell = None  # type: ignore[assignment]
    return pickle.dumps(model)


def fresh() -> Engine:
    """A fitted engine of one's own; fitting is the slow part."""
    model: Engine = pickle.loads(pickled())  # noqa: S301 - made a line above
    model.tell = lambda _: None
    return model


def state(model: Engine) -> str:
    traces = {user: trace.as_json() for user, trace in model.traces.items()}
    assert model.recalibration is not None
    running = model.recalibration
    parts = (model.filter.beliefs, model.filter.items, model.filter.tags, sorted(model.filter.seen), traces)
    return hashlib.sha256(
        repr(parts).encode() + pickle.dumps((running.tags, running.everybody, running.learners))
    ).hexdigest()


def test_the_stack_is_used_where_it_wins_and_beats_the_filter_on_learners_never_seen():
    model, (fit, measured) = fresh(), split()
    assert model.choice is not None
    assert model.choice.stacked
    assert model.choice.stack_loss < model.choice.filter_loss
    alone = Filter(model.choice.parameters)
    alone.fit(fit)
    y = [row.correct for row in measured]
    assert losses(y, walk(model, measured)).mean() < losses(y, walk(alone, measured)).mean() - 0.02


def test_the_filter_is_used_alone_where_nothing_else_is_to_be_learned():
    fit, measured = halves(log(momentum=False))
    model = engine()
    model.fit(fit)
    assert model.choice is not None
    assert (model.choice.stacked, model.recalibration) == (False, None)
    assert walk(model, measured[:50]) == pytest.approx(
        walk(_filter(model.choice.parameters, fit), measured[:50]), abs=1e-12
    )


def _filter(parameters: Parameters, rows: list[Row]) -> Filter:
    alone = Filter(parameters)
    alone.fit(rows)
    return alone


def test_predicting_twice_is_predicting_once_and_changes_no_state():
    model, row = fresh(), split()[1][0]
    before = state(model)
    first = model.predict(row.user, row.item, row.tags, row.ts)
    many = model.predict_many([row]).tolist()
    assert model.predict(row.user, row.item, row.tags, row.ts) == first
    assert model.predict_many([row]).tolist() == many
    assert state(model) == before


def test_later_rows_and_their_order_change_no_earlier_prediction():
    measured = split()[1]
    rows, later = measured[:40], list(measured[40:80])
    np.random.default_rng(5).shuffle(later)  # type: ignore[arg-type]
    turned = [Row(*row) for row in later]
    assert walk(fresh(), [*rows, *turned])[:40] == walk(fresh(), measured[:80])[:40]


def test_replaying_the_log_gives_the_state():
    one, two = fresh(), fresh()
    for row in split()[1][:100]:
        one.predict(row.user, row.item, row.tags, row.ts)
        one.update(*row)
    for row in split()[1][:100]:
        two.update(*row)
    assert state(one) == state(two)


def test_a_right_answer_never_lowers_the_filters_chance_of_that_item_nor_a_wrong_one_raises_it():
    for row in split()[1][:60]:
        for correct, way in ((1, 1), (0, -1)):
            model = fresh().filter
            before = model.predict(row.user, row.item, row.tags, row.ts)
            model.update(row.user, row.item, row.tags, correct, row.ts, row.rating)
            assert way * (model.predict(row.user, row.item, row.tags, row.ts) - before) > 0


def test_the_readiness_head_does_not_chase_momentum():
    model, row = fresh(), split()[1][0]
    for place in range(6):
        model.update(row.user, f"new {place}", row.tags, 0, 0.0, 1)
    exam = model.predict_many([row])[0]
    assert exam == model.filter.predict(row.user, row.item, row.tags, row.ts)
    assert exam > model.predict(row.user, row.item, row.tags, 1.0)


def test_evaluation_learners_never_enter_a_choice():
    fit, _ = split()
    quick, slow, _ = choose(list(fit))
    assert (quick, slow) == choose(list(fit))[:2]
    assert {quick.guess, slow.guess} <= {0.0, 0.1}


def test_a_log_of_one_learner_runs_on_the_filter():
    rows = [row for row in log() if row.user == "u1"]
    model = engine()
    model.fit(rows[:30])
    assert model.recalibration is None
    assert all(0 < p < 1 for p in walk(model, rows[30:]))


def test_plain_tuples_are_rows_too():
    model = engine()
    model.fit([tuple(row) for row in log(momentum=False)[:200]])  # type: ignore[misc]
    assert 0 < model.predict("u1", "i1", ("t1",), None) < 1


# --- Baselines, measures ---------------------------------------------------------------------------------------------


def test_every_baseline_fits_and_predicts():
    fit, measured = split()
    for name, model in baselines().items():
        model.fit(fit)
        chances = walk(model, measured[:200])
        assert all(0 < p < 1 for p in chances), name


def test_means_by_hand():
    rows = [Row("a", "x", ("t",), 1, None, 3), Row("a", "y", ("t",), 0, None, 1)]
    everybody, user, item = Mean("everybody"), Mean("user"), Mean("item")
    for model in (everybody, user, item):
        model.fit(rows)
    user.update(*rows[0])
    assert everybody.predict("b", "z", ("t",), None) == 0.5
    assert user.predict("a", "z", ("t",), None) == (1 + 5 * 0.5) / 6
    assert user.predict("b", "z", ("t",), None) == 0.5
    assert item.predict("b", "x", ("t",), None) == (1 + 5 * 0.5) / 6


def test_elo_moves_both_sides_by_the_surprise():
    model = Elo(0.8, 0.06)
    model.fit([Row("a", "x", ("t",), 1, None, 3), Row("a", "y", ("t",), 0, None, 1)])
    before = model.predict("b", "x", ("t",), None)
    model.update("b", "x", ("t",), 1, None, 3)
    assert (model.ability["b"], before < model.predict("b", "x", ("t",), None)) == (0.8 * (1 - before), True)


def test_measures_by_hand():
    y, p = [1, 0, 1, 0], [0.9, 0.6, 0.6, 0.1]
    assert auc(y, p) == (1 + 1 + 1 + 0.5) / 4
    assert math.isnan(auc([1, 1], [0.2, 0.3]))
    assert losses([1, 0], [1.0, 0.25]).tolist() == pytest.approx([-math.log(0.999), -math.log(0.75)])
    # bins: {.9: y 1}, {.6, .6: y 0, 1}, {.1: y 0}
    assert ece(y, p) == pytest.approx((0.1 + 0.2 + 0.1) / 4)
    rows = [Row("a", str(k), ("t",), right, None, 3) for k, right in enumerate(y)]
    assert scores(rows, p).cold == auc(y, p)


def test_the_paired_bootstrap_tells_a_real_gain_from_none():
    rng = np.random.default_rng(1)
    rows = list(log())
    truth = rng.uniform(0.2, 0.8, len(rows))
    rows = [row._replace(correct=int(rng.random() < p)) for row, p in zip(rows, truth, strict=True)]
    better = paired_bootstrap(rows, truth, np.full(len(rows), 0.5), np.random.default_rng(2), 400)
    assert better.low < better.mean < better.high < 0
    same = paired_bootstrap(rows, truth, truth, np.random.default_rng(2), 400)
    assert (same.low, same.mean, same.high) == (0.0, 0.0, 0.0)


def test_set_aside_exams_are_the_last_first_sights_after_enough_answers():
    rows = [Row("a", item, ("t",), 1, None, 3) for item in "xyzxuvw"]
    assert exams(rows, 3) == {"a": [4, 5, 6]}
    assert exams(rows, 5) == {}


def test_a_frozen_learner_is_asked_all_of_an_exam_at_once():
    class Watched(Mean):
        def __init__(self) -> None:
            super().__init__("everybody")
            self.told: list[str] = []

        def update(self, user: str, item: str, *rest: object) -> None:
            self.told.append(user + item)

    model = Watched()
    rows = [Row(user, item, ("t",), 1, None, 3) for item in "pqrs" for user in "ab"]
    found = list(sit(model, rows, 2))
    assert found == [sitting([0.5, 0.5], [1, 1])] * 2
    assert model.told == ["ap", "bp", "aq", "bq"]


def test_exam_scores_use_bias_and_spread_of_the_fit_learners():
    fitted = [sitting([0.5] * 10, [1] * right + [0] * (10 - right)) for right in (6, 7, 6, 5)]
    found = exam_scores(fitted, [sitting([0.5] * 10, [1] * 6 + [0] * 4)] * 3, 0.6, 10)
    assert (found.learners, round(found.mae, 10), found.coverage) == (3, 0.0, 1.0)


# --- Reading and splitting -------------------------------------------------------------------------------------------

HEADER = "user,item,tags,correct,order,ts,rating"


def test_a_log_is_read_with_its_gaps():
    assert parse([HEADER, "a,x,t;u;t,1,0,12.5,4", "a,y,,0,1,,"]) == [
        Row("a", "x", ("t", "u"), 1, 12.5, 4),
        Row("a", "y", ("none",), 0, None, 1),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["user,item,correct", "a,x,1"], "line 1: no column tags"),
        ([], "line 1: no column user, item, tags, correct"),
        ([HEADER], "line 2: no answers"),
        ([HEADER, "a,x,t,1,0,,", "a,x,t,yes,1,,"], "line 3: correct must be 0 or 1, not 'yes'"),
        ([HEADER, ",x,t,1,0,,"], "line 2: an answer needs a user and an item"),
        ([HEADER, "a,x,t,1,0,soon,"], "line 2: could not convert string to float: 'soon'"),
        ([HEADER, "a,x,t,1,0,inf,"], "line 2: ts must be a number of seconds, not 'inf'"),
    ],
)
def test_a_bad_log_is_refused_with_its_line(lines, told):
    with pytest.raises(BadLog) as refusal:
        parse(lines)
    assert str(refusal.value) == told


def test_halves_share_no_learner_and_one_learner_is_split_by_time():
    fit, measured = split()
    assert {row.user for row in fit} & {row.user for row in measured} == set()
    assert len({row.user for row in fit}) == len({row.user for row in measured}) == 12
    alone = [row for row in log() if row.user == "u3"]
    assert halves(alone) == (alone[:30], alone[30:])


def test_folds_are_even_and_a_second_salt_is_independent_of_the_first():
    rows = [Row(f"u{k}", "x", ("t",), 1, None, 3) for k in range(400)]
    one, two = folds(rows, 2, "one"), folds(rows, 2, "two")
    assert sum(one.values()) == sum(two.values()) == 200
    both = sum(one[user] == two[user] for user in one)
    assert 160 <= both <= 240


def test_a_subset_keeps_whole_learners():
    kept = subset(log(), 500)
    size = {user: sum(row.user == user for row in kept) for user in {row.user for row in kept}}
    assert set(size.values()) == {60}
    assert len(size) == 9
