"""Makes the engine panic in each kind of request, and continues.

The native module of this process panics at the place in the header `x-panic`. Arguments: the address of an echo server,
and the place. Prints the name of each entry and all fields of its error.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from bimpe import AsyncBimpeAI, BimpeAI, BimpeAIError

url, place = sys.argv[1:]
header = {"x-panic": place}
client = BimpeAI(api_key="sk_canary", base_url=url)
aclient = AsyncBimpeAI(api_key="sk_canary", base_url=url)
second_page = iter(({}, header))
on_second_page = BimpeAI(
    api_key="sk_canary", base_url=url, on_request=lambda info: info.headers.update(next(second_page))
)
# Streams take no headers but those of the client, with which this one shares its connections.
messages = client.with_options(default_headers=header).conversations.messages
amessages = aclient.with_options(default_headers=header).conversations.messages

BLOCKING: dict[str, Callable[[], object]] = {
    "call": lambda: client.agents.retrieve("canary-1", headers=header),
    "write": lambda: client.agents.update("canary-2", name="canary-3", headers=header),
    "page": lambda: list(client.agents.list(headers=header)),
    "next page": lambda: list(on_second_page.agents.list(search="canary-4")),
    "request": lambda: client.request("GET", "/canary-5", headers=header),
    "helper": lambda: client.conversations.ask(
        "canary-6", message="canary-7", conversation_id="canary-8", headers=header
    ),
}
ASYNC: dict[str, Callable[[], Awaitable[object]]] = {
    "call": lambda: aclient.agents.retrieve("canary-1", headers=header),
    "write": lambda: aclient.agents.update("canary-2", name="canary-3", headers=header),
    "page": lambda: aclient.agents.list(headers=header),
    "request": lambda: aclient.request("GET", "/canary-5", headers=header),
    "helper": lambda: aclient.conversations.ask(
        "canary-6", message="canary-7", conversation_id="canary-8", headers=header
    ),
}
STREAMS = {
    "stream": lambda messages: messages.stream("canary-1", "canary-2"),
    "streams": lambda messages: messages.stream_many("canary-1", ["canary-2", "canary-3"]),
}


def report(name: str, error: BimpeAIError) -> None:
    print(json.dumps({"entry": name, "kind": type(error).__name__, **error.to_dict()}))


def attempt(name: str, entry: Callable[[], object]) -> None:
    try:
        raise AssertionError(f"{name}: no panic, but {entry()}")
    except BimpeAIError as error:
        report(name, error)
    assert client.agents.retrieve("b").id == "b"


async def attempt_async(name: str, entry: Callable[[], Awaitable[object]]) -> None:
    try:
        raise AssertionError(f"{name}: no panic, but {await entry()}")
    except BimpeAIError as error:
        report(name, error)
    assert (await aclient.agents.retrieve("c")).id == "c"


async def main() -> None:
    for name, entry in ASYNC.items():
        await attempt_async(f"async {name}", entry)
    for name, opened in STREAMS.items():
        stream = opened(amessages)
        await attempt_async(f"async {name}", lambda stream=stream: anext(stream))
        assert not [event async for event in stream]


for name, entry in BLOCKING.items():
    attempt(name, entry)
for name, opened in STREAMS.items():
    stream = opened(messages)
    attempt(name, lambda stream=stream: next(stream))
    assert not list(stream)
asyncio.run(main())
