"""``manage.py up`` as a person uses it: it serves, it stops without a trace, it gets over being killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60


class Site:
    """One data folder and one port, and the runs of ``manage.py up`` upon them."""

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        self.environment = {**kept, "VAR_DIR": str(folder), "PORT": str(self.port), "WEB_CONCURRENCY": "1"}
        # Sources instead of collected files: collecting them is another test's matter.
        self.environment["COLLECTED_STATIC"] = "off"
        self.runs: list[subprocess.Popen[str]] = []
        self.log = folder / "up.log"

    def manage(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        command = [sys.executable, "manage.py", *words]
        environment = {**self.environment, **more}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    def up(self, *words: str) -> subprocess.Popen[str]:
        """Start the site and wait until it says that it is ready."""
        self.log.write_text("")
        with self.log.open("w") as log:
            command = [sys.executable, "manage.py", "up", *words]
            run = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True)
        self.runs.append(run)
        until(lambda: "is ready at" in self.said() or run.poll() is not None)
        assert "is ready at" in self.said(), self.said()
        return run

    def said(self) -> str:
        """What the latest run printed so far."""
        return self.log.read_text()

    def answers(self, path: str = "/readyz") -> int:
        """The status of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.status

    def process(self, name: str) -> int:
        """The id of the newest process of this name, as the run printed it."""
        return int(re.findall(rf"{name} +started \(pid=(\d+)\)", self.said())[-1])

    def processes(self) -> list[str]:
        """Command lines of all living processes that carry this folder in their environment."""
        mark, living = f"VAR_DIR={self.folder}".encode(), []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        living.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
                except OSError:
                    continue
        return living


def until(reached: Callable[[], object]) -> None:
    """Wait for something to come true; its failure shows in the assertion that follows."""
    end = time.monotonic() + PATIENCE
    while not reached() and time.monotonic() < end:
        time.sleep(0.1)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    assert Site(folder).manage("migrate", "--verbosity", "0").stderr == ""
    return folder


@pytest.fixture
def site(migrated: Path) -> Iterator[Site]:
    site = Site(migrated)
    yield site
    for run in site.runs:
        if run.poll() is None:
            run.terminate()
            run.wait(PATIENCE)


@pytest.mark.parametrize("signum", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.drill)])
def test_it_serves_and_one_signal_stops_all_of_it(site, signum):
    run = site.up()
    assert site.answers("/healthz") == 200
    for role in ("learner", "instructor"):
        assert re.search(rf"^ +{role} +\S+@\S+ +password: \S+$", site.said(), re.MULTILINE)
    refused = site.manage("up")
    assert (refused.returncode, "The site runs already" in refused.stderr) == (1, True)

    run.send_signal(signum)
    assert run.wait(PATIENCE) == 0
    assert site.processes() == []
    assert "Stopped." in site.said()
    assert [path.name for path in site.folder.glob("*.sock")] == []


def test_after_kill_9_it_starts_again_and_nobody_of_the_first_run_is_left(site):
    run = site.up("--without", "beat")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    again = site.up("--without", "beat")
    assert site.answers() == 200
    again.terminate()
    assert again.wait(PATIENCE) == 0
    assert site.processes() == []


def test_a_killed_worker_or_redis_is_replaced_and_pages_never_stop(site):
    site.up("--without", "beat")
    dead = {name: site.process(name) for name in ("worker", "redis")}
    for pid in dead.values():
        os.kill(pid, signal.SIGKILL)
        assert site.answers() == 200
    until(lambda: all(site.process(name) != pid for name, pid in dead.items()))
    assert all(site.process(name) != pid for name, pid in dead.items())
    assert site.answers() == 200


@pytest.mark.drill
def test_a_killed_web_server_ends_the_run_with_its_reason(site):
    run = site.up("--without", "beat", "--without", "worker")
    os.kill(site.process("web"), signal.SIGKILL)
    assert run.wait(PATIENCE) == 1
    assert "The web server ended by itself." in site.said()
    assert site.processes() == []


def test_a_port_in_use_is_named_with_the_way_out(site):
    with socket.create_server(("127.0.0.1", site.port)):
        refused = site.manage("up")
    assert refused.returncode == 1
    assert f"Cannot serve at 127.0.0.1:{site.port}: Address already in use." in refused.stderr
    assert f"PORT={site.port + 1} make run" in refused.stderr


def test_a_database_without_its_tables_is_refused_with_the_command_that_helps(site, tmp_path):
    refused = site.manage("up", VAR_DIR=str(tmp_path))
    assert refused.returncode == 1
    assert "Run: python manage.py migrate" in refused.stderr


def test_a_port_that_is_none_is_refused(site):
    refused = site.manage("up", PORT="http")
    assert refused.returncode == 1
    assert "PORT must be a whole number from 1 to 65535, not 'http'." in refused.stderr
