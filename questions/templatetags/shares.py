"""Shares as people read them: ``{% load shares %}``, then ``{{ value|percent }}`` or ``{{ value|chance }}``."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(value: Any) -> int:
    """A share (0-1) as whole percent."""
    return round(100 * float(value))


@register.filter
def chance(value: Any) -> str:
    """A chance (0-1) as people say it: nothing is certain, and nothing impossible."""
    share = float(value)
    return "under 1 %" if share < 0.01 else "over 99 %" if share > 0.99 else f"{round(100 * share)} %"
