"""Simulated learners and tests: the budget is kept, luck is shared, and the engine is ahead where it should be."""

from __future__ import annotations

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from questions.domain import cat, simulation, simulation_cat, simulation_truth

SMALL = {"days": 12, "budget": 20, "learners": 5, "items": 100, "seed": 5}


@pytest.mark.parametrize("truth", simulation_truth.TRUTHS)
def test_every_policy_keeps_to_the_budget_and_asks_nothing_twice_a_day(truth: str):
    for policy in simulation.POLICIES:
        world = simulation_truth.truth_of(truth, 3, 3, 40)
        simulation.practise(world, policy, days=6, budget=7, seed=3)
        assert world.times.sum(axis=1).tolist() == [42, 42, 42]
        assert world.times.max() <= 6, "at most once a day"


@pytest.mark.parametrize("truth", simulation_truth.TRUTHS)
def test_the_engine_is_ahead_of_due_first_on_either_truth(truth: str):
    found = {result.policy: result for result in simulation.compare(truth=truth, **SMALL)}
    engine = found[simulation.ENGINE]
    for peer in ("no-study", "random", "leitner", "sm2", "fsrs"):
        row = found[peer].as_json(than=engine)
        assert row["engine_ahead"] > 2 * row["engine_ahead_se"], peer


def test_the_same_seed_is_the_same_world_and_another_seed_another():
    one, same, other = (
        simulation.practise(simulation_truth.truth_of("perturbed", seed, 2, 60), "engine", days=5, budget=8, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one.recalled.tolist() == same.recalled.tolist() != other.recalled.tolist()


def test_policies_share_the_learners_and_their_luck():
    worlds = [simulation_truth.truth_of("two-curve", 9, 2, 50) for _ in range(2)]
    picks = np.array([[0, 1, 2], [3, 4, 5]])
    assert worlds[0].answer(picks, 0).tolist() == worlds[1].answer(picks, 0).tolist()


def test_the_forecast_of_the_first_day_is_near_what_comes():
    world = simulation_truth.truth_of("perturbed", 5, 8, 300)
    found = simulation.practise(world, "engine", days=20, budget=20, seed=5)
    assert found.forecast is not None
    assert abs(found.forecast - float(found.recalled.mean())) < 0.07


# --- Tests that choose their next item ---------------------------------------------------------------------------------------


def pool_of(seed: int, items: int = 120, guess: float = 0.0) -> cat.Pool:
    rng = np.random.default_rng(seed)
    return cat.Pool(
        np.exp(rng.normal(0, 0.3, items)), rng.normal(0, 1, items), np.full(items, guess), np.arange(items) % 4
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.2]))
def test_fifty_items_keep_the_blueprint_within_two_points(seed: int, guess: float):
    pool, shares, test = pool_of(seed, guess=guess), np.array([28.0, 26.0, 22.0, 24.0]), cat.Test.of()
    rng, exposure = np.random.default_rng(seed), cat.Exposure.of(120)
    for _ in range(50):
        item = cat.choose(test, pool, shares, exposure)
        assert item is not None
        test.learn(pool, item, bool(rng.random() < 0.6))
    counts = np.bincount(pool.domain[test.asked], minlength=4)
    assert np.abs(counts / 50 - shares / shares.sum()).max() <= 0.02
    assert len(set(test.asked)) == 50


def test_a_test_that_asked_everything_has_nothing_to_ask():
    pool, test = pool_of(1, items=6), cat.Test.of()
    for _ in range(6):
        item = cat.choose(test, pool, np.ones(4), cat.Exposure.of(6))
        assert item is not None
        test.learn(pool, item, True)
    assert cat.choose(test, pool, np.ones(4), cat.Exposure.of(6)) is None


def test_an_answer_moves_the_belief_its_way_and_narrows_it():
    pool = pool_of(2)
    for right in (True, False):
        test = cat.Test.of()
        before = test.mean, test.error
        test.learn(pool, 3, right)
        assert (test.mean > before[0]) is right
        assert test.error < before[1]


def test_no_item_is_given_to_more_than_its_share_and_the_test_is_shorter_than_a_fixed_form():
    sizes = {"seed": 4, "guess": 0.0, "noise": False, "learners": 120, "items": 300}
    engine, linear = (simulation_cat.run_policy(policy, **sizes) for policy in ("engine", "linear"))
    assert engine.most_exposed <= cat.CAP
    assert engine.items < 0.65 * linear.items
    assert engine.blueprint_error < 0.03


def test_where_items_are_only_estimated_the_engine_does_not_stop_too_early():
    sizes = {"seed": 4, "guess": 0.0, "noise": True, "learners": 300, "items": 300}
    engine, peer = (simulation_cat.run_policy(policy, **sizes) for policy in ("engine", "balanced"))
    assert engine.true_error < 0.33 < peer.true_error
    assert engine.items > peer.items


def test_doubt_in_a_difficulty_flattens_its_curve_and_estimates_are_drawn_to_their_mean():
    pool = pool_of(3)
    assert (cat.doubted(pool, np.full(120, 0.5)).a < pool.a).all()
    assert cat.doubted(pool, np.zeros(120)).a.tolist() == pool.a.tolist()
    drawn = cat.shrunk(pool, 0.2, 0.4)
    assert drawn.b.std() < pool.b.std()
    assert cat.shrunk(pool, 0.0, 0.0).a == pytest.approx(pool.a)


# --- The command -------------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("simulate_learners", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_prints_every_policy_for_people_and_programs():
    sizes = ["--seed", "2", "--exam-days", "4", "--budget", "6", "--learners", "2", "--items", "40"]
    found = json.loads(run(*sizes, "--json"))
    assert [row["policy"] for row in found["policies"]] == ["no-study", *simulation.POLICIES]
    assert (found["truth"], found["seed"], found["budget"]) == ("perturbed", 2, 6)
    text = run(*sizes, "--truth", "two-curve")
    assert all(title in text for title, _ in simulation.POLICIES.values())
    assert "Truth two-curve, seed 2: 2 learners" in text


def test_the_command_simulates_tests_as_well():
    sizes = ["--cat", "--guess", "0.2", "--calibration-noise", "--seed", "2", "--learners", "4", "--items", "60"]
    found = json.loads(run(*sizes, "--json"))
    assert [row["policy"] for row in found["policies"]] == list(simulation_cat.POLICIES)
    assert (found["guess"], found["noise"]) == (0.2, True)
    assert "this engine" in run(*sizes)


@pytest.mark.parametrize("wrong", [["--budget", "0"], ["--learners", "0"], ["--guess", "1"], ["--exam-days", "-1"]])
def test_sizes_that_make_no_sense_are_refused(wrong: list[str]):
    with pytest.raises(CommandError):
        run("--seed", "1", *wrong)
