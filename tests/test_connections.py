"""The cases of cases/connections.json: connections that end between two calls, or bring what no request asked for."""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bimpe
from results import is_full_run, record

if TYPE_CHECKING:
    from fault_server import FaultServer

CASES = json.loads((Path(__file__).parent / "cases/connections.json").read_text())
OWN = {"success": True, "data": {"id": "own"}}
KINDS = [bimpe.BimpeAI, bimpe.AsyncBimpeAI]


def repeat(kind: Any, settings: dict[str, Any], calls: int, together: int, pause: float) -> list[Any]:
    """Sends writes, a number of them at a time, and returns the ids in the responses, or the errors."""

    if kind is bimpe.BimpeAI:
        with kind(max_retries=0, **settings) as client, ThreadPoolExecutor(together) as pool:

            def one(_number: int) -> Any:
                try:
                    seen: Any = client.request("POST", "/agents").data["id"]
                except bimpe.BimpeAIError as error:
                    seen = error
                time.sleep(pause)
                return seen

            return list(pool.map(one, range(calls)))

    async def run() -> list[Any]:
        async with kind(max_retries=0, **settings) as client:
            gate = asyncio.Semaphore(together)

            async def one() -> Any:
                async with gate:
                    try:
                        seen: Any = (await client.request("POST", "/agents")).data["id"]
                    except bimpe.BimpeAIError as error:
                        seen = error
                    await asyncio.sleep(pause)
                    return seen

            return await asyncio.gather(*(one() for _ in range(calls)))

    return asyncio.run(run())


@pytest.mark.parametrize("kind", KINDS)
def test_http2_connection_end_loses_no_request(kind: Any, fault_server: FaultServer) -> None:
    calls = 1000 if is_full_run() else 130
    runs = lost = repeated = 0
    failed: list[Any] = []
    for case in CASES["http2"]:
        for together in case.get("concurrency", CASES["concurrency"]):
            made = fault_server.http2({**case["script"], "body": OWN})
            seen = repeat(kind, settings(fault_server, made["base_url"]), calls, together, 0)
            processed = fault_server.http2_counters(made["server"])["processed"]
            runs += calls
            wrong = [(case["name"], together, one) for one in seen if one != "own"]
            lost += len(wrong)
            failed += wrong[:1]
            repeated += max(0, processed - calls)
    figures: dict[str, float] = {"calls lost": lost, "requests repeated": repeated}
    what = f"HTTP/2 connections that end ({kind.__name__})"
    record(2, what, runs, figures, dict.fromkeys(figures, 0.0))
    assert (lost, repeated) == (0, 0), failed


@pytest.mark.parametrize("kind", KINDS)
def test_http2_connection_end_of_nginx_loses_no_request(kind: Any, fault_server: FaultServer) -> None:
    calls = 1000 if is_full_run() else 130
    failed: list[Any] = []
    tries = [(40, 32), (40, 64), (5, 32), (5, 64)]
    for requests, together in tries:
        base_url = fault_server.nginx(requests)
        if base_url is None:
            pytest.skip("nginx is not installed")
        seen = repeat(kind, settings(fault_server, base_url), calls, together, 0)
        failed += [(requests, together, one) for one in seen if one != "own"]
    figures: dict[str, float] = {"calls lost": len(failed)}
    what = f"HTTP/2 connections of nginx ({kind.__name__})"
    record(2, what, calls * len(tries), figures, dict.fromkeys(figures, 0.0))
    assert not failed, failed[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_goaway_includes_may_have_been_applied(kind: Any, fault_server: FaultServer) -> None:
    made = fault_server.http2({**CASES["lost_connection"], "body": OWN})
    [error] = repeat(kind, settings(fault_server, made["base_url"]), 1, 1, 0)
    assert isinstance(error, bimpe.APIConnectionError)
    assert error.may_have_been_applied
    assert fault_server.http2_counters(made["server"])["processed"] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_http1_closed_connection_is_not_reused(kind: Any, fault_server: FaultServer) -> None:
    calls = 100 if is_full_run() else 8

    def attempt(case: dict[str, Any], listener: str) -> list[Any]:
        reply = {**case["reply"], "body": OWN}
        if reply.get("after", {}).get("raw") == "unsolicited":
            reply["after"] = {**reply["after"], "raw": {"text": CASES["unsolicited"]}}
        scenario = fault_server.scenario([reply], last="repeat")
        base_url = scenario.base_url if listener == "plain" else scenario.over(listener)
        seen = repeat(kind, settings(fault_server, base_url), calls, 1, case["pause"])
        wrong = [one for one in seen if one != "own"]
        sent = len(scenario.request_log()["requests"])
        return wrong if sent == calls else [*wrong, f"{sent} requests for {calls} calls"]

    tries = [(case, listener) for case in CASES["http1"] for listener in ("plain", "good")]
    # One after the other: with other threads in calls, a client would use the shared runtime only.
    wrong = {(case["name"], listener): attempt(case, listener) for case, listener in tries}
    wrong = {name: one for name, one in wrong.items() if one}
    figures: dict[str, float] = {"calls lost or with a wrong response": len(wrong)}
    what = f"HTTP/1.1 connections that end between calls ({kind.__name__})"
    record(2, what, calls * len(tries), figures, dict.fromkeys(figures, 0.0))
    assert not wrong


def settings(server: FaultServer, base_url: str) -> dict[str, Any]:
    ca_file = server.addresses["ca_file"]
    return {"base_url": base_url, "api_key": "sk_live_connections", "ca_file": ca_file, "timeout": 60}


@pytest.fixture
def good(fault_server: FaultServer) -> str:
    return fault_server.scenario([{"body": OWN}], last="repeat").over("good")


def send(client: bimpe.BimpeAI) -> Any:
    return client.request("POST", "/agents").data["id"]


def test_trust_is_that_of_the_construction(
    fault_server: FaultServer, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    before = bimpe.BimpeAI(base_url=good, api_key="sk_live_connections", max_retries=0)
    monkeypatch.setenv("SSL_CERT_FILE", fault_server.addresses["ca_file"])
    under = bimpe.BimpeAI(base_url=good, api_key="sk_live_connections", max_retries=0)
    with pytest.raises(bimpe.APIConnectionError, match="certificate"):
        send(before)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert send(under) == "own"


def test_the_proxy_is_that_of_the_construction(fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = fault_server.scenario([{"body": OWN}], last="repeat").over("wrong_host")
    base_url = listener.replace("localhost", "example.test")
    monkeypatch.setenv("HTTPS_PROXY", fault_server.addresses["proxy"])
    client = bimpe.BimpeAI(**settings(fault_server, base_url))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert send(client) == "own"
    proxy = f"socks5h://{fault_server.addresses['proxy']}"
    assert send(bimpe.BimpeAI(proxy=proxy, **settings(fault_server, base_url))) == "own"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_unusable_variable_is_named_and_stops_no_plain_connection(
    name: str, fault_server: FaultServer, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = fault_server.scenario([{"body": OWN}], last="repeat").base_url
    monkeypatch.setenv(name, "/nonexistent/bundle.pem")
    assert send(bimpe.BimpeAI(base_url=plain, api_key="sk_live_connections")) == "own"
    client = bimpe.BimpeAI(base_url=good, api_key="sk_live_connections")
    with pytest.raises(bimpe.APIConnectionError, match=name):
        send(client)
