"""Every example in the README, in docs/ and in the packages' own pages runs as it stands, against the sandbox.

The examples of a page in one language are one program.
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

import bimpe
from examples import ROOT, blocks, build_rust, python, rust, ts
from mcp_stub_server import mcp_stub_server

LANGUAGES = ("python", "ts", "rust")
# Agents of the sandbox in which the examples for bulk work run.
BULK_AGENTS = 500
PAGES = [
    "README.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/*.md")),
    "node/README.md",
    "python/README.md",
]


@pytest.fixture
def world(page: str, sandbox: dict[str, Any]) -> Iterator[dict[str, str]]:
    """One resource of each kind, by its name in the examples."""
    reset(sandbox)
    agent_id = sandbox["agent_id"]
    with bimpe.BimpeAI(api_key=sandbox["api_key"], base_url=sandbox["url"]) as client, mcp_stub_server() as url:
        hello = client.conversations.send(
            agent_id,
            message="Hello",
            channel_type="webchat",
            channel_user_id="0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10",
            is_test_channel=True,
        )
        services = client.agents.integrations.bimpeai
        services.configure(agent_id, type="bumpa", token="t")
        calendar = services.configure(agent_id, type="google_calendar")
        slack = client.agents.integrations.pipedream.configure(agent_id, app_slug="slack")
        for onboarding in (calendar, slack):
            with urllib.request.urlopen(f"{onboarding.onboarding_url}/approve", b""):
                pass
        if page == "docs/bulk.md":
            create = partial(client.agents.create, workflow_id=sandbox["workflow_id"], description="Helps customers")
            with ThreadPoolExecutor(8) as pool:
                # The sandbox has one agent from the start.
                list(pool.map(lambda number: create(name=f"Agent {number}"), range(1, BULK_AGENTS)))
        yield {
            "api_key": sandbox["api_key"],
            "agent_id": agent_id,
            "workflow_id": sandbox["workflow_id"],
            "conversation_id": str(hello.conversation_id),
            "mcp_url": url,
        }
    reset(sandbox)


def reset(sandbox: dict[str, Any]) -> None:
    with urllib.request.urlopen(f"{sandbox['url']}/_sandbox/reset", b""):
        pass


@pytest.fixture(scope="session")
def rust_programs() -> None:
    build_rust([ROOT / page for page in PAGES if blocks(ROOT / page, "rust")])


RUNNERS = {"python": python, "ts": ts, "rust": rust}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("page", "language"),
    [(page, language) for page in PAGES for language in LANGUAGES if blocks(ROOT / page, language)],
)
def test_examples_run(
    page: str,
    language: str,
    world: dict[str, str],
    sandbox: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    if language == "rust":
        request.getfixturevalue("rust_programs")
    monkeypatch.setenv("BIMPEAI_API_KEY", sandbox["api_key"])
    monkeypatch.setenv("BIMPEAI_BASE_URL", sandbox["url"])
    assert RUNNERS[language](ROOT / page, world), "the examples print something"


@pytest.mark.parametrize("page", PAGES)
def test_no_example_is_left_out(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    fences = [fence for fence in re.findall(r"^```(\w*)", text, re.MULTILINE) if fence]
    # Other tests run these: `js` those of bundlers, `yaml` those of the command, `py` those of workers.
    assert set(fences) <= {*LANGUAGES, "sh", "text", "json", "js", "diff", "yaml", "py"}
    assert sum(fence in LANGUAGES for fence in fences) == sum(
        len(blocks(ROOT / page, language)) for language in LANGUAGES
    )
