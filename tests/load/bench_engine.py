"""What one answer costs the engine itself: filter, trace and stack, own compute of one core, no database.

    python tests/load/bench_engine.py --answers 5000

Limit: the sum of an answer's parts at most 1 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from questions.domain import ability, stack
from questions.domain.recalibration import Recalibration
from questions.domain.trace import FEATURES, Trace, features

LIMIT = 1000.0
"""Microseconds."""
TAGS = [f"tag-{k}" for k in range(40)]


def fitted(rng: np.random.Generator) -> stack.Coefficients:
    """Coefficients of the true size from noise: the cost does not depend on their values."""
    rows, n = rng.normal(size=(2000, len(FEATURES))), 2000
    tag = [TAGS[k % len(TAGS)] for k in range(2 * n)]
    return stack.fit(rows, (rng.random(n) < 0.6).astype(float), np.repeat(np.arange(n), 2), tag)


def main() -> int:
    """Answer, time each part, print; exit code 1 when the limit is broken."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--answers", type=int, default=5000)
    wanted = options.parse_args().answers
    rng, draw = np.random.default_rng(1), random.Random(1)
    coefficients = fitted(rng)
    running, belief, trace = Recalibration(coefficients), ability.newcomer(), Trace()
    times: dict[str, list[float]] = {}

    def timed(part: str, start: float) -> float:
        now = time.perf_counter()
        times.setdefault(part, []).append((now - start) * 1e6)
        return now

    for k in range(wanted):
        item, tags = f"item-{draw.randrange(2000)}", draw.sample(TAGS, 2)
        difficulty, correct = ability.Gauss(draw.gauss(0, 1), 0.2), draw.random() < 0.6
        begin = now = time.perf_counter()
        guess = ability.estimate(belief, tags, difficulty)
        x = features(trace, belief, guess, item, tags, difficulty, 60.0 * k, ability.DEFAULT)
        now = timed("features", now)
        stack.predict(coefficients, x, tags)
        now = timed("stack.predict", now)
        belief, guess = ability.update(belief, tags, difficulty, correct=correct, at=60.0 * k)
        now = timed("ability.update", now)
        trace.record(item, tags, correct=correct, p=guess.p, at=60.0 * k)
        now = timed("trace.record", now)
        timed("an answer", begin)
        running.update("learner", x, tags, correct=correct)
        timed("recalibration.update (worker)", now)
    print(f"{'part':32}{'p50':>8}{'p95':>8}  microseconds over {wanted} answers")
    for part, taken in times.items():
        print(f"{part:32}{np.quantile(taken, 0.5):8.0f}{np.quantile(taken, 0.95):8.0f}")
    worst = float(np.quantile(times["an answer"], 0.95))
    print(f"limit {LIMIT:.0f} at p95: {'kept' if worst <= LIMIT else 'BROKEN'}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
