"""Several processes as one: started together, their output side by side, stopped by one Ctrl-C.

On top of honcho, for three things that it does not do. The web server alone is indispensable: when anything else dies it
is started again, as learners practise without it. Redis stops last, so that the worker can hand back what it holds. And
nobody outlives the supervisor, even when it is killed outright.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
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
    return Popen(cmd, preexec_fn=lambda: die_with_parent(signal.SIGTERM), **options)  # noqa: PLW1509


class _Signals:
    """Asks one process to stop; it tells its own children. Kills it with all of them."""

    def terminate(self, pid: int) -> None:
        _send(os.kill, pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        _send(os.killpg, pid, signal.SIGKILL)


def _send(how: Callable[[int, int], None], pid: int, signum: int) -> None:
    try:
        how(pid, signum)
    except ProcessLookupError:
        pass


class Supervisor(honcho.manager.Manager):
    """Runs processes until the web server ends or a signal comes. ``started`` is called once all run."""

    def __init__(self, started: Callable[[], None], *, first: Callable[[], None] = lambda: None):
        super().__init__()
        honcho.manager.KILL_WAIT = PATIENCE
        self._process_ctor = _Child
        self._procmgr = _Signals()
        self._started, self._first_ready = started, first
        self._pauses: dict[str, float] = {}
        self._again_at: dict[str, float] = {}

    def add_command(self, name: str, arguments: list[str], **environment: str) -> None:
        """A process by its argument list; ``environment`` is added to this process's own."""
        quoted = " ".join(_quote(argument) for argument in arguments)
        # "exec": the shell gives way, so that signals reach the program itself.
        self.add_process(name, f"exec {quoted}", env={**os.environ, "PYTHONUNBUFFERED": "1", **environment})

    def _start(self) -> None:
        if REDIS in self._processes:
            self._launch(REDIS)
            self._first_ready()
        for name in self._processes:
            if name != REDIS:
                self._launch(name)
        self._started()

    def _launch(self, name: str) -> None:
        entry = self._processes[name]
        entry["process"] = honcho.manager.multiprocessing.Process(name=name, target=entry["obj"].run, args=(self.events, True))
        entry["process"].start()

    def _any_stopped(self) -> bool:
        """Asked ten times a second: revive the dispensable, and report an end that ends everything."""
        stopped = {name for name, entry in self._processes.items() if entry.get("returncode") is not None}
        if self._terminating:
            if stopped >= set(self._processes) - {REDIS}:
                self._stop(REDIS)
            return bool(stopped)
        if WEB in stopped:
            return True
        for name in stopped:
            self._revive(name)
        return False

    def _revive(self, name: str) -> None:
        now = time.monotonic()
        if name not in self._again_at:
            pause = min(self._pauses.get(name, 0.5) * 2, LONGEST_PAUSE)
            self._pauses[name], self._again_at[name] = pause, now + pause
            self.returncode = None
            self._system_print(f"{name} has ended; starting it again in {pause:.0f} s. Practice goes on without it.\n")
        elif now >= self._again_at.pop(name) if now >= self._again_at[name] else False:
            self._processes[name].pop("returncode")
            self._launch(name)

    def terminate(self) -> None:
        """Ask everybody but Redis to stop; Redis follows when they have."""
        if self._terminating:
            return
        self._terminating = True
        for name in self._processes:
            if name != REDIS:
                self._stop(name)

    def _stop(self, name: str) -> None:
        entry = self._processes.get(name, {})
        if entry.get("returncode") is None and "pid" in entry and not entry.get("asked"):
            entry["asked"] = True
            self._procmgr.terminate(entry["pid"])


def _quote(argument: str) -> str:
    import shlex

    return shlex.quote(argument)
