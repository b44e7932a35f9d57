"""The programs that the page of a recorded request shows send the same request."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import bimpe
from examples import build_programs, js, run, rust_program
from sandbox_process import control

LANGUAGES = ("curl", "python", "typescript", "rust")
TEXT = 'It\'s "50 %" off \\ \n今日 {{x}} $HOME `ls` # r"#'


@pytest.fixture(scope="module")
def recorded(sandbox: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Requests of different forms, as the journal shows them."""
    control(sandbox["url"], "reset")
    agent_id = sandbox["agent_id"]
    with bimpe.BimpeAI(api_key=sandbox["api_key"], base_url=sandbox["url"]) as client:
        client.agents.list(limit=2, search="it's & more")
        client.agents.retrieve(agent_id)
        client.agents.update(agent_id, name=TEXT)
        client.agents.actions.enable(agent_id, action_ids=["a", "b"])
        client.agents.knowledge_bases.create(agent_id, {"type": "text", "name": "Hours", "content": TEXT})
        client.conversations.list(agent_id, is_test_channel=True)
        client.agents.get_test_code(agent_id)
    requests = journal(sandbox)
    assert len(requests) == 7
    yield requests
    control(sandbox["url"], "reset")


@pytest.fixture(scope="module")
def programs(sandbox: dict[str, Any], recorded: list[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """The programs of each request by language."""
    return {request["id"]: snippets(sandbox, request["id"]) for request in recorded}


@pytest.fixture(scope="module")
def rust_programs(programs: dict[int, dict[str, str]]) -> None:
    build_programs("page-snippets", {f"snippet_{id}": found["rust"] for id, found in programs.items()})


def journal(sandbox: dict[str, Any], after: int = 0) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{sandbox['url']}/_sandbox/requests?after={after}") as response:
        data: list[dict[str, Any]] = json.load(response)["data"]
    return data


def snippets(sandbox: dict[str, Any], request: int) -> dict[str, str]:
    with urllib.request.urlopen(f"{sandbox['url']}/requests/{request}") as response:
        page = response.read().decode()
    found = re.findall(r'<pre id="snippet-(\w+)"[^>]*>(.*?)</pre>', page, re.DOTALL)
    return {language: html.unescape(text) for language, text in found}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", LANGUAGES)
def test_snippets_send_the_recorded_request(
    language: str,
    sandbox: dict[str, Any],
    recorded: list[dict[str, Any]],
    programs: dict[int, dict[str, str]],
    request: pytest.FixtureRequest,
) -> None:
    if language == "rust":
        request.getfixturevalue("rust_programs")
    for record in recorded:
        program = programs[record["id"]][language]
        last = journal(sandbox)[-1]["id"]
        match language:
            case "curl":
                output = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=True).stdout
            case "python":
                output = "".join(run([sys.executable, "-"], program))
            case "typescript":
                output = "".join(js(program))
            case _:
                output = "".join(run([str(rust_program(f"snippet_{record['id']}"))], ""))
        assert output
        [sent] = journal(sandbox, last)
        for field in ("operation", "method", "path", "query", "body", "status"):
            assert sent[field] == record[field], (language, field)
