"""What the nightly refit of difficulties costs: synthetic answers, seconds and peak memory, beside the limits.

    python tests/load/bench_refit.py --answers 1000000

Limits: 1,000,000 answers within 300 s and 1 GiB on one core (set OMP_NUM_THREADS=1).
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from questions.domain.ability import DEFAULT
from questions.domain.calibration import Answers, refit, sigmoid

SECONDS, MEBIBYTES = 300.0, 1024.0


def synthetic(count: int, seed: int) -> tuple[Answers, np.ndarray]:
    """A log of ``count`` answers, two tags each, and the true difficulties (tags' part included) of its items."""
    rng = np.random.default_rng(seed)
    learners, items, tags = max(1, count // 200), 2000, 60
    learner, item = rng.integers(0, learners, count), rng.integers(0, items, count)
    first = rng.integers(0, tags, items)
    tag_of = np.stack([first, (first + rng.integers(1, tags, items)) % tags], axis=1)
    b, d = rng.normal(0, 0.7, items), rng.normal(0, 0.6, tags)
    own = rng.normal(0, 0.5, (learners, tags)).astype(np.float32)
    ability = rng.normal(0, 0.9, learners)
    served = b + d[tag_of].mean(axis=1)
    z = DEFAULT.mu + ability[learner] + own[learner[:, None], tag_of[item]].mean(axis=1) - served[item]
    answers = Answers(
        learner,
        item,
        (rng.random(count) < sigmoid(z)).astype(float),
        np.ones(count),
        np.repeat(np.arange(count), 2),
        tag_of[item].reshape(-1),
        learners,
        items,
        tags,
    )
    return answers, served


def main() -> int:
    """Make the log, refit, print; exit code 1 when a limit is broken."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--answers", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    wanted = options.parse_args()
    answers, truth = synthetic(wanted.answers, wanted.seed)
    start = time.perf_counter()
    found = refit(answers)
    took = time.perf_counter() - start
    # An item's two tags: the first rows of its answers name them.
    where = np.full(answers.items, -1)
    where[answers.item[::-1]] = np.arange(len(answers.item))[::-1]
    asked = where >= 0
    pairs = answers.tag.reshape(-1, 2)[where[asked]]
    believed = found.item_mean[asked] + found.tag_mean[pairs].mean(axis=1)
    error = believed - truth[asked]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    scale = wanted.answers / 1_000_000
    print(
        f"{wanted.answers} answers, {answers.items} items, {answers.learners} learners: {took:.1f} s, peak {peak:.0f} MiB"
    )
    print(f"served difficulties: r {np.corrcoef(believed, truth[asked])[0, 1]:.4f}, RMSE {error.std():.3f} logits")
    fast = took <= SECONDS * max(scale, 1.0) and peak <= MEBIBYTES * max(scale, 1.0)
    print(f"limits {SECONDS:.0f} s and {MEBIBYTES:.0f} MiB for a million answers: {'kept' if fast else 'BROKEN'}")
    return 0 if fast else 1


if __name__ == "__main__":
    sys.exit(main())
