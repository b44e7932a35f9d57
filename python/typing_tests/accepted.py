"""Code that mypy and pyright must accept, and the types that they must infer. Never run."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import assert_type

from bimpe import (
    OMIT,
    AsyncBimpeAI,
    AsyncListing,
    AsyncPage,
    AsyncStream,
    BimpeAI,
    BimpeAIError,
    NotFoundError,
    Page,
    RawResponse,
    RequestInfo,
    RetryInfo,
    Stream,
    types,
    webchat_user_id,
)
from bimpe.testing import RecordedRequest, Sandbox, async_page, page


def results(client: BimpeAI) -> None:
    page = client.agents.list(page=1, limit=10, search="shop", timeout=5, headers={"X-Team": "shop"})
    assert_type(page, Page[types.Agent])
    for agent in page:
        assert_type(agent, types.Agent)
        assert_type(agent.workflow_id, "str | None")
        assert_type(agent.to_dict(), dict[str, Any])
    assert_type(page.meta, "types.PaginationMeta | None")
    assert_type(client.agents.retrieve("a"), types.AgentDetail)
    assert_type(client.agents.channels.list("a"), list[types.Channel])
    assert_type(client.agents.delete("a"), None)
    assert_type(client.agents.get_test_code("a").channels.whatsapp.start_message, str)
    assert_type(types.Agent.from_dict({}), types.Agent)
    assert_type(client.with_options(timeout=3), BimpeAI)


def pages(client: BimpeAI) -> None:
    page = client.agents.list()
    assert_type(page.first(), "types.Agent | None")
    assert_type(page.collect(limit=5), list[types.Agent])
    assert_type(page.to_dicts(), list[dict[str, Any]])


def streams(client: BimpeAI, async_client: AsyncBimpeAI) -> None:
    messages = client.conversations.messages
    assert_type(messages.stream("a", "c"), Stream[types.StreamMessageEvent])
    assert_type(
        messages.stream_many("a", {"c": "last"}, after={"c": "last"}), Stream[types.StreamMessageEvent]
    )
    assert_type(
        async_client.conversations.messages.stream_many("a", ["c"]), AsyncStream[types.StreamMessageEvent]
    )
    assert_type(webchat_user_id("customer 17"), str)


def raw_responses(client: BimpeAI) -> None:
    raw = client.with_raw_response
    assert_type(raw.agents.retrieve("a"), RawResponse[types.AgentDetail])
    assert_type(raw.agents.retrieve("a", timeout=5).parse(), types.AgentDetail)
    assert_type(raw.agents.list(page=1).data, Page[types.Agent])
    assert_type(raw.agents.channels.list("a").data, list[types.Channel])
    assert_type(raw.agents.delete("a").status, int)
    configure = raw.agents.integrations.bimpeai.configure
    assert_type(configure("a", type="google_calendar").data, types.OnboardingUrl)
    stripe = configure("a", type="stripe", public_key="p", secret_key="s", currency="NGN")
    assert_type(stripe, RawResponse[types.BimpeaiConnectResult])
    assert_type(client.request("GET", "/agents", query={"limit": 1}), RawResponse[Any])


async def async_raw_responses(client: AsyncBimpeAI) -> None:
    raw = client.with_raw_response
    assert_type(await raw.agents.retrieve("a"), RawResponse[types.AgentDetail])
    assert_type((await raw.agents.list()).data, AsyncPage[types.Agent])
    configure = raw.agents.integrations.bimpeai.configure
    assert_type((await configure("a", type="google_sheets")).data, types.OnboardingUrl)
    assert_type(await client.request("GET", "/agents"), RawResponse[Any])


def hooks() -> None:
    def announce(info: RequestInfo) -> None:
        info.headers["X-Trace"] = info.operation

    seen: list[RetryInfo] = []
    BimpeAI(on_request=announce, on_response=lambda info: info.elapsed, on_retry=seen.append)


async def async_results(client: AsyncBimpeAI) -> None:
    listing = client.agents.list()
    assert_type(listing, AsyncListing[types.Agent])
    async for agent in listing:
        assert_type(agent, types.Agent)
    page = await listing
    assert_type(page, AsyncPage[types.Agent])
    async for each in page.pages():
        assert_type(each, AsyncPage[types.Agent])
    async for agent in page:
        assert_type(agent, types.Agent)
    assert_type(await client.agents.channels.list("a"), list[types.Channel])
    async with client as same:
        assert_type(same, AsyncBimpeAI)


def the_result_follows_the_type(client: BimpeAI, either: Literal["google_calendar", "google_sheets"]) -> None:
    configure = client.agents.integrations.bimpeai.configure
    stripe = configure("a", type="stripe", public_key="p", secret_key="s", currency="NGN")
    assert_type(stripe, types.BimpeaiConnectResult)
    assert_type(configure("a", type="google_calendar").onboarding_url, str)
    assert_type(configure("a", type=either), types.OnboardingUrl)
    keys: types.PaystackConfigureParams = {
        "type": "paystack",
        "public_key": "p",
        "secret_key": "s",
        "currency": "GHS",
    }
    assert_type(configure("a", **keys), types.BimpeaiConnectResult)


def a_type_that_only_the_program_knows(
    client: BimpeAI, kind: types.BimpeaiType, name: str, settings: dict[str, Any]
) -> None:
    configure = client.agents.integrations.bimpeai.configure
    assert_type(configure("a", type=kind, **settings), types.BimpeaiConfigureResult)
    assert_type(configure("a", type=name, **settings), types.BimpeaiConfigureResult)


def omitted(client: BimpeAI, persona: types.Persona | None) -> None:
    client.agents.update("a", name="Ada", persona=persona or OMIT)


def inputs(client: BimpeAI) -> None:
    client.agents.update("a", persona="concise", idempotency_key="k")
    client.agents.integrations.custom_api.configure("a", name="Orders")
    client.agents.integrations.custom_api.configure(
        "a", name="Orders", auth_type="bearer", auth_config={"token": "t"}
    )
    tool: types.CreateToolParams = {
        "name": "Find",
        "http_method": "GET",
        "url_template": "/",
        "timeout": 15000,
    }
    client.agents.integrations.custom_api.tools.add("a", "i", tool, timeout=5)
    client.agents.knowledge_bases.create("a", {"type": "url", "name": "Site", "url": "https://example.com"})
    client.phone_numbers.update("p", agent_id=None)
    client.agents.actions.enable("a", action_ids=("x", "y"))


def made_for_a_test(agent: types.AgentDetail) -> None:
    summary: types.Agent = agent
    assert_type(types.LiveStatus(status="live", status_reason=None), types.LiveStatus)
    assert_type(agent.model_copy(update={"name": "Ada"}), types.AgentDetail)
    assert summary
    assert_type(types.Agent.model_validate({}), types.Agent)
    agent.model_dump(mode="json", include={"id"}, exclude={"name": True}, by_alias=True)
    NotFoundError("no such agent", status=404, code="not_found", request_id=None, headers={}, body=None)


def errors(error: BimpeAIError) -> None:
    assert_type(error.status, "int | None")
    assert_type(error.may_have_been_applied, bool)
    assert_type(error.field_errors, list[dict[str, str]])


def patterns(ticket: types.StreamTicket) -> None:
    match ticket:
        case types.StreamTicket(expires_in=60):
            pass
        case types.StreamTicket(text, seconds):
            assert_type(text, str)
            assert_type(seconds, int)


def testing(sandbox: Sandbox) -> None:
    assert_type(sandbox.client(timeout=5, on_retry=print), BimpeAI)
    assert_type(sandbox.async_client(max_retries=0), AsyncBimpeAI)
    assert_type(sandbox.requests("agents.list"), list[RecordedRequest])
    sandbox.fail("agents.list", status=503, times=1, body={"message": "busy"})
    assert_type(page([1]), Page[int])
    assert_type(async_page([1]), AsyncListing[int])
    with sandbox as running:
        assert_type(running, Sandbox)
