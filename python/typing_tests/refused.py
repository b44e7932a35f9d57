"""What type checkers must refuse: pyright reports an ignore comment that has nothing to ignore."""

from __future__ import annotations

from bimpe import AsyncBimpeAI, BimpeAI, types


def inputs(client: BimpeAI) -> None:
    client.agents.update("a", persna="concise")  # pyright: ignore[reportCallIssue]
    client.agents.update("a", persona="cheerful")  # pyright: ignore[reportArgumentType]
    client.agents.create(name="Ada")  # pyright: ignore[reportCallIssue]
    client.agents.retrieve(5)  # pyright: ignore[reportArgumentType]
    client.agents.list(limit="10")  # pyright: ignore[reportArgumentType]
    client.agents.list(timeout="10")  # pyright: ignore[reportArgumentType]
    client.calls.make("a", destination="+2348012345678")  # pyright: ignore[reportCallIssue]
    client.calls.make("a", {"destination": "+2348012345678"})  # pyright: ignore[reportArgumentType]


def unions(client: BimpeAI) -> None:
    bimpeai = client.agents.integrations.bimpeai
    bimpeai.configure("a", type="stripe")  # pyright: ignore[reportArgumentType, reportCallIssue]
    bimpeai.configure("a", type="bumpa", public_key="p")  # pyright: ignore[reportCallIssue]
    bimpeai.configure("a", type="whatsapp")  # pyright: ignore[reportArgumentType, reportCallIssue]
    stripe = bimpeai.configure("a", type="stripe", public_key="p", secret_key="s", currency="NGN")
    _ = stripe.onboarding_url  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]
    client.agents.integrations.custom_api.configure(  # pyright: ignore[reportCallIssue]
        "a",
        name="Orders",
        auth_type="bearer",
        auth_config={"username": "u", "password": "p"},  # pyright: ignore[reportArgumentType]
    )
    client.agents.knowledge_bases.create(
        "a",
        {"type": "text", "name": "Site", "url": "https://example.com"},  # pyright: ignore[reportArgumentType]
    )


def results(client: BimpeAI, agent: types.Agent) -> None:
    _ = agent.nmae  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]
    types.Agent(id="a")  # pyright: ignore[reportCallIssue]
    for page in client.agents.list().pages():
        _ = page.items  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportAttributeAccessIssue]


async def colours(client: AsyncBimpeAI) -> None:
    for _ in client.agents.list():  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    (await client.agents.list()).get_next_page().data  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def clients() -> None:
    BimpeAI("sk_positional")  # pyright: ignore[reportCallIssue]
    BimpeAI(api_key=5)  # pyright: ignore[reportArgumentType]
    BimpeAI(retries=5)  # pyright: ignore[reportCallIssue]
