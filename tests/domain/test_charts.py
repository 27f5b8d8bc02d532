"""Pictures as geometry, and the series that they are drawn from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questions.domain import charts, history, memory
from questions.domain.history import BETWEEN, TO_RIGHT, TO_WRONG, Day, Given

TODAY = date(2026, 3, 4)  # a Wednesday
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


# --- Axes, bars, lines -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "ends"),
    [
        (0, (1, 1)),
        (1, (1, 1)),
        (3, (3, 1)),
        (7, (8, 2)),
        (37, (40, 10)),
        (41, (60, 20)),
        (317, (400, 100)),
        (1000, (1000, 500)),
    ],
)
def test_an_axis_ends_at_a_round_number_and_has_few_steps(most: float, ends: tuple[float, float]) -> None:
    assert charts.ceiling(most) == ends


@given(st.floats(0, 1e7))
def test_an_axis_holds_what_is_drawn_in_two_to_five_steps(most: float) -> None:
    top, step = charts.ceiling(most)
    assert top >= most or top == pytest.approx(most)
    assert 1 <= round(top / step) <= 5


def test_bars_stand_on_the_axis_and_keep_their_shares() -> None:
    drawn = charts.bars([0, 5, 10], ["a", "b", "c"], labels=[(0, "first"), (2, "last")], limit=4)
    assert [(bar.y, bar.height) for bar in drawn.bars] == [(100, 0), (50, 50), (0, 100)]
    assert [bar.title for bar in drawn.bars] == ["a", "b", "c"]
    assert drawn.limit == 60
    assert [(tick.at, tick.label) for tick in drawn.up] == [(50, "5"), (0, "10")]
    assert [tick.label for tick in drawn.across] == ["first", "last"]


def test_what_would_flatten_all_other_bars_is_cut() -> None:
    drawn = charts.bars([300, 5, 10], ["", "", ""], labels=[], most=20)
    assert [bar.height for bar in drawn.bars] == [100, 25, 50]


@given(st.lists(st.integers(0, 500), min_size=1, max_size=60))
def test_no_bar_leaves_the_picture(values: list[int]) -> None:
    for bar in charts.bars(values, [""] * len(values), labels=[]).bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= 100.01
        assert bar.y >= 0
        assert bar.y + bar.height == pytest.approx(100, abs=0.02)


def test_labels_at_the_ends_of_an_axis_stay_inside() -> None:
    assert [tick.anchor for tick in charts.spread([(0, "a"), (50, "b"), (100, "c")])] == ["start", "middle", "end"]


def test_a_share_over_days_is_a_line_in_its_band() -> None:
    rows = [(TODAY - timedelta(days=10), 0.5, 0.25, 0.75), (TODAY, 1.0, 0.8, 1.0)]
    drawn = charts.shares(rows, start=rows[0][0], end=TODAY, labels=[(TODAY, "today")])
    assert drawn.points == "0,50 100,0"
    assert drawn.band == "0,25 100,0 100,20 0,75"
    assert drawn.dots == ()


def test_a_single_share_is_a_dot_with_its_range() -> None:
    drawn = charts.shares([(TODAY, 0.5, 0.25, 0.75)], start=TODAY - timedelta(days=14), end=TODAY, labels=[])
    assert [(dot.x, dot.y, dot.low, dot.high) for dot in drawn.dots] == [(100, 50, 75, 25)]


def test_pace_is_a_staircase_against_a_straight_line() -> None:
    drawn = charts.steps([(60, 1), (120, 2)], total=4, seconds=240)
    assert drawn.points == "0,100 25,100 25,75 50,75 50,50"
    assert drawn.guide == "0,100 100,0"
    assert [tick.label for tick in drawn.up] == ["4", "2"]


def test_the_calendar_has_a_cell_for_each_day_that_has_come() -> None:
    weeks = [(TODAY - timedelta(days=9), (0, 1, 10, 20, 40, 0, 0)), (TODAY - timedelta(days=2), (5, 0, 9, *[None] * 4))]
    drawn = charts.calendar(weeks, title=lambda day, answers: f"{day}: {answers}", month=lambda day: f"{day:%b}")
    assert [cell.level for cell in drawn.cells] == [0, 1, 2, 3, 4, 0, 0, 1, 0, 1]
    assert drawn.cells[-1] == charts.Cell(1, 2, 1, "2026-03-04: 9")
    assert drawn.columns == 2


def test_confused_concepts_stand_beside_one_another_and_arrows_end_at_what_was_right() -> None:
    pairs = [("canary", "linear", 4), ("drift", "bias", 3), ("rolling", "canary", 2), ("linear", "canary", 1)]
    drawn = charts.arcs(pairs, title=lambda chosen, right, times: f"{chosen}>{right} {times}")
    assert [node.label for node in drawn.nodes] == ["canary", "linear", "rolling", "drift", "bias"]
    assert [arc.title for arc in drawn.arcs] == [
        "canary>linear 4",
        "drift>bias 3",
        "rolling>canary 2",
        "linear>canary 1",
    ]
    assert drawn.arcs[0].width > drawn.arcs[1].width > drawn.arcs[3].width
    assert len({arc.path for arc in drawn.arcs}) == 4
    assert drawn.height == 5 * charts.ROW
    place = {node.label: node.y for node in drawn.nodes}
    for (_, right, _), arc in zip(pairs, drawn.arcs, strict=True):
        assert abs(float(arc.tip.split()[0].split(",")[1]) - place[right]) < charts.ROW / 2


def test_long_names_are_cut_in_the_picture() -> None:
    assert charts.short("short") == "short"
    assert charts.short("a" * 40) == "a" * 26 + "…"


# --- Series ------------------------------------------------------------------------------------------------------------


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998, table I: 81 of 263 at 95 % is 0.2553 to 0.3662.
    known = history.wilson(81, 263, z=1.959964)
    assert (known.low, known.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert history.wilson(0, 0) == history.Interval(0, 0, 1, 0)


@given(st.integers(0, 300), st.integers(1, 300))
def test_an_interval_holds_its_share_and_stays_a_share(right: int, total: int) -> None:
    known = history.wilson(min(right, total), total)
    assert 0 <= known.low <= known.share + 1e-12
    assert known.share - 1e-12 <= known.high <= 1


def test_half_a_year_is_26_weeks_that_end_today() -> None:
    weeks = history.weeks({TODAY: Day(3, 90), TODAY - timedelta(days=3): Day(2, 60)}, TODAY)
    assert len(weeks) == 26
    assert weeks[-1] == history.Week(date(2026, 3, 2), 3, 2, (0, 0, 3, None, None, None, None))
    assert weeks[-2].days == (0, 0, 0, 0, 0, 0, 2)
    assert weeks[0].monday == history.first_day(TODAY)


def test_a_rolling_share_looks_back_two_weeks_and_says_nothing_of_little() -> None:
    days = {
        TODAY - timedelta(days=20): Day(first=4, first_right=0),
        TODAY - timedelta(days=10): Day(first=4, first_right=4),
        TODAY - timedelta(days=9): Day(answers=50),
    }
    rows = history.rolling(days, TODAY)
    assert [(day, known.share, known.total) for day, known in rows] == [(TODAY - timedelta(days=10), 0.5, 8)]
    days[TODAY] = Day(first=6, first_right=3)
    assert [(day, known.total) for day, known in history.rolling(days, TODAY)][-1] == (TODAY, 10)


def test_what_is_overdue_counts_today_and_days_are_those_of_the_learner() -> None:
    late = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)  # already Thursday in Berlin
    due = [NOON - timedelta(days=30), NOON, late, NOON + timedelta(days=27), NOON + timedelta(days=28)]
    berlin = history.forecast(due, TODAY, ZoneInfo("Europe/Berlin"))
    assert (berlin[0], berlin[1], berlin[27], sum(berlin)) == (2, 1, 1, 4)
    assert history.forecast(due, TODAY, UTC)[:2] == [3, 0]


def test_recall_is_the_curve_of_the_scheduler() -> None:
    state = memory.review(None, correct=True, at=NOON)
    for days in (0, 1, 7, 60):
        expected = memory.retrievability(state, NOON + timedelta(days=days))
        assert memory.recall(state.stability, days) == pytest.approx(expected, abs=1e-12)


def test_the_retention_curve_falls_and_begins_with_what_is_recalled_now() -> None:
    rows = history.retention([(3.0, NOON), (30.0, NOON - timedelta(days=5))], NOON)
    shares = [share for _, share in rows]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx((1 + memory.recall(30.0, 5)) / 2)
    assert history.retention([], NOON) == []


def test_observed_recall_waits_for_twenty_reviews_and_for_five_of_a_span() -> None:
    assert history.observed({0: (10, 9), 1: (9, 5)}) == []
    rows = history.observed({0: (15, 12), 1: (4, 0), 3: (5, 1)})
    assert [(gap, known.share) for gap, known in rows] == [(0, 0.8), (3, 0.2)]


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
def test_offsets_follow_the_clock_of_a_zone_through_the_year(name: str) -> None:
    zone = ZoneInfo(name)
    start = datetime(2025, 9, 1, tzinfo=UTC)
    spans = history.offsets(zone, start, start + timedelta(days=365))
    for hour in range(0, 365 * 24, 5):
        moment = start + timedelta(hours=hour)
        minutes = [minutes for begin, minutes in spans if begin <= moment][-1]
        assert (moment + timedelta(minutes=minutes)).date() == moment.astimezone(zone).date(), moment


# --- One session -------------------------------------------------------------------------------------------------------


def stored(question: int, at: float, response: str = "a", **more: object) -> Given:
    """A stored answer; wrong and complete unless said otherwise."""
    known = {"began": 0.0, "took": None, "correct": False, "complete": True, "blank": False}
    return Given(question=question, at=at, response=response, **(known | more))  # type: ignore[arg-type]


def test_time_goes_from_answer_to_answer_and_gathers_when_a_question_is_taken_up_again() -> None:
    answers = [stored(1, 30), stored(2, 90), stored(1, 100), stored(3, 200, took=12.5)]
    assert history.spent(answers) == {1: 40, 2: 60, 3: 12.5}


def test_time_begins_when_the_question_was_served() -> None:
    assert history.spent([stored(1, 30), stored(2, 500, began=480)]) == {1: 30, 2: 20}


def test_changes_go_from_the_first_complete_answer_to_the_last() -> None:
    answers = [
        stored(1, 1, "half", complete=False), stored(1, 2, "a"), stored(1, 3, "b", correct=True),
        stored(2, 4, "a", correct=True), stored(2, 5, "b"),
        stored(3, 6, "a"), stored(3, 7, "b"),
        stored(4, 8, "a"), stored(4, 9, "b"), stored(4, 10, "a"),
        stored(5, 11, "a", correct=True), stored(5, 12, "none", blank=True, complete=False),
        stored(6, 13, "a", correct=True),
    ]  # fmt: skip
    assert history.changes(answers) == {1: TO_RIGHT, 2: TO_WRONG, 3: BETWEEN, 5: TO_WRONG}


def test_pace_counts_each_question_once() -> None:
    answers = [stored(1, 10), stored(2, 20, blank=True), stored(1, 30), stored(2, 40)]
    assert history.pace(answers) == [(10, 1), (40, 2)]


def test_a_share_against_another_one_has_its_guide_from_corner_to_corner() -> None:
    drawn = charts.square([(0.25, 0.5, 0.4, 0.6, "half"), (0.75, 1.0, 0.9, 1.0, "all")])
    assert drawn.points == "25,50 75,0"
    assert drawn.guide == "0,100 100,0"
    assert drawn.dots == (charts.Dot(25.0, 50.0, 60.0, 40.0, "half"), charts.Dot(75.0, 0.0, 10.0, 0.0, "all"))
    assert [(tick.at, tick.label) for tick in drawn.up] == [(50.0, "50 %"), (0.0, "100 %")]
    assert charts.square([(0.25, 0.5, 0.4, 0.6, "half")], joined=False).points == ""


def test_a_trend_reaches_from_nothing_to_a_round_number() -> None:
    start, end = date(2026, 3, 1), date(2026, 3, 11)
    rows = [(date(2026, 3, 1), 2.0), (date(2026, 3, 6), 4.0)]
    drawn = charts.trend(rows, start=start, end=end, labels=[(start, "1 Mar"), (date(2026, 2, 1), "before")], unit=" %")
    assert drawn.points == "0,50 50,0"
    assert drawn.dots == ()
    assert [tick.label for tick in drawn.across] == ["1 Mar"]
    assert [tick.label for tick in drawn.up] == ["1 %", "2 %", "3 %", "4 %"]
    one = charts.trend(rows[:1], start=start, end=end, labels=[])
    assert one.dots == (charts.Dot(0.0, 0.0, 0.0, 0.0),)
