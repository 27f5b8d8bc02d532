"""The operator's page: who sees it, what it shows, and what its buttons do."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from questions import queries
from questions.actions import engine, monitors, people, readiness, refit, sessions
from questions.domain import ability
from questions.models import EngineVersion, Item, ItemFlag, MemoryFit, ReadinessRecord, User
from tests.actions.test_engine import BOLD, SHY, approved
from tests.actions.test_monitors import WILD, a_week, canary
from tests.actions.test_refit import three_weeks
from tests.admin.desk import Desk, address
from tests.cast import NOON, Give, make_user
from tests.web.pages import Page

PAGE, DECISIONS, DEPLOYMENTS = "/admin/engine/", "/admin/engine/decisions/", "/admin/engine/deployments/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    import time_machine

    with time_machine.travel(NOON, tick=True):
        yield


@pytest.fixture
def staff(bank: object) -> User:
    """Somebody whose one permission is to operate the engine."""
    user = make_user("otto", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="operate_engine"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def room(staff: User) -> Desk:
    """Their browser."""
    return Desk(staff)


def shown(room: Desk) -> str:
    """The page as text without tags."""
    reply = room.get(PAGE)
    assert reply.status_code == 200
    return words(reply)


def words(reply: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def test_only_who_may_operate_the_engine_sees_the_page_and_presses_its_buttons(
    staff: User, learner: User, instructor: User
) -> None:
    for person in (learner, instructor):
        client = Desk(person).client
        for reply in (client.get(PAGE), client.post(DECISIONS), client.post(DEPLOYMENTS)):
            assert reply.status_code == (403 if person is instructor else 302)
    assert Desk(staff).get(PAGE).status_code == 200
    assert Desk(staff).get(DECISIONS).status_code == 405
    index = Desk(staff).get("/admin/").content.decode()
    assert f'href="{PAGE}"' in index
    assert "Look through" not in index
    assert PAGE not in Desk(instructor).get("/admin/").content.decode()


def test_before_anything_happened_the_page_says_so(room: Desk) -> None:
    told = shown(room)
    for sentence in (
        "Champion: the engine of the code", "No challenger", "nothing was deployed yet", "No day has been reported yet.",
        "No mock exam has ended since its outcome was first expected.", "No version is registered yet.",
        "never yet", "Nobody has enough spaced reviews", "None. Flags open when enough answers",
    ):  # fmt: skip
        assert sentence in told
    assert "Roll back" not in told


def test_the_whole_way_of_a_version_by_its_buttons(room: Desk, staff: User) -> None:
    version = engine.propose(BOLD, evidence={}, now=NOON)
    other = approved(SHY)
    for state, why in (("pending", ""), ("approved", "It wins.")):
        assert room.post(DECISIONS, {"version": version.pk, "state": state, "why": why}).status_code == 302
    told = shown(room)
    assert "Approved" in told
    assert f"Deploy {BOLD.name}" in told
    assert (
        room.post(DEPLOYMENTS, {"deed": "canary", "version": version.pk, "share": "0.25", "seen": ""}).status_code
        == 302
    )
    assert "Challenger: belief-1.bold, 25 % of the learners" in shown(room)
    assert room.post(DEPLOYMENTS, {"deed": "champion", "version": version.pk, "seen": "2"}).status_code == 302
    assert "Champion: belief-1.bold" in shown(room)
    room.post(DEPLOYMENTS, {"deed": "canary", "version": other.pk, "share": "0.05", "seen": "3"})
    room.post(DEPLOYMENTS, {"deed": "alone", "why": "Enough.", "seen": "4"})
    room.post(DEPLOYMENTS, {"deed": "back", "why": "Worse.", "seen": "5"})
    assert queries.serving().champion.name == ability.ENGINE
    room.post(DECISIONS, {"version": version.pk, "state": "retired", "why": "Old."})
    assert list(version.events.values_list("state", "by", "why"))[1:] == [
        ("pending", staff.pk, ""), ("approved", staff.pk, "It wins."), ("retired", staff.pk, "Old."),
    ]  # fmt: skip
    told = shown(room)
    assert "otto: Worse." in told


@pytest.mark.parametrize(
    ("address", "sent", "said"),
    [
        (DEPLOYMENTS, {"deed": "back", "why": " "}, "Say why you roll back."),
        (DEPLOYMENTS, {"deed": "back", "why": "x" * 501}, "Say it in 500 characters; it has 501."),
        (DEPLOYMENTS, {"deed": "back", "why": "Because."}, "There is nothing to go back to."),
        (DEPLOYMENTS, {"deed": "alone"}, "There is no challenger."),
        (DEPLOYMENTS, {"deed": "champion", "version": "{pk}"}, "belief-1.bold is not approved."),
        (
            DEPLOYMENTS,
            {"deed": "canary", "version": "{pk}", "share": "0.9"},
            "Choose a share of 5 %, 10 %, 25 %, 50 %.",
        ),
        (DECISIONS, {"version": "{pk}", "state": "rejected"}, "Say why the version is rejected."),
        (DECISIONS, {"version": "{pk}", "state": "approved"}, "belief-1.bold is candidate; it cannot become approved."),
    ],
)
def test_what_is_not_allowed_is_said_and_changes_nothing(
    room: Desk, address: str, sent: dict[str, str], said: str
) -> None:
    version = engine.propose(BOLD, evidence={}, now=NOON)
    reply = room.post(address, {name: value.format(pk=version.pk) for name, value in sent.items()})
    assert (reply.status_code, said in words(reply)) == (409, True)
    assert queries.serving().champion.name == ability.ENGINE
    assert EngineVersion.objects.get(pk=version.pk).state == "candidate"


def test_a_button_pressed_on_an_old_page_does_nothing(room: Desk) -> None:
    version = approved(BOLD)
    engine.first_deployment(now=NOON)
    room.post(DEPLOYMENTS, {"deed": "champion", "version": version.pk, "seen": "1"})
    reply = room.post(DEPLOYMENTS, {"deed": "back", "why": "Twice.", "seen": "1"})
    assert "Somebody else changed what serves meanwhile." in words(reply)
    assert queries.serving().champion.name == BOLD.name


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        (DECISIONS, {"version": "1", "state": "lost"}), (DECISIONS, {"version": "999", "state": "approved"}),
        (DECISIONS, {"version": "x", "state": "approved"}), (DEPLOYMENTS, {"deed": "party"}), (DEPLOYMENTS, {}),
        (DEPLOYMENTS, {"deed": "champion", "version": "²"}), (DECISIONS, {"version": "9" * 5000, "state": "approved"}),
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(room: Desk, address: str, sent: dict[str, str]) -> None:
    assert room.post(address, sent).status_code == 404


def test_a_reason_that_cannot_be_stored_is_refused(room: Desk) -> None:
    version = approved(BOLD)
    reply = room.post(DECISIONS, {"version": str(version.pk), "state": "rejected", "why": "Too\0bold."})
    assert reply.status_code == 409
    assert "characters that cannot be stored" in words(reply)


def test_a_form_from_elsewhere_is_refused(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(DEPLOYMENTS, {"deed": "back", "why": "x"}).status_code == 403


def test_the_guards_rollback_is_told_with_its_reason(room: Desk) -> None:
    canary(WILD)
    a_week(engine=WILD.name)
    assert monitors.guard_engine(now=NOON) is not None
    told = shown(room)
    assert "The guard rolled the engine back" in told
    assert "belief-1.wild predicts worse than belief-1" in told
    assert "Rejected" in told


def test_predictions_are_shown_as_pictures_with_their_tables(room: Desk) -> None:
    a_week(explored=0.5)
    monitors.report_calibration(now=NOON)
    reply = room.get(PAGE)
    page = Page(reply)
    figures = page.tree.all("figure")
    assert [figure.all("h3")[0].text for figure in figures] == ["Reliability", "Calibration error by day"]
    for figure in figures:
        (picture,) = figure.all("svg", role="img")
        assert all(page.by_id(name).text for name in picture.attributes["aria-labelledby"].split())  # type: ignore[union-attr]
        assert figure.all("table")
    ids = [element.attributes["id"] for element in page.tree if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    told = words(reply)
    assert "192 answers in 28 days." in told
    assert "served to explore" in told


def test_what_the_refit_proposes_stands_there_with_its_evidence(room: Desk) -> None:
    three_weeks(middle=2.5)
    version = refit.propose_refit(now=NOON)
    assert version is not None
    told = shown(room)
    assert f"{version.name} Waits for approval" in told
    assert "Constants of the filter: log loss" in told
    assert "The nightly refit." in told


def test_readiness_flags_fits_and_runs_are_shown(room: Desk, learner: User, give: Give) -> None:
    mock = sessions.start_mock(learner=learner, operation_id=uuid.uuid4(), now=NOON)
    for served in mock.served.select_related("version", "session"):
        give(served)
    sessions.finish(learner=learner, session_id=mock.pk, now=NOON)
    readiness.settle_readiness(now=NOON)
    record = ReadinessRecord.objects.get()
    item = Item.objects.get(slug="green-for-one")
    ItemFlag.objects.create(item=item, kind="too-hard", figures={"facility": 0.125, "answers": 40}, opened_at=NOON)
    ItemFlag.objects.create(item=item, kind="misfit", opened_at=NOON - DAY, closed_at=NOON)
    MemoryFit.objects.create(learner=learner, parameters=[], accepted=False, reviews=400, made_at=NOON)
    people.leave_heartbeat("drain_answers", now=NOON)
    told = shown(room)
    inside = int(record.low <= 1.0 <= record.high)
    assert f"{inside} of 1 mock exams ended within the 80 % interval" in told
    assert "12% right of 40 first sights" in told
    assert "misfit" not in told
    assert "Tried for 1 learner; 0 have parameters of their own" in told
    assert "2 Mar, 12:00:00 UTC" in told
    assert f'href="{address(item)}"' in room.get(PAGE).content.decode()


def test_faults_of_the_data_are_told(room: Desk) -> None:
    from questions.models import Answer

    rows = a_week(people=1, rounds=1)
    Answer._base_manager.filter(pk=rows[0].pk).update(predicted=None)
    monitors.report_calibration(now=NOON)
    assert "1 Mar, belief-1: answers without a prediction" in shown(room)


def test_the_page_costs_the_same_with_any_history(room: Desk, staff: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            room.get(PAGE)
        assert [q["sql"] for q in captured if not q["sql"].startswith("SELECT")] == []
        return len(captured)

    engine.start_canary(approved(BOLD), share=0.1, by=staff, now=NOON)
    before = statements()
    a_week()
    monitors.report_calibration(now=NOON)
    engine.start_canary(approved(SHY), share=0.1, by=staff, now=NOON)
    for kind in ItemFlag.KINDS:
        ItemFlag.objects.create(item=Item.objects.first(), kind=kind, opened_at=NOON)
    assert statements() == before


def test_instructors_read_the_flags_and_change_none(desk: Desk, bank: object) -> None:
    item = Item.objects.get(slug="green-for-one")
    flag = ItemFlag.objects.create(
        item=item, kind="memorised", opened_at=NOON,
        figures={"repeats": 24, "repeats_right": 22, "variants": 19, "variants_right": 8},
    )  # fmt: skip
    listed = words(desk.get("/admin/questions/itemflag/?closed_at__isempty=1"))
    assert "right 22 of 24 times when repeated, 8 of 19 on unseen ones" in listed
    assert desk.post(f"/admin/questions/itemflag/{flag.pk}/change/", {"kind": "misfit"}).status_code == 403
    assert "known by heart" in words(desk.get(address(item)))
