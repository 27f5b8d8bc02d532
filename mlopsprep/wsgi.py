"""The entry point of WSGI servers. A set-up that the start checks refuse stops the server here."""

import io
import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlopsprep.settings")

application = get_wsgi_application()
call_command("check", tags=["start"], stdout=io.StringIO())
