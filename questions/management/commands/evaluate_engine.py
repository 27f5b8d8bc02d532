"""``manage.py evaluate_engine``: the engine beside plain baselines on a log of real answers, walked row by row."""

from __future__ import annotations

import csv
import gzip
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from questions.domain.evaluation import Engine
from questions.domain.evaluation_baselines import baselines
from questions.domain.evaluation_log import BadLog, Model, Row, exams, folds, halves, parse, sit, walk
from questions.domain.evaluation_metrics import exam_scores, paired_bootstrap, scores

SEED = 20260831


class Command(BaseCommand):
    """Fit on one half of the learners, measure on the other (or on another log)."""

    help = (
        "Measure how well the engine foresees answers on a log (CSV, .gz allowed: user,item,tags,correct[,ts,rating]), "
        "beside plain baselines. Learners are split in half unless --eval names a log of others."
    )

    def add_arguments(self, parser: Any) -> None:
        """The log, and what to do with it."""
        parser.add_argument("log", type=Path, help="log to calibrate on")
        parser.add_argument("--eval", type=Path, help="log to measure on; else half of the learners")
        parser.add_argument("--readiness", type=int, default=0, metavar="K", help="length of a set-aside exam")
        parser.add_argument(
            "--boot", type=int, default=1000, metavar="N", help="draws of the paired bootstrap; 0: none"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, fit, walk, print."""
        if options["readiness"] < 0 or options["boot"] < 0:
            raise CommandError("--readiness and --boot take numbers of at least 0.")
        rows = _read(options["log"])
        fit, measured = (rows, _read(options["eval"])) if options["eval"] else halves(rows)
        if not fit or not measured:
            raise CommandError("The log is too short to be split: name another one with --eval.")
        models: dict[str, Model] = {**baselines(), "engine": Engine(self._tell)}
        found = self._readiness(models, fit, measured, options) if options["readiness"] else None
        found = found or self._next_answer(models, fit, measured, options)
        if options["json"]:
            self.stdout.write(json.dumps(found))

    def _tell(self, text: str) -> None:
        """Progress, apart from the figures."""
        self.stderr.write(f"  {text}")

    def _next_answer(
        self, models: dict[str, Model], fit: list[Row], measured: list[Row], options: dict[str, Any]
    ) -> dict[str, Any]:
        show = (lambda _: None) if options["json"] else self.stdout.write
        show(f"fit {_size(fit)}; measured {_size(measured)}")
        show(f"{'model':14}{'AUC':>8}{'log loss':>10}{'RMSE':>8}{'ECE':>8}{'cold AUC':>10}{'seconds':>9}")
        chances, table = {}, {}
        for name, model in models.items():
            self._tell(name)
            start = time.perf_counter()
            model.fit(fit)
            chances[name] = walk(model, measured, lambda done: self._tell(f"{done} of {len(measured)} answers"))
            it = scores(measured, chances[name])
            table[name] = asdict(it)
            took = time.perf_counter() - start
            show(
                f"{name:14}{it.auc:8.4f}{it.log_loss:10.4f}{it.rmse:8.4f}{it.ece:8.4f}{it.cold:10.4f}{took:9.1f}",
            )
        result: dict[str, Any] = {"fit": len(fit), "measured": len(measured), "models": table}
        engine = models["engine"]
        if isinstance(engine, Engine) and engine.choice:
            result["choice"] = {**asdict(engine.choice), "parameters": engine.choice.parameters.as_json()}
            show(f"stack {'used' if engine.choice.stacked else 'not used: it did not beat the filter'}")
        if options["boot"]:
            best = min((name for name in models if name != "engine"), key=lambda name: table[name]["log_loss"])
            rng = np.random.default_rng(SEED)
            gain = paired_bootstrap(measured, chances["engine"], chances[best], rng, options["boot"])
            result["against"] = {"best": best, **asdict(gain)}
            show(
                f"log loss, engine minus {best}: {gain.mean:+.4f} "
                f"(95 % of {options['boot']} draws of learners: {gain.low:+.4f} to {gain.high:+.4f})"
            )
        return result

    def _readiness(
        self, models: dict[str, Model], fit: list[Row], measured: list[Row], options: dict[str, Any]
    ) -> dict[str, Any]:
        length = options["readiness"]
        show: Callable[[str], Any] = (lambda _: None) if options["json"] else self.stdout.write
        part = folds(fit, 3, "exam")
        inner, apart = [row for row in fit if part[row.user]], [row for row in fit if not part[row.user]]
        papers = exams(fit, length)
        if not papers or not exams(measured, length) or not exams(apart, length):
            raise CommandError(f"Too few learners have {length} first-sight answers after {length} others.")
        mark = float(np.median([np.mean([fit[place].correct for place in places]) for places in papers.values()]))
        show(f"exam of {length} questions, pass mark {mark:.2f} (median of the fit learners)")
        show(f"{'model':14}{'learners':>9}{'MAE':>8}{'by luck':>9}{'in 80 %':>9}{'Brier':>8}{'ECE':>8}")
        table: dict[str, list[Any]] = {}
        for name, fresh in (("inner", baselines()), ("outer", models)):
            fresh = {**fresh, "engine": Engine(self._tell)}
            for model_name, model in fresh.items():
                self._tell(f"{model_name}, {'fit' if name == 'inner' else 'measured'} learners")
                model.fit(inner if name == "inner" else fit)
                table.setdefault(model_name, []).append(
                    list(sit(model, apart if name == "inner" else measured, length))
                )
        figures = {}
        for model_name, (fitted, sat) in table.items():
            it = exam_scores(fitted, sat, mark, length)
            figures[model_name] = asdict(it)
            show(
                f"{model_name:14}{it.learners:9}{it.mae:8.4f}{it.chance_mae:9.4f}{it.coverage:9.3f}"
                f"{it.brier:8.4f}{it.ece:8.3f}"
            )
        return {"readiness": length, "models": figures}


def _read(path: Path) -> list[Row]:
    """Rows of a log. CommandError with the file and, where it has one, the line."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="") as lines:
            return parse(lines)
    except BadLog as error:
        raise CommandError(f"{path}, {error}") from error
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _size(rows: list[Row]) -> str:
    return f"{len(rows)} answers of {len({row.user for row in rows})} learners"
