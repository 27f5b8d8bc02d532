"""A learner's own calendar: which day it is where they are, and how they write it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY, MONTH, ISO = "day", "month", "iso"
"""23 Nov 2026; Nov 23, 2026; 2026-11-23."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        return ZoneInfo("UTC")


def local_day(at: datetime, zone_name: str) -> date:
    """The day that a moment falls on in a time zone."""
    return at.astimezone(zone(zone_name)).date()


def start_of(day: date, zone_name: str) -> datetime:
    """When that day begins in a time zone, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone(zone_name)).astimezone(UTC)


def written(day: date, style: str = DAY) -> str:
    """A day in one of the styles; an unknown style reads as the first."""
    if style == ISO:
        return day.isoformat()
    month = _MONTHS[day.month - 1]
    return f"{month} {day.day}, {day.year}" if style == MONTH else f"{day.day} {month} {day.year}"
