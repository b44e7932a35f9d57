"""Streams as spans of OpenTelemetry."""

from __future__ import annotations

import asyncio
import gc

import pytest
from opentelemetry import trace
from otel_support import KINDS, Spans, ids, journal, names, parents
from support import Sandbox

from bimpe import BimpeAI, NotFoundError, StreamEndedError, UserError

USER = "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10"
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def conversation_id(sandbox: Sandbox) -> str:
    message = sandbox.client().conversations.send(
        sandbox.agent_id, message="Hello", channel_type="webchat", channel_user_id=USER, is_test_channel=True
    )
    return str(message.conversation_id)


@pytest.mark.parametrize("kind", KINDS)
def test_stream_is_one_span_with_its_connections(
    kind: type, sandbox: Sandbox, conversation_id: str, spans: Spans
) -> None:
    sandbox.control("faults", {"operation": "conversations.messages.stream", "stream": "cut", "times": 1})
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))
    messages = client.conversations.messages

    async def read() -> None:
        async with messages.stream(sandbox.agent_id, conversation_id, after=LONG_AGO) as stream:
            assert (await anext(aiter(stream))).message

    with spans.tracer.start_as_current_span("job") as job:
        if kind is BimpeAI:
            with messages.stream(sandbox.agent_id, conversation_id, after=LONG_AGO) as stream:
                assert next(stream).message
        else:
            asyncio.run(read())
    span = spans.one()
    assert span.parent is not None
    assert span.parent.span_id == job.get_span_context().span_id
    path = f"/agents/{sandbox.agent_id}/conversations/{conversation_id}/stream"
    assert (span.attributes or {})["url.full"] == f"{sandbox.url}/api/v1/console{path}"
    assert names(span) == ["stream.opened", "stream.reconnecting", "stream.opened", "stream.ended"]
    assert dict(span.events[1].attributes or {})["bimpe.reason"] == "broken"
    assert span.status.status_code is trace.StatusCode.UNSET
    connections = journal(sandbox, "conversations.messages.stream")
    tickets = journal(sandbox, "conversations.messages.stream_ticket")
    assert parents(connections + tickets) == [ids(span)] * 4


def test_stream_that_fails_records_its_error(sandbox: Sandbox, conversation_id: str, spans: Spans) -> None:
    client = spans.of(sandbox.client())
    messages = client.conversations.messages
    with pytest.raises(NotFoundError):
        next(messages.stream(sandbox.agent_id, "cm0000000000"))
    assert (spans.one().attributes or {})["error.type"] == "404"
    with pytest.raises(UserError):
        messages.stream(sandbox.agent_id, "..")
    assert (spans.one().attributes or {})["error.type"] == "UserError"
    sandbox.control("faults", {"operation": "conversations.messages.stream", "stream": "cut"})
    with pytest.raises(StreamEndedError):
        list(messages.stream(sandbox.agent_id, conversation_id, max_retries=0))
    span = spans.one()
    assert dict(span.events[-2].attributes or {}) == {"bimpe.reason": "broken"}
    assert (span.attributes or {})["error.type"] == "StreamEndedError"


def test_merged_stream_is_one_span(sandbox: Sandbox, conversation_id: str, spans: Spans) -> None:
    messages = spans.of(sandbox.client()).conversations.messages
    with messages.stream_many(sandbox.agent_id, [conversation_id, conversation_id], after=LONG_AGO) as stream:
        next(stream)
    span = spans.one()
    assert span.name == "GET /agents/{agent_id}/conversations/{conversation_id}/stream"


def test_abandoned_stream_ends_its_span(sandbox: Sandbox, conversation_id: str, spans: Spans) -> None:
    messages = spans.of(sandbox.client()).conversations.messages
    stream = messages.stream(sandbox.agent_id, conversation_id, after=LONG_AGO)
    next(stream)
    del stream
    gc.collect()
    assert names(spans.one()) == ["stream.opened", "stream.ended"]
