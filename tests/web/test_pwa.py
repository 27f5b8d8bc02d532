"""Installing the site, and what its service worker is told to keep."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from questions.models import User
from questions.web import pwa
from tests.web.pages import Visitor

STATIC = Path(__file__).resolve().parent.parent.parent / "static"


def told(script: str) -> Any:
    """The one object that the view writes into the service worker."""
    found = re.search(r"^const SITE = (\{.*?^\});$", script, re.MULTILINE | re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.mark.usefixtures("bank")
def test_the_manifest_is_all_that_a_browser_asks_of_an_app(client: Client):
    reply = client.get("/manifest.webmanifest")
    assert reply["Content-Type"] == "application/manifest+json"
    shown = reply.json()
    assert {name: shown[name] for name in ("name", "short_name", "start_url", "scope", "display", "lang")} == {
        "name": "MLOps Prep", "short_name": "MLOps Prep", "start_url": "/", "scope": "/", "display": "standalone", "lang": "en",
    }  # fmt: skip
    assert {(icon["sizes"], icon["purpose"]) for icon in shown["icons"]} == {
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"), ("any", "any"),
    }  # fmt: skip
    for icon in shown["icons"]:
        file = finders.find(icon["src"].removeprefix("/static/"))
        assert isinstance(file, str), icon
        content = Path(file).read_bytes()
        assert len(content) < 8 * 1024, icon
        if icon["type"] == "image/png":
            assert "{}x{}".format(*struct.unpack(">II", content[16:24])) == icon["sizes"]
    assert [client.get(shortcut["url"]).status_code for shortcut in shown["shortcuts"]] == [200, 200]


def test_the_window_has_the_colour_of_the_page_in_both_themes(client: Client):
    page = client.get("/offline/").content.decode()
    assert re.findall(r'<meta name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)">', page) == [
        (pwa.CANVAS, "light"),
        (pwa.CANVAS_DARK, "dark"),
    ]
    canvas = re.search(
        r"--canvas: light-dark\((oklch\(.*?\)), (oklch\(.*?\))\);", (STATIC / "css/tokens.css").read_text()
    )
    assert canvas is not None
    assert canvas.groups() == ("oklch(98.5% .004 90)", "oklch(20.5% .012 255)"), (
        "then the two colours here are others too"
    )


def test_the_worker_looks_after_the_whole_site_and_is_asked_for_every_time(client: Client):
    reply = client.get("/sw.js")
    assert (reply["Content-Type"], reply["Service-Worker-Allowed"]) == ("text/javascript", "/")
    assert reply["Cache-Control"] == "no-cache"
    again = client.get("/sw.js", headers={"If-None-Match": reply["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_worker_keeps_the_files_of_a_page_and_they_are_there(client: Client):
    site = told(client.get("/sw.js").content.decode())
    page = client.get(site["offline"]).content.decode()
    linked = re.findall(r'<(?:link|script)[^>]*(?:href|src)="(/static/[^"]+)"', page)
    assert site["shell"] == linked
    assert {"/static/js/offline.js", "/static/js/register.js", "/static/css/tokens.css"} <= set(linked)
    assert [path for path in linked if finders.find(path.removeprefix("/static/")) is None] == []
    assert (site["static"], site["notes"], site["hashed"]) == ("/static/", "/notes/", False)


def test_another_file_is_another_version(client: Client, monkeypatch: pytest.MonkeyPatch):
    before = client.get("/sw.js")
    assert told(client.get("/sw.js").content.decode()) == told(before.content.decode())
    content = pwa._content
    monkeypatch.setattr(pwa, "_content", lambda path: content(path) + (b" " if path == "css/base.css" else b""))
    after = client.get("/sw.js", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert told(after.content.decode())["version"] != told(before.content.decode())["version"]


def test_collected_files_are_kept_by_their_hash(settings: Any, tmp_path: Path, client: Client):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "mlopsprep.static.HashedStatic"}}
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["drf_spectacular_sidecar", "admin"])
    site = told(client.get("/sw.js").content.decode())
    assert site["hashed"] is True
    assert [path for path in site["shell"] if not re.search(r"\.[0-9a-f]{12}\.\w+$", path)] == []
    assert [path for path in site["shell"] if not (tmp_path / path.removeprefix("/static/")).exists()] == []
    icons = client.get("/manifest.webmanifest").json()["icons"]
    assert all((tmp_path / icon["src"].removeprefix("/static/")).exists() for icon in icons)


def test_what_stays_on_the_device_is_nobodys(visitor: Visitor, client: Client):
    for path in ("/offline/", "/sw.js", "/manifest.webmanifest"):
        signed_in = visitor.client.get(path)
        assert signed_in.content == client.get(path).content, path
        assert not signed_in.cookies, path


def test_a_page_names_its_learner_and_a_visitors_names_nobody(
    visitor: Visitor, learner: User, guest: User, stranger: Visitor
):
    def named(somebody: Visitor) -> list[str]:
        return re.findall(r"<html[^>]*?( data-learner=\"\d+\"(?: data-guest)?)?>", somebody.get("/notes/").html)

    assert named(visitor) == [f' data-learner="{learner.pk}"']
    assert named(Visitor(guest)) == [f' data-learner="{guest.pk}" data-guest']
    assert named(stranger) == [""]
