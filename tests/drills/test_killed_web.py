"""The web server is killed in the middle of practising. What was acknowledged is there; the session goes on."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import sqlite3
import threading
import uuid
from pathlib import Path

import pytest
import requests

from tests.test_up import PATIENCE, Site

pytestmark = [pytest.mark.drill, pytest.mark.xdist_group("up")]
KILLS = 8


class Browser:
    """A guest who answers by the forms of the pages, and writes down outside what the server acknowledged."""

    def __init__(self, site: Site):
        self.root = f"http://127.0.0.1:{site.port}"
        self.http = requests.Session()
        self.ledger: list[str] = []

    def post(self, path: str, **fields: object) -> requests.Response:
        token = self.http.cookies["csrftoken"]
        return self.http.post(self.root + path, data={**fields, "csrfmiddlewaretoken": token}, timeout=10)

    def start(self, length: int) -> str:
        self.http.get(f"{self.root}/practice/", timeout=10)
        page = self.post("/practice/study/", operation_id=uuid.uuid4(), length=length)
        return re.findall(r"/sessions/[0-9a-f-]+/", page.url)[0]

    def answer_here(self, session: str) -> int:
        """Open the session where it stands, answer, go on; returns the question's position."""
        page = self.http.get(self.root + session, timeout=10)
        position = int(re.findall(r"/items/(\d+)/", page.url)[0])
        if 'id="verdict"' not in page.text:
            operation = str(uuid.uuid4())
            answered = self.post(f"{session}items/{position}/answer/", operation_id=operation, intent="unknown")
            if answered.status_code == 200:
                self.ledger.append(operation)
        self.post(f"{session}next/")
        return position


def kill_all(server: int) -> None:
    """Kill a server and the processes that it started, all at once."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    for process in (server, *map(int, children)):
        os.kill(process, signal.SIGKILL)


def stored(folder: Path) -> list[str]:
    """Operations of all answers in the database, in order."""
    with sqlite3.connect(f"file:{folder / 'mlopsprep.sqlite3'}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT operation_id FROM questions_answer ORDER BY id").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return [str(uuid.UUID(row[0])) for row in rows]


def test_every_acknowledged_answer_survives_kill_9_and_the_session_goes_on(tmp_path: Path) -> None:
    site = Site(tmp_path)
    assert site.manage("migrate", "--verbosity", "0").returncode == 0
    assert site.manage("load_bank").returncode == 0
    site.environment["RATE_LIMITS"] = "off"
    rng = random.Random(11)
    run = site.up()
    browser = Browser(site)
    for _ in range(KILLS):
        session, done = browser.start(50), 0
        killer = threading.Timer(rng.uniform(0.1, 0.6), kill_all, (site.process("web"),))
        killer.start()
        with contextlib.suppress(requests.RequestException):
            while done < 50:
                browser.answer_here(session)
                done += 1
        killer.join()
        assert 0 < done < 50
        assert run.wait(PATIENCE) == 1
        kept = stored(tmp_path)
        assert [operation for operation in browser.ledger if operation not in kept] == []
        run = site.up()
        # One answer may have been stored without its reply having come back.
        assert browser.answer_here(session) in (done, done + 1, done + 2)
    run.terminate()
    assert run.wait(PATIENCE) == 0
    assert site.processes() == []
    assert len(browser.ledger) >= KILLS
