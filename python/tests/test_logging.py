"""The logger `bimpe` records requests and streams, but no contents."""

import asyncio
import itertools
import json
import logging
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support import Sandbox, StubServer, python

from bimpe import APIConnectionError, BimpeAI, InternalServerError, NotFoundError, ResponseInfo, UserError


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, logger="bimpe")
    return caplog


def fields(log: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Returns the fields of the records, without those that differ in each run."""
    found = [dict(vars(record)["bimpe"]) for record in log.records]
    assert all(one.pop("elapsed", 1) > 0 and one.pop("wait", 1) > 0 for one in found)
    return found


STARTED = {
    "event": "request.started",
    "operation": "agents.retrieve",
    "method": "GET",
    "path": "/agents/{agent_id}",
}


def ended(error: str | None, status: int | None, attempts: int, request_id: str | None) -> dict[str, Any]:
    return {
        "event": "request.ended",
        "operation": "agents.retrieve",
        "error": error,
        "status": status,
        "attempts": attempts,
        "request_id": request_id,
    }


def test_log_records_success_and_failure(sandbox: Sandbox, log: pytest.LogCaptureFixture) -> None:
    client = sandbox.client()
    good = client.with_raw_response.agents.retrieve(sandbox.agent_id)
    with pytest.raises(NotFoundError) as caught:
        client.agents.retrieve("cmnobody")
    assert fields(log) == [
        STARTED,
        ended(None, 200, 1, good.request_id),
        STARTED,
        ended("NotFoundError", 404, 1, caught.value.request_id),
    ]
    assert [record.levelname for record in log.records] == ["DEBUG", "INFO", "DEBUG", "INFO"]
    texts = [record.getMessage() for record in log.records]
    assert texts[0] == "agents.retrieve: GET /agents/{agent_id}"
    assert texts[1].startswith("agents.retrieve: 200 in 0.")
    assert texts[1].endswith(f" s, attempts: 1, request: {good.request_id}")
    assert texts[3].startswith("agents.retrieve: NotFoundError (404) in 0.")


def test_log_records_success_and_cancellation_async(sandbox: Sandbox, log: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            await client.agents.retrieve(sandbox.agent_id)
            task = asyncio.create_task(client.agents.retrieve(sandbox.agent_id))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    found = fields(log)
    assert [one["event"] for one in found] == ["request.started", "request.ended"] * 2
    assert (found[1]["error"], found[3]["error"]) == (None, "CancelledError")


def test_info_level_omits_starts(sandbox: Sandbox, log: pytest.LogCaptureFixture) -> None:
    log.set_level(logging.INFO, logger="bimpe")
    pages = sandbox.client().workflows.list(limit=1)
    list(pages)
    assert pages.meta is not None
    assert [one["event"] for one in fields(log)] == ["request.ended"] * pages.meta.page_count


def test_log_records_retries_beside_hooks(stub_server: StubServer, log: pytest.LogCaptureFixture) -> None:
    infos: list[ResponseInfo] = []
    url = stub_server('{"message": "broken"}', status=503).base_url
    client = BimpeAI(api_key="sk_test", base_url=url, max_retries=1, on_response=infos.append)
    with pytest.raises(InternalServerError):
        client.agents.retrieve("cmagent")
    retried = {"event": "request.retried", "operation": "agents.retrieve", "attempt": 1}
    assert fields(log)[1:] == [
        {**retried, "error": "InternalServerError", "status": 503},
        ended("InternalServerError", 503, 2, infos[0].request_id),
    ]


class Talking(BaseHTTPRequestHandler):
    """Returns tickets, and streams that end after one message."""

    protocol_version = "HTTP/1.1"
    numbers = itertools.count()

    def do_POST(self) -> None:
        self.give(
            "application/json", json.dumps({"message": "ok", "data": {"ticket": "t-canary", "expires_in": 9}})
        )

    def do_GET(self) -> None:
        self.give("text/event-stream", f'event: message\ndata: {{"id": "m-canary-{next(self.numbers)}"}}\n\n')

    def give(self, kind: str, text: str) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def talking() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Talking)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


OPENED = {"event": "stream.opened", "operation": "conversations.messages.stream"}
RECONNECTING = {**OPENED, "event": "stream.reconnecting", "reason": "closed", "status": None}
OVER = {**OPENED, "event": "stream.ended", "reason": None, "error": None, "status": None}


def test_log_records_stream(talking: str, log: pytest.LogCaptureFixture) -> None:
    messages = BimpeAI(api_key="sk_canary", base_url=talking).conversations.messages
    with messages.stream("a-canary", "c-canary") as stream:
        assert next(stream).id
        assert next(stream).id
    stream.close()
    assert fields(log) == [OPENED, RECONNECTING, OPENED, OVER]
    assert "canary" not in "".join(repr(vars(record)) for record in log.records)


def test_log_records_failed_stream(log: pytest.LogCaptureFixture) -> None:
    messages = BimpeAI(api_key="sk_canary", base_url="http://127.0.0.1:1").conversations.messages
    stream = messages.stream("a", "c", max_retries=1)
    with pytest.raises(APIConnectionError):
        next(stream)
    assert next(stream, None) is None
    unreachable = {**RECONNECTING, "reason": "unreachable"}
    assert fields(log) == [unreachable, {**OVER, "error": "APIConnectionError"}]


def test_log_records_stream_async(talking: str, sandbox: Sandbox, log: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        client = sandbox.async_client(base_url=talking)
        async with client.conversations.messages.stream("a", "c", reconnect=False) as stream:
            assert len([event async for event in stream]) == 1

    asyncio.run(run())
    assert fields(log) == [OPENED, OVER]


def test_no_record_holds_a_secret(stub_server: StubServer, log: pytest.LogCaptureFixture) -> None:
    client = stub_server('{"message": "no canary here", "code": "canary"}', status=400)
    client = BimpeAI(api_key="sk_canary", base_url=client.base_url, default_headers={"X-Mine": "canary"})
    hidden: dict[str, Any] = {"headers": {"X-Own": "canary"}, "idempotency_key": "canary"}
    calls = [
        lambda: client.agents.list(search="canary", **hidden),
        lambda: client.agents.update("canary", name="canary", **hidden),
        lambda: client.agents.update("canary", persona="canary", **hidden),
        lambda: client.request("POST", "/canary", query={"q": "canary"}, body={"b": "canary"}, **hidden),
        lambda: client.with_raw_response.agents.delete("canary", **hidden),
    ]
    for call in calls:
        with pytest.raises(Exception, match=r"."):
            call()
    # Invalid requests are recorded as well.
    assert [one["event"] for one in fields(log)] == ["request.started", "request.ended"] * len(calls)
    assert UserError.__name__ in {vars(record)["bimpe"].get("error") for record in log.records}
    assert "canary" not in "".join(f"{record.getMessage()}{vars(record)!r}" for record in log.records)


CALLS = """
import sys, {imports}bimpe
client = bimpe.BimpeAI(api_key="sk_canary", base_url={url!r}, max_retries=1)
for _ in range(2):
    try:
        client.agents.retrieve("cmcanary")
    except bimpe.InternalServerError:
        pass
for _ in range(2):
    bimpe.BimpeAI(api_key="sk_canary", base_url={url!r})
assert ("logging" in sys.modules) is {logging}
"""


def run(url: str, imports: str = "", *, logging: bool = True) -> str:
    done = python("-c", CALLS.format(url=url, imports=imports, logging=logging))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return done.stderr


@pytest.fixture
def broken(stub_server: StubServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("BIMPEAI_LOG", raising=False)
    return stub_server('{"message": "canary"}', status=503).base_url


def test_log_is_silent_by_default(broken: str) -> None:
    assert run(broken, logging=False) == ""
    assert run(broken, "logging, ") == ""


@pytest.mark.parametrize(
    ("level", "expected"), [("info", ["INFO", "INFO"]), ("DEBUG", ["DEBUG", "INFO", "INFO"])]
)
def test_environment_variable_enables_the_log(
    broken: str, level: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIMPEAI_LOG", level)
    lines = run(broken).splitlines()
    assert [line.split()[1] for line in lines] == expected * 2
    stamp = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")
    assert all(stamp.match(line) for line in lines), lines
    assert all(" bimpe: agents.retrieve: " in line for line in lines)
    assert "canary" not in "".join(lines)


def test_invalid_environment_variable_warns(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMPEAI_LOG", "canary")
    shown = run(broken)
    assert shown.count("invalid BIMPEAI_LOG") == 1
    assert "canary" not in shown.replace("sk_canary", "")
