"""Calls of programs that gevent has patched: one greenlet waits for its answer, and the others go on.

The native part knows nothing of greenlets, so a thread of gevent's pool waits for it.
"""

from __future__ import annotations

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

# Each call and each open stream takes one for as long as it waits.
_MOST_THREADS = 200

# By hub, since a pool serves the event loop of one.
_pools: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def is_patched() -> bool:
    """Whether gevent has replaced the sockets of this program."""
    monkey: Any = modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("socket")


def _begin(function: Callable[..., Any]) -> Any:
    """Lets a thread call the function; the result's `get` waits for it."""
    hub = modules["gevent"].get_hub()
    pool = _pools.get(hub)
    if pool is None:
        make: Any = import_module("gevent.threadpool").ThreadPool
        pool = _pools[hub] = make(_MOST_THREADS, hub)
    return pool.spawn(function)


class GreenClient:
    """The native client, but that waits let other greenlets run."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def request(self, *call: Any) -> Any:
        return self.begin(*call).result()

    def begin(self, *call: Any) -> GreenPending:
        return GreenPending(self._native.begin(*call))

    def stream(self, *call: Any) -> GreenStream:
        return GreenStream(self._native.stream(*call))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


class GreenPending:
    """A request that was sent."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def result(self) -> Any:
        waiting = _begin(self._native.result)
        try:
            return waiting.get()
        finally:
            # A greenlet can be killed, or run out of its `gevent.Timeout`.
            if not waiting.ready():
                self._native.cancel()

    def cancel(self) -> None:
        self._native.cancel()


class GreenStream:
    """The native stream, but that waits let other greenlets run."""

    __slots__ = ("_native", "_waiting")

    def __init__(self, native: Any) -> None:
        self._native = native
        self._waiting: Any = None

    def next_batch(self) -> Any:
        # What a wait that was given up still brings is for the next one.
        waiting = self._waiting = self._waiting or _begin(self._native.next_batch)
        try:
            return waiting.get()
        finally:
            if waiting.ready():
                self._waiting = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)
