"""``manage.py evaluate_engine``: a table on a log, and clear words for a log that cannot be read."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

MODELS = ["global mean", "user mean", "item mean", "Elo", "filter alone", "engine"]


def write(path: Path, *, learners: int = 30, each: int = 40) -> Path:
    """A made-up log of Rasch answers, every item once a learner."""
    rng = np.random.default_rng(4)
    able, hard = rng.normal(0, 1.0, learners), rng.normal(0, 0.8, each)
    lines = ["user,item,tags,correct,order,ts"]
    for k in range(each):
        for user in range(learners):
            item = (k + user) % each
            right = int(rng.random() < 1 / (1 + np.exp(hard[item] - able[user] - 0.4)))
            lines.append(f"u{user},i{item},t{item % 3},{right},{k},")
    path.write_bytes(gzip.compress("\n".join(lines).encode()) if path.suffix == ".gz" else "\n".join(lines).encode())
    return path


def run(*args: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("evaluate_engine", *map(str, args), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_prints_every_model_and_a_paired_interval_and_tells_how_far_it_is(tmp_path):
    out, err = run(write(tmp_path / "log.csv.gz"), "--boot", 50)
    rows = out.splitlines()
    assert [row[:14].strip() for row in rows[2:8]] == MODELS
    assert rows[0] == "fit 600 answers of 15 learners; measured 600 answers of 15 learners"
    assert rows[-1].startswith("log loss, engine minus ")
    assert "filter 0.02/0/0/0: log loss" in err


def test_json_is_one_document_with_the_same_figures(tmp_path):
    log = write(tmp_path / "log.csv")
    found = json.loads(run(log, "--json", "--boot", 0)[0])
    assert list(found["models"]) == MODELS
    assert (found["fit"], found["measured"], "against" in found) == (600, 600, False)
    assert found["models"]["global mean"]["auc"] == 0.5
    assert found["models"]["engine"]["log_loss"] < found["models"]["global mean"]["log_loss"]


def test_another_log_can_be_measured(tmp_path):
    fit, other = write(tmp_path / "a.csv"), write(tmp_path / "b.csv.gz", learners=5)
    out, _ = run(fit, "--eval", other, "--boot", 0)
    assert out.splitlines()[0] == "fit 1200 answers of 30 learners; measured 200 answers of 5 learners"


def test_set_aside_exams_are_measured(tmp_path):
    found = json.loads(run(write(tmp_path / "log.csv"), "--readiness", 15, "--json")[0])
    assert list(found["models"]) == MODELS
    assert [it["learners"] for it in found["models"].values()] == [15] * 6


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("user,item,tags\na,x,t", "line 1: no column correct"),
        ("user,item,tags,correct\na,x,t,1\na,x,t,2", "line 3: correct must be 0 or 1, not '2'"),
        ("user,item,tags,correct\na,x,t,1", "The log is too short to be split: name another one with --eval."),
    ],
)
def test_a_bad_log_is_refused_with_its_line(tmp_path, text, told):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(CommandError) as refusal:
        run(path)
    assert str(refusal.value) in (told, f"{path}, {told}")


def test_a_file_that_is_no_log_is_refused(tmp_path):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(b"no gzip")
    with pytest.raises(CommandError, match="cannot be read"):
        run(path)
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "absent.csv")


def test_exams_that_nobody_can_sit_and_negative_numbers_are_refused(tmp_path):
    log = write(tmp_path / "log.csv", learners=10, each=6)
    with pytest.raises(CommandError, match="Too few learners have 30 first-sight answers after 30 others"):
        run(log, "--readiness", 30)
    with pytest.raises(CommandError, match="--readiness and --boot take numbers of at least 0"):
        run(log, "--boot", -1)
