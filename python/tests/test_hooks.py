"""Hooks receive requests, responses and retries."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from support import Sandbox, StubServer

from bimpe import BimpeAI, InternalServerError, NotFoundError, RequestInfo, ResponseInfo, RetryInfo, UserError


class Seen:
    """Hooks that record their arguments and threads."""

    def __init__(self) -> None:
        self.requests: list[RequestInfo] = []
        self.responses: list[ResponseInfo] = []
        self.retries: list[RetryInfo] = []
        self.threads: set[int] = set()
        self.order: list[str] = []

    def _note(self, kind: str, into: list[Any]) -> Callable[[Any], None]:
        def hook(info: Any) -> None:
            into.append(info)
            self.order.append(kind)
            self.threads.add(threading.get_ident())

        return hook

    def settings(self) -> dict[str, Any]:
        return {
            "on_request": self._note("request", self.requests),
            "on_response": self._note("response", self.responses),
            "on_retry": self._note("retry", self.retries),
        }


def check(seen: Seen, agent_id: str) -> None:
    assert seen.order == ["request", "response", "request", "response"]
    first, last = seen.requests
    assert (first.operation, first.method, first.path) == ("agents.retrieve", "GET", "/agents/{agent_id}")
    assert first.headers == {"X-Mine": "1"}
    assert (last.operation, last.path) == ("GET /agents/unknown", "/agents/unknown")
    good, bad = seen.responses
    assert (good.status, good.error, good.attempts) == (200, None, 1)
    assert good.request_id == good.headers["x-request-id"]
    assert isinstance(bad.error, NotFoundError)
    assert (bad.status, bad.request_id) == (404, bad.error.request_id)
    assert bad.elapsed > 0
    assert seen.threads == {threading.get_ident()}
    assert "NotFoundError" in repr(bad)


def test_hooks_receive_requests_and_responses(sandbox: Sandbox) -> None:
    seen = Seen()
    client = sandbox.client(**seen.settings())
    client.with_options(timeout=9).agents.retrieve(sandbox.agent_id, headers={"X-Mine": "1"})
    with pytest.raises(NotFoundError):
        client.request("GET", "/agents/unknown")
    check(seen, sandbox.agent_id)


def test_hooks_receive_requests_and_responses_async(sandbox: Sandbox) -> None:
    seen = Seen()

    async def run() -> None:
        async with sandbox.async_client(**seen.settings()) as client:
            await client.agents.retrieve(sandbox.agent_id, headers={"X-Mine": "1"})
            with pytest.raises(NotFoundError):
                await client.request("GET", "/agents/unknown")

    asyncio.run(run())
    check(seen, sandbox.agent_id)


def test_on_request_adds_headers_without_seeing_the_key(stub_server: StubServer) -> None:
    def add(info: RequestInfo) -> None:
        assert "authorization" not in {name.lower() for name in info.headers}
        info.headers["X-Trace"] = "t1"

    url = stub_server('{"message": "ok", "data": null}').base_url
    client = BimpeAI(api_key="sk_test", base_url=url, on_request=add)
    client.request("GET", "/x", headers={"X-Own": "1"})
    sent = stub_server.requests[-1].headers
    assert (sent["X-Trace"], sent["X-Own"], sent["Authorization"]) == ("t1", "1", "Bearer sk_test")


def test_hooks_receive_each_page(sandbox: Sandbox) -> None:
    seen = Seen()
    client = sandbox.client(**seen.settings())
    page = client.with_raw_response.workflows.list(limit=1).data
    assert page.meta is not None
    list(page)
    assert len(seen.requests) == len(seen.responses) == page.meta.page_count


def test_on_retry_runs_before_the_wait(stub_server: StubServer) -> None:
    seen = Seen()
    url = stub_server('{"message": "broken"}', status=503).base_url
    with pytest.raises(InternalServerError):
        BimpeAI(api_key="k", base_url=url, max_retries=2, **seen.settings()).agents.list()
    assert seen.order == ["request", "retry", "retry", "response"]
    assert [retry.attempt for retry in seen.retries] == [1, 2]
    assert all(isinstance(retry.error, InternalServerError) and retry.wait > 0 for retry in seen.retries)
    assert seen.responses[0].attempts == 3
    assert seen.threads == {threading.get_ident()}


def test_on_retry_runs_before_the_wait_async(stub_server: StubServer, sandbox: Sandbox) -> None:
    seen = Seen()
    url = stub_server('{"message": "broken"}', status=503).base_url

    async def run() -> None:
        client = sandbox.async_client(api_key="k", base_url=url, max_retries=1, **seen.settings())
        call = asyncio.create_task(client.agents.list())
        while not seen.retries:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        assert not call.done()
        with pytest.raises(InternalServerError):
            await call

    asyncio.run(run())
    assert seen.order == ["request", "retry", "response"]
    assert seen.threads == {threading.get_ident()}


def test_on_retry_has_the_context_variables_of_the_request(
    stub_server: StubServer, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bimpe")
    tenant = ContextVar("tenant", default="none")
    seen: list[tuple[str, str]] = []

    class Reading(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append((vars(record)["bimpe"]["event"], tenant.get()))

    url = stub_server('{"message": "broken"}', status=503).base_url
    client = sandbox.async_client(
        base_url=url, max_retries=1, on_retry=lambda _: seen.append(("hook", tenant.get()))
    )

    async def call(name: str) -> None:
        tenant.set(name)
        with pytest.raises(InternalServerError):
            await client.agents.list()

    async def run() -> None:
        for name in ("first", "second"):
            await asyncio.create_task(call(name))

    handler = Reading()
    logging.getLogger("bimpe").addHandler(handler)
    asyncio.run(run())
    logging.getLogger("bimpe").removeHandler(handler)
    for name in ("first", "second"):
        assert seen[:3] == [("request.retried", name), ("hook", name), ("request.ended", name)]
        del seen[:3]


def test_exceptions_of_hooks(
    sandbox: Sandbox, stub_server: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(info: object) -> None:
        raise ZeroDivisionError

    complaints: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    with pytest.raises(ZeroDivisionError):
        sandbox.client(on_request=fail).agents.list()
    assert sandbox.client(on_response=fail).agents.list().data
    url = stub_server('{"message": "broken"}', status=503).base_url
    with pytest.raises(InternalServerError):
        BimpeAI(api_key="k", base_url=url, max_retries=1, on_retry=fail).agents.list()
    assert [complaint.exc_type for complaint in complaints] == [ZeroDivisionError] * 2


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_retry"])
def test_hooks_must_be_plain_functions(name: str) -> None:
    async def hook(info: object) -> None:
        pass

    for wrong in (hook, 5):
        with pytest.raises(UserError, match=name):
            BimpeAI(api_key="k", **{name: wrong})  # type: ignore[arg-type]
