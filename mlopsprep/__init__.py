"""The wiring of the site: settings, URLs, the task queue, the server's entry points. No exam logic lives here.

Whatever loads the settings imports this package first, so the order below holds for the web server, the worker, the
commands and the tests alike: first a sound SQLite, then the Celery application that ``shared_task`` binds to.
"""

from mlopsprep import sqlite

sqlite.install()

import questions.checks  # noqa: E402, F401 - registers the checks; Django may be imported only after the line above
from mlopsprep.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
