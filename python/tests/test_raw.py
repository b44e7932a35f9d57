"""Raw responses and custom requests."""

import asyncio
from typing import Any

import pytest
from support import Sandbox

from bimpe import AsyncPage, BimpeAI, NotFoundError, Page, RawResponse, UserError, types


def test_raw_response_has_metadata(client: BimpeAI, sandbox: Sandbox) -> None:
    response = client.with_raw_response.agents.retrieve(sandbox.agent_id)
    assert isinstance(response.data, types.AgentDetail)
    assert response.parse() is response.data
    assert (response.status, response.attempts, response.idempotency_key, response.meta) == (
        200,
        1,
        None,
        None,
    )
    assert response.request_id == response.headers["X-Request-Id"]
    assert 0 < response.elapsed < 30
    assert "AgentDetail" in repr(response)
    deep = client.with_raw_response.agents.integrations.custom_api.configure(
        sandbox.agent_id, name="Orders", base_url="https://example.com", idempotency_key="key-1"
    )
    assert isinstance(deep.data, types.CustomApiIntegration)
    assert (deep.status, deep.idempotency_key) == (201, "key-1")
    with pytest.raises(NotFoundError):
        client.with_raw_response.agents.retrieve("unknown")


def test_raw_response_of_pages(client: BimpeAI, sandbox: Sandbox) -> None:
    response = client.with_raw_response.agents.list(limit=1)
    assert isinstance(response.data, Page)
    assert response.meta is not None
    assert response.meta["limit"] == 1
    # The pages that follow are pages.
    assert all(isinstance(agent, types.Agent) for agent in response.data)
    assert isinstance(client.with_raw_response.agents.channels.list(sandbox.agent_id).data, list)


def test_raw_response_async(sandbox: Sandbox) -> None:
    async def run() -> None:
        async with sandbox.async_client() as client:
            response = await client.with_raw_response.agents.list(limit=1)
            assert isinstance(response.data, AsyncPage)
            assert [agent.id async for agent in response.data]
            one = await client.with_raw_response.agents.retrieve(sandbox.agent_id)
            assert one.data.id == sandbox.agent_id
            custom = await client.request("get", f"/agents/{sandbox.agent_id}")
            assert custom.data["id"] == sandbox.agent_id

    asyncio.run(run())


def test_raw_response_of_stream_raises(client: BimpeAI) -> None:
    raw: Any = client.with_raw_response
    with pytest.raises(UserError, match="on the client itself"):
        raw.conversations.messages.stream("a", "c")


def test_custom_request_returns_raw_response(client: BimpeAI, sandbox: Sandbox) -> None:
    response = client.request("GET", "/agents", query={"limit": 1, "search": None}, headers={"X-Own": "1"})
    assert isinstance(response, RawResponse)
    assert isinstance(response.data, list)
    assert isinstance(response.data[0], dict)
    assert response.meta is not None
    assert response.meta["limit"] == 1
    made = client.request(
        "POST", "/workflows", body={"name": "Own", "system_prompt": "Be kind."}, idempotency_key="key-2"
    )
    assert (made.status, made.data["name"], made.idempotency_key) == (201, "Own", "key-2")
    with pytest.raises(NotFoundError):
        client.request("GET", "/agents/unknown")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "agents"), ("GET", "//evil.example"), ("GET", "/a/../b"), ("GET", "/a?b=1"), ("TRACE", "/a")],
)
def test_invalid_custom_request_raises(client: BimpeAI, method: str, path: str) -> None:
    with pytest.raises(UserError):
        client.request(method, path)
