"""Several processes as one: started together, their output side by side, stopped by one Ctrl-C.

On top of honcho, for three things that it does not do. The web server alone is indispensable: when anything else dies it
is started again, as learners practise without it. Redis stops last, so that the worker can hand back what it holds. And
nobody outlives the supervisor, even when it is killed outright.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import honcho.manager
from honcho.process import Popen, Process

WEB, REDIS = "web", "redis"
PATIENCE = 25
"""Seconds between asking the processes to stop and killing them: more than gunicorn gives its running requests."""
LONGEST_PAUSE = 30.0
"""Seconds before a process that dies again and again is started once more, at most."""
_PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int) -> None:
    """Let the kernel send this process a signal when its parent is gone. Linux only; elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signum)


class _Child(Process):
    """One process and the helper that reads its output. Both end with the supervisor."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        supervisor = os.getppid()
        die_with_parent(signal.SIGKILL)
        if os.getppid() != supervisor:
            return
        self._child_ctor = _popen
        super().run(events, ignore_signals)


def _popen(cmd: str, **options: Any) -> Popen:
    return Popen(cmd, preexec_fn=lambda: die_with_parent(signal.SIGTERM), **options)


class _Signals:
    """Asks one process to stop; it tells its own children. Kills it with all of them."""

    def terminate(self, pid: int) -> None:
        _send(os.kill, pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        _send(os.killpg, pid, signal.SIGKILL)


def _send(how: Callable[[int, int], None], pid: int, signum: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        how(pid, signum)


class Supervisor(honcho.manager.Manager):
    """Runs commands in a folder until the web server ends or a signal comes.

    ``before_others`` is called when Redis was launched, ``started`` when all were.
    """

    returncode: int | None

    def __init__(self, folder: Path, *, before_others: Callable[[], None], started: Callable[[], None]):
        super().__init__()
        honcho.manager.KILL_WAIT = PATIENCE
        self._process_ctor = _Child
        self._procmgr = _Signals()
        self._folder = str(folder)
        self._before_others, self._started = before_others, started

    def add_command(self, name: str, arguments: list[str], **environment: str) -> None:
        """A process by its argument list; ``environment`` is added to this process's own."""
        # "exec": the shell gives way, so that signals reach the program itself.
        command = f"exec {shlex.join(arguments)}"
        self.add_process(name, command, env={**os.environ, "PYTHONUNBUFFERED": "1", **environment}, cwd=self._folder)

    def _start(self) -> None:
        if REDIS in self._processes:
            self._launch(REDIS)
            self._before_others()
        for name in self._processes:
            if name != REDIS:
                self._launch(name)
        self._started()

    def _launch(self, name: str) -> None:
        entry = self._processes[name]
        entry["process"] = multiprocessing.Process(name=name, target=entry["obj"].run, args=(self.events, True))
        entry["process"].start()
        entry["launched_at"] = time.monotonic()

    def terminate(self) -> None:
        """Ask everybody to stop. The loop does it, Redis last."""
        self._terminating = True

    def _all_started(self) -> bool:
        """The loop asks this ten times a second: the place to act."""
        started = super()._all_started()
        if started:
            stopped = {name for name, entry in self._processes.items() if entry.get("returncode") is not None}
            if self._terminating:
                self._stop_all_but(stopped)
            elif WEB not in stopped:
                for name in stopped:
                    self._revive(name)
        return started

    def _any_stopped(self) -> bool:
        """Whether an end ends everything."""
        return self._terminating or self._processes[WEB].get("returncode") is not None

    def _stop_all_but(self, stopped: set[str]) -> None:
        others = set(self._processes) - {REDIS}
        for name in others if not stopped >= others else {REDIS} & set(self._processes):
            entry = self._processes[name]
            if name not in stopped and not entry.get("asked_to_stop"):
                entry["asked_to_stop"] = True
                self._procmgr.terminate(entry["pid"])

    def _revive(self, name: str) -> None:
        now, entry = time.monotonic(), self._processes[name]
        if "again_at" not in entry:
            lived_long = now - entry["launched_at"] > 2 * LONGEST_PAUSE
            entry["pause"] = 1.0 if lived_long else min(entry.get("pause", 0.5) * 2, LONGEST_PAUSE)
            entry["again_at"] = now + entry["pause"]
            self.returncode = None
            self._system_print(f"{name} starts again in {entry['pause']:.0f} s; practice goes on without it\n")
        elif now >= entry["again_at"]:
            del entry["again_at"], entry["returncode"]
            self._launch(name)
