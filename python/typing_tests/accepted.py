"""What type checkers must accept, and the types that they must see. Checked by pyright, never run."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import assert_type

from bimpe import AsyncBimpeAI, AsyncPage, BimpeAI, BimpeAIError, Page, types


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


async def async_results(client: AsyncBimpeAI) -> None:
    page = await client.agents.list()
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


def errors(error: BimpeAIError) -> None:
    assert_type(error.status, "int | None")
    assert_type(error.may_have_been_applied, bool)
    assert_type(error.field_errors, list[dict[str, str]])
