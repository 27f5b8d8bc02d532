"""System checks: what a running site must not be set up with. ``manage.py check`` and every start of a server run them.

Most of production's refusals come earlier, while settings are read (``mlopsprep/environment.py``). Here is what
needs the database driver, and what is worth a warning.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004

START = "start"
SQLITE_ENGINE = "django.db.backends.sqlite3"
FIXED = (3, 51, 3)
BACKPORTS = {(3, 50): 7, (3, 44): 6}


def is_sound(version: tuple[int, ...]) -> bool:
    """Whether several processes may write through this SQLite at once.

    3.7.0 to 3.51.2 can corrupt the write-ahead log then ("WAL-reset bug", sqlite.org/wal.html), but for two branches.

    >>> [is_sound(version) for version in [(3, 40, 1), (3, 44, 6), (3, 51, 2), (3, 51, 3)]]
    [False, True, False, True]
    """
    backport = BACKPORTS.get((version[0], version[1]))
    return version >= FIXED or (backport is not None and version[2] >= backport)


@register(START, Tags.compatibility)
def sqlite_is_sound(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """An old SQLite that several processes write to can corrupt the database."""
    if settings.DATABASES["default"]["ENGINE"] != SQLITE_ENGINE or settings.SINGLE_PROCESS:
        return []
    if is_sound(sqlite3.sqlite_version_info):
        return []
    return [
        Error(
            f"SQLite {sqlite3.sqlite_version} can corrupt its log when several processes write (fixed in 3.51.3).",
            hint="Install the package pysqlite3, or set DATABASE_URL to PostgreSQL, or set SINGLE_PROCESS=1 where one "
            "process alone opens the database.",
            id="questions.E001",
        )
    ]


@register(START, Tags.compatibility)
def sqlite_waits_and_syncs(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """SQLite must wait for its lock instead of failing, and keep what it acknowledged."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] != SQLITE_ENGINE:
        return []
    options = database.get("OPTIONS", {})
    pragmas = str(options.get("init_command", "")).replace(" ", "").lower()
    wanted = {
        'transaction_mode "IMMEDIATE"': options.get("transaction_mode") == "IMMEDIATE",
        "a timeout of at least 5 s": options.get("timeout", 0) >= 5,
        "PRAGMA journal_mode=WAL": "journal_mode=wal" in pragmas,
        "PRAGMA synchronous=FULL": "synchronous=full" in pragmas,
        "no ATOMIC_REQUESTS": not database.get("ATOMIC_REQUESTS"),
    }
    return [
        Error(
            f"The SQLite connection lacks: {name}.",
            hint="See SQLITE in mlopsprep/settings.py.",
            id="questions.E002",
        )
        for name, held in wanted.items()
        if not held
    ]


@register(START, Tags.security)
def rate_limits_are_on(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Without rate limits, passwords can be guessed at full speed."""
    if settings.RATE_LIMITS or not settings.PRODUCTION_MODE:
        return []
    return [Warning("RATE_LIMITS is off in production.", hint="Unset it after the measurement.", id="questions.W001")]
