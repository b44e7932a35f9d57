"""Pacing by the rate limit of the server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support import Sandbox

from bimpe import RateLimitError, UserError


def limited_key(sandbox: Sandbox) -> str:
    """Returns a key of 60 requests in windows of 2 seconds."""
    key: str = sandbox.control("keys", {"rate_limit": 60, "rate_window": 2})["api_key"]
    return key


def test_threads_share_the_windows_of_their_key(sandbox: Sandbox) -> None:
    client = sandbox.client(api_key=limited_key(sandbox), pace="adaptive")
    with ThreadPoolExecutor(20) as pool:
        pages = list(pool.map(lambda _: client.agents.list(), range(150)))
    assert len(pages) == 150


def test_tasks_share_the_windows_of_their_key(sandbox: Sandbox) -> None:
    async def main() -> int:
        slots = asyncio.Semaphore(20)
        async with sandbox.async_client(api_key=limited_key(sandbox), pace="adaptive") as client:

            async def list_agents() -> object:
                async with slots:
                    return await client.agents.list()

            return len(await asyncio.gather(*(list_agents() for _ in range(150))))

    assert asyncio.run(main()) == 150


def test_used_up_window_beyond_the_timeout_raises_rate_limit_error(sandbox: Sandbox) -> None:
    key = sandbox.control("keys", {"rate_limit": 2, "rate_window": 3600})["api_key"]
    client = sandbox.client(api_key=key, pace="adaptive", timeout=5)
    for _ in range(2):
        client.agents.list()
    with pytest.raises(
        RateLimitError, match="not sent: the rate limit of this API key has no room"
    ) as caught:
        client.agents.list()
    assert (caught.value.status, caught.value.attempts) == (None, 0)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 5


@pytest.mark.parametrize("pace", ["fast", 7, True])
def test_other_pace_raises_user_error(pace: Any) -> None:
    with pytest.raises(UserError, match="pace must be"):
        Sandbox(url="http://127.0.0.1:1", api_key="sk_test").client(pace=pace)
