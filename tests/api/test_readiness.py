"""Readiness by the API."""

from __future__ import annotations

from rest_framework.test import APIClient

from questions import queries
from questions.models import User
from tests.web.test_readiness import practise_much


def test_progress_tells_readiness_and_whether_it_may_be_shown(api: APIClient, learner: User):
    assert api.get("/api/v1/progress").json()["readiness"]["enough"] is False
    practise_much(learner)
    told = api.get("/api/v1/progress").json()["readiness"]
    known = queries.ready_now(learner)
    assert known is not None
    assert told == {
        "enough": True,
        "score": known.score,
        "score_low": known.score_low,
        "score_high": known.score_high,
        "passing": known.passing,
        "passing_low": known.passing_low,
        "passing_high": known.passing_high,
    }
