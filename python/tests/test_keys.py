"""A function as API key, and connections that all clients of a process share."""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from support import Sandbox, StubServer

from bimpe import AsyncBimpeAI, AuthenticationError, BimpeAI, RequestInfo, UserError

PAGE = (
    '{"message": "ok", "data": [{"id": "a1"}], "meta": '
    '{"current_page": 1, "page_count": 1, "has_next_page": false}}'
)
LONG_AGO = "2020-01-01T00:00:00Z"


def numbered() -> Callable[[], str]:
    count = itertools.count(1)
    return lambda: f"sk_test_{next(count)}"


def keys(stub_server: StubServer) -> list[str]:
    return [request.headers["Authorization"] for request in stub_server.requests]


def test_key_function_is_called_per_request(stub_server: StubServer) -> None:
    url = stub_server(PAGE).base_url
    seen: list[RequestInfo] = []
    client = BimpeAI(api_key=numbered(), base_url=url, on_request=seen.append)
    assert client.agents.list().data[0].id == "a1"
    assert client.with_options(timeout=9).agents.list(headers={"X-Mine": "1"}).data
    assert client.with_raw_response.agents.list().status == 200
    assert client.request("GET", "/agents").status == 200
    assert keys(stub_server) == [f"Bearer sk_test_{number}" for number in range(1, 5)]
    assert "sk_test" not in repr(seen)


def test_key_function_is_called_per_request_async(sandbox: Sandbox) -> None:
    asked: list[str] = []

    async def key() -> str:
        await asyncio.sleep(0)
        asked.append(sandbox.api_key)
        return sandbox.api_key

    async def run() -> None:
        client = sandbox.async_client(api_key=key)
        agents = await asyncio.gather(*(client.agents.retrieve(sandbox.agent_id) for _ in range(5)))
        assert {agent.id for agent in agents} == {sandbox.agent_id}
        assert [agent.id async for agent in await client.agents.list(limit=1)]
        plain = sandbox.async_client(api_key=lambda: sandbox.api_key)
        assert (await plain.agents.retrieve(sandbox.agent_id)).id == sandbox.agent_id

    asyncio.run(run())
    assert len(asked) >= 6


async def a_coroutine() -> str:
    return "sk_test"


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: None, "must return a string, not NoneType"),
        (lambda: "", "is empty"),
        (lambda: "sk_canary\n", "newline"),
        (a_coroutine, "AsyncBimpeAI"),
    ],
)
def test_invalid_key_of_the_function_raises(stub_server: StubServer, ask: Any, says: str) -> None:
    client = BimpeAI(api_key=ask, base_url=stub_server(PAGE).base_url)
    with pytest.raises(UserError, match=says) as caught:
        client.agents.list()
    assert "canary" not in str(caught.value)
    assert stub_server.requests == []


def test_exception_of_the_key_function_propagates(sandbox: Sandbox) -> None:
    def ask() -> str:
        raise LookupError("the vault is closed")

    with pytest.raises(LookupError, match="the vault is closed"):
        sandbox.client(api_key=ask).agents.list()


def test_stream_requests_new_key_after_rejection(sandbox: Sandbox) -> None:
    sent = sandbox.client().conversations.send(
        sandbox.agent_id,
        message="Hello",
        channel_type="webchat",
        channel_user_id="0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10",
    )
    path = (sandbox.agent_id, sent.conversation_id)
    given = iter(["sk_sandbox_replaced", "sk_sandbox_replaced_too", sandbox.api_key])
    messages = sandbox.client(api_key=lambda: next(given)).conversations.messages
    with messages.stream(*path, after=LONG_AGO) as stream:
        assert next(stream).conversation_id == path[1]
    assert next(given, None) is None

    messages = sandbox.client(api_key=lambda: "sk_sandbox_replaced").conversations.messages
    with messages.stream(*path) as stream, pytest.raises(AuthenticationError):
        next(stream)

    given = iter(["sk_sandbox_replaced", sandbox.api_key])

    async def ask() -> str:
        return next(given)

    async def run() -> None:
        messages = sandbox.async_client(api_key=ask).conversations.messages
        async with messages.stream_many(path[0], [path[1]], after=LONG_AGO) as stream:
            assert (await anext(stream)).conversation_id == path[1]

    asyncio.run(run())


class Counting(ThreadingHTTPServer):
    """Counts its connections."""

    daemon_threads = True
    connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_clients_share_connections() -> None:
    with Counting(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        for number in range(20):
            with BimpeAI(
                api_key=f"sk_test_{number}", base_url=f"http://127.0.0.1:{server.server_port}"
            ) as client:
                assert client.agents.list().data
        server.shutdown()
    assert server.connections < 20, "a client made for each request costs no connection"


REFUSED = '{"message": "not this one", "code": "invalid_api_key", "statusCode": 401}'


@pytest.mark.timeout(60)
def test_stream_with_rejected_keys_raises(stub_server: StubServer) -> None:
    url = stub_server(REFUSED, status=401).base_url
    asked = itertools.count(1)
    messages = BimpeAI(api_key=lambda: f"sk_test_{next(asked)}", base_url=url).conversations.messages
    for stream in (messages.stream("a", "c"), messages.stream_many("a", ["c"])):
        del stub_server.requests[:]
        start = time.monotonic()
        with stream, pytest.raises(AuthenticationError):
            next(stream)
        assert time.monotonic() - start < 15
        assert 2 <= len(stub_server.requests) <= 12
        assert len(set(keys(stub_server))) == len(stub_server.requests)
        assert next(stream, None) is None

    async def ask() -> str:
        return f"sk_test_{next(asked)}"

    async def run() -> None:
        client = AsyncBimpeAI(api_key=ask, base_url=url)
        async with client.conversations.messages.stream("a", "c") as stream:
            with pytest.raises(AuthenticationError):
                await asyncio.wait_for(anext(stream), 15)
            assert [event async for event in stream] == []

    del stub_server.requests[:]
    asyncio.run(run())
    assert 2 <= len(stub_server.requests) <= 12


def test_stream_does_not_resend_a_rejected_key(stub_server: StubServer) -> None:
    url = stub_server(REFUSED, status=401).base_url
    messages = BimpeAI(api_key=lambda: "sk_test_same", base_url=url).conversations.messages
    with messages.stream("a", "c") as stream, pytest.raises(AuthenticationError):
        next(stream)
    assert len(stub_server.requests) == 1
