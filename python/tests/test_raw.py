"""Answers with what came along, and requests that no method describes."""

import asyncio
from typing import Any

import pytest
from support import Sandbox

from bimpe import AsyncPage, BimpeAI, NotFoundError, Page, RawResponse, UserError, types


def test_the_same_methods(client: BimpeAI, sandbox: Sandbox) -> None:
    answer = client.with_raw_response.agents.retrieve(sandbox.agent_id)
    assert isinstance(answer.data, types.AgentDetail)
    assert answer.parse() is answer.data
    assert (answer.status, answer.attempts, answer.idempotency_key, answer.meta) == (200, 1, None, None)
    assert answer.request_id == answer.headers["X-Request-Id"]
    assert 0 < answer.elapsed < 30
    assert "AgentDetail" in repr(answer)
    deep = client.with_raw_response.agents.integrations.custom_api.configure(
        sandbox.agent_id, name="Orders", base_url="https://example.com", idempotency_key="key-1"
    )
    assert isinstance(deep.data, types.CustomApiIntegration)
    assert (deep.status, deep.idempotency_key) == (201, "key-1")
    with pytest.raises(NotFoundError):
        client.with_raw_response.agents.retrieve("nobody")


def test_pages_and_lists(client: BimpeAI, sandbox: Sandbox) -> None:
    answer = client.with_raw_response.agents.list(limit=1)
    assert isinstance(answer.data, Page)
    assert answer.meta is not None
    assert answer.meta["limit"] == 1
    # The pages that follow are pages.
    assert all(isinstance(agent, types.Agent) for agent in answer.data)
    assert isinstance(client.with_raw_response.agents.channels.list(sandbox.agent_id).data, list)


def test_async(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            answer = await client.with_raw_response.agents.list(limit=1)
            assert isinstance(answer.data, AsyncPage)
            assert [agent.id async for agent in answer.data]
            one = await client.with_raw_response.agents.retrieve(sandbox.agent_id)
            assert one.data.id == sandbox.agent_id
            custom = await client.request("get", f"/agents/{sandbox.agent_id}")
            assert custom.data["id"] == sandbox.agent_id

    asyncio.run(run())


def test_a_stream_has_no_one_answer(client: BimpeAI) -> None:
    raw: Any = client.with_raw_response
    with pytest.raises(UserError, match="on the client itself"):
        raw.conversations.messages.stream("a", "c")


def test_requests_of_ones_own(client: BimpeAI, sandbox: Sandbox) -> None:
    answer = client.request("GET", "/agents", query={"limit": 1, "search": None}, headers={"X-Own": "1"})
    assert isinstance(answer, RawResponse)
    assert isinstance(answer.data, list)
    assert isinstance(answer.data[0], dict)
    assert answer.meta is not None
    assert answer.meta["limit"] == 1
    made = client.request(
        "POST", "/workflows", body={"name": "Own", "system_prompt": "Be kind."}, idempotency_key="key-2"
    )
    assert (made.status, made.data["name"], made.idempotency_key) == (201, "Own", "key-2")
    with pytest.raises(NotFoundError):
        client.request("GET", "/agents/nobody")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "agents"), ("GET", "//evil.example"), ("GET", "/a/../b"), ("GET", "/a?b=1"), ("TRACE", "/a")],
)
def test_requests_that_are_refused(client: BimpeAI, method: str, path: str) -> None:
    with pytest.raises(UserError):
        client.request(method, path)
