"""The asyncio future of a request."""

from __future__ import annotations

from asyncio import Future
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context
    from typing import TypeAlias

    from ._native import CallTask, CompletionQueue

    Callback: TypeAlias = Callable[["CallFuture"], object]


class CallFuture(Future[Any]):
    """A future that cancels its request when cancelled, and runs its only callback immediately.

    Other futures schedule callbacks for the next loop iteration. The loop is idle when a result arrives.
    The immediate callback saves that iteration, which costs more than the rest of the work.
    """

    __slots__ = ("_call", "_sole")

    _call: CallTask
    # The only callback, usually that of the awaiting task. None before the first, and False once the loop
    # schedules the callbacks.
    _sole: tuple[Callback, Context] | bool | None

    def add_done_callback(self, fn: Callback, /, *, context: Context | None = None) -> None:
        if self._sole is None and not self.done():
            self._sole = (fn, copy_context() if context is None else context)
            return
        self._restore_callbacks()
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callback, /) -> int:
        self._restore_callbacks()
        return super().remove_done_callback(fn)

    def set_result(self, result: Any, /) -> None:
        super().set_result(result)
        self._wake()

    def set_exception(self, exception: type | BaseException, /) -> None:
        super().set_exception(exception)
        self._wake()

    def settle(self, succeeded: bool, outcome: Any) -> None:
        """Sets the result or the error, unless the future is cancelled."""
        if not self.done():
            (self.set_result if succeeded else self.set_exception)(outcome)

    def cancel(self, msg: Any = None) -> bool:
        self._call.cancel()
        self._restore_callbacks()
        return super().cancel(msg)

    def _restore_callbacks(self) -> None:
        """Moves the only callback to the loop's queue."""
        sole, self._sole = self._sole, False
        if isinstance(sole, tuple):
            super().add_done_callback(sole[0], context=sole[1])

    def _wake(self) -> None:
        sole, self._sole = self._sole, False
        if not isinstance(sole, tuple):
            return
        callback, context = sole
        try:
            context.run(callback, self)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            message = f"Exception in callback {callback!r}"
            self.get_loop().call_exception_handler({"message": message, "exception": error, "future": self})


def settle(completions: CompletionQueue) -> None:
    """Resolves the futures of all queued completions."""
    problem: BaseException | None = None
    for function, *arguments in completions.take():
        try:
            function(*arguments)
        except BaseException as error:  # noqa: PERF203
            # Raised after the loop, because the other futures must be resolved first.
            problem = error
    if problem is not None:
        raise problem
