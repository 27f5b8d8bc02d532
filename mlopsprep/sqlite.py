"""A sound SQLite for the database driver.

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log that several processes write to, and distributions still ship such
versions. The ``pysqlite3`` package carries a newer library; Django's backend uses it when it stands in for ``sqlite3``
before the backend is imported. Where the package has no build, ``questions/checks.py`` refuses the unsafe combination.
"""

import importlib
import sys


def install() -> None:
    """Let ``import sqlite3`` give the packaged library from here on; without the package nothing changes."""
    try:
        packaged = importlib.import_module("pysqlite3")
    except ImportError:
        return
    sys.modules["sqlite3"] = packaged
    sys.modules["sqlite3.dbapi2"] = importlib.import_module("pysqlite3.dbapi2")
