"""One deed, three faces: the same responses by form, by htmx and by API leave equal rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.forms.models import model_to_dict
from django.test import Client

from questions.actions import people, sessions
from questions.domain import rules
from questions.models import Answer, LearnerState, MemoryState, PracticeSession, ServedItem, User
from tests.cast import NOON, make_user, right, wrong

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OPERATION = uuid.UUID(int=5)
"""The same for all three, so that they are served the same questions in the same order."""


def fields_of(response: dict[str, Any]) -> dict[str, Any]:
    """A response as the item page posts it."""
    if "unknown" in response:
        return {"intent": "unknown"}
    if "pairs" in response:
        return {f"pair_{prompt}": option for prompt, option in response["pairs"].items()}
    return {"option": response["options"]}


def by_form(client: Client, served: ServedItem, response: dict[str, Any], **headers: str) -> int:
    fields = fields_of(response)
    if served.version.kind == "ordering" and "option" in fields:
        fields = {f"order_{place}": option for place, option in enumerate(fields["option"], start=1)}
    fields["operation_id"] = str(uuid.uuid4())
    address = f"/sessions/{served.session_id}/items/{served.position}/answer/"
    return client.post(address, fields, headers=headers).status_code


def by_htmx(client: Client, served: ServedItem, response: dict[str, Any]) -> int:
    return by_form(client, served, response, hx_request="true")


def by_api(client: Client, served: ServedItem, response: dict[str, Any]) -> int:
    body = {"served": str(served.pk), "operation_id": str(uuid.uuid4()), "response": response}
    address = f"/api/v1/sessions/{served.session_id}/answers"
    return client.post(address, body, content_type="application/json").status_code


Face = Callable[[Client, ServedItem, dict[str, Any]], int]
FACES: dict[str, tuple[Face, set[int]]] = {
    "form": (by_form, {302}),
    "htmx": (by_htmx, {200, 204}),
    "api": (by_api, {201}),
}


def rows_of(learner: User) -> dict[str, Any]:
    """Everything that the answers left, without what names the learner, the session or the operation."""
    own = {"id", "served", "learner", "operation_id"}
    answers = Answer.objects.filter(learner=learner).order_by("seq")
    memories = MemoryState.objects.filter(learner=learner).order_by("item_id")
    state = LearnerState.objects.get(learner=learner)
    return {
        "answers": [{name: value for name, value in model_to_dict(row).items() if name not in own} for row in answers],
        "memories": [
            {name: value for name, value in model_to_dict(row).items() if name not in own} for row in memories
        ],
        "state": (state.seq, state.beliefs, state.engine),
        "session": list(
            PracticeSession.objects.filter(learner=learner).values_list("mode", "state", "length", "finished_at")
        ),
    }


def practise(face: Face, expected: set[int], learner: User, mode: str) -> list[str]:
    """A whole session by one face: right, wrong and unknown in turn; returns the kinds that were answered."""
    client = Client()
    client.force_login(learner, backend=BACKEND)
    if mode == rules.STUDY:
        session = sessions.start_study(learner=learner, operation_id=OPERATION, now=NOON, length=8)
    else:
        session = sessions.start_mock(learner=learner, operation_id=OPERATION, now=NOON)
    kinds = []
    for turn in range(session.length):
        if mode == rules.STUDY:
            sessions.serve_next(learner=learner, session_id=session.pk, now=NOON)
        served = session.served.select_related("version", "session").get(position=turn + 1)
        response = [right(served), wrong(served), {"unknown": True}][turn % 3]
        assert face(client, served, response) in expected
        kinds.append(served.version.kind)
    sessions.finish(learner=learner, session_id=session.pk, now=NOON)
    return kinds


@pytest.mark.parametrize("mode", [rules.STUDY, rules.MOCK])
def test_form_htmx_and_api_leave_equal_rows(bank: Any, mode: str) -> None:
    found, kinds = {}, set()
    with time_machine.travel(NOON, tick=False):
        for name, (face, expected) in FACES.items():
            learner = make_user(f"robin-{name}")
            kinds |= set(practise(face, expected, learner, mode))
            found[name] = rows_of(learner)
    assert kinds == {"choice", "multiple", "ordering", "matching"}
    assert found["htmx"] == found["form"]
    assert found["api"] == found["form"]
    assert len(found["form"]["answers"]) == (8 if mode == rules.STUDY else 6)


def test_a_guest_leaves_the_same_rows_as_an_account(bank: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        account, guest = make_user("robin"), people.start_guest(now=NOON)
        for learner in (account, guest):
            practise(by_form, {302}, learner, rules.STUDY)
        assert rows_of(guest) == rows_of(account)
