"""The future of a call on an event loop."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import CallTask


class CallFuture(Future[Any]):
    """A future that ends its call when it is cancelled."""

    __slots__ = ("_call",)

    def __init__(self, call: CallTask, loop: AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self._call = call

    def cancel(self, msg: Any = None) -> bool:
        self._call.cancel()
        return super().cancel(msg)
