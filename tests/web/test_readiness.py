"""Readiness as a learner reads it: on Today, over time, at a result, and by the API; nothing before it is honest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from questions.actions import readiness, sessions
from questions.domain.ability import Belief
from questions.models import LearnerState, PracticeSession, User, belief_to_json
from tests.actions.test_readiness import KNOWN
from tests.cast import NOON, Give, right
from tests.web.pages import Visitor


def practise_much(learner: User, seq: int = 120, belief: Belief = KNOWN) -> None:
    """As if the learner had answered a great deal."""
    LearnerState.objects.update_or_create(
        learner=learner, defaults={"beliefs": belief_to_json(belief), "seq": seq, "updated_at": NOON}
    )


def test_today_says_what_to_expect_of_the_exam_and_what_that_rests_on(visitor: Visitor, learner: User):
    assert "Chance to pass" not in visitor.get("/").text
    practise_much(learner)
    page = visitor.get("/").text
    assert "So many exam questions you would probably get right today." in page
    assert "Chance to pass:" in page
    assert "70 of 100, give or take 3, is assumed" in page


def test_before_thirty_answers_nothing_is_said_however_sure_the_belief(visitor: Visitor, learner: User):
    for answered, told in ((29, False), (30, True)):
        practise_much(learner, belief=replace(KNOWN, answered=answered))
        assert ("Chance to pass:" in visitor.get("/").text) is told


def test_progress_draws_readiness_by_day_with_its_table(visitor: Visitor, learner: User):
    practise_much(learner)
    readiness.record_readiness(now=NOON)
    LearnerState.objects.filter(learner=learner).update(seq=121, updated_at=NOON + timedelta(days=1))
    readiness.record_readiness(now=NOON + timedelta(days=1))
    page = visitor.get("/progress/")
    table = next(e for e in page.tree.all("div") if e.attributes.get("aria-label") == "Table: readiness by day")
    rows = [[cell.text for cell in row if cell.tag in ("th", "td")] for row in table.all("tr")]
    assert rows[0] == ["Day", "Expected of 100", "Range", "Chance to pass"]
    assert [row[0] for row in rows[1:]] == ["3 Mar 2026", "2 Mar 2026"]
    low, high = map(int, rows[1][2].split("–"))
    assert low < int(rows[1][1]) < high
    assert len(page.tree.all("title", id="readiness-t")) == 1


def test_a_mock_exams_result_tells_what_was_expected_and_progress_counts_the_hits(
    visitor: Visitor, learner: User, mock: PracticeSession, give: Give
):
    practise_much(learner)
    for served in mock.served.select_related("version", "session"):
        give(served, right(served))
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    readiness.settle_readiness(now=NOON)
    assert "When it began, " in visitor.get(f"/sessions/{mock.pk}/result/").text
    practise_much(learner, seq=200)
    readiness.record_readiness(now=NOON)
    page = visitor.get("/progress/").text
    assert "of 1 mock exam came out within the range that was expected when it began." in page


def test_with_few_answers_nobody_is_told_a_readiness(
    visitor: Visitor, learner: User, study: PracticeSession, give: Give
):
    give(study.served.select_related("version", "session").get())
    readiness.record_readiness(now=NOON)
    assert "Expected of 100" not in visitor.get("/progress/").text
    assert "Not enough answers yet to say" in visitor.get("/").text
