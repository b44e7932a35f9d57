"""The programs in `python/examples`, each against the sandbox. `cargo xtask demo` runs the tours."""

import ast
import importlib.util
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from support import ROOT, Sandbox

EXAMPLES = ROOT / "python/examples"
CHAT: Any = {
    "channel_type": "webchat",
    "channel_user_id": "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10",
    "is_test_channel": True,
}


@pytest.fixture
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the examples read."""
    monkeypatch.setenv("BIMPEAI_API_KEY", sandbox.api_key)
    monkeypatch.setenv("BIMPEAI_BASE_URL", sandbox.url)
    monkeypatch.setenv("BIMPE_AGENT_ID", sandbox.agent_id)


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Outside the source tree, which would hide the installed package.
    program = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    return subprocess.run(program, capture_output=True, text=True, timeout=50, cwd=Path(__file__).parent)


def test_readme_lists_every_example() -> None:
    readme = (ROOT / "python/README.md").read_text("utf-8")
    names = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    assert {name for name in names if f"(examples/{name})" not in readme} == set()


@pytest.mark.usefixtures("environment")
def test_streaming_prints_messages_and_the_id_to_resume(sandbox: Sandbox) -> None:
    conversations = sandbox.client().conversations
    sent = conversations.send(sandbox.agent_id, message="Hello", **CHAT)
    arguments = (sandbox.agent_id, str(sent.conversation_id), "2020-01-01T00:00:00Z")
    program = [sys.executable, str(EXAMPLES / "streaming.py"), *arguments]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "user: Hello\n"
        process.send_signal(signal.SIGINT)
        *_, last = process.stdout.read().splitlines()
        assert process.wait(10) == 0
    assert last.startswith("after ")
    assert last != "after None"


@pytest.mark.usefixtures("environment")
def test_errors_creates_an_agent_and_names_invalid_fields(sandbox: Sandbox) -> None:
    done = run("errors", sandbox.workflow_id, "Ada")
    assert (done.returncode, done.stderr) == (0, "")
    assert sandbox.client().agents.retrieve(done.stdout.strip()).name == "Ada"
    failed = run("errors", sandbox.workflow_id, "A" * 1000)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "name" in failed.stderr


@pytest.mark.usefixtures("environment")
def test_bulk_imports_each_text_once(sandbox: Sandbox, tmp_path: Path) -> None:
    count = 20
    texts = [{"name": f"Text {number}", "content": "Open from 8 to 20."} for number in range(count)]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps(text) + "\n" for text in texts))
    before = len(sandbox.client().agents.knowledge_bases.list(sandbox.agent_id))
    for _ in range(2):
        done = run("bulk", sandbox.agent_id, str(file))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{count} imported, 0 failed, {before + count} in the agent\n"


@pytest.fixture
def web_service(environment: None) -> Iterator[TestClient]:
    specification = importlib.util.spec_from_file_location("web_service", EXAMPLES / "web_service.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with TestClient(module.app) as client:
        yield client


def test_web_service_returns_the_reply_of_the_agent(web_service: TestClient) -> None:
    response = web_service.post("/messages", json={"visitor": "ada", "text": "Hello"})
    assert response.status_code == 200
    assert response.json()["text"]


def test_web_service_hides_details_of_errors(
    web_service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIMPE_AGENT_ID", "unknown")
    response = web_service.post("/messages", json={"visitor": "ada", "text": "Hello"})
    assert (response.status_code, response.json()) == (502, {"error": "the agent is not available"})


def test_testing_starts_its_own_sandbox() -> None:
    done = run("testing")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "retried with the same idempotency key: {'name': 'Support'}\n"


@pytest.mark.usefixtures("environment")
def test_notebook_cells_run_and_show_results() -> None:
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text("utf-8"))["cells"]
    world: dict[str, Any] = {}
    shown: list[Any] = []
    for cell in cells:
        if cell["cell_type"] == "code":
            *statements, last = ast.parse("".join(cell["source"])).body
            exec(compile(ast.Module(statements, []), cell["id"], "exec"), world)
            if isinstance(last, ast.Expr):
                shown.append(eval(compile(ast.Expression(last.value), cell["id"], "eval"), world))
            else:
                exec(compile(ast.Module([last], []), cell["id"], "exec"), world)
    page, names, reply, roles = shown
    assert page._repr_html_().startswith("<table>")
    assert names == sorted(agent.name for agent in world["client"].agents.list())
    assert reply
    assert roles["user"] == 1
