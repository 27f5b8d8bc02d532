"""The Celery application and the timetable: when each sweep runs. What it does stands in ``questions/actions``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlopsprep.settings")

app = Celery("mlopsprep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["questions"])

MINUTE = 60
TIMETABLE = {
    "close_expired_sessions": MINUTE,
    "refresh_estimates": 5 * MINUTE,
    "calibrate_items": 60 * MINUTE,
    "quarantine_items": 60 * MINUTE,
    "send_reminders": 15 * MINUTE,
    "beat": MINUTE,
}
# A tick that no worker has taken by the next one is dropped: the next one sweeps the same rows.
app.conf.beat_schedule = {
    name: {"task": f"questions.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in TIMETABLE.items()
}
