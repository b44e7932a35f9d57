"""Streams of messages: events, close, cancellation and reconnects."""

import asyncio
import os
import pickle
import threading
import time
from datetime import date, datetime, timezone
from itertools import islice
from typing import Any

import pytest
from support import Sandbox, SilentServer, is_disconnected

from bimpe import (
    APIConnectionError,
    ForkedStreamError,
    NotFoundError,
    StreamEndedError,
    UserError,
    types,
    webchat_user_id,
)

USER = "0b5f0bb1-8f44-4b6c-9a53-5f7c5b1f2f10"


@pytest.fixture
def conversation_id(sandbox: Sandbox) -> str:
    message = sandbox.client().conversations.send(
        sandbox.agent_id, message="Hello", channel_type="webchat", channel_user_id=USER, is_test_channel=True
    )
    return str(message.conversation_id)


@pytest.fixture
def talking(sandbox: Sandbox, conversation_id: str) -> str:
    """A conversation with ten messages to replay."""
    for number in range(5):
        sandbox.client().conversations.messages.send(sandbox.agent_id, conversation_id, message=f"{number}")
    return conversation_id


LONG_AGO = "2020-01-01T00:00:00Z"


def test_stream_yields_messages(sandbox: Sandbox, talking: str) -> None:
    with sandbox.client().conversations.messages.stream(sandbox.agent_id, talking, after=LONG_AGO) as stream:
        first = list(islice(stream, 4))
        last = stream.last_event_id
    assert all(isinstance(event, types.StreamMessageEvent) for event in first)
    assert last == first[-1].id
    assert next(stream, None) is None
    with sandbox.client().conversations.messages.stream(sandbox.agent_id, talking, after=last) as stream:
        rest = list(islice(stream, 4))
    assert not {event.id for event in first} & {event.id for event in rest}
    with pytest.raises(UserError, match="last_event_id"):
        pickle.dumps(stream)


@pytest.mark.parametrize("after", [date(2020, 1, 1), datetime(2020, 1, 1, tzinfo=timezone.utc), "2020-01-01"])
def test_stream_after_a_date_yields_later_messages(sandbox: Sandbox, talking: str, after: Any) -> None:
    messages = sandbox.client().conversations.messages
    with messages.stream(sandbox.agent_id, talking, after=after) as stream:
        assert next(stream).message
    with messages.stream_many(sandbox.agent_id, [talking], after={talking: after}) as merged:
        assert next(merged).message


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (datetime(2020, 1, 1), "`after` has no time zone"),
        ("2020-01-01T00:00:00", "`after` has no time zone"),
        ("2020-02-30", "`after` must be an event id or an ISO 8601 time"),
        (1577836800, "after must be a string"),
    ],
)
def test_invalid_after_raises(sandbox: Sandbox, talking: str, after: Any, words: str) -> None:
    with pytest.raises(UserError, match=words):
        next(sandbox.client().conversations.messages.stream(sandbox.agent_id, talking, after=after))


def test_stream_yields_messages_async(sandbox: Sandbox, talking: str) -> None:
    async def run() -> None:
        client = sandbox.async_client()
        seen: list[str] = []
        async with client.conversations.messages.stream(sandbox.agent_id, talking, after=LONG_AGO) as stream:
            async for event in stream:
                seen.append(event.id)
                if len(seen) == 8:
                    break
        assert len(set(seen)) == 8
        assert [event async for event in stream] == []

    asyncio.run(run())


def test_close_ends_waiting_threads(sandbox: Sandbox, conversation_id: str) -> None:
    stream = sandbox.client().conversations.messages.stream(sandbox.agent_id, conversation_id)
    timer = threading.Timer(0.3, stream.close)
    timer.start()
    start = time.monotonic()
    list(stream)
    assert time.monotonic() - start < 1
    timer.join()


def test_cancelled_wait_loses_no_event(sandbox: Sandbox, conversation_id: str) -> None:
    async def run() -> None:
        client = sandbox.async_client()
        async with client.conversations.messages.stream(sandbox.agent_id, conversation_id) as stream:
            with pytest.raises((TimeoutError, asyncio.TimeoutError)):
                await asyncio.wait_for(anext(stream), 0.3)
            await client.conversations.messages.send(
                sandbox.agent_id, conversation_id, message="Still there?"
            )
            assert (await asyncio.wait_for(anext(stream), 5)).message == "Still there?"

    asyncio.run(run())


def test_invalid_stream_arguments_raise(sandbox: Sandbox) -> None:
    messages = sandbox.client().conversations.messages
    with pytest.raises(UserError, match="conversation_id"):
        messages.stream(sandbox.agent_id, "..")
    with pytest.raises(UserError, match="reconnect"):
        messages.stream(sandbox.agent_id, "c", reconnect=1)  # type: ignore[arg-type]


def test_unreachable_stream_raises_picklable_error(sandbox: Sandbox) -> None:
    messages = sandbox.client(base_url="http://127.0.0.1:1").conversations.messages
    with pytest.raises((StreamEndedError, APIConnectionError)) as caught:
        next(messages.stream(sandbox.agent_id, "c", max_retries=0))
    assert pickle.loads(pickle.dumps(caught.value)).to_dict() == caught.value.to_dict()


def test_dropped_stream_disconnects(sandbox: Sandbox, silent_server: SilentServer) -> None:
    async def run() -> None:
        stream = sandbox.async_client(base_url=silent_server.url).conversations.messages.stream("a", "c")
        task = asyncio.create_task(anext(stream))
        connection = await asyncio.to_thread(silent_server.accept)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stream.aclose()
        assert await asyncio.to_thread(is_disconnected, connection)

    asyncio.run(run())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_stream_after_fork_raises(sandbox: Sandbox, talking: str) -> None:
    messages = sandbox.client().conversations.messages
    with messages.stream(sandbox.agent_id, talking, after=LONG_AGO) as stream:
        # Reads all events, because the child may read those that have arrived.
        for _ in messages.list(sandbox.agent_id, talking):
            next(stream)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                next(stream)
            except ForkedStreamError:
                del stream
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        messages.send(sandbox.agent_id, talking, message="After")
        assert next(stream).message


def two_conversations(sandbox: Sandbox) -> list[str]:
    """Returns two conversations with four messages each."""
    client = sandbox.client()
    ids: list[str] = []
    for user in ("first", "second"):
        for number in range(2):
            message = client.conversations.send(
                sandbox.agent_id,
                message=f"{user} {number}",
                channel_type="webchat",
                channel_user_id=webchat_user_id(user),
                is_test_channel=True,
            )
        ids.append(str(message.conversation_id))
    return ids


def test_stream_many_merges_streams(sandbox: Sandbox) -> None:
    ids = two_conversations(sandbox)
    messages = sandbox.client().conversations.messages
    with messages.stream_many(sandbox.agent_id, ids, after=LONG_AGO) as stream:
        events = list(islice(stream, 8))
        assert set(stream.last_event_ids) == set(ids)
        after = stream.last_event_ids
    for conversation_id in ids:
        own = [event.id for event in events if event.conversation_id == conversation_id]
        with messages.stream(sandbox.agent_id, conversation_id, after=LONG_AGO) as one:
            assert own == [event.id for event in islice(one, 4)]
        assert after[conversation_id] == own[-1]
    with messages.stream_many(sandbox.agent_id, ids, after=after) as stream:
        messages.send(sandbox.agent_id, ids[1], message="later")
        assert next(stream).conversation_id == ids[1]


def test_stream_many_merges_streams_async(sandbox: Sandbox) -> None:
    ids = two_conversations(sandbox)

    async def run() -> None:
        messages = sandbox.async_client().conversations.messages
        seen: set[str] = set()
        async with messages.stream_many(sandbox.agent_id, ids, after=LONG_AGO) as stream:
            async for event in stream:
                seen.add(event.id)
                if len(seen) == 8:
                    break
        assert [event async for event in stream] == []

    asyncio.run(run())


def test_error_of_stream_many_names_its_source(sandbox: Sandbox, conversation_id: str) -> None:
    messages = sandbox.client(max_retries=0).conversations.messages
    with messages.stream_many(sandbox.agent_id, [conversation_id, "unknown"]) as stream:
        with pytest.raises(NotFoundError, match=r"^unknown: ") as caught:
            next(stream)
        assert caught.value.source == "unknown"
        assert next(stream, None) is None
    with pytest.raises(UserError, match="list"):
        messages.stream_many(sandbox.agent_id, conversation_id)
    with messages.stream_many(sandbox.agent_id, []) as nothing:
        assert list(nothing) == []


def test_webchat_user_id_is_stable() -> None:
    assert webchat_user_id("customer 17") == "cf45f6d9-841a-56db-bc96-7804b0bc49ea"
