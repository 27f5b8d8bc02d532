"""``manage.py evaluate_memory``: a log in, figures out; a bad file is told with its line."""

from __future__ import annotations

import gzip
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from questions.domain.memory_report import compare
from tests.domain.forgetters import FORGETFUL, forgetter

HEAD = "user,item,correct,ts,rating,duration_ms\n"


def written(path: Path, log) -> Path:
    lines = [f"{r.learner},{r.item},{int(r.correct)},{r.at},{r.rating},{1000 + i}\n" for i, r in enumerate(log)]
    with gzip.open(path, "wt") as file:
        file.writelines([HEAD, *lines])
    return path


def run(*args, **options) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("evaluate_memory", *args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_report_as_json_is_the_comparison_of_the_log_s_reviews(tmp_path):
    log = forgetter(FORGETFUL, seed=1, days=60)
    out, err = run(written(tmp_path / "log.csv.gz", log), json=True, rounds=20)
    assert json.loads(out) == json.loads(json.dumps(compare(log, rounds=20).as_json()))
    assert "... recall head walks the second half: 0 of 750" in err


def test_the_report_for_people_has_a_line_for_each_model(tmp_path):
    log = forgetter(FORGETFUL, seed=1, days=60)
    out, _ = run(written(tmp_path / "log.csv.gz", log), rounds=20)
    report = compare(log, rounds=20)
    lines = out.splitlines()
    assert lines[0].startswith(
        f"1500 reviews, 1 learners, 80 items; scored: the {report.scores[0].n} of the second half"
    )
    assert [line[:30].strip() for line in lines[2:7]] == [score.model for score in report.scores]
    assert [float(line[30:39]) for line in lines[2:7]] == [round(score.log_loss, 4) for score in report.scores]
    assert lines[7] == "Fits accepted for 1 of 1 learners."
    assert lines[8] == f"  a: {report.fits[0][1].why}"


def test_ratings_may_be_made_anew_and_plain_csv_will_do(tmp_path):
    log = forgetter(seed=2, days=40)
    path = tmp_path / "log.csv"
    path.write_bytes(gzip.decompress(written(tmp_path / "log.csv.gz", log).read_bytes()))
    logged, result, slow = (
        json.loads(run(path, json=True, rounds=2, ratings=rule)[0]) for rule in ("logged", "result", "slow-hard-75")
    )
    assert logged == result
    # Each answer of this log took longer than all before it.
    assert slow["scores"][0]["log_loss"] != logged["scores"][0]["log_loss"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "columns missing: user, item, correct, ts"),
        ("user,item,correct\na,x,1\n", "columns missing: ts"),
        (HEAD, "the log is empty"),
        (HEAD + "a,x,1,0,3,9\na,x,1,,3,9\n", "line 3: could not convert string to float: ''"),
        (HEAD + "a,x,1,soon,3,9\n", "line 2: could not convert string to float: 'soon'"),
        (HEAD + "a,x,1,nan,3,9\n", "line 2: correct is 0 or 1, ts a number of seconds"),
        (HEAD + "a,x,yes,0,3,9\n", "line 2: correct is 0 or 1, ts a number of seconds"),
        (HEAD + "a,x,1,0,5,9\n", "line 2: rating is 1 for a wrong answer and 2 to 4 for a right one"),
        (HEAD + "a,x,0,0,3,9\n", "line 2: rating is 1 for a wrong answer and 2 to 4 for a right one"),
        (HEAD + "a,x,1\n", "line 2: float() argument must be a string or a real number, not 'NoneType'"),
        (
            HEAD + "a,x,1,0,3,9\n",
            "The second half of the log has no review a day or more after the last one of its item.",
        ),
    ],
)
def test_a_log_that_is_none_is_refused_with_the_reason(tmp_path, text, said):
    path = tmp_path / "log.csv"
    path.write_text(text)
    with pytest.raises(CommandError) as refused:
        run(path)
    assert str(refused.value) == f"{path}: {said}"


def test_files_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "no.csv.gz").write_text(HEAD)
    whole = written(tmp_path / "log.csv.gz", forgetter(days=9)).read_bytes()
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00" * 50)
    for name in ("missing.csv.gz", "no.csv.gz", "cut.csv.gz", "bytes.csv", "."):
        with pytest.raises(CommandError, match=re.escape(str(tmp_path / name))):
            run(tmp_path / name)


def test_a_bootstrap_of_no_round_is_refused(tmp_path):
    with pytest.raises(CommandError, match="needs a round"):
        run(tmp_path / "log.csv.gz", rounds=0)
