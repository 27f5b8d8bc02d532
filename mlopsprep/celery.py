"""The Celery application and the timetable: when each sweep runs. What it does stands in ``questions/actions``."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mlopsprep.settings")

app = Celery("mlopsprep")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["questions"])

MINUTE = 60
TIMETABLE = {
    "close_expired_sessions": MINUTE,
    "refresh_estimates": 5 * MINUTE,
    "drain_answers": MINUTE,
    "settle_readiness": 5 * MINUTE,
    "record_readiness": 10 * MINUTE,
    "guard_engine": 15 * MINUTE,
    "quarantine_items": 60 * MINUTE,
    "send_reminders": 15 * MINUTE,
    "beat": MINUTE,
}
# A tick that no worker has taken by the next one is dropped: the next one sweeps the same rows.
app.conf.beat_schedule = {
    name: {"task": f"questions.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in TIMETABLE.items()
}
# What reads the whole log runs at night (UTC), one after another. Missed for a night, it does the next night what it missed.
NIGHTLY = {
    "refit_difficulties": (0, 20),
    "report_calibration": (0, 40),
    "flag_items": (1, 0),
    "fit_memories": (1, 20),
    "propose_refit": (2, 0),
}
app.conf.beat_schedule |= {
    name: {
        "task": f"questions.tasks.{name}",
        "schedule": crontab(hour=hour, minute=minute),
        "options": {"expires": 6 * 60 * MINUTE},
    }
    for name, (hour, minute) in NIGHTLY.items()
}
