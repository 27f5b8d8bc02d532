"""Requests made up from the API's own description, sound and unsound ones: none is an accident, none leaks a key."""

from __future__ import annotations

import json
from typing import Any

import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.test import APIClient
from schemathesis import GenerationMode

from questions.models import Answer
from tests.api.conftest import places, start

EXAMPLES = 4
"""Requests for each operation and way: a short walk for every run; `make fuzz` is for long ones."""


def test_no_request_made_from_the_description_is_an_accident(api: APIClient):
    session = start(api, mode="mock")["id"]
    served = places(api, session)[0]["id"]
    described = SchemaGenerator().get_schema(request=None, public=True)
    operations = [found.ok() for found in schemathesis.openapi.from_dict(described).get_all_operations()]
    assert len(operations) == 27
    seen: dict[str, set[int]] = {}
    for operation in operations:
        modes = [GenerationMode.POSITIVE]
        if operation.body or operation.query:  # only these can be made wrong
            modes.append(GenerationMode.NEGATIVE)
        for mode in modes:
            try_out(api, operation, mode, session, served, seen)
    assert {status for statuses in seen.values() for status in statuses} >= {200, 201, 400, 404}
    assert Answer.objects.filter(correct=True).count() == 0


def try_out(
    api: APIClient,
    operation: Any,
    mode: GenerationMode,
    session: str,
    served: str,
    seen: dict[str, set[int]],
) -> None:
    """Send some requests of one operation; every other one about the running session."""
    known = {"session_id": session, "served_id": served, "notice_id": 1}
    documented = {int(status) for status in operation.definition.raw["responses"]}
    turn = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        nonlocal turn
        turn += 1
        if turn % 2:
            for name in set(case.path_parameters or {}) & set(known):
                case.path_parameters[name] = known[name]
            if isinstance(case.body, dict) and "served" in case.body:
                case.body["served"] = served
        made = case.as_transport_kwargs(base_url="http://testserver")
        reply = api.generic(
            made["method"],
            made["url"].removeprefix("http://testserver"),
            body_of(made),
            content_type="application/json",
            query_params=case.query or {},
        )
        label = f"{operation.method} {operation.path}"
        content = reply.getvalue()  # a streamed reply has no content of its own
        assert reply.status_code < 500, (label, case.body, content)
        assert b"CANARY" not in content or "notes" in operation.path, label
        wrong_address = reply.status_code in (404, 405)  # an odd path is another address
        assert reply.status_code in documented or wrong_address, (label, reply.status_code, case.body)
        seen.setdefault(label, set()).add(reply.status_code)

    send()


def body_of(made: dict[str, Any]) -> bytes:
    """The bytes of a made-up body."""
    if "json" in made:
        return json.dumps(made["json"]).encode()
    data = made.get("data", b"")
    return data if isinstance(data, bytes) else str(data or "").encode()
