"""The shared case table, run in Python, with the sync and the async client."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import bimpe
from names import foreign

TABLE = json.loads((Path(__file__).parent / "cases" / "bad_input.json").read_text(encoding="utf-8"))
KINDS = {
    "user": bimpe.UserError,
    "authentication": bimpe.AuthenticationError,
    "bad_request": bimpe.BadRequestError,
    "not_found": bimpe.NotFoundError,
}
# These take their body as one dict.
DICT_BODIES = {"agents.integrations.custom_api.tools.add", "agents.knowledge_bases.create", "calls.make"}


def named(section: str) -> Any:
    cases = TABLE[section]
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


async def invoke(client: Any, step: dict[str, Any], names: dict[str, str]) -> Any:
    method: Any = client
    for part in step["method"].split("."):
        method = getattr(method, part)
    path = [names.get(part, part) if isinstance(part, str) else part for part in step.get("path", [])]
    body = step.get("body", {})
    if step["method"] in DICT_BODIES:
        path.append(body)
        body = {}
    result = method(*path, **body, **step.get("query", {}))
    return await result if inspect.isawaitable(result) else result


def check(case: dict[str, Any], kind: str, error: bimpe.BimpeAIError) -> None:
    assert type(error) is KINDS[kind], repr(error)
    text = str(error)
    for part in case["message_contains"]:
        assert part in text
    own = text if error.status is None else text.replace(error.message, "")
    assert foreign(own) == []
    everything = f"{text} {error!r} {json.dumps(error.to_dict())}"
    assert "canary" not in everything


@pytest.fixture(params=["sync", "async"])
def client_class(request: pytest.FixtureRequest) -> Any:
    return bimpe.BimpeAI if request.param == "sync" else bimpe.AsyncBimpeAI


@named("before_sending")
def test_invalid_input_raises_before_sending(case: dict[str, Any], client_class: Any, counter: Any) -> None:
    url, counted = counter
    client = client_class(api_key="sk_test", base_url=url)
    with pytest.raises(TypeError if case.get("signature") else bimpe.BimpeAIError) as caught:
        asyncio.run(invoke(client, case, {}))
    if not case.get("signature"):
        check(case, "user", caught.value)
    assert counted.count == 0


@named("by_the_server")
def test_server_errors_raise(case: dict[str, Any], client_class: Any, sandbox: dict[str, Any]) -> None:
    client = client_class(api_key=case.get("api_key", sandbox["api_key"]), base_url=sandbox["url"])

    async def steps() -> None:
        names = {"$agent": sandbox["agent_id"]}
        for step in case["steps"]:
            result = await invoke(client, step, names)
            names["$last"] = result.id

    with pytest.raises(bimpe.BimpeAIError) as caught:
        asyncio.run(steps())
    check(case, case["kind"], caught.value)


@named("settings")
def test_invalid_settings_raise(case: dict[str, Any], client_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIMPEAI_API_KEY", raising=False)
    monkeypatch.delenv("BIMPEAI_BASE_URL", raising=False)
    with pytest.raises(bimpe.BimpeAIError) as caught:
        client_class(api_key=case["api_key"], base_url=case.get("base_url"), max_retries=case.get("max_retries"))
    check(case, "user", caught.value)
