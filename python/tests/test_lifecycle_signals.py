"""Signals, such as Ctrl-C, interrupt a program that waits for a response."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import pytest
from cancellation_points import NEVER, POINTS, reached
from fault_server import FaultServer
from lifecycle_support import PROGRAMS, started, wait_for_close, wait_for_exit, wait_for_requests, wait_until
from results import is_full_run, record

from bimpe import BimpeAI, ClientClosedError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

RUNS = 5 if is_full_run() else 1
FELT = "slowest KeyboardInterrupt, ms"
CLOSED = "slowest close of a connection, ms"
GOAL = {FELT: 300, CLOSED: 200, "requests after the end": 0}


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, float]]:
    seen: dict[str, float] = dict.fromkeys(GOAL, 0)
    yield seen
    record(15, f"Ctrl-C at {len(POINTS)} points", len(POINTS) * RUNS, seen, GOAL)


@pytest.mark.parametrize("name", POINTS)
def test_ctrl_c_ends_the_request(
    name: str, echo: str, faults: FaultServer, figures: dict[str, float]
) -> None:
    for _ in range(RUNS):
        with reached(name, faults) as server:
            program = (str(PROGRAMS / "ctrl_c.py"), server.base_url, server.point.call, echo)
            with started(*program) as process:
                assert process.stdin is not None
                assert process.stdout is not None
                server.wait()
                time.sleep(0.02)
                sent = time.monotonic()
                process.send_signal(signal.SIGINT)
                felt = float(process.stdout.readline()) - sent
                figures[FELT] = max(figures[FELT], felt * 1000)
                figures[CLOSED] = max(figures[CLOSED], wait_until(server.is_closed) * 1000)
                seen = server.requests()
                time.sleep(0.1)
                figures["requests after the end"] += server.requests() - seen
                process.stdin.write("\n")
                done = wait_for_exit(process)
            assert (done.code, done.err) == (0, "")
            assert felt < 10
            assert server.requests() == seen


def test_returning_signal_handler_keeps_the_request(faults: FaultServer) -> None:
    received: list[int] = []

    def handler(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    scenario = faults.scenario([{"wait": 0.6, "body": {"message": "ok", "data": {"id": "cm1"}}}])
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        assert BimpeAI(api_key="sk_test", base_url=scenario.base_url).agents.retrieve("cm1").id == "cm1"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(received) > 1
    assert len(scenario.request_log()["requests"]) == 1


class Alarm(Exception):
    pass


def test_raising_signal_handler_ends_the_request(faults: FaultServer) -> None:
    def handler(_number: int, _frame: FrameType | None) -> None:
        raise Alarm

    scenario = faults.scenario([NEVER])
    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Alarm):
            BimpeAI(api_key="sk_test", base_url=scenario.base_url).agents.retrieve("cm1")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    wait_for_close(scenario)


def test_ctrl_c_in_a_hook_ends_the_request(faults: FaultServer) -> None:
    """Ctrl-C ends the request, although other exceptions of hooks do not."""

    def interrupt(_retry: object) -> None:
        signal.raise_signal(signal.SIGINT)
        sys.stdout.flush()  # somewhere here the interpreter raises it

    scenario = faults.scenario([{"status": 503, "body": {}}, NEVER])
    client = BimpeAI(api_key="sk_test", base_url=scenario.base_url, on_retry=interrupt)
    with pytest.raises(KeyboardInterrupt):
        client.agents.retrieve("cm1")
    assert len(scenario.request_log()["requests"]) == 1


def test_request_in_a_thread_does_not_block_ctrl_c(faults: FaultServer) -> None:
    scenario = faults.scenario([NEVER])
    client = BimpeAI(api_key="sk_test", base_url=scenario.base_url, timeout=3)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.agents.retrieve, "cm1")
        wait_for_requests(scenario, 1)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        client.close()
        assert isinstance(call.exception(), ClientClosedError)
