"""What the site refuses to start with, and what it runs with."""

from __future__ import annotations

import os
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from mlopsprep.environment import Environment, celery_broker, mail_settings, redis_socket
from questions import checks

ROOT = Path(__file__).resolve().parent.parent
GOOD = {
    "MODE": "production",
    "SECRET_KEY": "k2Jd93hfKLs8w7qPzXc5vBn1mQe4rTy6uIo0aSdFgHjKlZxCvB",
    "ALLOWED_HOSTS": "prep.example.org,.example.net",
    "REDIS_URL": "redis://:secret@redis:6379/0",
    "DATABASE_URL": "postgresql://prep:secret@db/prep",
    "EMAIL_URL": "smtp://user:secret@mail.example.org:587?tls=1",
}


def start(tmp_path: Path, *code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a fresh process with only these variables."""
    return subprocess.run(
        [sys.executable, "-c", "; ".join(["from mlopsprep import settings", *code])],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def read_settings(monkeypatch, tmp_path) -> Callable[..., dict[str, Any]]:
    """Read the settings file anew with only these variables, in this process."""

    def read(**environment: str) -> dict[str, Any]:
        monkeypatch.setattr(os, "environ", {"VAR_DIR": str(tmp_path), **environment})
        return runpy.run_path(str(ROOT / "mlopsprep" / "settings.py"))

    return read


def test_production_starts_with_a_sound_configuration(tmp_path):
    told = start(
        tmp_path,
        "print(settings.SESSION_COOKIE_SECURE, settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS > 0)",
        "print(settings.SESSION_COOKIE_NAME, settings.CSRF_TRUSTED_ORIGINS, settings.DEMO_ACCOUNTS)",
        "print(settings.DATABASES['default']['CONN_HEALTH_CHECKS'], settings.LOG_FORMAT)",
        **GOOD,
    )
    assert told.stderr == ""
    assert told.stdout.splitlines() == [
        "True True True",
        "__Host-sessionid ['https://prep.example.org', 'https://*.example.net'] False",
        "True json",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set. Make one with:"),
        ({"SECRET_KEY": "django-insecure-development-only"}, "SECRET_KEY is not set. Make one with:"),
        ({"SECRET_KEY": "tooshort"}, "SECRET_KEY is too short or too simple; it needs 50 characters."),
        ({"SECRET_KEY": "abc" * 20}, "SECRET_KEY is too short or too simple; it needs 50 characters."),
        ({"DEBUG": "1"}, "DEBUG shows settings and code to every visitor; unset it."),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is not set."),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS may not hold '*'."),
        ({"ALLOWED_HOSTS": "prep.example.org,*"}, "ALLOWED_HOSTS may not hold '*'."),
        ({"REDIS_URL": ""}, "REDIS_URL is not set."),
        ({"REDIS_URL": "redis://redis:6379/0"}, "REDIS_URL has no password and leaves this host."),
        ({"REDIS_URL": "redis://10.0.0.7:6379/0"}, "REDIS_URL has no password and leaves this host."),
        ({"EMAIL_URL": ""}, "EMAIL_URL is not set, so nobody could confirm an address."),
        ({"MODE": "live"}, "MODE must be one of development, production, not 'live'."),
        ({"DEBUG": "maybe"}, "DEBUG must be one of 1, true, yes, on, 0, false, no, off, not 'maybe'."),
        ({"CONN_MAX_AGE": "-1"}, "CONN_MAX_AGE must be a whole number from 0 to 3600, not '-1'."),
        ({"API_RATE_USER": "many"}, "API_RATE_USER must look like 60/min (sec, min, hour or day), not 'many'."),
        ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL must look like smtp://user:password@host:587?tls=1"),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_production_refuses(read_settings, change, sentence):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(**{**GOOD, **change})
    assert sentence in str(refused.value)


def test_production_names_every_fault_at_once(read_settings):
    with pytest.raises(ImproperlyConfigured) as refused:
        read_settings(MODE="production", DEBUG="1")
    lines = [line[3:].split()[0] for line in str(refused.value).splitlines() if line.startswith(" - ")]
    assert lines == ["SECRET_KEY", "DEBUG", "ALLOWED_HOSTS", "REDIS_URL", "EMAIL_URL"]


@pytest.mark.parametrize(
    "redis_url",
    ["unix:///run/redis.sock", "redis://127.0.0.1:6379/0", "redis://[::1]:6379/0", "redis://localhost:6379/0"],
)
def test_production_takes_a_redis_without_password_that_only_this_host_reaches(read_settings, redis_url):
    assert read_settings(**{**GOOD, "REDIS_URL": redis_url})["REDIS_URL"] == redis_url


@pytest.mark.parametrize(
    "program", [["gunicorn", "-b", "127.0.0.1:1", "mlopsprep.wsgi"], ["celery", "-A", "mlopsprep", "worker"]]
)
def test_no_server_starts_in_production_with_the_default_key(tmp_path, program):
    environment = {**GOOD, "SECRET_KEY": "", "PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    refused = subprocess.run(
        [sys.executable, "-m", *program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "SECRET_KEY is not set." in refused.stderr


def test_development_needs_no_variable_at_all(tmp_path):
    told = start(tmp_path, "print(settings.MODE, settings.DEBUG, settings.RATE_LIMITS, settings.DEMO_ACCOUNTS)")
    assert (told.stdout, told.stderr) == ("development False True True\n", "")


def test_rate_limits_stand_aside_only_when_told_to(read_settings):
    usual, aside = read_settings(), read_settings(RATE_LIMITS="off")
    assert usual["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"] == {"anon": "60/min", "user": "600/min"}
    assert "ACCOUNT_RATE_LIMITS" not in usual
    assert aside["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"] == {"anon": None, "user": None}
    assert aside["ACCOUNT_RATE_LIMITS"] is False


def test_the_driver_is_a_sqlite_that_several_processes_may_write_to():
    assert checks.is_sound(sqlite3.sqlite_version_info)
    assert checks.sqlite_is_sound() == []


@pytest.mark.parametrize(
    ("version", "sound"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
        ((4, 0, 0), True),
    ],
)
def test_sqlite_versions_that_can_corrupt_their_log_are_known(version, sound):
    assert checks.is_sound(version) is sound


def test_an_old_sqlite_is_an_error_unless_one_process_alone_opens_it(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": checks.SQLITE_ENGINE})
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    assert [error.id for error in checks.sqlite_is_sound()] == ["questions.E001"]
    settings.SINGLE_PROCESS = True
    assert checks.sqlite_is_sound() == []


def test_sqlite_options_that_lose_or_fail_writes_are_errors(settings, monkeypatch):
    careless = {"ENGINE": checks.SQLITE_ENGINE, "OPTIONS": {}, "ATOMIC_REQUESTS": True}
    monkeypatch.setitem(settings.DATABASES, "default", careless)
    assert [error.msg for error in checks.sqlite_waits_and_syncs()] == [
        'The SQLite connection lacks: transaction_mode "IMMEDIATE".',
        "The SQLite connection lacks: a timeout of at least 5 s.",
        "The SQLite connection lacks: PRAGMA journal_mode=WAL.",
        "The SQLite connection lacks: PRAGMA synchronous=FULL.",
        "The SQLite connection lacks: no ATOMIC_REQUESTS.",
    ]
    monkeypatch.setitem(settings.DATABASES, "default", {"ENGINE": checks.SQLITE_ENGINE, "OPTIONS": site.SQLITE})
    assert checks.sqlite_waits_and_syncs() == []


def test_production_without_rate_limits_is_worth_a_warning(settings):
    settings.PRODUCTION_MODE, settings.RATE_LIMITS = True, False
    assert [warning.id for warning in checks.rate_limits_are_on()] == ["questions.W001"]


@pytest.mark.django_db
def test_the_database_really_runs_with_these_options():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 180000
        else:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)


def test_a_redis_url_is_translated_for_celery():
    assert celery_broker("unix:///run/redis.sock?db=3") == "redis+socket:///run/redis.sock?virtual_host=3"
    assert celery_broker("unix://:pw@/run/redis.sock") == "redis+socket://:pw@/run/redis.sock?virtual_host=0"
    assert celery_broker("rediss://:pw@cache:6380/1") == "rediss://:pw@cache:6380/1"


def test_the_socket_of_a_deep_folder_moves_to_a_path_that_the_kernel_takes():
    deep = Path("/srv") / ("d" * 120)
    assert redis_socket(Path("/srv/prep/var")) == Path("/srv/prep/var/redis.sock")
    assert len(os.fsencode(redis_socket(deep))) < 100
    assert redis_socket(deep) == redis_socket(deep)
    assert redis_socket(deep) != redis_socket(deep / "other")


def test_mail_goes_by_the_url():
    assert mail_settings("console:") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    chosen = mail_settings("smtps://me%40example.org:p%2Fw@mail.example.org")
    assert [
        chosen[f"EMAIL_{name}"] for name in ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_SSL", "USE_TLS")
    ] == [
        "mail.example.org",
        465,
        "me@example.org",
        "p/w",
        True,
        False,
    ]


def test_an_empty_variable_counts_as_unset():
    env = Environment({"PORT": "", "DEBUG": " ", "HOSTS": "a, b,"})
    assert env.number("PORT", default=8000, least=1, most=65535) == 8000
    assert env.flag("DEBUG", default=True) is True
    assert env.words("HOSTS") == ["a", "b"]
    with pytest.raises(ImproperlyConfigured, match=r"PORT must be a whole number from 1 to 65535, not '80a'\."):
        Environment({"PORT": "80a"}).number("PORT", default=8000, least=1, most=65535)
