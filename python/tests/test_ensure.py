"""`ensure` creates no duplicates from processes, clients and threads, and reports differences."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cancellation_points import NEVER
from lifecycle_support import PROGRAMS
from support import Sandbox  # first: sets the path of `fault_server`

# isort: split
from fault_server import FaultServer

import bimpe
from bimpe import BimpeAI


def test_ensure_in_many_processes_creates_one(sandbox: Sandbox, tmp_path: Path) -> None:
    environment = {**os.environ, "BIMPEAI_API_KEY": sandbox.api_key, "BIMPEAI_BASE_URL": sandbox.url}
    for attempt in range(3):
        name, start = f"Orders {attempt}", tmp_path / f"start-{attempt}"
        command = [sys.executable, str(PROGRAMS / "ensuring.py"), sandbox.agent_id, name, str(start)]
        programs = [
            subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) for _ in range(6)
        ]
        for program in programs:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
        start.touch()
        printed = {program.communicate(timeout=60)[0] for program in programs}
        assert [program.returncode for program in programs] == [0] * 6
        assert len(printed) == 1, "each found the same"
        apis = sandbox.client().agents.integrations.custom_api
        found = [api for api in apis.list(sandbox.agent_id) if api.config.name == name]
        assert len(found) == 1
        assert len(apis.tools.list(sandbox.agent_id, found[0].id)) == 1


def test_ensure_in_many_threads_creates_one(sandbox: Sandbox) -> None:
    together = threading.Barrier(16)

    def ensure(_: int) -> str:
        server = sandbox.client().agents.integrations.mcp_server
        together.wait()
        return server.ensure(sandbox.agent_id, name="Stock", server_url="https://a.example.com/mcp").id

    with ThreadPoolExecutor(16) as threads:
        ids = set(threads.map(ensure, range(16)))
    assert len(ids) == 1
    assert len(sandbox.client().agents.integrations.mcp_server.list(sandbox.agent_id)) == 1


def test_ensure_with_differences_raises_by_default(client: BimpeAI, sandbox: Sandbox) -> None:
    agent, apis = sandbox.agent_id, client.agents.integrations.custom_api
    first = apis.ensure(agent, name="Orders", base_url="https://a.example.com")
    assert apis.ensure(agent, name="Orders", base_url="https://a.example.com/").id == first.id
    bearer: dict[str, Any] = {"auth_type": "bearer", "auth_config": {"token": "canary-token"}}
    other: dict[str, Any] = {"name": "Orders", "base_url": "https://b.example.com", **bearer}
    with pytest.raises(bimpe.EnsureConflictError) as caught:
        apis.ensure(agent, **other)
    error = caught.value
    assert not isinstance(error, bimpe.APIError)
    assert (error.code, error.status, error.may_have_been_applied) == ("ensure_conflict", None, False)
    assert error.field_errors == [
        {"path": "base_url", "message": "is `https://a.example.com/`, not `https://b.example.com/`"},
        {"path": "auth_type", "message": "is `none`, not `bearer`"},
    ]
    assert "canary" not in f"{error} {error.to_dict()}"
    assert apis.ensure(agent, on_difference="keep", **other).id == first.id
    replaced = apis.ensure(agent, on_difference="replace", **other)
    assert replaced.id != first.id
    assert (replaced.config.base_url, replaced.config.auth_type) == ("https://b.example.com", "bearer")
    assert [api.id for api in apis.list(agent)] == [replaced.id]
    wrong: Any = "update"
    with pytest.raises(bimpe.UserError, match="`on_difference` must be"):
        apis.ensure(agent, on_difference=wrong, **other)


def test_ensure_after_delete_creates_again(client: BimpeAI, sandbox: Sandbox) -> None:
    apis = client.agents.integrations.custom_api
    first = apis.ensure(sandbox.agent_id, name="Orders")
    apis.disconnect(sandbox.agent_id, first.id)
    second = apis.ensure(sandbox.agent_id, name="Orders")
    assert second.id != first.id
    assert [api.id for api in apis.list(sandbox.agent_id)] == [second.id]


def test_ensure_async_creates_one(sandbox: Sandbox) -> None:
    async def main() -> None:
        async with sandbox.async_client() as one, sandbox.async_client() as two:
            apis = [client.agents.integrations.custom_api for client in (one, two)]
            ensure = [apis[attempt % 2].ensure(sandbox.agent_id, name="Orders") for attempt in range(8)]
            assert len({api.id for api in await asyncio.gather(*ensure)}) == 1
            with pytest.raises(bimpe.EnsureConflictError):
                await apis[0].ensure(sandbox.agent_id, name="Orders", base_url="https://b.example.com")

    asyncio.run(main())


LIMITED: dict[str, Any] = {
    "status": 429,
    "body": {"message": "slow down", "code": "rate_limited", "statusCode": 429},
}


def refusing(faults: FaultServer, *replies: dict[str, Any], last: str = "refuse", timeout: float) -> BimpeAI:
    return BimpeAI(api_key="sk_test", base_url=faults.scenario([*replies], last).base_url, timeout=timeout)


def test_helper_ends_by_the_client_timeout(faults: FaultServer) -> None:
    queued = {"body": {"message": "ok", "data": {"id": "c", "status": "queued"}}}
    client = refusing(faults, queued, last="repeat", timeout=1)
    with pytest.raises(bimpe.APITimeoutError, match="the call did not end within 1s") as caught:
        client.calls.wait("a", "c", poll_interval=0.2)
    assert caught.value.__cause__ is None


def test_helper_timeout_after_rate_limit_has_it_as_cause(faults: FaultServer) -> None:
    limited = {**LIMITED, "headers": {"Retry-After": "1"}}
    client = refusing(faults, limited, NEVER, timeout=2.5)
    with pytest.raises(bimpe.APITimeoutError) as caught:
        client.agents.integrations.custom_api.ensure("a", name="Orders")
    error, cause = caught.value, caught.value.__cause__
    assert isinstance(cause, bimpe.RateLimitError)
    assert (cause.status, cause.code, cause.retry_after) == (429, "rate_limited", 1)
    assert (error.status, error.code, error.retry_after) == (429, "rate_limited", 1)
    assert "slow down" in str(error)


def test_rate_limit_beyond_the_timeout_raises_rate_limit_error(faults: FaultServer) -> None:
    limited = {**LIMITED, "headers": {"Retry-After": "30"}}
    with pytest.raises(bimpe.RateLimitError) as caught:
        refusing(faults, limited, timeout=2).agents.integrations.custom_api.ensure("a", name="Orders")
    assert (caught.value.status, caught.value.code, caught.value.retry_after) == (429, "rate_limited", 30)
