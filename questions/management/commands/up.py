"""``manage.py up``: the whole site in one terminal. Ctrl-C stops all of it."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import IO, Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from questions.actions.people import ensure_demo
from questions.management import embedded_redis
from questions.management.supervisor import REDIS, WEB, Supervisor

WORKER, BEAT = "worker", "beat"
Person = tuple[str, str, str]


class Command(BaseCommand):
    """Web server, worker, timetable and, where no REDIS_URL is given, a Redis server of its own."""

    help = "Start the web server, the Celery worker, Celery beat and Redis; Ctrl-C stops them all."

    def add_arguments(self, parser: Any) -> None:
        """``--without worker`` leaves a process out: learners practise all the same."""
        parser.add_argument("--prepare", action="store_true", help="first bring the tables and the bank up to date")
        parser.add_argument("--without", action="append", default=[], choices=(WORKER, BEAT), help="leave this out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what must be there, run until Ctrl-C, stop everything."""
        # The same words that deploy/gunicorn.py reads; a wrong one is named there and here alike.
        env = settings.ENVIRONMENT
        self.host = env.text("HOST", "127.0.0.1")
        self.port = env.number("PORT", default=8000, least=1, most=65535)
        self.own_redis = not env.text("REDIS_URL")
        without = {WORKER, BEAT} if settings.SINGLE_PROCESS else set(options["without"])
        with self._alone() as crashed_before:
            if options["prepare"]:
                # In this process, as each command of its own would spend a second or more on starting.
                call_command("migrate", verbosity=0)
                call_command("load_bank")
            _refuse_old_tables_and_missing_files()
            self._take_port(patience=15 if crashed_before else 0)
            people = ensure_demo(now=timezone.now()) if settings.DEMO_ACCOUNTS else []
            connections.close_all()
            supervisor = Supervisor(
                settings.BASE_DIR, before_others=self._await_redis, started=lambda: self._announce_later(people)
            )
            if self.own_redis:
                supervisor.add_command(REDIS, self._redis_command())
            web = [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "deploy" / "gunicorn.py")]
            supervisor.add_command(WEB, web, **({"WEB_CONCURRENCY": "1"} if settings.SINGLE_PROCESS else {}))
            celery = [sys.executable, "-m", "celery", "--quiet", "--app", "mlopsprep"]
            if WORKER not in without:
                concurrency = str(env.number("WORKER_CONCURRENCY", default=1, least=1, most=64))
                quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
                supervisor.add_command(WORKER, [*celery, WORKER, "--concurrency", concurrency, *quiet])
            if BEAT not in without:
                supervisor.add_command(BEAT, [*celery, BEAT, "--pidfile=", "--loglevel", "WARNING"])
            supervisor.loop()
        if supervisor.returncode not in (0, 130, 143):
            raise CommandError("The web server ended by itself. Its last lines above say why.")
        self.stdout.write("Stopped.")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[bool]:
        """Hold the lock of this ``VAR_DIR``; yields whether the last run was cut off without a clean stop."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.VAR_DIR / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"The site runs already ({_content(lock)}). Stop that one with Ctrl-C first."
                ) from None
            crashed_before = _content(lock) != ""
            lock.truncate(0)
            lock.write(f"process {os.getpid()}, port {self.port}")
            lock.flush()
            yield crashed_before
            lock.truncate(0)

    def _take_port(self, *, patience: float) -> None:
        """Refuse a port that somebody else serves; after a crash, give the old server time to let go of it."""
        end = time.monotonic() + patience
        while True:
            try:
                with socket.create_server((self.host, self.port)):
                    return
            except OSError as error:
                if time.monotonic() < end:
                    time.sleep(0.2)
                    continue
                raise CommandError(
                    f"Cannot serve at {self.host}:{self.port}: {os.strerror(error.errno or 0)}. "
                    f"Stop what runs there, or choose another port: PORT={self.port % 65535 + 1} make run"
                ) from None

    def _redis_command(self) -> list[str]:
        program = embedded_redis.server_program()
        if program is None:
            raise CommandError("There is no Redis server for this platform. Install redis-server, or set REDIS_URL.")
        data = settings.VAR_DIR / "redis"
        embedded_redis.make_private(settings.REDIS_SOCKET.parent if self._socket_is_elsewhere() else data)
        data.mkdir(exist_ok=True)
        if not embedded_redis.clear_leftovers(settings.REDIS_SOCKET):
            raise CommandError(f"The Redis server of an earlier run still holds {settings.REDIS_SOCKET}. End it first.")
        return embedded_redis.server_command(program, socket=settings.REDIS_SOCKET, data=data)

    def _socket_is_elsewhere(self) -> bool:
        return bool(settings.REDIS_SOCKET.parent != settings.VAR_DIR)

    def _await_redis(self) -> None:
        """The others would only complain and try again, so give Redis the moment that it needs."""
        if not embedded_redis.wait_until_up(settings.REDIS_SOCKET, seconds=10):
            self.stderr.write("Redis does not answer yet. Practice works without it; sweeps and limits wait for it.")

    def _announce_later(self, people: Sequence[Person]) -> None:
        threading.Thread(target=self._announce, args=(people,), daemon=True).start()

    def _announce(self, people: Sequence[Person]) -> None:
        """Say where the site is, once it answers."""
        end = time.monotonic() + 60
        while (answer := self._ask_readiness()) != "200":
            if time.monotonic() > end:
                self.stderr.write(f"The site is not ready after a minute: {answer}")
                return
            time.sleep(0.1)
        shown = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        lines = ["", f"  MLOps Prep is ready at  http://{shown}:{self.port}/", ""]
        lines += [f"  {role:<11} {email}   password: {password}" for role, email, password in people]
        lines += ["", "  Ctrl-C stops everything; what was learned stays.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _ask_readiness(self) -> str:
        target = "127.0.0.1" if self.host == "0.0.0.0" else self.host  # noqa: S104
        known_host = settings.ALLOWED_HOSTS[0].lstrip(".")
        try:
            with contextlib.closing(http.client.HTTPConnection(target, self.port, timeout=5)) as client:
                client.request("GET", "/readyz", headers={"Host": known_host})
                response = client.getresponse()
                return "200" if response.status == 200 else response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return str(error)


def _content(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read()


def _refuse_old_tables_and_missing_files() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is older than the code. Run: python manage.py migrate")
    if not getattr(staticfiles_storage, "hashed_files", "sources are served as they are"):
        raise CommandError("The static files are not collected. Run: python manage.py collectstatic --noinput")
