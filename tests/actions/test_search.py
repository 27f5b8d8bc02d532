"""Search finds the notes for everybody, and explanations for those alone who may see them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions.actions import bank as deeds
from questions.actions import review, search, sessions
from questions.actions.bank import load_bank, read_bank_files
from questions.domain import rules
from questions.models import Answer, Exam, Item, ItemVersion, PracticeSession, SearchText, ServedItem, User
from questions.queries import Found, search_all
from tests.cast import NOON, TEST_BANK, Give, make_user, wrong

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=30)
NOTE = "notes/brewing.md"


def words_of(hit: Any) -> str:
    """The hits of a snippet."""
    return " ".join(piece.text for piece in hit.snippet if piece.hit).lower()


def headings(found: Found) -> list[str]:
    return [hit.heading for hit in found.notes]


def stories(found: Found) -> list[str]:
    """How the scenarios begin whose explanations were found."""
    return sorted(hit.title for hit in found.explanations)


def play(learner: User, give: Give, *, at=NOON, length: int = 8, **choice: Any) -> PracticeSession:
    """A study session answered to its end, and left open."""
    session = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), now=at, length=length, **choice)
    while served := sessions.serve_next(learner=learner, session_id=session.pk, now=at):
        give(served, at=at)
    return session


def waiting(learner: User, item: Item, *, at=LATER, answered: bool = False, give: Give | None = None, **columns: Any):
    """A session that runs, with this item in it."""
    session = PracticeSession.objects.create(
        learner=learner, exam=Exam.objects.get(), length=1, seed=1, operation_id=uuid.uuid4(), started_at=at,
        **({"mode": rules.STUDY} | columns),
    )  # fmt: skip
    version = ItemVersion.objects.get(item=item, state=ItemVersion.APPROVED)
    served = ServedItem.objects.create(
        session=session, position=1, item=item, version=version, item_mean=0, item_variance=1, served_at=at,
        shown_order=[option.id for option in version.value.options],
    )  # fmt: skip
    if answered and give is not None:
        give(served, at=at)
    return session


# --- what is found ------------------------------------------------------------------------------------------------------


def test_the_database_has_what_full_text_needs(bank: Exam):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')")
            assert cursor.fetchone() == (1,)
        else:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_text_words'")
            assert "USING gin (words)" in cursor.fetchone()[0]


def test_a_visitor_finds_sections_by_words_in_all_their_forms(bank: Exam):
    found = search_all(None, "boil leaves", NOON)
    assert headings(found) == ["Leaves"]
    assert found.explanations == ()
    (hit,) = found.notes
    assert (hit.stem, hit.title, hit.anchor) == ("brewing", "Brewing", "leaves")
    assert set(words_of(hit).split()) == {"leaves", "boiling"}
    assert headings(search_all(None, "degrees", NOON)) == ["Heat"]


def test_a_phrase_is_found_in_its_order_only(bank: Exam):
    assert headings(search_all(None, '"boiling water"', NOON)) == ["Leaves"]
    backwards = search_all(None, '"water boiling"', NOON)
    assert (backwards.notes, backwards.count) == ((), 0)


def test_the_heading_weighs_more_than_the_text(bank: Exam):
    assert headings(search_all(None, "heat", NOON))[0] == "Heat"
    assert headings(search_all(None, "water", NOON))[0] == "Water"


def test_where_nothing_has_all_words_some_of_them_are_enough(bank: Exam):
    found = search_all(None, "boiling zeppelin", NOON)
    assert (found.loosened, headings(found)) == (True, ["Leaves"])
    assert not search_all(None, "boiling water", NOON).loosened
    assert headings(search_all(None, "degr zeppelin", NOON)) == ["Heat"]  # how a word begins is enough then
    assert search_all(None, "zeppelin", NOON).count == 0


def test_imported_notes_are_not_found(bank: Exam):
    bank_note = SearchText.objects.get(section__anchor="leaves").section.note
    bank_note.in_bank = False
    bank_note.save()
    assert search_all(None, "boiling", NOON).count == 0
    assert search.refresh_index() == 4
    assert SearchText.objects.filter(section__isnull=False).count() == 0


def test_a_learner_finds_the_explanations_of_what_was_answered(learner: User, other: User, give: Give):
    assert search_all(learner, "kettle", NOON).explanations == ()
    session = play(learner, give, length=3)
    found = search_all(learner, "canary", NOON)
    answered = {row.item_id: row for row in session.served.select_related("version")}
    assert len(found.explanations) == 3
    assert {hit.session for hit in found.explanations} == {session.pk}
    assert {hit.position for hit in found.explanations} == {1, 2, 3}
    assert {hit.served for hit in found.explanations} == {row.pk for row in answered.values()}
    assert all(hit.correct and "canary" in words_of(hit) for hit in found.explanations)
    assert search_all(other, "canary", NOON).count == 0
    assert search_all(None, "canary", NOON).count == 0


def test_an_explanation_leads_to_the_newest_answer(learner: User, give: Give):
    play(learner, give, tags=["service"])
    first = search_all(learner, '"four hundred cups"', NOON).explanations
    again = sessions.start_study(
        learner=learner, operation_id=uuid.uuid4(), now=LATER, length=8, section="brewing#leaves"
    )
    while served := sessions.serve_next(learner=learner, session_id=again.pk, now=LATER):
        give(served, wrong(served), at=LATER)
    (now,) = search_all(learner, '"four hundred cups"', LATER).explanations
    assert (first[0].correct, now.correct, now.session, now.answered_at) == (True, False, again.pk, LATER)


# --- what is not told ---------------------------------------------------------------------------------------------------


def test_a_running_mock_exam_tells_nothing_of_its_questions_until_it_is_over(mock: PracticeSession, give: Give):
    learner = mock.learner
    before = play(learner, give, at=NOON)  # everything was answered in study before
    assert before.served.count() == 8
    for served in mock.served.select_related("version", "session"):
        give(served)
        assert len(search_all(learner, "canary", NOON).explanations) == 2
    hidden = set(mock.served.values_list("item_id", flat=True))
    shown = {Answer.objects.get(served=hit.served).item_id for hit in search_all(learner, "canary", NOON).explanations}
    assert shown & hidden == set()
    assert mock.deadline is not None
    assert len(search_all(learner, "canary", mock.deadline + timedelta(minutes=1)).explanations) == 8  # time is up
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    assert len(search_all(learner, "canary", NOON).explanations) == 8


def test_a_question_of_a_mock_exam_alone_is_found_when_the_exam_is_over(mock: PracticeSession, give: Give):
    for served in mock.served.select_related("version", "session"):
        give(served)
    assert search_all(mock.learner, "canary", NOON).count == 0
    sessions.finish(learner=mock.learner, session_id=mock.pk, now=NOON)
    assert len(search_all(mock.learner, "canary", NOON).explanations) == 6


def test_study_with_its_feedback_at_the_end_keeps_it_until_then(learner: User, give: Give):
    session = sessions.start_study(
        learner=learner, operation_id=uuid.uuid4(), now=NOON, length=5, feedback=rules.AT_END
    )
    for _ in range(4):
        served = sessions.serve_next(learner=learner, session_id=session.pk, now=NOON)
        assert served is not None
        give(served)
    assert search_all(learner, "canary", NOON).count == 0
    sessions.finish(learner=learner, session_id=session.pk, now=NOON)
    assert len(search_all(learner, "canary", NOON).explanations) == 4


def test_a_question_that_waits_again_is_not_told_although_it_was_answered_before(learner: User, give: Give):
    done = play(learner, give)
    sessions.finish(learner=learner, session_id=done.pk, now=NOON)
    item = Item.objects.get(slug="green-for-one")
    assert len(search_all(learner, '"80 degrees"', NOON).explanations) > 0
    before = stories(search_all(learner, "canary", NOON))
    again = waiting(learner, item)
    after = stories(search_all(learner, "canary", LATER))
    assert set(before) - set(after) == {item.versions.get().value.stem[:130]}
    give(again.served.select_related("version", "session").get(), at=LATER)
    assert stories(search_all(learner, "canary", LATER)) == before


def test_what_is_served_no_longer_or_was_mended_since_is_not_found(learner: User, instructor: User, give: Give):
    play(learner, give)
    kettle = '"80 degrees that green leaves need"'
    assert len(search_all(learner, kettle, NOON).explanations) == 1
    version = ItemVersion.objects.get(item__slug="green-for-one")
    mended = deeds.store_version(
        replace(version.value, ask="Which leaf is the BEST choice?"), exam=version.item.exam, by=instructor, now=NOON
    )
    review.approve(mended, by=None, now=NOON)
    assert search_all(learner, kettle, NOON).explanations == ()
    review.retire(mended, by=None, now=NOON, why="no longer true")
    search.refresh_index()
    assert not SearchText.objects.filter(version__item=version.item).exists()
    assert len(search_all(learner, "canary", NOON).explanations) == 7


def test_an_answer_to_a_withdrawn_question_tells_nothing(learner: User, give: Give):
    session = play(learner, give)
    session.served.filter(item__slug="green-for-one").update(withdrawn_at=NOON)
    assert search_all(learner, '"80 degrees that green leaves need"', NOON).explanations == ()


# --- the index ----------------------------------------------------------------------------------------------------------


def test_the_index_follows_the_banks_files(db: None):
    files = read_bank_files(TEST_BANK)
    load_bank(files, now=NOON)
    assert SearchText.objects.count() == 8 + 4
    assert search.refresh_index() == 0
    changed = files[NOTE].replace(b"green leaves do not", b"jade leaves prefer a samovar")
    load_bank(files | {NOTE: changed}, now=LATER)
    assert headings(search_all(None, "samovar", LATER)) == ["Leaves"]
    assert search_all(None, '"green leaves do not"', LATER).count == 0
    load_bank(files | {NOTE: changed.replace(b"### Heat", b"### Warmth")}, now=LATER)
    assert headings(search_all(None, "warmth", LATER)) == ["Warmth"]


def test_an_approval_makes_an_explanation_searchable_at_once(bank: Exam, instructor: User):
    old = ItemVersion.objects.get(item__slug="green-for-one")
    new = deeds.store_version(replace(old.value, rationale="The samovar decides."), exam=bank, by=instructor, now=NOON)
    review.submit(new, by=instructor, now=NOON)
    review.approve(new, by=instructor, now=NOON)
    assert "samovar" in SearchText.objects.get(version=new).text


# --- odd input and cost -------------------------------------------------------------------------------------------------

ODD = [
    "", " ", '"', '""', '"""', "'", "''", "\\", "%", "_", "*", "^", "NEAR(a b)", "a NEAR b", "title:leaves",
    "{a b}:c", "-leaves", "leaves OR", "AND", "NOT", "(", ")", "leaves)", "a:*", ":*", "<->", "a<2>b", "!a",
    "a & | b", "\x00", "a\x00b", "\ud83d", "😀", "²", "½", "ß", "İ", "𝟘", "日本語", "العربية", "e\u0301", "\u202e",
    "'; DROP TABLE questions_searchtext; --", "$1", "%s", "x" * 10_000, "a " * 5_000, '"' * 10_000, '"a ' * 3_000,
    "the", "to be or not to be", "\x02\x03", "<b>leaves</b>", "null",
]  # fmt: skip


@pytest.mark.parametrize("typed", ODD, ids=lambda typed: ascii(typed[:20]))
def test_odd_input_finds_something_or_nothing_and_never_fails(typed: str, bank: Exam):
    found = search_all(None, typed, NOON)
    assert found.count <= 4
    assert all(char.isprintable() for char in found.sought.text)


def test_any_input_is_fine(learner: User, give: Give):
    play(learner, give)

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.text(max_size=300) | st.text(alphabet="\"leaf*()&|!:<->'\\ \x00AND", max_size=60))
    def look(typed: str) -> None:
        search_all(learner, typed, NOON)

    look()


def test_a_search_costs_the_same_with_any_history_and_never_writes(learner: User, give: Give):
    costs = []
    for round_number in range(3):
        play(learner, give, at=NOON + timedelta(days=40 * round_number))
        now = NOON + timedelta(days=40 * round_number)
        with CaptureQueriesContext(connection) as captured:
            assert search_all(learner, "canary leaves", now).explanations
        assert [row["sql"] for row in captured if not row["sql"].lstrip().startswith("SELECT")] == []
        costs.append(len(captured))
    assert costs == [7, 7, 7]
    with CaptureQueriesContext(connection) as captured:
        assert search_all(learner, "zeppelin canary", now).loosened
    assert len(captured) == 8  # nothing has all of the words: asked again
    with CaptureQueriesContext(connection) as captured:
        search_all(learner, "zeppelin", now)
    assert len(captured) == 4
    with CaptureQueriesContext(connection) as captured:
        search_all(None, "leaves", NOON)
    assert len(captured) == 3


def test_nobody_meets_somebody_elses_history(learner: User, other: User, give: Give):
    play(learner, give)
    mine = make_user("nobody")
    assert search_all(mine, "canary", NOON).count == search_all(other, "canary", NOON).count == 0
