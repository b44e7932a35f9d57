"""Every method has a docstring, whose example runs, sync and async."""

import ast
import asyncio
import inspect
import re
import textwrap
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from support import Sandbox

import bimpe
from bimpe import APINotImplementedError, BimpeAI

CODE = re.compile(r"Example:\n +```python\n(.*?)\n +```", re.DOTALL)


def methods() -> Iterator[tuple[str, str]]:
    """Returns the examples of all methods, each with the name of its method."""
    folder = Path(bimpe.__file__).parent / "resources"
    for path in sorted(folder.glob("[a-z]*.py")):
        if path.stem == "raw":  # for type checkers only
            continue
        module = import_module(f"bimpe.resources.{path.stem}")
        for kind in vars(module).values():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__:
                continue
            for name, member in vars(kind).items():
                if inspect.isfunction(member):
                    yield f"{kind.__name__}.{name}", inspect.getdoc(member) or ""


METHODS = dict(methods())


def world(sandbox: Sandbox, client: BimpeAI) -> dict[str, Any]:
    """Returns one resource of each kind, for the variables of the examples."""
    agent_id = sandbox.agent_id
    integrations = client.agents.integrations
    ids = {"agent_id": agent_id, "workflow_id": sandbox.workflow_id}
    ids["kb_id"] = client.agents.knowledge_bases.create(
        agent_id, {"type": "text", "name": "Hours", "content": "Always open."}
    ).id
    message = client.conversations.send(
        agent_id,
        message="Hello",
        channel_type="webchat",
        channel_user_id="0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10",
        is_test_channel=True,
    )
    ids["message_id"], ids["conversation_id"] = message.id, str(message.conversation_id)
    ids["call_id"] = str(
        client.calls.make(agent_id, {"destination": "+2348012345678", "is_test_call": True}).call_id
    )
    ids["phone_number_id"] = phone_number(sandbox, client)
    api = integrations.custom_api.configure(agent_id, name="Orders", base_url="https://example.com")
    ids["tool_id"] = integrations.custom_api.tools.add(
        agent_id, api.id, {"name": "Find", "http_method": "GET", "url_template": "/"}
    ).id
    ids["action_id"] = client.agents.actions.list(agent_id)[0].id
    ids["integration_id"] = api.id
    return ids


def phone_number(sandbox: Sandbox, client: BimpeAI) -> str:
    client.phone_numbers.requests.create(
        business_name="Shop", intended_use="Orders", region="ng", agent_count=1, outbound_minutes=0
    )
    request = client.phone_numbers.requests.list().data[0]
    sandbox.control(f"phone-number-requests/{request.id}/approve")
    return client.phone_numbers.list().data[0].id


def integration_of(family: str, agent_id: str, client: BimpeAI) -> str:
    """Returns the id of an integration of the method's family."""
    integrations = client.agents.integrations
    if "Bimpeai" in family:
        integrations.bimpeai.configure(agent_id, type="bumpa", token="t")
        return next(str(entry.id) for entry in integrations.bimpeai.list(agent_id) if entry.is_connected)
    if "McpServer" in family:
        return integrations.mcp_server.configure(
            agent_id, name="Stock", server_url="http://127.0.0.1:1/mcp"
        ).id
    if "Pipedream" in family:
        onboarding = integrations.pipedream.configure(agent_id, app_slug="google-sheets")
        approve(onboarding.onboarding_url)
        return integrations.pipedream.list(agent_id)[0].id
    raise AssertionError(family)


def approve(url: str) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{url}/approve", b""):
        pass


class EnoughError(Exception):
    """Ends an endless example after its first output."""


class ExampleOutput:
    """Replaces `print`."""

    enough = False

    def __init__(self) -> None:
        self.values: list[str] = []

    def __call__(self, value: object) -> None:
        self.values.append(repr(value))
        if self.enough:
            raise EnoughError


def talk(sandbox: Sandbox, conversation_id: str, shown: ExampleOutput) -> None:
    """Sends messages until a stream has received one."""
    while not shown.values:
        sandbox.client().conversations.messages.send(sandbox.agent_id, conversation_id, message="Hello?")
        time.sleep(0.05)


@pytest.mark.parametrize("name", METHODS)
def test_docstring_example_runs(name: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    code = CODE.search(METHODS[name])
    assert code, "no example"
    sync_client = sandbox.client()
    variables = world(sandbox, sync_client)
    if "integration_id" in code[1] and "CustomApi" not in name:
        variables["integration_id"] = integration_of(name, sandbox.agent_id, sync_client)
    is_async = name.startswith("Async")
    if name.endswith("Pipedream.wait_until_connected"):
        integration_of(name, sandbox.agent_id, sync_client)
    elif name.endswith(".wait_until_connected"):
        bimpeai = sync_client.agents.integrations.bimpeai
        approve(bimpeai.configure(sandbox.agent_id, type="google_calendar").onboarding_url)
    variables["client"] = sandbox.async_client() if is_async else sync_client
    variables["print"] = shown = ExampleOutput()
    if name.endswith((".stream", ".stream_many")):
        shown.enough = True
        threading.Thread(target=talk, args=(sandbox, variables["conversation_id"], shown)).start()
    source = compile(
        textwrap.dedent(code[1]), name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if is_async else 0
    )

    async def run() -> None:
        await eval(source, variables)

    try:
        if is_async and source.co_flags & inspect.CO_COROUTINE:
            asyncio.run(run())
        else:
            exec(source, variables)
    except EnoughError:
        assert shown.values
    except APINotImplementedError as error:
        pytest.skip(f"the sandbox lacks it: {error}")
    except bimpe.BadRequestError as error:
        # No MCP server listens where the example's does.
        if error.code != "integration_connection_failed":
            raise


@pytest.mark.parametrize("name", METHODS)
def test_docstring_is_complete(name: str) -> None:
    text = METHODS[name]
    assert re.search(r"^(`(GET|POST|PATCH|DELETE) /|A helper that uses `)", text, re.MULTILINE)
    for part in ("Args:", "Raises:", "Example:"):
        assert part in text
    assert re.search(r"timeout: (Timeout in seconds|Reconnect after)", text)
