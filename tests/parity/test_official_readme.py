"""The Python examples of the official README run against the sandbox once their import is changed.

The metadata of the installed official package has the examples. The tests change the import and the placeholders in
REPLACEMENTS. The client reads its base URL from BIMPEAI_BASE_URL.
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
from traverse import VISITOR

import bimpe
from mcp_stub_server import mcp_stub_server
from sandbox_process import control

_METADATA = importlib.metadata.metadata("bimpeai")
TEXT = _METADATA.json.get("description") or str(_METADATA)
BLOCKS: list[str] = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

REPLACEMENTS = {
    "from bimpeai import": "from bimpe import",
    '"sk_..."': "sandbox_key",
    '"https://api.bimpe.ai"': "sandbox_url",
    '"https://mrguild.com/api/mcp"': "mcp_url",
    '"act_1", "act_2"': "*action_ids",
    '"act_1"': "action_ids[0]",
    '"url": "https://..."': '"url": "https://example.com"',
}
# Examples with unsupported arguments, and our error messages.
UNSUPPORTED = {"http_client=http)": "`http_client` is not supported"}


class StopExampleError(Exception):
    """Stops an endless example after its first output."""


def stop(*_: object) -> None:
    raise StopExampleError


def test_readme_has_26_examples() -> None:
    assert len(BLOCKS) == TEXT.count("```python") == 26
    assert [part for part in REPLACEMENTS if not any(part in block for block in BLOCKS)] == []


@pytest.fixture(scope="module")
def names(sandbox: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Returns the variables that the examples use without a definition."""
    control(sandbox["url"], "reset")
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
    control(sandbox["url"], "reset")


@pytest.mark.parametrize("block", BLOCKS, ids=[block.strip().splitlines()[0][:60] for block in BLOCKS])
def test_example_runs(
    block: str, names: dict[str, Any], sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIMPEAI_BASE_URL", sandbox["url"])
    monkeypatch.setenv("BIMPEAI_API_KEY", sandbox["api_key"])
    for placeholder, value in REPLACEMENTS.items():
        block = block.replace(placeholder, value)
    is_async = "async " in block and "def main" not in block
    variables = names | {"BimpeAI": bimpe.BimpeAI, "AsyncBimpeAI": bimpe.AsyncBimpeAI}
    variables["client"] = (bimpe.AsyncBimpeAI if is_async and "with" not in block else bimpe.BimpeAI)()
    endless = ".messages.stream(" in block
    if endless:
        # Start with existing messages, because otherwise the stream would wait for a new one.
        block = block.replace("conversation_id)", 'conversation_id, after="2020-01-01T00:00:00.000Z")')
        variables["print"] = stop
    code = compile(block, "README", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_async else 0)

    async def run() -> None:
        await eval(code, variables)

    def run_example() -> None:
        if code.co_flags & inspect.CO_COROUTINE:
            asyncio.run(run())
        else:
            exec(code, variables)

    message = next((message for part, message in UNSUPPORTED.items() if part in block), None)
    if message is not None:
        with pytest.raises(bimpe.UserError, match=message):
            run_example()
    elif endless:
        with pytest.raises(StopExampleError):
            run_example()
    else:
        run_example()
