"""``manage.py simulate_learners``: what each way to choose questions leaves simulated learners with, on the day of the exam."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from questions.domain import simulation, simulation_cat, simulation_truth


class Command(BaseCommand):
    """Memory until an exam, or (``--cat``) tests that choose their next question."""

    help = "Simulate learners: share of the bank known on the day of the exam by policy."

    def add_arguments(self, parser: Any) -> None:
        """Sizes, the truth, the seed; ``--json`` prints for programs."""
        parser.add_argument("--exam-days", type=int, default=30, help="days until the exam")
        parser.add_argument("--budget", type=int, default=20, help="answers a day")
        parser.add_argument("--learners", type=int, default=None, help="simulated learners")
        parser.add_argument("--items", type=int, default=simulation_truth.ITEMS, help="questions in the bank")
        parser.add_argument("--seed", type=int, required=True, help="the same seed is the same world and the same luck")
        parser.add_argument(
            "--truth", choices=simulation_truth.TRUTHS, default=simulation_truth.PERTURBED, help="how they forget"
        )
        parser.add_argument("--cat", action="store_true", help="tests that stop at a standard error, instead of memory")
        parser.add_argument("--guess", type=float, default=0.0, help="with --cat: chance of guessing right (0-0.9)")
        parser.add_argument(
            "--calibration-noise", action="store_true", help="with --cat: only estimates of the items are known"
        )
        parser.add_argument("--json", action="store_true", help="print figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, with a line of progress a policy, then print the table."""
        sizes = [options[name] for name in ("exam_days", "budget", "items", "learners")]
        if min(size for size in sizes if size is not None) < 1:
            raise CommandError("Days, budget, learners and items are at least 1.")
        if not 0.0 <= options["guess"] <= 0.9:
            raise CommandError("The chance of guessing lies between 0 and 0.9.")
        if options["cat"]:
            self._cat(options)
        else:
            self._memory(options)

    def _memory(self, options: dict[str, Any]) -> None:
        sizes = {
            "truth": options["truth"],
            "days": options["exam_days"],
            "budget": options["budget"],
            "learners": options["learners"] or 30,
            "seed": options["seed"],
            "items": options["items"],
        }
        results, began = [], time.monotonic()
        for result in simulation.compare(**sizes):
            results.append(result)
            self.stderr.write(f"  {time.monotonic() - began:5.1f} s  {result.title}")
        engine = results[-1]
        rows = [result.as_json(than=engine) for result in results]
        if options["json"]:
            self.stdout.write(json.dumps(sizes | {"policies": rows}))
            return
        self.stdout.write(
            f"Truth {sizes['truth']}, seed {sizes['seed']}: {sizes['learners']} learners, {sizes['items']} questions, "
            f"{sizes['days']} days, {sizes['budget']} answers a day. Share known on the day, SE over learners; how far the "
            "engine is ahead, paired by learner."
        )
        for row in rows:
            ahead = f"  {row['engine_ahead']:+.3f} ± {row['engine_ahead_se']:.3f}" if "engine_ahead" in row else ""
            self.stdout.write(
                f"{row['title']:<36} {row['recalled']:.3f} ± {row['se']:.3f}  seen {row['seen']:.2f}{ahead}"
            )
        self.stdout.write(f"The engine's forecast on the first day: {engine.forecast:.3f}")

    def _cat(self, options: dict[str, Any]) -> None:
        sizes = {
            "seed": options["seed"],
            "guess": options["guess"],
            "noise": options["calibration_noise"],
            "learners": options["learners"] or simulation_cat.LEARNERS,
            "items": options["items"],
        }
        results, began = [], time.monotonic()
        for result in simulation_cat.compare(**sizes):
            results.append(result)
            self.stderr.write(f"  {time.monotonic() - began:5.1f} s  {result.title}")
        if options["json"]:
            self.stdout.write(json.dumps(sizes | {"policies": [result.as_json() for result in results]}))
            return
        self.stdout.write(
            f"Tests to a standard error of {simulation_cat.cat.TARGET:.2f}, guess {sizes['guess']:.2f}, "
            f"{'estimated' if sizes['noise'] else 'known'} items, seed {sizes['seed']}: {sizes['learners']} learners, "
            f"{sizes['items']} items."
        )
        self.stdout.write(
            "                        items ± SE     p90  most exposed  never used  blueprint  error: believed  true"
        )
        for row in results:
            self.stdout.write(
                f"{row.title:<22} {row.items:6.1f} ± {row.items_se:.1f} {row.items_p90:7.0f} {row.most_exposed:13.2f} "
                f"{row.never_used:11.2f} {row.blueprint_error:10.3f} {row.believed_error:16.3f} {row.true_error:5.3f}"
            )
