"""No observer changes how a call ends: hooks, loggers and warnings that fail in every operation, sync and async."""

from __future__ import annotations

import asyncio
import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

import bimpe
from fault_server import FaultServer
from parity.operations import OPERATIONS, STREAM, Operation, invoke
from results import is_full_run, record
from test_faults import KINDS, TABLE, plain

LOGGER = logging.getLogger("bimpe")


class Unprintable(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise ZeroDivisionError

    __repr__ = __str__


class NoException(BaseException):
    """Most programs do not catch it."""


RAISED = [ZeroDivisionError, Unprintable, NoException, asyncio.CancelledError, GeneratorExit, StopIteration]


class Failing:
    """Raises whatever it is asked, each time somevalue else, and counts how often."""

    count = 0

    def __call__(self, *_: object, **__: object) -> Any:
        self.count += 1
        raise RAISED[self.count % len(RAISED)]


@contextmanager
def at_level(level: int = logging.DEBUG) -> Iterator[None]:
    LOGGER.setLevel(level)
    try:
        yield
    finally:
        LOGGER.setLevel(logging.NOTSET)


@contextmanager
def failing_filter(fail: Failing) -> Iterator[dict[str, Any]]:
    LOGGER.addFilter(fail)
    with at_level():
        yield {}
    LOGGER.removeFilter(fail)


@contextmanager
def failing_handler(fail: Failing) -> Iterator[dict[str, Any]]:
    handler = logging.Handler()
    handler.emit = fail  # type: ignore[method-assign]
    LOGGER.addHandler(handler)
    with at_level():
        yield {}
    LOGGER.removeHandler(handler)


@contextmanager
def failing_formatter(fail: Failing) -> Iterator[dict[str, Any]]:
    """The reports of `logging` itself, which fail as well."""
    handler = logging.StreamHandler()
    handler.format = fail  # type: ignore[method-assign]
    handler.handleError = Failing()  # type: ignore[method-assign]
    LOGGER.addHandler(handler)
    with at_level(logging.INFO):
        yield {}
    LOGGER.removeHandler(handler)


@contextmanager
def failing_record(fail: Failing) -> Iterator[dict[str, Any]]:
    factory = logging.getLogRecordFactory()

    def make(name: str, *arguments: Any, **keywords: Any) -> logging.LogRecord:
        return fail() if name == "bimpe" else factory(name, *arguments, **keywords)

    logging.setLogRecordFactory(make)
    with at_level():
        yield {}
    logging.setLogRecordFactory(factory)


@contextmanager
def failing_hooks(fail: Failing) -> Iterator[dict[str, Any]]:
    yield {"on_response": fail, "on_retry": fail}


@contextmanager
def failing_everyvalue(fail: Failing) -> Iterator[dict[str, Any]]:
    with failing_filter(fail), failing_hooks(fail) as settings:
        yield settings


OBSERVERS = [
    failing_filter,
    failing_handler,
    failing_formatter,
    failing_record,
    failing_hooks,
    failing_everyvalue,
]
TICKET = {"match": {"path_ends": "/stream-ticket"}, "body": {"message": "ok", "data": {"ticket": "t", "expires_in": 9}}}
EVENT = {
    "headers": {"content-type": "text/event-stream"},
    "chunks": [
        {"text": 'event: message\nid: m1\ndata: {"id": "m1", "message": "Hello"}\n\n'},
        # Stays open, or the stream would ask for another ticket, sooner or later.
        {"text": "", "wait": 60},
    ],
}
AGAIN = {"status": 503, "headers": {"Retry-After": "0"}, "body": {"message": "busy"}}
HOW = ["succeeds", "is retried", "is refused", "fails when it was done"]


def replies(operation: Operation, how: str) -> list[Any]:
    done = [TICKET, EVENT] if operation.id == STREAM else [{"body": operation.response, "commits": True}]
    return {
        "succeeds": done,
        "is retried": [AGAIN, *done],
        "is refused": [{"status": 404, "body": {"message": "no such value"}}],
        "fails when it was done": [{"status": 500, "body": {"message": "broken"}, "commits": True}],
    }[how]


def outcome(kind: Any, operation: Operation, how: str, server: FaultServer, settings: dict[str, Any]) -> Any:
    """How the call ends, and what the server saw of it."""
    scenario = server.scenario(replies(operation, how))
    client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url, **settings)
    query = {} if operation.id == STREAM else operation.query
    retries = 1 if how == "is retried" else 0
    ended: Any
    try:
        path = list(operation.path.values())
        ended = plain(invoke(client, operation.id, path, query, operation.body, max_retries=retries))
    except bimpe.BimpeAIError as error:
        facts = error.to_dict()
        ended = {name: facts[name] for name in facts if name not in ("request_id", "idempotency_key", "headers")}
    except BaseException as error:
        ended = f"raises {type(error).__name__}"
    request_log = scenario.request_log()
    # A stream begins with the write of a ticket.
    applied = request_log["effects"] > 0 and (operation.writes or operation.id == STREAM)
    if isinstance(ended, dict) and "may_have_been_applied" in ended:
        assert ended["may_have_been_applied"] == applied, f"{operation.id} that {how}"
    return ended, len(request_log["requests"]), request_log["effects"]


@contextmanager
def reporting_to(hook: Callable[[Any], object]) -> Iterator[None]:
    """Warnings are errors; what is ignored goes to this hook."""
    own, sys.unraisablehook = sys.unraisablehook, hook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        sys.unraisablehook = own


@pytest.mark.timeout(900)
@pytest.mark.parametrize("report_fails", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_no_observer_changes_how_a_call_ends(
    kind: Any, report_fails: bool, fault_server: FaultServer, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong: list[str] = []
    runs = 0

    def plainly(case: tuple[Operation, str]) -> Any:
        return outcome(kind, *case, fault_server, {})

    cases = [(operation, how) for operation in OPERATIONS for how in HOW]
    with ThreadPoolExecutor(16) as pool:
        expected = list(pool.map(plainly, cases))
        for number, observer in enumerate(OBSERVERS):
            chosen = [
                (case, right)
                for index, (case, right) in enumerate(zip(cases, expected, strict=True))
                if is_full_run() or (index + index // len(HOW) + number + report_fails) % len(HOW) == 0
            ]
            fail, reports = Failing(), []
            fail_to_report = Failing() if report_fails else reports.append
            with reporting_to(fail_to_report), observer(fail) as settings:

                def observed(one: Any, settings: Any = settings) -> Any:
                    return outcome(kind, *one[0], fault_server, settings)

                found = list(pool.map(observed, chosen))
            runs += len(found)
            wrong += [
                f"{observer.__name__}: {operation.id} that {how}: {seen}, not {right}"
                for ((operation, how), right), seen in zip(chosen, found, strict=True)
                if seen != right
            ]
            assert fail.count >= len(chosen) / 2, f"{observer.__name__} was hardly called"
            if not report_fails:
                assert len(reports) == fail.count, f"{observer.__name__}: each failure is reported once"
    capfd.readouterr()
    what = f"Observers that fail, in every operation ({kind.__name__}{', reports fail too' * report_fails})"
    record(2, what, runs, {"outcomes changed": len(wrong)}, {"outcomes changed": 0})
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hook_may_end_the_program(kind: Any, fault_server: FaultServer) -> None:
    def leave(_: object) -> None:
        raise SystemExit(3)

    operation = next(one for one in OPERATIONS if one.id == "agents.update")
    for hook in ("on_response", "on_retry"):
        ended, *_ = outcome(kind, operation, "is retried", fault_server, {hook: leave})
        assert ended == "raises SystemExit"


def test_a_report_for_which_the_stack_has_no_room(fault_server: FaultServer) -> None:
    """Either the call fails before anyvalue is sent, or it succeeds."""
    operation = next(one for one in OPERATIONS if one.id == "agents.update")

    def below(depth: int, call: Callable[[], Any]) -> Any:
        return call() if depth == 0 else below(depth - 1, call)

    def ends(depth: int, scenario: Any) -> str:
        client = bimpe.BimpeAI(api_key="k", base_url=scenario.base_url, on_response=lambda _: None)
        try:
            below(depth, lambda: client.agents.update("cm1", name="Ada"))
        except RecursionError:
            return "fails"
        return "succeeds"

    seen = set()
    with reporting_to(lambda _: None), at_level():
        for depth in range(sys.getrecursionlimit() - 120, sys.getrecursionlimit()):
            scenario = fault_server.scenario([{"body": operation.response, "commits": True}])
            how = ends(depth, scenario)
            assert (how == "succeeds") == (scenario.request_log()["effects"] == 1), depth
            seen.add(how)
    assert seen == {"succeeds", "fails"}
