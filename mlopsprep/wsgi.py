"""The entry point of WSGI servers. A configuration that the start checks refuse stops the server here."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlopsprep.settings")

import mlopsprep  # noqa: E402, F401 - puts a sound SQLite in place before Django looks for one
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
call_command("check", tags=["start"], verbosity=0)
