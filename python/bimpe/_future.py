"""The future of a call on an event loop."""

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
    """A future that ends its call when it is cancelled, and wakes its task as soon as the outcome is there.

    Other futures leave that to the next round of the loop. When the outcome of a call arrives, the loop is
    between two tasks and has nothing better to do, and a round costs more than all else that happens then.
    """

    __slots__ = ("_call", "_sole")

    _call: CallTask
    # The callback, as long as there is only one: that of the task which awaits the call. None before the
    # first, and False once there were more, which the loop calls in their order.
    _sole: tuple[Callback, Context] | bool | None

    def add_done_callback(self, fn: Callback, /, *, context: Context | None = None) -> None:
        if self._sole is None and not self.done():
            self._sole = (fn, copy_context() if context is None else context)
            return
        self._hand_over()
        super().add_done_callback(fn, context=context)

    def remove_done_callback(self, fn: Callback, /) -> int:
        self._hand_over()
        return super().remove_done_callback(fn)

    def set_result(self, result: Any, /) -> None:
        super().set_result(result)
        self._wake()

    def set_exception(self, exception: type | BaseException, /) -> None:
        super().set_exception(exception)
        self._wake()

    def settle(self, succeeded: bool, outcome: Any) -> None:
        """Takes the outcome, unless the task has given up."""
        if not self.done():
            (self.set_result if succeeded else self.set_exception)(outcome)

    def cancel(self, msg: Any = None) -> bool:
        self._call.cancel()
        self._hand_over()
        return super().cancel(msg)

    def _hand_over(self) -> None:
        """Leaves the callback to the loop."""
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
    """Hands out what has come for the tasks of a loop."""
    problem: BaseException | None = None
    for function, *arguments in completions.take():
        try:
            function(*arguments)
        except BaseException as error:  # noqa: PERF203
            # It ends the loop, but not before the others have their outcome.
            problem = error
    if problem is not None:
        raise problem
