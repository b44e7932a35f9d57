"""A program that gevent has patched. test_gevent.py checks its output."""
# ruff: noqa: E402 - gevent patches before anything else is imported

from gevent import monkey

monkey.patch_all()

import json
import sys
import time
from contextlib import suppress

import gevent

from bimpe import APIConnectionError, BimpeAI


def counting() -> int:
    """Returns how often another greenlet ran while a request waited for one second."""
    client = BimpeAI(api_key=lambda: "sk_test", base_url=sys.argv[1], timeout=1, max_retries=0)
    iterations = 0

    def count() -> None:
        nonlocal iterations
        while True:
            iterations += 1
            gevent.sleep(0.02)

    counter = gevent.spawn(count)
    try:
        client.agents.retrieve("a")
    except APIConnectionError:
        counter.kill()
    return iterations


def at_once() -> float:
    """Returns the seconds of thirty parallel requests that each time out after one second."""
    client = BimpeAI(api_key="sk_test", base_url=sys.argv[1], timeout=1, max_retries=0)

    def call() -> None:
        with suppress(APIConnectionError):
            client.agents.retrieve("a")

    start = time.monotonic()
    gevent.joinall([gevent.spawn(call) for _ in range(30)])
    return time.monotonic() - start


def given_up() -> float:
    """Returns the seconds of a request and a stream with a `gevent.Timeout` of 0.2 seconds each."""
    client = BimpeAI(api_key="sk_test", base_url=sys.argv[1], max_retries=0)
    start = time.monotonic()
    with gevent.Timeout(0.2, False):
        client.agents.retrieve("a")
    with client.conversations.messages.stream("a", "c") as stream, gevent.Timeout(0.2, False):
        next(stream)
    return time.monotonic() - start


def names_and_error() -> list[str]:
    """Returns the names of agents and the class of an error."""
    client = BimpeAI(api_key=sys.argv[3], base_url=sys.argv[2])
    seen = [agent.name for agent in client.agents.list(limit=1)]
    try:
        client.agents.retrieve("unknown")
    except Exception as error:
        seen.append(type(error).__name__)
    return seen


print(json.dumps([counting(), at_once(), given_up(), names_and_error()]))
