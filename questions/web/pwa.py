"""What makes the site installable and readable without a connection: manifest, service worker, offline page.

None of it asks who is there: all three are the same for everybody, and the browser keeps them.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

CANVAS, CANVAS_DARK = "#fbfaf7", "#14171d"
"""``--canvas`` of static/css/tokens.css in sRGB, which manifests and browsers' own bars ask for; base.html says the same."""
ICONS = (
    ("icons/icon-192.png", "192x192", "any"),
    ("icons/icon-512.png", "512x512", "any"),
    ("icons/maskable-512.png", "512x512", "maskable"),
    ("favicon.svg", "any", "any"),
)
KINDS = {"png": "image/png", "svg": "image/svg+xml"}


class Shell(NamedTuple):
    """What the service worker is made of."""

    files: tuple[str, ...]
    """Addresses of the static files that the offline page needs, which are those that every page needs."""
    version: str
    """Another one whenever any of it is another one; part of the names of the caches."""
    hashed: bool
    """Whether an address of a static file means the same content for ever."""


@require_safe
@cache_control(public=True, max_age=24 * 3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """How the site looks once it is installed."""
    home, practice, notes = (reverse(name) for name in ("home", "practice", "notes"))
    shown = {
        "id": home,
        "name": "MLOps Prep",
        "short_name": "MLOps Prep",
        "description": "Practise the MLOps decisions of a machine learning engineer, with the reason for every option.",
        "lang": "en",
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "theme_color": CANVAS,
        "background_color": CANVAS,
        "categories": ["education"],
        "icons": [
            {"src": static(path), "sizes": sizes, "type": KINDS[path.rsplit(".", 1)[1]], "purpose": purpose}
            for path, sizes, purpose in ICONS
        ],
        "shortcuts": [{"name": "Practice", "url": practice}, {"name": "Study notes", "url": notes}],
    }
    return JsonResponse(shown, content_type="application/manifest+json")


def _etag(request: HttpRequest) -> str:
    return f'"{_shell().version}"'


@require_safe
@cache_control(no_cache=True)
@condition(etag_func=_etag)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Served from the root, as it may only look after addresses below its own."""
    response = HttpResponse(_script(_shell()), content_type="text/javascript")
    response["Service-Worker-Allowed"] = reverse("home")
    return response


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown instead of a page that cannot be reached. Nobody's, so that it may stay on the device."""
    return HttpResponse(_offline_page())


def _offline_page() -> str:
    return render_to_string("offline.html")


def _shell() -> Shell:
    """What the static files are by now: in production the same as long as the process lives."""
    collected = getattr(staticfiles_storage, "manifest_hash", "")
    return _collected_shell(collected) if collected else _shell_of("")


@cache
def _collected_shell(collected: str) -> Shell:
    return _shell_of(collected)


def _shell_of(collected: str) -> Shell:
    page = _offline_page()
    files = tuple(dict.fromkeys(re.findall(rf'(?:href|src)="({re.escape(settings.STATIC_URL)}[^"]+)"', page)))
    told = hashlib.sha256(collected.encode())
    if not collected:
        # Plain names say nothing of the content, so the files themselves are asked.
        for address in files:
            told.update(_content(address.removeprefix(settings.STATIC_URL)))
    told.update(page.encode())
    told.update(_script(Shell(files, "", bool(collected))).encode())
    return Shell(files, told.hexdigest()[:16], bool(collected))


def _content(path: str) -> bytes:
    found = finders.find(path)
    if not isinstance(found, str):
        return b""
    with open(found, "rb") as file:
        return file.read()


def _script(shell: Shell) -> str:
    told = {
        "version": shell.version,
        "shell": shell.files,
        "hashed": shell.hashed,
        "static": settings.STATIC_URL,
        "offline": reverse("offline"),
        "notes": reverse("notes"),
    }
    return render_to_string("sw.js", {"told": json.dumps(told, indent=2)})
