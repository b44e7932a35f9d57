"""The official Python library and ours return the same results from the same sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import bimpeai
import pytest
from compare import MISSING, Comparison, dump
from operations import OPERATIONS, invoke
from pydantic import ValidationError as PydanticError
from traverse import Traversal, traverse

import bimpe
from mcp_stub_server import mcp_stub_server
from sandbox_process import control

Traversals = tuple[Traversal, Traversal]
CONFIGURE = "agents.integrations.bimpeai.configure"
CONNECTED_DIRECTLY = [f"{CONFIGURE} {name}" for name in ("stripe", "paystack", "bumpa")]
# The steps that return workflows. The official class reads `youtube_url`, which no server sends.
GUIDES = [
    "workflows.create",
    "workflows.list.data[0]",
    "workflows.retrieve",
    "workflows.update",
    "workflows.clone",
    "agents.create.workflow",
]


@pytest.fixture(scope="module")
def traversals(sandbox: dict[str, Any]) -> Iterator[Traversals]:
    settings = {"api_key": sandbox["api_key"], "base_url": sandbox["url"]}
    with mcp_stub_server() as mcp_url, bimpeai.BimpeAI(**settings) as official, bimpe.BimpeAI(**settings) as ours:
        yield traverse(official, sandbox, mcp_url), traverse(ours, sandbox, mcp_url)
    control(sandbox["url"], "reset")


def results(traversals: Traversals) -> Iterator[tuple[str, Any, Any]]:
    official, ours = traversals
    for name, theirs in official.steps.items():
        if not isinstance(theirs, Exception):
            yield name, theirs, ours.steps[name]


def test_all_operations_were_called(traversals: Traversals) -> None:
    every = {operation.id for operation in OPERATIONS}
    assert [traversal.called for traversal in traversals] == [every, every]
    assert list(traversals[0].steps) == list(traversals[1].steps)


def test_errors_occur_in_the_same_steps(traversals: Traversals) -> None:
    official, ours = ({name for name, got in w.steps.items() if isinstance(got, Exception)} for w in traversals)
    assert ours == {"agents.update refused", "agents.retrieve after deletion"}
    assert official == ours | set(CONNECTED_DIRECTLY)


def test_dump_of_set_fields_is_equal(traversals: Traversals) -> None:
    comparison = Comparison()
    for name, theirs, mine in results(traversals):
        comparison.compare(dump(theirs, exclude_unset=True), dump(mine, exclude_unset=True), name)
    assert "\n".join(comparison.found) == ""


def test_dump_of_all_fields_is_equal(traversals: Traversals) -> None:
    comparison = Comparison()
    for name, theirs, mine in results(traversals):
        comparison.compare(dump(theirs), dump(mine), name)
    # The official class of workflows has `youtube_url`, our class of messages has `conversation_id`.
    fields = {re.findall(r"'(\w+)'\]: ", found)[0] for found in comparison.found}
    assert fields == {"youtube_url", "conversation_id"}
    assert all(f"None | '{MISSING}'" in found or f"'{MISSING}' | None" in found for found in comparison.found)


def test_attributes_are_equal(traversals: Traversals) -> None:
    comparison = Comparison()
    for name, theirs, mine in results(traversals):
        comparison.compare(theirs, mine, name)
    assert sorted(comparison.found) == sorted(f"{step}.guide.youtube_url: None | '{MISSING}'" for step in GUIDES)
    assert traversals[1].steps["workflows.create"].guide.youtubeUrl == "https://example.com/video"


def test_configure_returns_the_connected_channel(traversals: Traversals) -> None:
    for name in CONNECTED_DIRECTLY:
        assert isinstance(traversals[0].steps[name], PydanticError)
        assert traversals[1].steps[name].success is True
        assert traversals[1].steps[name].channel_id.startswith("cm")


ERRORS: list[tuple[str, list[str], dict[str, Any]]] = [
    ("agents.retrieve", ["unknown"], {}),
    ("agents.create", [], {"body": {"workflow_id": "nothing", "name": "A", "description": "B"}}),
    ("agents.list", [], {"query": {"sort": "-nothing"}}),
    ("agents.update", ["{agent}"], {"body": {"logo": None}}),
    ("agents.update", ["{agent}"], {"body": {"workflow_id": "nothing"}}),
    ("agents.integrations.list", ["unknown"], {}),
    ("agents.integrations.custom_api.disconnect", ["{agent}", "nothing"], {}),
    ("agents.integrations.mcp_server.test", ["{agent}", "nothing"], {}),
    (
        "agents.integrations.bimpeai.configure",
        ["{agent}"],
        {"body": {"type": "stripe", "public_key": "invalid", "secret_key": "invalid", "currency": "NGN"}},
    ),
    ("calls.make", ["{agent}"], {"body": {"destination": "+2348012345678", "is_test_call": False}}),
    ("workflows.delete", ["nothing"], {}),
]
ERROR_FIELDS = ("status", "code", "field_errors", "limit", "remaining")


def error_of(library: Any, key: str, url: str, call: tuple[str, list[str], dict[str, Any]], **settings: Any) -> Any:
    name, path, given = call
    with library.BimpeAI(api_key=key, base_url=url, **settings) as client:
        with pytest.raises(library.BimpeAIError) as caught:
            invoke(client, name, path, **given)
        return caught.value


def check_error(official: Any, ours: Any) -> None:
    assert type(official).__name__ == type(ours).__name__, f"{official!r} {ours!r}"
    assert {base.__name__ for base in type(official).__mro__} <= {base.__name__ for base in type(ours).__mro__}
    for field in ERROR_FIELDS:
        if hasattr(official, field):
            assert getattr(official, field) == getattr(ours, field), field
    # Compare only the types of these fields, because they depend on the clock.
    for field in ("retry_after", "reset_at"):
        if hasattr(official, field):
            assert type(getattr(official, field)) is type(getattr(ours, field)) is int
    # Our message also names the request and its id.
    assert ours.message == str(official)
    assert str(ours).startswith(str(official))
    if hasattr(official, "body"):
        requests = {"request_id": None}
        assert official.body | requests == ours.body | requests
        assert official.request_id == official.headers["X-Request-Id"]
        assert ours.request_id == ours.headers["X-Request-Id"]


@pytest.mark.parametrize("call", ERRORS, ids=[f"{name}-{number}" for number, (name, *_) in enumerate(ERRORS)])
def test_error_is_equal(call: tuple[str, list[str], dict[str, Any]], sandbox: dict[str, Any]) -> None:
    name, path, given = call
    path = [part.format(agent=sandbox["agent_id"]) for part in path]
    official, ours = (
        error_of(library, sandbox["api_key"], sandbox["url"], (name, path, given)) for library in (bimpeai, bimpe)
    )
    check_error(official, ours)


@pytest.mark.parametrize(
    ("key", "kind", "code"),
    [
        ({"scopes": ["conversations:read"]}, "PermissionDeniedError", "insufficient_scope"),
        ({"expires_in": 0}, "AuthenticationError", "api_key_expired"),
        ({"rate_limit": 0}, "RateLimitError", "too_many_requests"),
        (None, "AuthenticationError", "api_key_invalid"),
    ],
)
def test_error_of_a_rejected_key_is_equal(
    sandbox: dict[str, Any], key: dict[str, Any] | None, kind: str, code: str
) -> None:
    made = "sk_sandbox_unknown" if key is None else control(sandbox["url"], "keys", key)["api_key"]
    control(sandbox["url"], "clock", {"advance": 1})
    call = ("agents.integrations.bimpeai.list", [sandbox["agent_id"]], {})
    official, ours = (error_of(lib, made, sandbox["url"], call, max_retries=0) for lib in (bimpeai, bimpe))
    check_error(official, ours)
    assert (type(ours).__name__, ours.code) == (kind, code)


def test_reused_idempotency_key_raises_conflict(sandbox: dict[str, Any]) -> None:
    """Sends two different writes with one idempotency key."""
    for library in (bimpeai, bimpe):
        settings = {"api_key": sandbox["api_key"], "base_url": sandbox["url"]}
        with library.BimpeAI(**settings) as client:
            options = {"system_prompt": "Help", "idempotency_key": f"one-{library.__name__}"}
            client.workflows.create(name="First", **options)
            with pytest.raises(library.ConflictError) as caught:
                client.workflows.create(name="Second", **options)
        assert (caught.value.status, caught.value.code) == (409, "conflict")


def test_refused_connection_raises_connection_error() -> None:
    call = ("agents.list", [], {})
    official, ours = (error_of(lib, "sk_x", "http://127.0.0.1:1", call, max_retries=0) for lib in (bimpeai, bimpe))
    assert type(official).__name__ == type(ours).__name__ == "APIConnectionError"


def test_empty_key_raises_user_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIMPEAI_API_KEY", raising=False)
    for library in (bimpeai, bimpe):
        with pytest.raises(library.UserError):
            library.BimpeAI(api_key="")
