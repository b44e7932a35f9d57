"""Code that type checkers must refuse. They report every unused ignore comment."""

from __future__ import annotations

from bimpe import AsyncBimpeAI, BimpeAI, types
from bimpe.testing import Sandbox


def inputs(client: BimpeAI) -> None:
    client.agents.update("a", persna="concise")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agents.update("a", persona="cheerful")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agents.create(name="Ada")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.agents.retrieve(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agents.list(limit="10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.agents.list(timeout="10")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.calls.make("a", destination="+2348012345678")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.calls.make("a", {"destination": "+2348012345678"})  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]


def unions(client: BimpeAI) -> None:
    bimpeai = client.agents.integrations.bimpeai
    bimpeai.configure("a", type="stripe")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    bimpeai.configure("a", type="bumpa", public_key="p")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    bimpeai.configure("a", type="whatsapp")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    stripe = bimpeai.configure("a", type="stripe", public_key="p", secret_key="s", currency="NGN")
    _ = stripe.onboarding_url  # type: ignore[attr-defined]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]
    client.agents.integrations.custom_api.configure(  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        "a",
        name="Orders",
        auth_type="bearer",
        auth_config={"username": "u", "password": "p"},  # pyright: ignore[reportArgumentType]
    )
    client.agents.knowledge_bases.create(
        "a",
        {"type": "text", "name": "Site", "url": "https://example.com"},  # type: ignore[typeddict-item]  # pyright: ignore[reportArgumentType]
    )


def results(client: BimpeAI, agent: types.Agent) -> None:
    _ = agent.names  # type: ignore[attr-defined]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]
    agent.name = "Ada"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    del agent.name  # pyright: ignore[reportAttributeAccessIssue]
    types.Agent("a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    for page in client.agents.list().pages():
        _ = page.items  # type: ignore[attr-defined]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]


async def sync_and_async(client: AsyncBimpeAI) -> None:
    for _ in client.agents.list():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    (await client.agents.list()).get_next_page().data  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def clients() -> None:
    BimpeAI("sk_positional")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    BimpeAI(api_key=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    BimpeAI(retries=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def raw_responses(client: BimpeAI) -> None:
    raw = client.with_raw_response
    raw.agents.list(pag=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    raw.agents.integrations.bimpeai.configure("a", type="bumpa")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    _ = raw.agents.retrieve("a").name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    raw.agents.retrieve = client.agents.retrieve  # type: ignore[assignment, misc]  # pyright: ignore[reportAttributeAccessIssue]
    raw.conversations.messages.stream("a", "c")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    BimpeAI(on_retry=print_text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def print_text(text: str) -> None:
    pass


def testing(sandbox: Sandbox) -> None:
    sandbox.client(timeouts=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sandbox.client(timeout="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sandbox.advance("1 day")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    sandbox.fail("agents.list", statuses=503)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    sandbox.fail("agents.list", wire="explode")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
