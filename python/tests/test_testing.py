"""`bimpe.testing`: the sandbox as a helper of tests, and fake pages."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import textwrap
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from support import ROOT, python

import bimpe.testing
from bimpe import APIConnectionError, AsyncBimpeAI, AuthenticationError, BimpeAI, NotFoundError, types
from bimpe.testing import Sandbox, SandboxError, async_page, page


def is_running(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/_sandbox/info").close()
    except OSError:  # refused, or reset while the sandbox ends
        return False
    return True


def test_sandbox_runs_within_its_block() -> None:
    with Sandbox() as sandbox, sandbox.client() as client:
        assert client.agents.retrieve(sandbox.agent_id).workflow_id
        assert client.workflows.retrieve(sandbox.workflow_id)
        url = sandbox.url
    assert not is_running(url)
    with pytest.raises(SandboxError, match=r"not running: use `with Sandbox\(\) as sandbox:`"):
        sandbox.client()


def test_start_returns_a_sandbox_that_stop_ends() -> None:
    sandbox = Sandbox().start()
    assert sandbox.start() is sandbox
    url = sandbox.url
    sandbox.stop()
    sandbox.stop()
    assert not is_running(url)


def test_two_sandboxes_share_nothing() -> None:
    with Sandbox() as first, Sandbox() as second:
        assert first.url != second.url
        with pytest.raises(AuthenticationError):
            first.client(api_key=second.api_key).agents.list()


def test_arguments_reach_the_command() -> None:
    with pytest.raises(SandboxError, match="unexpected argument '--wrong'"):
        Sandbox(["--wrong"]).start()


START = "from bimpe.testing import Sandbox; sandbox = Sandbox().start(); print(sandbox.url, flush=True); "


@pytest.mark.parametrize("ending", ["kill", "exit"])
def test_sandbox_ends_with_its_process(ending: str) -> None:
    program = START + ("" if ending == "exit" else "input()")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if ending == "kill":
            assert is_running(url)
            process.kill()
        process.wait()
    deadline = time.monotonic() + 10
    while is_running(url):
        assert time.monotonic() < deadline, "the sandbox outlives its process"
        time.sleep(0.02)


def test_missing_command_names_the_installation() -> None:
    done = python(
        "-c",
        "import os, sys; sys.modules['bimpe_cli'] = None; os.environ.pop('BIMPE_BIN', None); os.environ['PATH'] = '';"
        "from bimpe.testing import Sandbox; Sandbox().start()",
    )
    assert (
        'the `bimpe` command is missing: run `pip install "bimpe[sandbox]"`, or set BIMPE_BIN' in done.stderr
    )


def test_command_comes_from_the_package_without_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIMPE_BIN", raising=False)
    monkeypatch.setenv("PATH", "")
    with Sandbox() as sandbox:
        assert is_running(sandbox.url)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("", "it printed nothing"),
        ("hello", "Expecting value"),
        ("[]", "it is not the `bimpe` command of this version"),
        ('{"url": "http://127.0.0.1:9"}', "it is not the `bimpe` command of this version"),
    ],
)
def test_other_commands_are_refused(
    output: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIMPE_BIN", str(fake_command(tmp_path, output)))
    with pytest.raises(SandboxError, match="did not start") as caught:
        Sandbox().start()
    assert reason in str(caught.value)


def test_other_servers_are_refused(tmp_path: Path, stub_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = stub_server('{"data": {"sandbox": true}}').base_url
    names = ("api_key", "agent_id", "workflow_id")
    ready = json.dumps({"url": url, **dict.fromkeys(names, "x")})
    monkeypatch.setenv("BIMPE_BIN", str(fake_command(tmp_path, ready)))
    with pytest.raises(SandboxError, match="is not a sandbox of bimpe"):
        Sandbox().start()


def fake_command(folder: Path, output: str) -> Path:
    """A command that prints a line, and ends at the end of its stdin."""
    if sys.platform == "win32":
        pytest.skip("Windows runs no scripts without an extension")
    path = folder / "bimpe"
    path.write_text(f"#!/bin/sh\necho '{output}'\ncat\n" if output else "#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_helpers_use_no_proxy(bimpe_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    bimpe_sandbox.reset()


def test_requests_have_the_decoded_body(bimpe_sandbox: Sandbox, bimpe_client: BimpeAI) -> None:
    bimpe_client.agents.update(bimpe_sandbox.agent_id, name="Support")
    bimpe_client.agents.list(limit=5)
    update, listing = bimpe_sandbox.requests()
    assert (update.operation, update.method, update.status) == ("agents.update", "PATCH", 200)
    assert update.path.endswith(f"/agents/{bimpe_sandbox.agent_id}")
    assert update.body == {"name": "Support"}
    assert update.response["data"]["name"] == "Support"
    assert "idempotency-key" in update.headers
    assert bimpe_sandbox.api_key not in repr(update)
    assert listing.query == {"page": "1", "limit": "5"}
    assert bimpe_sandbox.requests("agents.list") == [listing]


def test_fail_injects_a_fault(bimpe_sandbox: Sandbox, bimpe_client: BimpeAI) -> None:
    bimpe_sandbox.fail("agents.list", status=429, times=1, retry_after=0)
    assert bimpe_client.agents.list().data
    assert [request.status for request in bimpe_sandbox.requests("agents.list")] == [429, 200]
    bimpe_sandbox.fail("agents.list", wire="reset_before")
    with pytest.raises(APIConnectionError), bimpe_sandbox.client(max_retries=0) as client:
        client.agents.list()
    bimpe_sandbox.reset()
    assert bimpe_client.agents.list().data


def test_invalid_faults_are_refused(bimpe_sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="refused POST /faults: operation"):
        bimpe_sandbox.fail("agent.list", status=503)
    with pytest.raises(SandboxError, match="refused POST /faults"):
        bimpe_sandbox.fail("agents.list")


def test_approve_all_connects_pending_services(bimpe_sandbox: Sandbox, bimpe_client: BimpeAI) -> None:
    bimpeai = bimpe_client.agents.integrations.bimpeai
    bimpeai.configure(bimpe_sandbox.agent_id, type="google_calendar")
    assert bimpe_sandbox.approve_all() == 1
    connected = [entry.type for entry in bimpeai.list(bimpe_sandbox.agent_id) if entry.is_connected]
    assert connected == ["google_calendar"]
    assert bimpe_sandbox.approve_all() == 0


def test_frozen_clock_moves_by_advance_only(bimpe_sandbox: Sandbox, bimpe_client: BimpeAI) -> None:
    def now() -> datetime:
        created = create_agent(bimpe_sandbox, bimpe_client, "A").created_at
        return datetime.fromisoformat(str(created).replace("Z", "+00:00"))

    bimpe_sandbox.freeze()
    first, second = now(), now()
    assert first == second
    bimpe_sandbox.advance(86400)
    assert now() - first == timedelta(days=1)


def create_agent(sandbox: Sandbox, client: BimpeAI, name: str) -> types.Agent:
    return client.agents.create(workflow_id=sandbox.workflow_id, name=name, description="A helper")


def test_snapshot_restores_objects(bimpe_sandbox: Sandbox, bimpe_client: BimpeAI) -> None:
    agent = create_agent(bimpe_sandbox, bimpe_client, "Before")
    bimpe_sandbox.snapshot("one-agent")
    bimpe_client.agents.delete(agent.id)
    bimpe_sandbox.restore("one-agent")
    assert bimpe_client.agents.retrieve(agent.id).name == "Before"
    bimpe_sandbox.reset()
    with pytest.raises(NotFoundError):
        bimpe_client.agents.retrieve(agent.id)
    bimpe_sandbox.restore("one-agent")
    assert bimpe_client.agents.retrieve(agent.id).name == "Before"


def test_refused_requests_name_the_field(bimpe_sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="refused POST /clock: advance"):
        bimpe_sandbox.advance(-1)
    for name in ("missing", "../path"):
        with pytest.raises(SandboxError, match="refused POST /snapshots/"):
            bimpe_sandbox.restore(name)


@pytest.mark.parametrize("_round", [1, 2])
def test_fixture_resets_the_sandbox_for_each_test(
    _round: int, bimpe_sandbox: Sandbox, bimpe_client: BimpeAI
) -> None:
    assert bimpe_sandbox.requests() == []
    assert [agent.name for agent in bimpe_client.agents.list() if agent.name == "Left over"] == []
    create_agent(bimpe_sandbox, bimpe_client, "Left over")


def test_fixture_sets_the_variables_of_the_client(bimpe_sandbox: Sandbox) -> None:
    with BimpeAI() as client:
        assert client.base_url.startswith(bimpe_sandbox.url)
        client.agents.list()
    assert len(bimpe_sandbox.requests("agents.list")) == 1


def test_async_fixture_works_without_a_plugin(
    async_bimpe_client: AsyncBimpeAI, bimpe_sandbox: Sandbox
) -> None:
    agent = asyncio.run(async_bimpe_client.agents.retrieve(bimpe_sandbox.agent_id))
    assert agent.id == bimpe_sandbox.agent_id


def test_plugin_imports_bimpe_on_use_only() -> None:
    program = "import sys, pytest_bimpe; print('bimpe' in sys.modules)"
    assert python("-c", program).stdout == "False\n"


def test_page_iterates_over_its_items() -> None:
    agent = types.Agent.from_dict({"id": "cm1", "name": "Support"})
    client = Mock(spec=BimpeAI)
    client.agents.list.return_value = page([agent])
    listing = client.agents.list()
    assert list(listing) == listing.data == listing.collect() == [agent]
    assert listing.first() == agent
    assert [one.data for one in listing.pages()] == [[agent]]
    assert (listing.has_next_page, listing.get_next_page()) == (False, None)
    assert listing.meta is not None
    assert listing.meta.total_count == 1
    assert list(page([])) == []


def test_async_page_awaits_and_iterates() -> None:
    async def use() -> None:
        assert (await async_page(iter("ab"))).data == ["a", "b"]
        listing = async_page("ab")
        assert [item async for item in listing] == [item async for item in listing] == ["a", "b"]

    asyncio.run(use())


@pytest.mark.parametrize(
    "documented", [bimpe.testing, Sandbox, Sandbox.fail, Sandbox.requests, page, async_page]
)
def test_docstring_examples_run(documented: object) -> None:
    blocks = re.findall(r"```python\n(.*?)```", documented.__doc__ or "", re.DOTALL)
    assert blocks
    for block in blocks:
        exec(textwrap.dedent(block), {})


@pytest.mark.timeout(300)
def test_documented_pytest_file_passes(tmp_path: Path) -> None:
    page_text = (ROOT / "docs/testing.md").read_text("utf-8")
    [block] = re.findall(r"```python\n((?:(?!```).)*def test_.*?)```", page_text, re.DOTALL)
    (tmp_path / "test_documented.py").write_text(block, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout + done.stderr
