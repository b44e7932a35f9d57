"""The recipes for workers in docs/bulk.md, on real Celery with Redis, Dask and Ray."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bimpe import BimpeAI
from bimpe.testing import Sandbox

PAGE = Path(__file__).parents[2] / "docs/bulk.md"
AGENTS = 40


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page."""
    for block in re.findall(r"^```py\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, f"a file without a name: {block}"
        (tmp_path / name[1]).write_text(block, "utf-8")
    return tmp_path


@pytest.fixture
def environment(sandbox: Sandbox) -> dict[str, str]:
    """The variables of a program whose client uses the sandbox."""
    with sandbox.client() as client:
        for number in range(AGENTS - len(client.agents.list(limit=100).data)):
            client.agents.create(workflow_id=sandbox.workflow_id, name=f"Agent {number}", description="Helps")
    return os.environ | {"BIMPEAI_API_KEY": sandbox.api_key, "BIMPEAI_BASE_URL": sandbox.url}


def run(folder: Path, program: str, environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, program], cwd=folder, env=environment, capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip().splitlines()[-1]


def names(client: BimpeAI) -> set[str]:
    return {agent.name for agent in client.agents.list(limit=100)}


@contextmanager
def redis() -> Iterator[str]:
    """Runs a Redis server and returns its URL."""
    server = shutil.which("redis-server")
    assert server, "missing redis-server: run `apt-get install redis-server`"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [server, "--port", str(port), "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
    ) as process:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    with socket.socket() as probe:
        while probe.connect_ex(("127.0.0.1", port)) != 0:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)


def test_celery_workers_update_all_agents(folder: Path, sandbox: Sandbox, environment: dict[str, str]) -> None:
    with redis() as url:
        environment["REDIS_URL"] = url
        worker = [
            sys.executable,
            "-m",
            "celery",
            "--app",
            "tasks",
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "error",
        ]
        with subprocess.Popen(worker, cwd=folder, env=environment) as process:
            try:
                assert run(folder, "send.py", environment) == str(AGENTS)
            finally:
                process.terminate()
    assert all(name.endswith("(2026)") for name in names(sandbox.client()))
    assert all(request.headers.get("idempotency-key") for request in sandbox.requests("agents.update"))


@pytest.mark.parametrize(("library", "program"), [("dask", "dask_agents.py"), ("ray", "ray_agents.py")])
def test_workers_receive_a_client_without_its_key(
    library: str, program: str, folder: Path, sandbox: Sandbox, environment: dict[str, str]
) -> None:
    pytest.importorskip(library, reason=f"{library} has no wheel for this Python")
    assert run(folder, program, environment) == str(AGENTS)
    assert len(sandbox.requests("agents.retrieve")) == AGENTS
