"""The cache: Redis, shared by all processes, with this process's memory in its place while Redis is away.

Only rate limits and other things that may be forgotten are kept here; sessions and learners' work live in the
database. So a lost Redis costs nobody a request: after one failed call Redis is left alone for a few seconds, and
counters go on in each process.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)
PAUSE = 5.0
"""Seconds for which Redis is left alone after a failed call."""
PATIENCE = 0.5
"""Seconds that a request waits for Redis at most."""


class JSONSerializer:
    """Values travel as JSON, never as pickles: whoever reaches Redis must not reach the interpreter."""

    def dumps(self, value: Any) -> int | str:
        """Plain integers stay as they are, so that Redis can count them up."""
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes) -> Any:
        """The value that was stored."""
        return json.loads(data)


class ForgivingCache(BaseCache):
    """Redis first; this process's memory while Redis fails."""

    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(params)
        options = {
            "serializer": JSONSerializer,
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 0),
        }
        self._shared = RedisCache(server, {**params, "OPTIONS": options})
        self._local = LocMemCache(server, {**params, "OPTIONS": {}})
        self._away_until = 0.0

    def _call(self, deed: Callable[[BaseCache], Any]) -> Any:
        if time.monotonic() >= self._away_until:
            try:
                return deed(self._shared)
            except (RedisError, OSError) as error:
                self._away_until = time.monotonic() + PAUSE
                log.warning("cache_away: %s; using this process's memory for %.0f s", error, PAUSE)
        return deed(self._local)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.add(key, value, timeout, version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._call(lambda cache: cache.get(key, default, version))

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._call(lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.touch(key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.delete(key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return self._call(lambda cache: cache.incr(key, delta, version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._call(lambda cache: cache.has_key(key, version))

    def clear(self) -> None:
        self._local.clear()
        self._call(lambda cache: cache.clear())
