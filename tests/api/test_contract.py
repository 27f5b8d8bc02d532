"""The API's description is valid, its page works, and docs/api.md tells the truth."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from questions.api import errors
from questions.api.urls import urlpatterns
from tests.api.conftest import API

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "api.md").read_text()
REFUSING = ["actions/answer.py", "actions/sessions.py", "domain/rules.py", "domain/scoring.py", "queries/results.py"]
"""Where the deeds of the API refuse."""
UNDESCRIBED = {"api-schema", "api-docs", "api-unknown"}


def schema() -> dict[str, Any]:
    """The description as the site serves it."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def test_the_schema_is_valid_and_made_without_warnings():
    GENERATOR_STATS.reset()
    found = schema()
    assert not GENERATOR_STATS
    validate_schema(found)


def test_every_route_is_described():
    found = schema()
    described = {path.removeprefix(f"{API}/") for path in found["paths"] if path.startswith(f"{API}/")}
    wanted = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        for pattern in urlpatterns
        if pattern.name not in UNDESCRIBED
    }
    assert described == wanted
    assert sorted(found["components"]["securitySchemes"]) == ["sessionCookie", "sessionToken"]


def test_no_address_names_a_deed():
    segments = {part for path in schema()["paths"] for part in path.split("/") if part and "{" not in part}
    assert segments == {
        "api", "v1", "export", "exams", "current", "tags", "notes", "notices", "progress", "search", "sessions",
        "items", "flag", "answers", "submission", "result", "strikes", "bookmark", "note", "reports",
    }  # fmt: skip


def test_every_refusal_has_the_one_shape():
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            for status, reply in operation["responses"].items():
                if int(status) >= 400:
                    shape = reply["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/Error"}, (method, path, status)


def test_the_schema_is_served_as_yaml_and_json(anonymous: APIClient):
    assert anonymous.get(f"{API}/schema/").content.startswith(b"openapi: 3.")
    assert json.loads(anonymous.get(f"{API}/schema/?format=json").content)["info"]["title"] == "MLOps Prep"


def test_the_guide_lists_every_route_and_no_other():
    listed = set(re.findall(r"^\| `([A-Z]+) (/\S+)` \|", GUIDE, re.MULTILINE))
    described = {
        (method.upper(), path.removeprefix(API))
        for path, operations in schema()["paths"].items()
        for method in operations
    }
    assert listed == described | {("GET", "/schema/"), ("GET", "/docs/")}


def test_the_guide_names_every_status_of_a_route():
    answers = dict(re.findall(r"^\| `([A-Z]+ /\S+)` \|.*\| ([\d, ]+) \|$", GUIDE, re.MULTILINE))
    for path, operations in schema()["paths"].items():
        for method, operation in operations.items():
            good = {status for status in operation["responses"] if int(status) < 400}
            assert set(answers[f"{method.upper()} {path.removeprefix(API)}"].split(", ")) == good, (method, path)


def test_the_guide_names_every_code():
    house = "".join((ROOT / "questions" / path).read_text() for path in REFUSING)
    refused = set(re.findall(r'(?:Refusal|BadResponse)\(\s*"([a-z-]+)"', house))
    assert len(refused) >= 14
    own = {*errors.STATUS, *errors.FIELD, errors.UNKNOWN_FIELD, errors.TooLarge.default_code}
    assert {code for code in refused | own if f"`{code}`" not in GUIDE} == set()


def test_the_examples_of_the_guide_work(anonymous: APIClient):
    known = {"SITE": ""}
    calls = re.findall(r"^(curl .*?)\n# (\d+)", GUIDE, re.MULTILINE | re.DOTALL)
    assert len(calls) == 9
    for command, status in calls:
        reply = curl(anonymous, command, known)
        assert str(reply.status_code) == status, (command, reply.content)
        body = reply.json()
        if "meta" in body:
            known["TOKEN"] = body["meta"]["session_token"]
        elif "mode" in body:
            known["SESSION"] = body["id"]
        elif "ask" in body:
            assert body["kind"] == "choice"  # the operation id of the example decides which item comes first
            known |= {"ITEM": body["id"], "OPTION": body["options"][0]["id"]}


def curl(client: APIClient, command: str, known: dict[str, str]) -> Any:
    """What a curl command would get."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    given: dict[str, Any] = {"-H": []}
    address = ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            given["-H"].append((name, Template(value).substitute(known)))
        elif word.startswith("-"):
            given[word] = Template(words.pop(0)).substitute(known)
        else:
            address = Template(word).substitute(known)
    method = given.get("-X", "POST" if "-d" in given else "GET")
    headers = dict(given["-H"])
    kind = headers.pop("Content-Type", "application/octet-stream")
    return client.generic(method, address, given.get("-d", ""), content_type=kind, headers=headers)


def test_the_page_of_the_description_asks_for_no_inline_code(anonymous: APIClient):
    page = anonymous.get(f"{API}/docs/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []
    script = anonymous.get(f"{API}/docs/?script=")
    assert script["Content-Type"] == "application/javascript"
    assert "SwaggerUIBundle" in script.content.decode()
