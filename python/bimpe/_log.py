"""The logger `bimpe`: operations, durations and errors, but no contents.

Each record has its fields as a dict in `record.bimpe`. Records hold no headers, bodies, queries, ids or keys.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from typing import TYPE_CHECKING, Any

from ._native import notify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._errors import BimpeAIError
    from ._request import OnRetry, Options, Request

    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler  # takes no parameter before Python 3.11

VARIABLE = "BIMPEAI_LOG"


class Log:
    """Writes records of requests and streams."""

    __slots__ = ("_logger", "is_enabled_for")

    def __init__(self) -> None:
        self._logger = logging.getLogger("bimpe")
        self._logger.addHandler(logging.NullHandler())
        self.is_enabled_for = self._logger.isEnabledFor

    def for_request(self, request: Request) -> Log:  # noqa: ARG002
        """Returns the observer of one request."""
        return self

    def on_start(self, operation: str, route: tuple[str, str], options: Options) -> Options:
        """Records the start of a request."""
        name, (method, path) = _name(operation), route
        fields = {"operation": name, "method": method, "path": path}
        self._write(logging.DEBUG, "request.started", f"{name}: {method} {path}", fields)
        return options

    def on_retry_callback(self, operation: str) -> OnRetry:
        """Returns the function that records retries."""
        name = _name(operation)

        def write(attempt: int, wait: float, error: BimpeAIError) -> None:
            text = f"{name}: attempt {attempt} failed with {_describe(error)}, the next is in {wait:.3f} s"
            fields = {"operation": name, "attempt": attempt, "wait": wait, **_error_fields(error)}
            self._write(logging.INFO, "request.retried", text, fields)

        return write

    def on_end(
        self, operation: str, metadata: Mapping[str, Any], elapsed: float, error: BaseException | None
    ) -> None:
        """Records the end of a request."""
        name, status = _name(operation), metadata["status"]
        how = f"{status}" if error is None else _describe(error)
        text = f"{name}: {how} in {elapsed:.3f} s"
        text += f", attempts: {metadata['attempts']}, request: {metadata['request_id']}"
        counts = {field: metadata[field] for field in ("attempts", "request_id")}
        fields = {"operation": name, "elapsed": elapsed, **_error_fields(error), "status": status, **counts}
        self._write(logging.INFO, "request.ended", text, fields)

    def stream(self, operation: str, notice: Mapping[str, Any]) -> None:
        """Records a connection event of a stream."""
        fields = {**notice, "operation": operation}
        event = fields.pop("event")
        text = f"{operation}: opened"
        if event == "stream.reconnecting":
            status = f" ({notice['status']})" if notice["status"] else ""
            text = f"{operation}: {notice['reason']}{status}, connects again in {notice['wait']:.3f} s"
        self._write(logging.INFO, event, text, fields)

    def stream_ended(self, operation: str, error: BimpeAIError | None) -> None:
        """Records the end of a stream."""
        reason = getattr(error, "reason", None)
        text = f"{operation}: ended" + (f" with {_describe(error)}" if error else "")
        fields = {"operation": operation, "reason": reason, **_error_fields(error)}
        self._write(logging.INFO, "stream.ended", text, fields)

    def _write(self, level: int, event: str, text: str, fields: Mapping[str, Any]) -> None:
        # `notify` contains exceptions of the program's filters, handlers and record factory.
        notify(self._logger.log, level, "%s", text, extra={"bimpe": {"event": event, **fields}})


LOG = Log()


def _name(operation: str) -> str:
    """Returns the operation. Hides the path of a custom request, because it may hold ids."""
    return "request" if " " in operation else operation


def _error_fields(error: BaseException | None) -> dict[str, Any]:
    return {
        "error": None if error is None else type(error).__name__,
        "status": getattr(error, "status", None),
    }


def _describe(error: BaseException) -> str:
    status = getattr(error, "status", None)
    return type(error).__name__ + (f" ({status})" if status else "")


def read_environment() -> None:
    """Logs to standard error at the level of BIMPEAI_LOG."""
    logger = logging.getLogger("bimpe")
    wanted = os.environ.get(VARIABLE, "").strip().upper()
    if wanted not in ("", "DEBUG", "INFO"):
        warnings.warn(f"invalid {VARIABLE}: expected `debug` or `info`", RuntimeWarning, stacklevel=4)
    elif wanted and not any(isinstance(handler, _Stderr) for handler in logger.handlers):
        formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s bimpe: %(message)s")
        formatter.default_time_format, formatter.converter = "%Y-%m-%dT%H:%M:%S", time.gmtime
        formatter.default_msec_format = None  # the format includes the milliseconds
        handler = _Stderr()
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.setLevel(wanted)
        # Otherwise a handler of the root logger would print each record twice.
        logger.propagate = False


class _Stderr(_StreamHandler):
    """The handler that BIMPEAI_LOG adds."""
