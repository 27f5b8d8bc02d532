"""The documentation is part of the product: what it names exists, and what exists is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text())
    local = [target for target in LINK.findall(text) if not target.startswith(("http://", "https://", "#", "mailto:"))]
    missing = [target for target in local if not (page.parent / target.split("#")[0]).exists()]
    assert missing == []


def _tree() -> str:
    text = (ROOT / "docs" / "architecture.md").read_text()
    return re.findall(r"```\n(manage\.py.*?)```", text, re.DOTALL)[0]


def _named_paths() -> list[str]:
    """Paths of the tree in docs/architecture.md, from its indentation."""
    paths: list[str] = []
    folders: dict[int, str] = {}
    for line in _tree().splitlines():
        depth = len(line) - len(line.lstrip())
        name = line.split()[0]
        parent = "".join(folders[level] for level in sorted(folders) if level < depth)
        paths.append(parent + name)
        folders = {level: folder for level, folder in folders.items() if level < depth}
        if name.endswith("/"):
            folders[depth] = name
    return paths


def test_the_tree_in_the_architecture_page_names_only_what_exists() -> None:
    assert [path for path in _named_paths() if not (ROOT / path).exists()] == []


def test_the_tree_names_every_room_of_the_house() -> None:
    rooms = {f"questions/{path.name}/" for path in (ROOT / "questions").iterdir() if (path / "__init__.py").exists()}
    assert rooms - {"questions/migrations/"} == {
        path for path in _named_paths() if re.fullmatch(r"questions/\w+/", path)
    }


@pytest.mark.parametrize("room", ["models", "actions"])
def test_the_tree_names_every_file_of_the_rooms_that_write(room: str) -> None:
    files = {f"questions/{room}/{path.name}" for path in (ROOT / "questions" / room).glob("*.py")}
    assert files - {f"questions/{room}/__init__.py"} == {
        path for path in _named_paths() if path.startswith(f"questions/{room}/") and path.endswith(".py")
    }


def test_the_readme_begins_with_the_two_commands() -> None:
    fence = FENCE.findall((ROOT / "README.md").read_text())[0].splitlines()
    assert [line.split("#")[0].strip() for line in fence[1:-1]] == ["make run", "make test"]


def test_every_command_that_the_pages_name_exists() -> None:
    known = set(get_commands()) | {"help"}
    named = {name for page in PAGES for name in re.findall(r"manage\.py ([a-z_]+)", page.read_text())}
    assert named - known == set()


def test_every_make_target_that_the_pages_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)`", page.read_text())}
    assert named - targets == set()


def test_every_setting_is_in_the_example_file() -> None:
    source = (ROOT / "mlopsprep" / "settings.py").read_text() + (ROOT / "deploy" / "gunicorn.py").read_text()
    read = set(re.findall(r"""env\.\w+\(\s*["']([A-Z_]+)["']""", source))
    shown = set(re.findall(r"^#?\s*([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - shown == set()
