"""Writes under faults, a server that is down, and tests that need a separate process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import bimpe
from fault_server import FaultServer
from results import is_full_run, record
from test_fault_sweeps import SWEEPS
from test_faults import KINDS, TABLE

TOGETHER = 48
CALLS = 1000
# These responses mean that the server has not applied the request.
REFUSALS = {408, 429, 503}
# Four times the largest body that is read, in MiB.
MOST = 4 * 32


def run_all(kind: Any, calls: list[Any]) -> list[Any]:
    """Runs functions that call a client of this kind, many at once, and gives their results."""
    if kind is bimpe.BimpeAI:
        with ThreadPoolExecutor(TOGETHER) as pool:
            return list(pool.map(lambda call: call(), calls))

    async def run() -> list[Any]:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(call: Any) -> Any:
            async with gate:
                return await call()

        return await asyncio.gather(*map(one, calls))

    return asyncio.run(run())


def guarded(kind: Any, call: Any) -> Any:
    """The call with its error as its result."""

    def sync() -> bimpe.BimpeAIError | None:
        try:
            call()
        except bimpe.BimpeAIError as error:
            return error
        return None

    async def asynchronous() -> bimpe.BimpeAIError | None:
        try:
            await call()
        except bimpe.BimpeAIError as error:
            return error
        return None

    return sync if kind is bimpe.BimpeAI else asynchronous


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_a_write_is_applied_at_most_once_or_said_to_be_uncertain(kind: Any, fault_server: FaultServer) -> None:
    writes = SWEEPS["writes"]
    count = writes["full_writes" if is_full_run() else "ordinary_writes"]
    scenario = fault_server.scenario([writes["replies"][letter] for letter in writes["order"]], "cycle")
    client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url)
    configure = client.agents.integrations.pipedream.configure

    def write(number: int) -> Any:
        # One in four must do without retries.
        options = {"idempotency_key": f"write-{number}", "max_retries": 0 if number % 4 == 0 else 2}
        return guarded(kind, lambda: configure("cm1", app_slug="google-sheets", **options))

    outcomes = run_all(kind, [write(number) for number in range(count)])
    request_log = scenario.request_log()
    committed = set(request_log["committed_keys"])
    refused: dict[str, bool] = {}
    for request in request_log["requests"]:
        refused[request["key"]] = refused.get(request["key"], True) and request["status"] in REFUSALS
    duplicates = request_log["effects"] - len(committed)
    unfounded = errors = 0
    misjudged: list[str] = []
    for number, error in enumerate(outcomes):
        key = f"write-{number}"
        if error is None:
            unfounded += key not in committed
            continue
        errors += 1
        if error.may_have_been_applied == refused[key] or error.idempotency_key != key:
            misjudged.append(f"{key}: {error}")
    figures = {
        "duplicate effects": duplicates,
        "success without effect": unfounded,
        "wrong about effects": len(misjudged),
    }
    record(2, f"Writes under fire ({kind.__name__})", count, figures, dict.fromkeys(figures, 0))
    assert duplicates == 0
    assert unfounded == 0
    assert not misjudged, "\n".join(misjudged)
    assert errors > count / 20, "too few errors to judge"


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_calls_to_a_dead_server(kind: Any, fault_server: FaultServer) -> None:
    scenario = fault_server.scenario([{"status": 503}], "repeat")
    client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url, max_retries=2)
    errors = run_all(kind, [guarded(kind, lambda: client.agents.retrieve("cm1"))] * CALLS)
    attempts = len(scenario.request_log()["requests"])
    what = f"A thousand calls to a dead server ({kind.__name__})"
    record(11, what, CALLS, {"attempts per call": attempts / CALLS}, {"attempts per call": 1.2})
    assert attempts <= 1.2 * CALLS
    assert sum(error.attempts for error in errors) == attempts
    assert any(error.retries_suppressed and "retries suppressed: " in str(error) for error in errors)
    assert all(error.retryable for error in errors)


def in_a_process(program: str, address: str, **environment: str) -> str:
    """Returns the output of a program that sends a request to a server."""
    start = f"import bimpe\nclient = bimpe.BimpeAI(api_key='sk_test', base_url={address!r}, max_retries=0)\n"
    command = [sys.executable, "-c", start + program]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_ssl_cert_file_names_what_to_trust(fault_server: FaultServer) -> None:
    scenario = fault_server.scenario([TABLE["replies"]["agent"]])
    authority = fault_server.addresses["ca_file"]
    program = "print(client.agents.retrieve('cm1').name)"
    assert in_a_process(program, scenario.over("good"), SSL_CERT_FILE=authority) == "Ada"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the peak memory of one process")
def test_decompressed_response_is_limited(fault_server: FaultServer) -> None:
    bomb = {"gzip": True, "body": {"fill": {"before": '{"data": "', "text": "x", "times": 300_000_000}}}
    scenario = fault_server.scenario([bomb])
    # The peak that `resource` reports starts at that of the parent.
    program = """
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
before = peak()
try:
    client.agents.retrieve('cm1')
except bimpe.ResponseTooLargeError:
    print(peak() - before)
"""
    grown = float(in_a_process(program, scenario.base_url))
    record(7, "300 MB in 300 KB of gzip", 1, {"MiB more": round(grown, 1)}, {"MiB more": MOST})
    assert 0 < grown <= MOST
