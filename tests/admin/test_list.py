"""The list of questions: what it shows, how it is searched and filtered, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from questions.models import Item, ItemCalibration
from tests.admin.desk import CHOICE, LIST, Desk, address, edit_address, typed
from tests.cast import NOON


def slugs(desk: Desk, query: str) -> list[str]:
    """The questions that the list shows for a query."""
    answer = desk.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return [item.slug for item in answer.context["cl"].result_list]


def test_a_row_tells_newest_and_served_version_task_topics_answers_and_facility(desk: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    ItemCalibration.objects.create(
        item=item, mean=0.2, variance=0.5, own_mean=0.2, own_variance=0.5, answers=8, correct=6, updated_at=NOON
    )
    page = desk.get(f"{LIST}?q=green-for-one").content.decode()
    for words in ("2, draft", "Multiple choice", "2.1 (d2)", "Leaves", "75 %", '<td class="field-answers">8</td>'):
        assert words in page
    assert '<td class="field-served">1</td>' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=ordering", ["steps-of-a-pot"]),
        ("kind=case", ["tea-house.night", "tea-house.noon"]),
        ("tag=service", ["black-for-breakfast", "steps-of-a-pot", "tea-house.night", "tea-house.noon"]),
        ("domain=d1", ["black-for-breakfast", "green-for-one", "tea-house.noon"]),
        ("state=draft", []),
        ("served=no", []),
        ("q=kettle+three", ["green-for-one"]),
        ("q=STRONGEST", ["water-on-a-mountain"]),
        ("q=thirty+guests", ["tea-house.night", "tea-house.noon"]),
        ("q=mountain", ["water-on-a-mountain"]),
        ("q=100%25", []),
    ],
)
def test_it_is_filtered_and_searched_by_id_ask_and_scenario(desk: Desk, query: str, found: list[str]) -> None:
    assert slugs(desk, query) == found


def test_a_draft_is_found_by_its_state_and_as_not_served(desk: Desk) -> None:
    desk.write(CHOICE)
    assert slugs(desk, "state=draft") == ["iced-for-sixty"]
    assert slugs(desk, "served=no") == ["iced-for-sixty"]
    assert slugs(desk, "state=draft&tag=water&q=terrace") == ["iced-for-sixty"]


@pytest.mark.parametrize("column", range(1, 10))
def test_it_is_ordered_by_every_column_that_offers_it(desk: Desk, column: int) -> None:
    assert len(slugs(desk, f"o={column}")) == len(slugs(desk, f"o=-{column}")) == 8


def statements(desk: Desk, route: str) -> int:
    """How many SQL statements a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert desk.get(route).status_code == 200
    return len(captured)


def test_the_cost_does_not_grow_with_the_bank(desk: Desk) -> None:
    few: dict[str, Any] = {route: statements(desk, route) for route in (LIST, f"{LIST}?q=tea&kind=choice")}
    for number in range(30):
        desk.write(CHOICE, slug=f"iced-{number}")
    more = {route: statements(desk, route) for route in few}
    assert more == few
    assert max(few.values()) <= 11


def test_the_page_of_a_question_costs_the_same_after_many_versions(desk: Desk) -> None:
    item = desk.write(CHOICE)
    before = statements(desk, address(item))
    for number in range(1, 8):
        desk.post(edit_address(item), typed(CHOICE, started_from=str(number), difficulty=str(number / 10)))
    assert item.versions.count() == 8
    assert statements(desk, address(item)) == before <= 20
