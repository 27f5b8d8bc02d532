"""Who gets into the workshop, what nobody can do there, and that looking changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver

from questions.models import Answer, Item, ItemVersion, PracticeSession, ReviewEvent, ServedItem, User
from tests.admin.desk import ADD, CHOICE, LIST, YAML, Desk, address, edit_address, typed
from tests.cast import Give

OPEN = {"login", "logout", "jsi18n"}
"""Signing in and out are for everybody, and the admin's dictionary of words tells nothing."""


def _addresses(patterns: Any = None, before: str = "/admin/") -> Iterator[str]:
    for pattern in admin.site.urls[0] if patterns is None else patterns:
        route = f"{before}{pattern.pattern}"
        for converter in ("<int:pk>", "<path:object_id>", "<int:content_type_id>", "<id>"):
            route = route.replace(converter, "1")
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and pattern.name not in OPEN:
            yield route.replace("^", "").replace(
                "(?P<app_label>questions|auth|account|mfa|usersessions)/$", "questions/"
            )


ADDRESSES = sorted({address for address in _addresses() if "(?P" not in address})


def test_the_list_of_addresses_is_not_empty() -> None:
    assert {ADD, LIST, YAML, "/admin/questions/item/1/edit/", "/admin/questions/item/1/review/"} <= set(ADDRESSES)


@pytest.mark.parametrize("method", ["get", "post"])
def test_learners_guests_and_strangers_enter_no_address_of_the_workshop(
    bank: object, learner: User, guest: User, method: str
) -> None:
    for person in (learner, guest, None):
        client = Desk(person).client
        for route in ADDRESSES:
            answer = getattr(client, method)(route, follow=True)
            last = answer.redirect_chain[-1][0] if answer.redirect_chain else route
            let_in = answer.status_code == 200 and not last.startswith("/accounts/login/")
            assert not let_in, (person, route, last)
            if person is not None:
                assert answer.status_code == 403, (route, answer.status_code)


def test_instructors_see_the_bank_and_its_record_but_no_people_and_no_answers(desk: Desk) -> None:
    shown = ["item", "itemflag", "itemversion", "reviewevent", "fact", "tag", "notefile", "notesection", "exam"]
    hidden = ["user", "practicesession", "answer", "heartbeat"]
    assert {name: desk.get(f"/admin/questions/{name}/").status_code for name in [*shown, *hidden]} == {
        **dict.fromkeys(shown, 200),
        **dict.fromkeys(hidden, 403),
    }
    assert desk.get("/admin/auth/group/").status_code == 403


def test_nobody_deletes_or_changes_versions_events_answers_or_questions(
    operator: User, bank: object, study: PracticeSession, give: Give
) -> None:
    served = ServedItem.objects.filter(session=study).order_by("position").first()
    assert served is not None
    give(served)
    desk = Desk(operator)
    rows: list[Any] = [
        ItemVersion.objects.first(), ReviewEvent.objects.first(), Answer.objects.first(), Item.objects.first(), study, operator,
    ]  # fmt: skip
    for row in rows:
        base = f"/admin/questions/{type(row)._meta.model_name}"
        assert desk.post(f"{base}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
        answer = desk.post(f"{base}/", {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"})
        assert answer.status_code in (200, 302, 403)
        assert type(row).objects.filter(pk=row.pk).exists()
        if not isinstance(row, User | Item):
            assert (
                desk.post(f"{base}/{row.pk}/change/", {"state": "draft", "why": "x", "correct": ""}).status_code == 403
            )
            assert desk.get(f"{base}/add/").status_code == 403
    assert desk.post(address(rows[3]), {"slug": "other"}).status_code == 405


def test_an_operator_sees_every_table(operator: User, bank: object, study: PracticeSession, give: Give) -> None:
    served = study.served.order_by("position").first()
    assert served is not None
    give(served)
    desk = Desk(operator)
    for model, its_admin in admin.site._registry.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert desk.get(base).status_code == 200, base
        row = model._default_manager.first()
        if row is not None and its_admin.has_view_permission(desk.get(base).wsgi_request):
            assert desk.get(f"{base}{row.pk}/change/").status_code == 200, base


def test_looking_writes_nothing(desk: Desk) -> None:
    item = desk.write(CHOICE)
    event = ReviewEvent.objects.get(version__item=item)
    looked_at = [
        "/admin/", LIST, f"{LIST}?q=sixty&state=draft&tag=water", ADD, YAML, address(item), edit_address(item),
        f"/admin/questions/item/{item.pk}/history/", "/admin/questions/itemversion/",
        f"/admin/questions/reviewevent/{event.pk}/change/",
    ]  # fmt: skip
    for route in looked_at:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(route).status_code in (200, 302)
        assert [q["sql"] for q in captured if not q["sql"].startswith("SELECT")] == []


def test_deeds_are_not_done_by_looking(desk: Desk) -> None:
    item = desk.write(CHOICE)
    assert desk.get(f"/admin/questions/item/{item.pk}/review/?deed=approved&version=1").status_code == 405


def test_forms_from_elsewhere_are_refused(instructor: User) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(instructor)
    assert client.post(ADD, typed(CHOICE)).status_code == 403
    item = Item.objects.first()
    assert item is not None
    assert client.post(f"/admin/questions/item/{item.pk}/review/", {"deed": "retired", "version": 1}).status_code == 403


@pytest.mark.parametrize("route", ["/admin/questions/item/abc/change/", "/admin/questions/item/999999/change/",
                                   "/admin/questions/item/999999/edit/", "/admin/questions/item/1/change/?version=99",
                                   "/admin/questions/item/1/edit/?from=99"])  # fmt: skip
def test_what_is_not_there_is_not_found(desk: Desk, route: str) -> None:
    first = Item.objects.order_by("pk").first()
    assert first is not None
    assert desk.get(route.replace("/item/1/", f"/item/{first.pk}/")).status_code == 404
