"""The last guard: rows that must not exist are refused by the database itself, whoever writes them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from questions.models import (
    Answer,
    Bookmark,
    CalibrationCursor,
    CalibrationReport,
    EngineDeployment,
    EngineEvent,
    EngineVersion,
    Fact,
    FactChange,
    Heartbeat,
    Item,
    ItemCalibration,
    ItemFlag,
    ItemVersion,
    LearnerState,
    MemoryFit,
    MemoryState,
    NoteSection,
    Notice,
    PracticeSession,
    ReadinessPoint,
    ReadinessRecord,
    RefusedAnswer,
    Report,
    ReviewEvent,
    SearchText,
    Tag,
    TagDifficulty,
)
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(study, mock, learner, other, give):
    """One sound row of each table."""
    served = study.served.get()
    first = give(served).answer
    refused = RefusedAnswer.objects.create(
        served=served, learner=learner, operation_id=uuid.uuid4(), response={}, code="late", received_at=NOON
    )
    version = ItemVersion.objects.filter(state="approved").first()
    calibration = ItemCalibration.objects.create(
        item=version.item, mean=0, variance=0.4, own_mean=0, own_variance=0.4, answers=1, correct=1, updated_at=NOON
    )
    engine = EngineVersion.objects.create(name="belief-9", parameters={}, made_at=NOON)
    other_engine = EngineVersion.objects.create(name="belief-8", parameters={}, made_at=NOON)
    fact = Fact.objects.get()
    fell = FactChange.objects.create(
        fact=fact,
        at=NOON,
        was_status="current",
        status="retired",
        was_statement="",
        source="",
        checked_on=fact.checked_on,
    )
    return SimpleNamespace(
        study=study,
        mock=mock,
        served=served,
        answer=first,
        refused=refused,
        memory=MemoryState.objects.get(),
        state=LearnerState.objects.get(learner=learner),
        learner=learner,
        other=other,
        version=version,
        calibration=calibration,
        event=ReviewEvent.objects.first(),
        fact=Fact.objects.first(),
        fell=fell,
        bookmark=Bookmark.objects.create(learner=learner, item=served.item, made_at=NOON),
        report=Report.objects.create(
            learner=learner, version=served.version, operation_id=uuid.uuid4(), kind="typo", made_at=NOON
        ),
        notice=Notice.objects.create(learner=learner, change=fell, made_at=NOON),
        section=NoteSection.objects.first(),
        engine=engine,
        engine_event=EngineEvent.objects.create(version=engine, state="candidate", at=NOON),
        deployment=EngineDeployment.objects.create(
            number=1, champion=engine, challenger=other_engine, share=0.1, since=NOON
        ),
        tag_difficulty=TagDifficulty.objects.create(tag=Tag.objects.first(), mean=0, variance=0.4),
        cursor=CalibrationCursor.objects.create(),
        fit=MemoryFit.objects.create(learner=learner, parameters=[], accepted=False, reviews=400, made_at=NOON),
        day=CalibrationReport.objects.create(
            day=NOON.date(), engine="belief-9", sample="all", n=1, log_loss=0.1, ece=0.1, bins=[], made_at=NOON
        ),
        flag=ItemFlag.objects.create(item=version.item, kind="misfit", opened_at=NOON),
        readiness=ReadinessRecord.objects.get(session=mock),
        point=ReadinessPoint.objects.create(
            learner=learner,
            day=NOON.date(),
            seq=1,
            engine="belief-1",
            score=0.5,
            low=0.4,
            high=0.6,
            passing=0.1,
            enough=True,
        ),
    )


def change(row: models.Model, **columns: object) -> None:
    """UPDATE past the model and its managers."""
    assert type(row)._base_manager.filter(pk=row.pk).update(**columns) == 1


def again(row: models.Model, **columns: object) -> None:
    """INSERT of a copy with some other columns, past the model's save."""
    copy = type(row)._base_manager.get(pk=row.pk)
    key = copy._meta.pk
    copy.pk = uuid.uuid4() if isinstance(key, models.UUIDField) else None
    for name, value in columns.items():
        setattr(copy, name, value)
    type(row)._base_manager.bulk_create([copy])


NEW = {"operation_id": uuid.UUID(int=1)}
FORBIDDEN = [
    ("a fact of unknown standing", "fact_status_known", lambda r: change(r.fact, status="rumour")),
    ("two sections under one anchor", "note_anchor_once", lambda r: again(r.section)),
    ("a change of nothing", "fact_change_changes", lambda r: change(r.fell, status="current")),
    ("a notice given twice", "notice_once", lambda r: again(r.notice)),
    ("two versions of one number", "version_number_once", lambda r: again(r.version, state="draft")),
    ("two versions served at once", "version_approved_once", lambda r: again(r.version, number=99)),
    ("a version of an unknown kind", "version_kind_known", lambda r: change(r.version, kind="essay")),
    ("a case study that is answered as one", "version_kind_known", lambda r: change(r.version, kind="case")),
    ("a version in an unknown state", "version_state_known", lambda r: change(r.version, state="lost")),
    ("an unknown deed of a review", "review_action_known", lambda r: change(r.event, action="sold")),
    ("a difficulty without doubt", "calibration_variance_positive",
     lambda r: change(r.calibration, variance=0)),
    ("an item's own difficulty without doubt", "calibration_variance_positive",
     lambda r: change(r.calibration, own_variance=0)),
    ("more right answers than answers", "calibration_correct_of_answers", lambda r: change(r.calibration, correct=2)),
    ("an engine in an unknown state", "engine_state_known", lambda r: change(r.engine, state="lost")),
    ("an engine without a name", "engine_has_name", lambda r: change(r.engine, name="")),
    ("an unknown deed on an engine", "engine_event_known", lambda r: change(r.engine_event, state="sold")),
    ("a share without a challenger", "deployment_share_of_challenger", lambda r: change(r.deployment, challenger=None)),
    ("a challenger without a share", "deployment_share_of_challenger", lambda r: change(r.deployment, share=0)),
    ("a challenger for nearly everybody", "deployment_share_of_challenger", lambda r: change(r.deployment, share=0.9)),
    ("an engine that challenges itself", "deployment_two_engines",
     lambda r: change(r.deployment, challenger=F("champion"))),
    ("a tag's difficulty without doubt", "tag_difficulty_variance_positive",
     lambda r: change(r.tag_difficulty, variance=0)),
    ("a second place in the log", "calibration_cursor_only_one", lambda r: CalibrationCursor.objects.create(pk=2)),
    ("one try of a memory fit twice", "memory_fit_once", lambda r: again(r.fit)),
    ("two reports of one day", "report_of_day_once", lambda r: again(r.day)),
    ("a report on an unknown sample", "report_sample_known", lambda r: change(r.day, sample="some")),
    ("a report of nothing", "report_of_something", lambda r: change(r.day, n=0)),
    ("one flag raised twice", "flag_open_once", lambda r: again(r.flag)),
    ("a flag of no known kind", "flag_kind_known", lambda r: change(r.flag, kind="boring")),
    ("a flag closed before it was raised", "flag_closed_after_opened",
     lambda r: change(r.flag, closed_at=NOON - timedelta(days=1))),
    ("an expectation outside its interval", "readiness_in_its_interval", lambda r: change(r.readiness, low=0.99)),
    ("an expectation of more than everything", "readiness_in_its_interval", lambda r: change(r.readiness, high=1.1)),
    ("two readinesses of one day", "readiness_of_day_once", lambda r: again(r.point)),
    ("a readiness of more than everything", "readiness_point_of_shares", lambda r: change(r.point, high=1.1)),
    ("a range upside down", "readiness_point_of_shares", lambda r: change(r.point, low=0.7)),
    ("a chance that is none", "readiness_point_of_shares", lambda r: change(r.point, passing=-0.1)),
    ("an outcome of more than everything", "readiness_actual_is_a_share",
     lambda r: change(r.readiness, actual=1.5, answered=1)),
    ("an outcome of nobody knows how many", "readiness_actual_is_a_share", lambda r: change(r.readiness, actual=0.5)),
    ("two accounts of one address", "user_email_once",
     lambda r: change(r.other, email=r.learner.email)),
    ("an unknown time allowance", "user_allowance_known", lambda r: change(r.learner, allowance=3)),
    ("a session started twice", "session_operation_once", lambda r: again(r.study)),
    ("two mock exams at once", "session_one_open_mock", lambda r: again(r.mock, **NEW)),
    ("a session of an unknown mode", "session_mode_known",
     lambda r: change(r.study, mode="exam", deadline=NOON + timedelta(days=1))),
    ("a finished session without an end", "session_finished_when", lambda r: change(r.study, state="finished")),
    ("a running session with an end", "session_finished_when", lambda r: change(r.mock, finished_at=NOON)),
    ("a session in an unknown state", "session_finished_when", lambda r: change(r.study, state="paused")),
    ("study against the clock", "session_deadline_of_mock", lambda r: change(r.study, deadline=NOON)),
    ("a mock exam without a deadline", "session_deadline_of_mock", lambda r: change(r.mock, deadline=None)),
    ("a mock exam over before it began", "session_deadline_of_mock",
     lambda r: change(r.mock, deadline=F("started_at"))),
    ("a session of nothing", "session_has_items", lambda r: change(r.study, length=0)),
    ("two items in one place", "served_position_once",
     lambda r: again(r.served, item=Item.objects.exclude(pk=r.served.item_id)[0])),
    ("one item twice in a session", "served_item_once", lambda r: again(r.served, position=2)),
    ("a served item without doubt", "served_variance_positive", lambda r: change(r.served, item_variance=0)),
    ("an answer stored twice", "answer_operation_once", lambda r: again(r.answer, revision=2)),
    ("two first answers", "answer_revision_once", lambda r: again(r.answer, **NEW)),
    ("more right than there is", "answer_right_of_total", lambda r: change(r.answer, right=F("total") + 1)),
    ("an unknown confidence", "answer_confidence_known", lambda r: change(r.answer, confidence="hardly")),
    ("a refusal kept twice", "refused_operation_once", lambda r: again(r.refused)),
    ("a learner before the beginning", "state_seq_not_negative", lambda r: change(r.state, seq=-1)),
    ("a session drawn from nowhere", "session_focus_known", lambda r: change(r.study, focus="luck")),
    ("feedback at no known time", "session_feedback_known", lambda r: change(r.study, feedback="never")),
    ("a feel of no known kind", "session_feel_known", lambda r: change(r.study, feel="odd")),
    ("more minutes than a day may take", "user_minutes_in_a_day", lambda r: change(r.learner, minutes_a_day=700)),
    ("dates in no known style", "user_date_style_known", lambda r: change(r.learner, date_style="moon")),
    ("a bookmark twice", "bookmark_once", lambda r: again(r.bookmark)),
    ("a report sent twice", "report_operation_once", lambda r: again(r.report)),
    ("a report of no known kind", "report_kind_known", lambda r: change(r.report, kind="boring")),
    ("a report answered at no time", "report_answered_when", lambda r: change(r.report, state="accepted")),
    ("a searchable text of nothing", "search_text_of_one_thing", lambda r: SearchText.objects.create(text="tea")),
    ("two memories of one item", "memory_once", lambda r: again(r.memory)),
    ("a memory without strength", "memory_stability_positive", lambda r: change(r.memory, stability=0)),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "deed"), [row[1:] for row in FORBIDDEN], ids=[row[0] for row in FORBIDDEN])
def test_the_database_refuses(rows, constraint, deed):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        deed(rows)
    message = str(refused.value)
    # SQLite names the columns of a unique constraint, not its name. An unknown mode breaks two rules at once.
    broken = (constraint, "session_deadline_of_mock" if constraint == "session_mode_known" else constraint)
    assert any(name in message for name in broken) or message.startswith("UNIQUE constraint failed")


def test_every_constraint_of_the_models_is_tried_above():
    declared = {
        constraint.name
        for model in apps.get_app_config("questions").get_models()
        for constraint in model._meta.constraints
    }
    assert {row[1] for row in FORBIDDEN} == declared


SAME_NAME = {
    "exam": lambda r: again(r.study.exam),
    "tag": lambda r: again(Tag.objects.first()),
    "fact": lambda r: again(r.fact),
    "note": lambda r: again(r.section.note),
    "item": lambda r: again(r.version.item),
    "engine": lambda r: again(r.engine),
    "deployment": lambda r: again(r.deployment),
    "user name": lambda r: again(r.learner, email=""),
}


@pytest.mark.parametrize("deed", SAME_NAME.values(), ids=SAME_NAME)
def test_a_name_is_given_once(rows, deed):
    with pytest.raises(IntegrityError), transaction.atomic():
        deed(rows)


def test_accounts_without_an_address_do_not_clash(rows):
    change(rows.other, email="")
    change(rows.learner, email="")


LOST = {
    "an answer to nothing": lambda r: change(r.answer, served_id=uuid.uuid4()),
    "an answer of nobody": lambda r: change(r.answer, learner_id=987654),
    "a session of nobody": lambda r: change(r.study, learner_id=987654),
    "an item of no exam": lambda r: change(r.version.item, exam_id=987654),
    "a memory of no item": lambda r: change(r.memory, item_id=987654),
}


@pytest.mark.parametrize("deed", LOST.values(), ids=LOST)
def test_no_row_points_to_nothing(rows, deed):
    def leave_it_there() -> None:
        with transaction.atomic():
            deed(rows)
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        leave_it_there()


def test_what_learners_answered_cannot_be_pulled_away_from_under_them(rows):
    with pytest.raises(models.ProtectedError):
        Item.objects.filter(pk=rows.answer.item_id).delete()
    with pytest.raises(models.ProtectedError):
        rows.study.exam.delete()
    with pytest.raises(models.RestrictedError):
        rows.study.delete()
    assert Answer.objects.count() == 1


def test_a_second_mock_exam_may_follow_a_finished_one(rows):
    change(rows.mock, state="finished", finished_at=NOON)
    again(rows.mock, state="open", finished_at=None, **NEW)
    assert PracticeSession.objects.filter(mode="mock").count() == 2


def test_a_sign_of_life_is_kept_once_a_name():
    Heartbeat.objects.create(name="worker", at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Heartbeat.objects.create(name="worker", at=NOON)
    assert str(Heartbeat.objects.get()) == "worker 2026-03-02 12:00"
