"""Requests of programs that gevent has patched.

A thread of a gevent pool waits for each response, because the native module would block all greenlets.
"""

from __future__ import annotations

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._request import Request

# Each waiting request or stream takes one thread, so more of them wait for a free thread.
_MOST_THREADS = 200

# One pool per hub, because a pool notifies the event loop of its hub only.
_pools: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def is_patched() -> bool:
    """Returns whether gevent has replaced the sockets of this program."""
    monkey: Any = modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("socket")


def _begin(function: Callable[..., Any]) -> Any:
    """Calls the function on a pool thread. The `get` method of the returned object waits for the result."""
    hub = modules["gevent"].get_hub()
    pool = _pools.get(hub)
    if pool is None:
        make: Any = import_module("gevent.threadpool").ThreadPool
        pool = _pools[hub] = make(_MOST_THREADS, hub)
    return pool.spawn(function)


class GreenClient:
    """A native client whose waits let other greenlets run."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def send(self, request: Request) -> Any:
        return self.begin(request).result()

    def begin(self, request: Request) -> GreenPending:
        return GreenPending(self._native.begin(request))

    def stream(self, *streams: Any) -> GreenStream:
        return GreenStream(self._native.stream(*streams))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


class GreenPending:
    """A request that is in flight."""

    __slots__ = ("_native",)

    def __init__(self, native: Any) -> None:
        self._native = native

    def result(self) -> Any:
        waiting = _begin(self._native.result)
        try:
            return waiting.get()
        finally:
            # Cancels the request because its greenlet was killed or its `gevent.Timeout` expired.
            if not waiting.ready():
                self._native.cancel()

    def cancel(self) -> None:
        self._native.cancel()


class GreenStream:
    """A native stream whose waits let other greenlets run."""

    __slots__ = ("_native", "_waiting")

    def __init__(self, native: Any) -> None:
        self._native = native
        self._waiting: Any = None

    def next_batch(self) -> Any:
        # Keeps an interrupted wait, because otherwise its events would be lost.
        waiting = self._waiting = self._waiting or _begin(self._native.next_batch)
        try:
            return waiting.get()
        finally:
            if waiting.ready():
                self._waiting = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)
