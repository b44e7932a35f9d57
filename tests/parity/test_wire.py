"""The official Python library and ours send the same requests: method, path, query, body and relevant headers.

The tests assert deliberate differences exactly, so that each new or removed difference fails a test. differences.json
has the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bimpeai
import pytest
from operations import OPERATIONS, STREAM, Operation, invoke, takes_options
from pydantic import ValidationError as PydanticError
from recorder import Recorder

import bimpe

KEY = "sk_test_parity"
UUID = "a UUID, version 4"
BY_ID = {operation.id: operation for operation in OPERATIONS}
OPTIONS = {
    "idempotency_key": "order-1",
    "timeout": 9.0,
    "max_retries": 1,
    "headers": {"X-Custom": "yes", "X-Request-Id": "mine-1"},
}
# The official library has no options here. It sends every keyword as a field of the body.
OPTIONS_SENT_AS_FIELDS = {"agents.update", "agents.knowledge_bases.update", "workflows.update"}
OFFICIAL_OPTIONS = {op.id for op in OPERATIONS if takes_options(bimpeai.BimpeAI(api_key="x"), op.id)}

Requests = list[dict[str, Any]]


CLIENTS: dict[str, Any] = {}


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as server:
        yield server
        for client in CLIENTS.values():
            client.close()
        CLIENTS.clear()


def every_operation(**chosen: Any) -> Any:
    operations = [op for op in OPERATIONS if chosen.get("ids") is None or op.id in chosen["ids"]]
    return pytest.mark.parametrize("operation", operations, ids=[op.id for op in operations])


def sent_requests(
    library: Any,
    recorder: Recorder,
    operation: Operation,
    path: list[str] | None = None,
    query: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    error_statuses: tuple[int, ...] = (),
    **options: Any,
) -> Requests:
    """Returns the requests that a library sends for one method call."""
    recorder.operation = operation
    recorder.clear(*error_statuses)
    settings = {"api_key": KEY, "base_url": recorder.url, **(settings or {})}
    path = list(operation.path.values()) if path is None else path
    # Reuse clients, because creating a client of the official library is slow.
    name = f"{library.__name__} {settings}"
    client = CLIENTS.get(name) or CLIENTS.setdefault(name, library.BimpeAI(**settings))
    invoke(client, operation.id, path, query, operation.body if body is None else body, **options)
    return recorder.requests


@every_operation()
def test_async_client_sends_the_same_requests(recorder: Recorder, operation: Operation) -> None:
    sync = sent_requests(bimpe, recorder, operation)
    client = bimpe.AsyncBimpeAI(api_key=KEY, base_url=recorder.url)
    recorder.clear()
    invoke(client, operation.id, list(operation.path.values()), None, operation.body)
    assert recorder.requests == sync


def both(recorder: Recorder, operation: Operation, **arguments: Any) -> tuple[Requests, Requests]:
    return sent_requests(bimpeai, recorder, operation, **arguments), sent_requests(
        bimpe, recorder, operation, **arguments
    )


def differences(official: Requests, ours: Requests) -> list[tuple[int, str, Any, Any]]:
    """Returns the index of the request, the part that differs, the official value and ours."""
    assert len(official) == len(ours)
    found = []
    for number, (theirs, mine) in enumerate(zip(official, ours, strict=True)):
        assert (theirs["agent"], mine["agent"]) == ("bimpeai-python", "bimpe-python")
        found += [
            (number, part, theirs[part], mine[part])
            for part in ("method", "path", "query", "body")
            if theirs[part] != mine[part]
        ]
        names = sorted(theirs["headers"].keys() | mine["headers"].keys())
        pairs = [(name, theirs["headers"].get(name), mine["headers"].get(name)) for name in names]
        found += [(number, *pair) for pair in pairs if pair[1] != pair[2]]
    return found


def stream_difference(operation: Operation) -> list[tuple[int, str, Any, Any]]:
    """Returns the request id, which only our library sends when it opens a stream."""
    return [(1, "x-request-id", None, UUID)] if operation.id == STREAM else []


def test_operation_count_is_57() -> None:
    assert len(OPERATIONS) == 57
    assert len(OFFICIAL_OPTIONS) == 19


@every_operation()
def test_requests_with_all_arguments_are_equal(recorder: Recorder, operation: Operation) -> None:
    query = {name: value for name, value in operation.query.items() if name != "ticket"}
    official, ours = both(recorder, operation, query=query)
    assert differences(official, ours) == stream_difference(operation)
    assert official[0]["headers"]["authorization"] == f"Bearer {KEY}"
    assert ("idempotency-key" in official[0]["headers"]) == (official[0]["method"] != "GET")


@every_operation()
def test_requests_with_required_arguments_are_equal(recorder: Recorder, operation: Operation) -> None:
    assert differences(*both(recorder, operation)) == stream_difference(operation)


@every_operation(ids=OFFICIAL_OPTIONS)
def test_requests_with_options_are_equal(recorder: Recorder, operation: Operation) -> None:
    official, ours = both(recorder, operation, **OPTIONS)
    assert differences(official, ours) == []
    headers = ours[0]["headers"]
    assert (headers["idempotency-key"], headers["x-request-id"]) == ("order-1", "mine-1")
    assert headers["x-custom"] == "yes"


@every_operation(ids=BY_ID.keys() - OFFICIAL_OPTIONS - {STREAM})
def test_every_method_takes_options(recorder: Recorder, operation: Operation) -> None:
    ours = sent_requests(bimpe, recorder, operation, **OPTIONS)
    assert ours[0]["headers"]["x-custom"] == "yes"
    assert ours[0]["headers"].get("idempotency-key") == ("order-1" if operation.writes else None)
    assert ours[0]["body"] == operation.body
    if operation.id in OPTIONS_SENT_AS_FIELDS:
        official = sent_requests(bimpeai, recorder, operation, **OPTIONS)
        assert official[0]["body"] == operation.body | OPTIONS
        assert official[0]["headers"]["idempotency-key"] == UUID
        return
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        sent_requests(bimpeai, recorder, operation, **OPTIONS)


@every_operation()
def test_idempotency_key_without_retries(recorder: Recorder, operation: Operation) -> None:
    found = differences(*both(recorder, operation, settings={"max_retries": 0}))
    # A stream begins with a ticket, which is a write.
    key = [(0, "idempotency-key", None, UUID)] if operation.writes or operation.id == STREAM else []
    assert found == key + stream_difference(operation)


@every_operation()
def test_default_headers(recorder: Recorder, operation: Operation) -> None:
    found = differences(*both(recorder, operation, settings={"default_headers": {"X-Custom": "all"}}))
    missing = [(1, "x-custom", "all", None)] if operation.id == STREAM else []
    assert found == missing + stream_difference(operation)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("agents.list", {"query": {"page": 3, "limit": 100, "search": "a b&c=ä+/?", "sort": "-created_at"}}),
        ("agents.list", {"query": {"search": None, "limit": None}}),
        ("conversations.list", {"query": {"needs_attention": True, "is_test_channel": False}}),
        ("calls.list", {"query": {"is_test_call": False, "status": "ended"}}),
        ("phone_numbers.update", {"body": {"agent_id": None}}),
        ("agents.update", {"body": {"logo": None, "name": "Ängström \u2028 \U0001f642"}}),
        ("workflows.update", {"body": {"guide": {"youtubeUrl": "https://example.com", "steps": ["one"]}}}),
        ("workflows.update", {"body": {"setup_steps": ["one", {"two": 2}, []]}}),
        ("agents.retrieve", {"path": ["agent id ä"]}),
        ("agents.list", {"settings": {"base_url": "{url}/"}}),
    ],
)
def test_requests_with_special_values_are_equal(recorder: Recorder, name: str, given: dict[str, Any]) -> None:
    if "settings" in given:
        given = {"settings": {key: value.format(url=recorder.url) for key, value in given["settings"].items()}}
    assert differences(*both(recorder, BY_ID[name], **given)) == []


def test_escaped_ids(recorder: Recorder) -> None:
    found = differences(*both(recorder, BY_ID["agents.retrieve"], path=["a/../b?x=1#f"]))
    assert found == [
        (0, "path", "/agents/b", "/agents/a%2F..%2Fb%3Fx%3D1%23f"),
        (0, "query", [("x", "1")], []),
    ]


def test_base_url_with_prefix(recorder: Recorder) -> None:
    settings = {"base_url": f"{recorder.url}/api/v1/console"}
    found = differences(*both(recorder, BY_ID["agents.list"], settings=settings))
    assert found == [(0, "path", "/api/v1/console/agents", "/agents")]


CREATE = BY_ID["agents.create"].body or {}


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("agents.retrieve", {"path": [""]}, "`agent_id` is empty"),
        ("agents.retrieve", {"path": [".."]}, "not an id"),
        ("agents.update", {"body": {"names": "Ada"}}, "did you mean `name`"),
        ("agents.update", {"body": {"persona": "rude"}}, "`persona`"),
        ("agents.create", {"body": CREATE | {"name": "x" * 256}}, "at most 255 characters"),
        (
            "workflows.update",
            {"body": {"guide": {"youtube_url": "x", "steps": []}}},
            "did you mean `youtubeUrl`",
        ),
        ("conversations.send", {"body": {"message": "No recipient"}}, "conversation_id"),
        ("agents.create", {"headers": {"Authorization": "Bearer other"}}, "`authorization`"),
        ("agents.create", {"idempotency_key": ""}, "idempotency key"),
    ],
)
def test_invalid_input_raises_without_a_request(
    recorder: Recorder, name: str, given: dict[str, Any], problem: str
) -> None:
    assert len(sent_requests(bimpeai, recorder, BY_ID[name], **given)) == 1
    with pytest.raises(bimpe.UserError, match=problem):
        sent_requests(bimpe, recorder, BY_ID[name], **given)
    assert recorder.requests == []


def test_unexpected_values_in_responses(recorder: Recorder) -> None:
    """Accepts unexpected values. The official library raises when it reads the response."""
    for value in ({"duration_seconds": 1.5}, {"status": "ringing_elsewhere"}, {"id": None}):
        call = BY_ID["calls.retrieve"]
        response = call.response | {"data": call.response["data"] | value}
        changed = Operation(call.id, call.method, call.template, call.path, {}, None, response)
        assert len(sent_requests(bimpe, recorder, changed)) == 1
        with pytest.raises(PydanticError):
            sent_requests(bimpeai, recorder, changed)


@pytest.mark.parametrize("operation", ["agents.list", "workflows.create", "agents.delete", "agents.update"])
@pytest.mark.parametrize("error_statuses", [(429,), (429, 429), (500,), (503,), (408,)])
def test_retries(recorder: Recorder, operation: str, error_statuses: tuple[int, ...]) -> None:
    official, ours = both(recorder, BY_ID[operation], error_statuses=error_statuses)
    assert len(ours) == len(error_statuses) + 1
    assert differences(official, ours) == []
    assert len(set(recorder.ids)) == 1, "all attempts have one key and one id"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413, 422, 501])
def test_other_statuses_are_not_retried(recorder: Recorder, status: int) -> None:
    kinds = []
    for library in (bimpeai, bimpe):
        with pytest.raises(library.APIError) as caught:
            sent_requests(library, recorder, BY_ID["agents.list"], error_statuses=(status, status, status))
        assert len(recorder.requests) == 1
        kinds.append(type(caught.value).__name__)
    assert kinds[1] == ("RedirectError" if status == 301 else kinds[0])
