"""Shares as people read them: ``{% load shares %}``, then ``{{ value|percent }}``."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def percent(value: Any) -> int:
    """A share (0-1) as whole percent."""
    return round(100 * float(value))
