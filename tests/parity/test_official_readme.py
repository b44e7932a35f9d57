"""The Python examples of the official README run against the sandbox once their import is changed.

They stand in the metadata of the installed official package. Beside the import, only what FILLED_IN lists is put in
the place of what the examples leave open; the address comes from BIMPEAI_BASE_URL, which we read.
"""

from __future__ import annotations

import ast
import asyncio
import importlib.metadata
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from walk import VISITOR, control

import bimpe
from mcp_stub_server import mcp_stub_server

_METADATA = importlib.metadata.metadata("bimpeai")
TEXT = _METADATA.json.get("description") or str(_METADATA)
BLOCKS: list[str] = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

FILLED_IN = {
    "from bimpeai import": "from bimpe import",
    '"sk_..."': "sandbox_key",
    '"https://api.bimpe.ai"': "sandbox_url",
    '"https://mrguild.com/api/mcp"': "mcp_url",
    '"act_1", "act_2"': "*action_ids",
    '"act_1"': "action_ids[0]",
    '"url": "https://..."': '"url": "https://example.com"',
}
# Examples of what we refuse, by what they pass, and what we say.
REFUSED = {"http_client=http)": "`http_client` is not supported"}


class EnoughError(Exception):
    """An endless example has shown something."""


def stop(*_: object) -> None:
    raise EnoughError


def test_all_examples_were_found() -> None:
    assert len(BLOCKS) == TEXT.count("```python") == 26
    assert [part for part in FILLED_IN if not any(part in block for block in BLOCKS)] == []


@pytest.fixture(scope="module")
def names(sandbox: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The names that the examples use without making them."""
    control(sandbox, "reset")
    agent_id = sandbox["agent_id"]
    with (
        bimpe.BimpeAI(api_key=sandbox["api_key"], base_url=sandbox["url"]) as client,
        mcp_stub_server() as mcp_url,
    ):
        number = client.phone_numbers.list().data[0].id
        client.phone_numbers.update(number, agent_id=agent_id)  # the examples make a real call
        visitor = {"channel_type": "webchat", "channel_user_id": VISITOR, "is_test_channel": True}
        hello = client.conversations.send(agent_id, message="Hello", **visitor)
        client.agents.integrations.bimpeai.configure(agent_id, type="bumpa", token="t")
        text = {"type": "text", "name": "Hours", "content": "Always"}
        yield {
            "agent_id": agent_id,
            "workflow_id": sandbox["workflow_id"],
            "conversation_id": hello.conversation_id,
            "kb_id": client.agents.knowledge_bases.create(agent_id, text).id,
            "action_ids": [action.id for action in client.agents.actions.list(agent_id)][:2],
            "mcp_url": mcp_url,
            "sandbox_key": sandbox["api_key"],
            "sandbox_url": sandbox["url"],
        }
    control(sandbox, "reset")


@pytest.mark.parametrize("block", BLOCKS, ids=[block.strip().splitlines()[0][:60] for block in BLOCKS])
def test_example_runs(
    block: str, names: dict[str, Any], sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIMPEAI_BASE_URL", sandbox["url"])
    monkeypatch.setenv("BIMPEAI_API_KEY", sandbox["api_key"])
    for there, here in FILLED_IN.items():
        block = block.replace(there, here)
    is_async = "async " in block and "def main" not in block
    variables = names | {"BimpeAI": bimpe.BimpeAI, "AsyncBimpeAI": bimpe.AsyncBimpeAI}
    variables["client"] = (bimpe.AsyncBimpeAI if is_async and "with" not in block else bimpe.BimpeAI)()
    endless = ".messages.stream(" in block
    if endless:
        # What is there already comes first, so that the stream need not wait for somebody to talk.
        block = block.replace("conversation_id)", 'conversation_id, after="2020-01-01T00:00:00.000Z")')
        variables["print"] = stop
    code = compile(block, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_async else 0)

    async def run() -> None:
        await eval(code, variables)

    def play() -> None:
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(run())
        else:
            exec(code, variables)

    refusal = next((says for part, says in REFUSED.items() if part in block), None)
    if refusal is not None:
        with pytest.raises(bimpe.UserError, match=refusal):
            play()
    elif endless:
        with pytest.raises(EnoughError):
            play()
    else:
        play()
