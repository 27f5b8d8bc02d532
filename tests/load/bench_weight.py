"""What a page weighs and how soon it stands, in Chromium, first visit: bytes over the wire, LCP, CLS and blocking time.

    .venv/bin/python tests/load/bench_weight.py [--details] [--lighthouse PATH]

It serves the site as ``manage.py up`` does, from a database of its own in a temporary folder, with the whole bank and a
learner with some history. Each page is opened twice by a browser that has never been here: once as fast as it goes, for the
bytes; once as Lighthouse's phone (1.6 Mbit/s, 150 ms, a processor four times slower), for the times. Bytes are those that
travelled, with headers, compressed. What the service worker fetches afterwards for later visits is told apart (bodies alone).

``--lighthouse`` also runs that program (it is not part of the project) and prints its scores. Exits with 1 where a page asks
anybody else for anything, where the item page weighs more than its budget, or where Lighthouse says less than 95.
"""

from __future__ import annotations

import argparse
import http.client
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
BUDGET = 100_000
"""Bytes of the item page, first visit, worker included."""
LEAST_SCORE = 95
CATEGORIES = ("performance", "accessibility", "best-practices")
PHONE = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 1.75, "is_mobile": True, "has_touch": True}
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
WATCH = """
window.seen = {lcp: 0, cls: 0, fcp: 0, tasks: []};
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
watch('largest-contentful-paint', (entry) => { seen.lcp = entry.startTime; });
watch('layout-shift', (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
watch('paint', (entry) => { if (entry.name === 'first-contentful-paint') seen.fcp = entry.startTime; });
watch('longtask', (entry) => seen.tasks.push([entry.startTime, entry.duration]));
"""


class Fetched(NamedTuple):
    """One request of a page."""

    url: str
    wire: int
    compressed: str


class Site(NamedTuple):
    """The site while it is served: where, the learner's cookie, the pages by name, and the server's own list of requests."""

    url: str
    cookie: str
    pages: dict[str, str]
    log: Path


def main() -> None:
    """Serve, measure, print, judge."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--details", action="store_true", help="every request of every page, not of the item page only"
    )
    options.add_argument("--lighthouse", metavar="PATH", help="the program, where somebody has installed it")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "VAR_DIR": folder,
            "RATE_LIMITS": "off",
            "COLLECTED_STATIC": "on",
            "DEBUG": "off",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "mlopsprep.settings",
        }
        os.environ.pop("STATIC_ROOT", None)
        sys.path.insert(0, str(ROOT))
        cookie, pages = _prepare()
        with _served(Path(folder), cookie, pages) as site:
            faults = _weigh(site, details=given.details)
            _time(site)
            if given.lighthouse:
                faults += _lighthouse(given.lighthouse, site, Path(folder))
    for fault in faults:
        print(f"TOO MUCH: {fault}")
    sys.exit(bool(faults))


def _prepare() -> tuple[str, dict[str, str]]:
    """Tables, bank, files, and a learner with 60 answers. Returns their session and the addresses to look at."""
    importlib.import_module("mlopsprep")  # puts a sound SQLite in place before Django looks for one
    import django

    django.setup()
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.utils import timezone

    from questions.actions import people, sessions
    from questions.actions.answer import record_answer
    from questions.models import NoteFile, User

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("load_bank", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    now = timezone.now()
    people.ensure_demo(now=now)
    learner = User.objects.get(email="learner@demo.example")
    session = None
    for number in range(3):
        session = sessions.start_study(learner=learner, operation_id=uuid.UUID(int=number), length=20, now=now)
        while served := sessions.serve_next(learner=learner, session_id=session.pk, now=now):
            item = served.version.value
            response = {"pairs": item.pairs} if item.prompts else {"options": list(item.keys)}
            record_answer(
                learner=learner,
                served_id=served.pk,
                response={"unknown": True} if served.position % 3 == 0 else response,
                operation_id=uuid.uuid4(),
                received_at=now,
            )
        sessions.finish(learner=learner, session_id=session.pk, now=now)
    assert session is not None
    open_one = sessions.start_study(learner=learner, operation_id=uuid.uuid4(), length=10, now=now)
    sessions.serve_next(learner=learner, session_id=open_one.pk, now=now)
    store = SessionStore()
    store["_auth_user_id"] = str(learner.pk)
    store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    store["_auth_user_hash"] = learner.get_session_auth_hash()
    store.create()
    note = NoteFile.objects.filter(in_bank=True).order_by("title").first()
    assert note is not None
    return str(store.session_key), {
        "landing": "/",
        "item": f"/sessions/{open_one.pk}/items/1/",
        "result": f"/sessions/{session.pk}/result/",
        "progress": "/progress/",
        "notes": f"/notes/{note.stem}/",
    }


@contextmanager
def _served(folder: Path, cookie: str, pages: dict[str, str]) -> Iterator[Site]:
    """gunicorn as in production, and a list of what it was asked."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / "requests.log"
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy" / "gunicorn.py")]
    command += ["--access-logfile", str(log), "--access-logformat", "%(U)s %(s)s %(B)s"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORT": str(port)}, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Site(f"http://127.0.0.1:{port}", cookie, pages, log)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start.")


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--disable-background-networking", "--disable-component-update", "--no-first-run"]
            + (["--no-sandbox"] if os.geteuid() == 0 else []),
        )
        yield browser
        browser.close()


def _visit(browser: Any, site: Site, name: str) -> Any:
    """A browser that has never been here; the landing page is for nobody, all others are the learner's."""
    context = browser.new_context(base_url=site.url, **PHONE)
    if name != "landing":
        context.add_cookies([{"name": "sessionid", "value": site.cookie, "url": site.url}])
    return context


def _weigh(site: Site, *, details: bool) -> list[str]:
    faults = []
    with _chromium() as browser:
        for name, path in site.pages.items():
            context = _visit(browser, site, name)
            page = context.new_page()
            before = len(site.log.read_text().splitlines())
            fetched = _listen(context, page)
            page.goto(path)
            page.wait_for_function("() => navigator.serviceWorker?.controller?.state === 'activated'")
            page.wait_for_timeout(1000)
            context.close()
            own = sum(one.wire for one in fetched)
            later, parts = _worker(site, before, fetched)
            print(
                f"{name:9} {own / 1000:6.1f} kB in {len(fetched)} requests; then the worker {later / 1000:.1f} kB: {parts}"
            )
            if details or name == "item":
                for one in sorted(fetched, key=lambda one: -one.wire):
                    print(f"    {one.wire:7} {one.compressed or '-':5} {urlsplit(one.url).path}")
            strangers = [one.url for one in fetched if not one.url.startswith((site.url, "data:"))]
            faults += [f"{name} asks {url}" for url in strangers]
            if name == "item" and own + later > BUDGET:
                faults.append(f"the item page weighs {own + later} bytes, {BUDGET} are allowed")
    return faults


def _listen(context: Any, page: Any) -> list[Fetched]:
    """What the page fetches, as it arrives."""
    found: list[Fetched] = []
    replies: dict[str, tuple[str, str]] = {}
    tool = context.new_cdp_session(page)
    tool.send("Network.enable")

    def replied(event: Any) -> None:
        headers = {key.lower(): value for key, value in event["response"]["headers"].items()}
        replies[event["requestId"]] = (event["response"]["url"], headers.get("content-encoding", ""))

    def loaded(event: Any) -> None:
        if event["requestId"] in replies:
            url, encoding = replies[event["requestId"]]
            found.append(Fetched(url, int(event["encodedDataLength"]), encoding))

    tool.on("Network.responseReceived", replied)
    tool.on("Network.loadingFinished", loaded)
    return found


def _worker(site: Site, before: int, fetched: list[Fetched]) -> tuple[int, str]:
    """What the server was asked beyond what the page fetched: by the service worker, and for the manifest."""
    asked = [line.split() for line in site.log.read_text().splitlines()[before:]]
    pages = Counter(urlsplit(one.url).path for one in fetched)
    rest = []
    for path, _, size in asked:
        if pages[path]:
            pages[path] -= 1
        else:
            rest.append((path, int(size)))
    return sum(size for _, size in rest), ", ".join(f"{path} {size}" for path, size in rest) or "nothing"


def _time(site: Site) -> None:
    print("\nAs Lighthouse's phone: 1.6 Mbit/s, 150 ms, processor 4 x slower; median of 3")
    with _chromium() as browser:
        for name, path in site.pages.items():
            runs = sorted((_slowly(browser, site, name, path) for _ in range(3)), key=lambda run: run["lcp"])
            run = runs[1]
            print(
                f"{name:9} first paint {run['fcp']:5.0f} ms   largest {run['lcp']:5.0f} ms   shift {run['cls']:.3f}   "
                f"blocked {run['blocked']:4.0f} ms"
            )


def _slowly(browser: Any, site: Site, name: str, path: str) -> dict[str, float]:
    context = _visit(browser, site, name)
    page = context.new_page()
    page.add_init_script(WATCH)
    tool = context.new_cdp_session(page)
    tool.send("Network.enable")
    tool.send("Network.emulateNetworkConditions", SLOW)
    tool.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(path)
    page.wait_for_timeout(2500)
    seen = page.evaluate("window.seen")
    context.close()
    blocked = sum(length - 50 for start, length in seen["tasks"] if start >= seen["fcp"])
    return {"lcp": seen["lcp"], "cls": seen["cls"], "fcp": seen["fcp"], "blocked": blocked}


def _lighthouse(program: str, site: Site, folder: Path) -> list[str]:
    print("\nLighthouse, mobile preset: " + ", ".join(CATEGORIES))
    faults = []
    for name, path in site.pages.items():
        report = folder / f"{name}.json"
        command = [program, site.url + path, "--quiet", "--output=json", f"--output-path={report}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", "--no-enable-error-reporting"]
        command += ["--chrome-flags=--headless=new --no-sandbox --disable-background-networking"]
        if name != "landing":
            command += ["--extra-headers", json.dumps({"Cookie": f"sessionid={site.cookie}"})]
        chrome = shutil.which("chromium") or shutil.which("google-chrome") or ""
        subprocess.run(command, env=os.environ | {"CHROME_PATH": chrome}, check=True, timeout=300)
        told = json.loads(report.read_text())
        if urlsplit(told["finalDisplayedUrl"]).path != path:
            raise SystemExit(f"{name}: Lighthouse was led to {told['finalDisplayedUrl']}")
        scores = {category: round(100 * (told["categories"][category]["score"] or 0)) for category in CATEGORIES}
        failed = [
            f"{audit['id']}: {audit.get('displayValue') or audit['title']}"
            for audit in told["audits"].values()
            if audit["score"] is not None
            and audit["score"] < 0.9
            and audit["scoreDisplayMode"] in ("binary", "numeric")
        ]
        print(f"{name:9} {'  '.join(f'{score:3}' for score in scores.values())}   {'; '.join(failed)}")
        faults += [f"{name}: {category} {score}" for category, score in scores.items() if score < LEAST_SCORE]
    return faults


if __name__ == "__main__":
    main()
