"""An instructor writes questions: every type by one form, every edit a new version, nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages

from questions.actions import authoring
from questions.domain.items import Item as ItemValue
from questions.models import Exam, Item, ItemVersion, User
from tests.admin.desk import (
    ADD,
    CHOICE,
    KINDS,
    MATCHING,
    ORDERING,
    PART,
    Desk,
    address,
    edit_address,
    said,
    states,
    typed,
)
from tests.cast import NOON


def test_a_choice_is_stored_as_it_was_typed(desk: Desk, instructor: User) -> None:
    item = desk.write(CHOICE)
    version = item.versions.get()
    value = version.value
    assert (version.state, version.number, version.created_by) == ("draft", 1, instructor)
    assert [(o.text, o.key, o.concept) for o in value.options] == [
        (row["text"], bool(row.get("key")), row["concept"]) for row in CHOICE["options"]
    ]
    assert (value.tags, value.task, value.scenario, value.rows) == (("water", "service"), "2.1", 2, (3, 14))
    assert (value.difficulty, value.note, value.facts) == (-0.5, "brewing#water", ("green-tea-heat",))
    assert version.section is not None
    assert version.section.heading == "Water"
    assert version.domain == "d2"


@pytest.mark.parametrize("kind", KINDS)
def test_each_type_of_question_can_be_written(desk: Desk, kind: str) -> None:
    item = desk.write(KINDS[kind])
    assert item.versions.get().kind == kind
    assert KINDS[kind]["ask"] in desk.page(item)


def test_an_ordering_keeps_its_positions_and_its_distractor_step(desk: Desk) -> None:
    value = desk.write(ORDERING).versions.get().value
    assert [(o.text, o.position) for o in value.options] == [
        ("Warm the bowl", 1),
        ("Sift the powder", 2),
        ("Whisk the tea", 3),
        ("Add the milk", None),
    ]


def test_the_prompts_of_a_matching_name_options_by_label_in_any_case_or_by_the_letter_of_the_row(desk: Desk) -> None:
    value = desk.write(MATCHING).versions.get().value
    assert {p.text: value.option(p.option).text for p in value.prompts} == {
        "Many short infusions": "Lidded bowl",
        "One pot for the evening": "Iron pot",
        "Cold overnight": "Glass jar",
    }


def test_a_part_of_a_case_needs_no_scenario_of_its_own(desk: Desk) -> None:
    item = desk.write(PART)
    version = item.versions.get()
    case = version.value.case
    assert item.case_slug == "tea-house"
    assert case is not None
    assert (case.part, case.of, version.case_part, version.value.stem) == (3, 3, 3, "")


def test_the_other_parts_take_over_the_scenario_as_drafts_when_asked_to(desk: Desk) -> None:
    desk.write(PART, case_everywhere="on")
    noon = Item.objects.get(slug="tea-house.noon")
    assert states(noon) == {1: "approved", 2: "draft"}
    case = noon.versions.get(number=2).value.case
    assert case is not None
    assert (case.text, case.part, case.of) == (PART["case_text"], 1, 3)


def test_a_part_whose_scenario_differs_from_the_others_is_pointed_out(desk: Desk) -> None:
    item = desk.write(PART)
    assert "do not share one scenario" in desk.page(item)


def test_an_edit_is_a_new_version_while_the_old_one_stays_served(desk: Desk, bank: Exam) -> None:
    item = Item.objects.get(slug="green-for-one")
    answer = desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    assert answer.status_code == 302
    assert states(item) == {1: "approved", 2: "draft"}
    assert item.versions.get(number=2).value.ask == CHOICE["ask"]
    assert item.versions.get(number=2).value.slug == "green-for-one"
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert told == ["Stored as version 2, a draft. Version 1 is served until this one is approved."]


@pytest.mark.parametrize(
    "slug", ["green-for-one", "two-signs-of-scald", "steps-of-a-pot", "heat-for-each", "tea-house.night"]
)
def test_a_form_sent_back_untouched_makes_no_version(desk: Desk, slug: str) -> None:
    item = Item.objects.get(slug=slug)
    sheet = desk.get(edit_address(item)).context["sheet"]
    answer = desk.post(edit_address(item), _as_browser(sheet))
    assert answer.status_code == 302, said(answer)
    assert states(item) == {1: "approved"}


def _as_browser(sheet: Any) -> dict[str, Any]:
    """Every field of a shown form with the value that it shows."""
    data: dict[str, Any] = {}
    for form in (
        sheet.form,
        *sheet.options,
        *sheet.prompts,
        sheet.options.management_form,
        sheet.prompts.management_form,
    ):
        for field in form:
            value = field.value()
            if value not in (None, False, ""):
                data[field.html_name] = "on" if value is True else value
    return data


def test_an_edit_can_begin_with_an_older_version(desk: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    sheet = desk.get(f"{edit_address(item)}?from=1").context["sheet"]
    assert sheet.form["ask"].value() == "Which leaf is the MOST suitable?"
    assert sheet.form["started_from"].value() == 2


def test_store_and_submit_does_both(desk: Desk) -> None:
    item = desk.write(CHOICE, wish="submit")
    assert states(item) == {1: "submitted"}
    assert list(item.versions.get().events.values_list("action", flat=True)) == ["created", "submitted"]


def test_check_and_preview_stores_nothing(desk: Desk) -> None:
    answer = desk.post(ADD, {**typed(CHOICE), "wish": "check"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert not Item.objects.filter(slug="iced-for-sixty").exists()
    assert "Checked, not stored" in page
    assert "The infusion stands ready" in page


# --- bad input ---


def test_a_refused_form_names_the_faults_at_their_fields_and_keeps_every_word(desk: Desk) -> None:
    options = [*CHOICE["options"][:3], {"text": "A fourth without a reason", "key": "on"}]
    answer = desk.post(ADD, typed(CHOICE, slug="Iced Tea", rows="3, x", options=options))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said(answer) == ["rows: Whole numbers with commas between them, for example 6, 60."]
    answer = desk.post(ADD, typed(CHOICE, slug="Iced Tea", options=options))
    assert answer.status_code == 422
    assert sorted(said(answer)) == [
        "Options: expected exactly one ticked as right, found 2.",
        "options 3: rationale: Expected a rationale.",
        "slug: Expected lower-case letters, digits and hyphens.",
    ]
    for words in ("A fourth without a reason", "Iced Tea", CHOICE["stem"]):
        assert words in page
    assert not ItemVersion.objects.filter(created_by__isnull=False).exists()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ask": ""}, "ask: Expected the one question that the learner answers."),
        ({"stem": ""}, "stem: Expected the scenario."),
        ({"notes_say": "Ice is dear."}, "today: Fill in both, the older statement and today's, or neither."),
        ({"as_of": "last week"}, "as_of: Enter a valid date."),
        ({"difficulty": "9"}, "difficulty: Ensure this value is less than or equal to 4."),
        ({"task": "9.9"}, "task: Select a valid choice. 9.9 is not one of the available choices."),
        (
            {"prompts": [{"text": "A stray prompt", "option": "a"}]},
            "Prompts belong to matching questions: empty them, or choose the type Matching.",
        ),
        ({"options": [*CHOICE["options"], {"concept": "nothing"}]},
         "options 4: text: Write the option, or empty the whole row."),
        ({"case_title": "A house"}, "case_slug: Fill in every field of the case, or none where this is no part of a case."),
        ({"slug": "evening", **{k: v for k, v in PART.items() if k.startswith("case_")}},
         "slug: A part of this case is named tea-house.something."),
        ({"slug": "green-for-one"}, "There is a question 'green-for-one' already. Edit that, or choose another id."),
    ],
)  # fmt: skip
def test_bad_input_is_told_and_stores_nothing(desk: Desk, changes: dict[str, Any], problem: str) -> None:
    before = ItemVersion.objects.count()
    answer = desk.post(ADD, typed(CHOICE, **changes))
    assert answer.status_code in (409, 422)
    assert problem in said(answer)
    assert ItemVersion.objects.count() == before


def test_a_matching_with_two_equal_labels_or_an_unknown_one_is_told(desk: Desk) -> None:
    rows = [{**row, "label": "a"} for row in MATCHING["options"]]
    answer = desk.post(ADD, typed(MATCHING, options=rows))
    assert "Options: two of them have the same label." in said(answer)
    prompts = [*MATCHING["prompts"][:2], {**MATCHING["prompts"][2], "option": "z"}]
    answer = desk.post(ADD, typed(MATCHING, prompts=prompts))
    assert said(answer) == ["prompts 2: option: Expected the label of one of the options."]


def test_a_form_without_its_row_counts_is_refused_and_not_an_accident(desk: Desk) -> None:
    data = typed(CHOICE)
    del data["options-TOTAL_FORMS"]
    assert desk.post(ADD, data).status_code == 422


# --- two instructors at once ---


def test_an_edit_of_an_older_version_is_not_stored_and_shows_both(desk: Desk, other_instructor: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    other_instructor.post(edit_address(item), typed(CHOICE, started_from="1"))
    mine = typed(CHOICE, started_from="1", stem="My own words about sixty cold glasses on the terrace in summer.")
    answer = desk.post(edit_address(item), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert states(item) == {1: "approved", 2: "draft"}
    assert "Version 2 was stored while you edited version 1" in page
    assert "kim@tea.example" in page
    assert "My own words" in page
    assert "<del>A terrace serves" in page
    sheet = answer.context["sheet"]
    assert sheet.form["started_from"].value() == "2"
    answer = desk.post(edit_address(item), {**mine, "started_from": "2"})
    assert said(answer) == []
    assert states(item) == {1: "approved", 2: "draft", 3: "draft"}


@pytest.fixture
def other_instructor(other: User) -> Desk:
    """A second instructor."""
    from questions.actions.people import make_instructor

    return Desk(make_instructor(other))


def test_the_deed_refuses_whoever_is_no_author(learner: User, bank: Exam) -> None:
    value: ItemValue = ItemVersion.objects.filter(item__slug="green-for-one").get().value
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        authoring.store_edit(value, exam=bank, by=learner, after=1, now=NOON)


def test_where_a_question_came_from_stays_known_through_edits(desk: Desk) -> None:
    item = Item.objects.get(slug="green-for-one")
    desk.post(edit_address(item), typed(CHOICE, started_from="1"))
    desk.post(edit_address(item), typed(CHOICE, started_from="2", ask="Which preparation is the FASTEST for guests?"))
    source = item.versions.get(number=3).value.source
    assert source["rule"] == "workshop"
    assert source["origin"]["file"] == "items/brewing.yaml"


def test_the_page_of_an_item_offers_its_entry_as_yaml(desk: Desk) -> None:
    from questions.domain.bankfile import parse_items

    for item in Item.objects.all():
        text = desk.get(address(item)).context["yaml"]
        found = {value.slug: value.digest for value, _ in parse_items(text, "page")}
        assert found[item.slug] == item.versions.get().digest
