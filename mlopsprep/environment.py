"""Typed readers for environment variables, and the configurations that production refuses.

A reader returns a value of its type or raises ``ImproperlyConfigured`` with the variable, what it held and what was
expected. An empty variable counts as unset, as container files cannot leave one out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DEVELOPMENT, PRODUCTION = "development", "production"
DEVELOPMENT_KEY = "django-insecure-development-only"
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
MAKE_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


class Environment:
    """The process environment, read by type."""

    def __init__(self, values: Mapping[str, str] | None = None):
        self.values = os.environ if values is None else values

    def text(self, name: str, default: str = "") -> str:
        """The text of a variable, stripped."""
        return self.values.get(name, "").strip() or default

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or a no."""
        value = self.text(name).lower()
        if not value:
            return default
        if value in YES + NO:
            return value in YES
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(YES + NO)}, not {value!r}.")

    def number(self, name: str, *, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.text(name)
        if not value:
            return default
        if value.isascii() and value.isdigit() and least <= int(value) <= most:
            return int(value)
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {value!r}.")

    def choice(self, name: str, options: Sequence[str], *, default: str) -> str:
        """One word of a closed list."""
        value = self.text(name, default)
        if value in options:
            return value
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {value!r}.")

    def words(self, name: str, *, default: Sequence[str] = ()) -> list[str]:
        """Words separated by commas."""
        value = self.text(name)
        return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)

    def rate(self, name: str, *, default: str) -> str:
        """A request rate such as ``60/min``."""
        value = self.text(name, default)
        count, _, period = value.partition("/")
        if count.isdigit() and int(count) > 0 and period in ("sec", "min", "hour", "day"):
            return value
        raise ImproperlyConfigured(f"{name} must look like 60/min (sec, min, hour or day), not {value!r}.")

    def path(self, name: str, *, default: Path) -> Path:
        """A folder or file, absolute."""
        value = self.text(name)
        return Path(value).expanduser().resolve() if value else default


def redis_socket(folder: Path) -> Path:
    """Where ``manage.py up`` lets its own Redis listen: in the folder, or, where that path is too long, beside /tmp.

    The kernel takes about 100 bytes for the path of a Unix socket.
    """
    inside = folder / "redis.sock"
    if len(os.fsencode(inside)) <= 100:
        return inside
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"mlopsprep-{os.getuid()}-{mark}" / "redis.sock"


def celery_broker(redis_url: str) -> str:
    """The same Redis server in Celery's way of writing it: only Unix sockets differ.

    >>> celery_broker("unix:///run/redis.sock?db=2"), celery_broker("redis://cache:6379/1")
    ('redis+socket:///run/redis.sock?virtual_host=2', 'redis://cache:6379/1')
    """
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    secret = f":{parts.password}@" if parts.password else ""
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{secret}{parts.path}?virtual_host={database}"


def mail_settings(url: str) -> dict[str, Any]:
    """Django's mail settings from ``smtp://user:password@host:587?tls=1``, ``smtps://…`` (port 465) or ``console:``."""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp://user:password@host:587?tls=1, smtps://… or console:."
        )
    implicit = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if implicit else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": implicit,
        "EMAIL_USE_TLS": not implicit and parse_qs(parts.query).get("tls", ["1"])[0] in YES,
        "EMAIL_TIMEOUT": 10,
    }


def refuse_unsafe_production(
    *, secret_key: str, debug: bool, hosts: Sequence[str], redis_url: str, mail_url: str, verification: str
) -> None:
    """Raise ``ImproperlyConfigured`` with one sentence for each thing that production may not start with."""
    faults = []
    if secret_key == DEVELOPMENT_KEY or secret_key.startswith("django-insecure"):
        faults.append(f"SECRET_KEY is not set. Make one with: {MAKE_KEY}")
    elif len(secret_key) < 50 or len(set(secret_key)) < 5:
        faults.append(f"SECRET_KEY is too short or too simple; it needs 50 characters. Make one with: {MAKE_KEY}")
    if debug:
        faults.append("DEBUG shows settings and code to every visitor; unset it.")
    if not hosts:
        faults.append("ALLOWED_HOSTS is not set. Name the hosts that this site answers to, such as prep.example.org.")
    elif any("*" in host or host == "." for host in hosts):
        faults.append("ALLOWED_HOSTS may not hold '*'. Name the hosts that this site answers to.")
    if not redis_url:
        faults.append("REDIS_URL is not set. Give redis://:password@host:6379/0 or unix:///path/to/redis.sock.")
    elif _open_to_the_network(redis_url):
        faults.append("REDIS_URL has no password and leaves this host. Use redis://:password@host:6379/0.")
    if verification == "mandatory" and not mail_url:
        faults.append("EMAIL_URL is not set, so nobody could confirm an address. Set it, or EMAIL_VERIFICATION=none.")
    if faults:
        raise ImproperlyConfigured("Production mode does not start like this:\n" + "\n".join(f" - {f}" for f in faults))


def _open_to_the_network(redis_url: str) -> bool:
    parts = urlsplit(redis_url)
    if parts.scheme == "unix" or parts.password:
        return False
    host = parts.hostname or ""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
