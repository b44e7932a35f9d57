"""The logger `bimpe`: what was called and how it went, but never what was said.

Each record has a dict of its fields as `record.bimpe`. No record holds headers, bodies, queries, ids or keys.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import TYPE_CHECKING, Any

from ._native import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._errors import BimpeAIError
    from ._resource import Options

    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler  # takes no parameter before Python 3.11

VARIABLE = "BIMPEAI_LOG"


class Log:
    """Writes down what happens to calls and streams."""

    __slots__ = ("_logger", "is_enabled_for")

    def __init__(self) -> None:
        self._logger = logging.getLogger("bimpe")
        self._logger.addHandler(logging.NullHandler())
        self.is_enabled_for = self._logger.isEnabledFor

    def announce(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """A call begins."""
        name, (method, path) = _name(operation), route
        fields = {"operation": name, "method": method, "path": path}
        self._write(logging.DEBUG, "call.started", f"{name}: {method} {path}", fields)
        return options

    def retry(self, operation: str) -> Callable[[int, float, BimpeAIError], object]:
        """What is to be called for each retry."""
        name = _name(operation)

        def tell(attempt: int, wait: float, error: BimpeAIError) -> None:
            text = f"{name}: attempt {attempt} failed with {_named(error)}, the next is in {wait:.3f} s"
            fields = {"operation": name, "attempt": attempt, "wait": wait, **_facts(error)}
            self._write(logging.INFO, "call.retried", text, fields)

        return tell

    def report(
        self, operation: str, about: Mapping[str, Any], elapsed: float, error: BaseException | None
    ) -> None:
        """A call has ended."""
        name, status = _name(operation), about["status"]
        how = f"{status}" if error is None else _named(error)
        text = f"{name}: {how} in {elapsed:.3f} s"
        text += f", attempts: {about['attempts']}, request: {about['request_id']}"
        facts = {field: about[field] for field in ("attempts", "request_id")}
        fields = {"operation": name, "elapsed": elapsed, **_facts(error), "status": status, **facts}
        self._write(logging.INFO, "call.ended", text, fields)

    def stream(self, operation: str, notice: Mapping[str, Any]) -> None:
        """Something happened to the connection of a stream."""
        fields = {**notice, "operation": operation}
        event = fields.pop("event")
        text = f"{operation}: opened"
        if event == "stream.reconnecting":
            status = f" ({notice['status']})" if notice["status"] else ""
            text = f"{operation}: {notice['reason']}{status}, connects again in {notice['wait']:.3f} s"
        self._write(logging.INFO, event, text, fields)

    def stream_ended(self, operation: str, error: BimpeAIError | None) -> None:
        """A stream is over."""
        reason = getattr(error, "reason", None)
        text = f"{operation}: ended" + (f" with {_named(error)}" if error else "")
        fields = {"operation": operation, "reason": reason, **_facts(error)}
        self._write(logging.INFO, "stream.ended", text, fields)

    def _write(self, level: int, event: str, text: str, fields: Mapping[str, Any]) -> None:
        # Filters, handlers and the factory of records belong to the program.
        notify(self._logger.log, level, "%s", text, extra={"bimpe": {"event": event, **fields}})


LOG = Log()


def _name(operation: str) -> str:
    """The operation. A custom request is named by its path, which may hold ids."""
    return "request" if " " in operation else operation


def _facts(error: BaseException | None) -> dict[str, Any]:
    return {
        "error": None if error is None else type(error).__name__,
        "status": getattr(error, "status", None),
    }


def _named(error: BaseException) -> str:
    status = getattr(error, "status", None)
    return type(error).__name__ + (f" ({status})" if status else "")


def read_environment() -> None:
    """Writes to standard error what BIMPEAI_LOG asks for."""
    logger = logging.getLogger("bimpe")
    wanted = os.environ.get(VARIABLE, "").strip().upper()
    if wanted not in ("", "DEBUG", "INFO"):
        warnings.warn(f"{VARIABLE} may be debug or info; it is something else", RuntimeWarning, stacklevel=4)
    elif wanted and not any(isinstance(handler, _Stderr) for handler in logger.handlers):
        formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s bimpe: %(message)s")
        formatter.default_time_format, formatter.converter = "%Y-%m-%dT%H:%M:%S", time.gmtime
        formatter.default_msec_format = None  # the format has its own
        handler = _Stderr()
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.setLevel(wanted)
        # Or a program with a handler of its own at the root would show each record twice.
        logger.propagate = False


class _Stderr(_StreamHandler):
    """What BIMPEAI_LOG adds to the logger."""
