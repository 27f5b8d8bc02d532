"""Redis may go away at any time: requests go on, publishing gives up quickly, and afterwards all is shared again."""

from __future__ import annotations

import time

import kombu.exceptions
import pytest
import redis
from celery import Celery
from django.conf import settings
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.test import RequestFactory, override_settings

from mlopsprep import cache as forgiving
from mlopsprep.celery import app
from questions.tasks import beat

NOWHERE = "unix:///nowhere/redis.sock"


@pytest.fixture
def redis_cache() -> BaseCache:
    return forgiving.ForgivingCache(settings.REDIS_URL, {"KEY_PREFIX": "test"})


@pytest.fixture
def lonely_cache() -> BaseCache:
    lonely = forgiving.ForgivingCache(NOWHERE, {"KEY_PREFIX": "lonely"})
    lonely.clear()
    return lonely


def test_values_are_kept_as_json_so_that_redis_holds_no_code(redis_cache):
    redis_cache.set("history", [1.5, 2], 60)
    redis_cache.set("count", 7, 60)
    server = redis.Redis.from_url(settings.REDIS_URL)
    assert server.get("test:1:history") == b"[1.5, 2]"
    assert server.get("test:1:count") == b"7"
    assert redis_cache.get_many(["history", "count", "nothing"]) == {"history": [1.5, 2], "count": 7}
    with pytest.raises(TypeError, match="not JSON serializable"):
        redis_cache.set("object", object())


def test_processes_share_what_they_count(redis_cache):
    other = forgiving.ForgivingCache(settings.REDIS_URL, {"KEY_PREFIX": "test"})
    redis_cache.set("count", 1, 60)
    other.incr("count")
    assert redis_cache.incr("count", 2) == 4
    assert other.has_key("count")
    assert other.touch("count", 30)
    assert other.delete("count")
    assert redis_cache.get("count", "gone") == "gone"


def test_without_redis_a_process_counts_by_itself(lonely_cache):
    assert lonely_cache.add("count", 1, 60)
    assert not lonely_cache.add("count", 5, 60)
    assert lonely_cache.incr("count") == 2
    lonely_cache.set("history", [1.5], 60)
    assert lonely_cache.get("history") == [1.5]


def test_a_lost_redis_is_asked_once_in_a_while_and_not_by_every_request(lonely_cache, monkeypatch):
    asked = []
    monkeypatch.setattr(lonely_cache._shared, "get", lambda *args: asked.append(args) or 1 / 0)
    for _ in range(50):
        lonely_cache.get("anything")
    assert asked == []


def test_redis_is_used_again_once_it_is_back(redis_cache, monkeypatch):
    monkeypatch.setattr(forgiving, "PAUSE", 0.05)
    monkeypatch.setattr(redis_cache._shared, "get", lambda *args: (_ for _ in ()).throw(redis.ConnectionError("away")))
    assert redis_cache.get("value") is None
    monkeypatch.undo()
    time.sleep(0.1)
    redis_cache.set("value", "shared", 60)
    assert redis.Redis.from_url(settings.REDIS_URL).get("test:1:value") == b'"shared"'


@override_settings(CACHES={"default": {"BACKEND": "mlopsprep.cache.ForgivingCache", "LOCATION": NOWHERE}})
def test_sign_in_attempts_are_limited_even_without_redis():
    from allauth.core.internal import ratelimit

    request = RequestFactory().post("/accounts/login/")
    cache.clear()
    with override_settings(ACCOUNT_RATE_LIMITS={"login": "2/m/ip"}):
        allowed = [bool(ratelimit.consume(request, app="allauth.account", action="login")) for _ in range(3)]
    assert allowed == [True, True, False]


def test_publishing_without_redis_fails_at_once():
    lost = Celery("lost")
    lost.conf.update(app.conf.changes)
    lost.conf.broker_url = "redis+socket:///nowhere/redis.sock"
    began = time.monotonic()
    with pytest.raises(kombu.exceptions.OperationalError):
        lost.send_task(beat.name, expires=60)
    assert time.monotonic() - began < 2


def test_tasks_are_acknowledged_late_returned_when_a_worker_dies_and_end_before_redis_gives_them_away():
    chosen = app.conf
    assert (chosen.task_acks_late, chosen.task_reject_on_worker_lost, chosen.task_ignore_result) == (True, True, True)
    assert chosen.worker_prefetch_multiplier == 1
    assert (chosen.accept_content, chosen.task_serializer) == (["json"], "json")
    assert chosen.task_soft_time_limit < chosen.task_time_limit < chosen.broker_transport_options["visibility_timeout"]
    assert chosen.broker_transport_options["unacked_restore_throttle"] == 1
    assert (chosen.timezone, chosen.enable_utc) == ("UTC", True)


def test_the_timetable_names_tasks_that_exist_and_drops_ticks_that_nobody_took():
    app.loader.import_default_modules()
    every = {entry["task"].rpartition(".")[2]: entry for entry in app.conf.beat_schedule.values()}
    assert all(entry["task"] in app.tasks for entry in every.values())
    often = {name: entry["schedule"] for name, entry in every.items() if isinstance(entry["schedule"], int)}
    assert {name: every[name]["options"] for name in often} == {name: {"expires": s} for name, s in often.items()}
    assert often == {
        "close_expired_sessions": 60,
        "refresh_estimates": 300,
        "drain_answers": 60,
        "settle_readiness": 300,
        "guard_engine": 900,
        "quarantine_items": 3600,
        "send_reminders": 900,
        "beat": 60,
    }
    nightly = {name: entry for name, entry in every.items() if name not in often}
    assert {str(entry["options"]) for entry in nightly.values()} == {"{'expires': 21600}"}
    # One after another, and each where the one before has left what it reads: refit, report, flags, fits.
    order = sorted(
        nightly, key=lambda name: (min(nightly[name]["schedule"].hour), min(nightly[name]["schedule"].minute))
    )
    assert order == ["refit_difficulties", "report_calibration", "flag_items", "fit_memories", "propose_refit"]
