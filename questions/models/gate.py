"""One door for every writer.

SQLite lets one writer in at a time; those who wait behind BEGIN IMMEDIATE sleep and poll, which makes a long tail. So
writers of one host queue here first (a thread lock and a file lock), and find the database free. PostgreSQL needs no gate.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections, transaction

_threads = threading.Lock()


@contextmanager
def writing(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """A transaction that may write. Inside another one it is a savepoint, as the gate is held already."""
    connection = connections[using]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic(using=using):
            yield
        return
    with (
        _threads,
        _file_lock(str(connection.settings_dict["NAME"])),
        transaction.atomic(using=using),
    ):
        yield


@contextmanager
def _file_lock(database: str) -> Iterator[None]:
    if ":memory:" in database or "mode=memory" in database:
        yield
        return
    with Path(f"{database}.gate").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
