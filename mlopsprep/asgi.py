"""The entry point of ASGI servers. A set-up that the start checks refuse stops the server here."""

import io
import os

from django.core.asgi import get_asgi_application
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlopsprep.settings")

application = get_asgi_application()
call_command("check", tags=["start"], stdout=io.StringIO())
