"""The clients of the benchmarks, each used as its documentation shows."""

import importlib
import json
import socket
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

PREFIX = "/api/v1/console"
KEY = "sk_test"
PER_PAGE = 20
HEADERS = {"Authorization": f"Bearer {KEY}", "Accept": "application/json"}
MODULES = {"bimpe": "bimpe", "official": "bimpeai", "httpx": "httpx", "aiohttp": "aiohttp", "socket": "socket"}


def load(name: str) -> Any:
    return importlib.import_module(MODULES[name])


class Library:
    """bimpe or the official library: the same methods."""

    def __init__(self, name: str, url: str) -> None:
        self.client = load(name).BimpeAI(api_key=KEY, base_url=url)

    def retrieve(self) -> Any:
        return self.client.agents.retrieve("cm1")

    def body(self, size: int) -> Any:
        return self.client.agents.retrieve(str(size))

    def page(self, limit: int) -> Any:
        return self.client.agents.list(limit=limit).data

    def walk(self, pages: int) -> int:
        """Counts the items of `pages` pages of a long list."""
        return sum(1 for _ in islice(self.client.agents.list(limit=PER_PAGE), pages * PER_PAGE))

    def events(self, chunk_size: str, count: int) -> int:
        stream = self.client.conversations.messages.stream("cm1", chunk_size)
        return sum(1 for _ in islice(stream, count))


class AsyncLibrary:
    """The same for asyncio."""

    def __init__(self, name: str, url: str) -> None:
        self.client = load(name).AsyncBimpeAI(api_key=KEY, base_url=url)

    async def retrieve(self) -> Any:
        return await self.client.agents.retrieve("cm1")

    async def page(self, limit: int) -> Any:
        return (await self.client.agents.list(limit=limit)).data

    async def body(self, size: int) -> Any:
        return await self.client.agents.retrieve(str(size))

    def held(self, events: int) -> Any:
        """Returns a stream of `events` events. All but the first wait for their release."""
        return self.client.conversations.messages.stream("cm1", f"0-{events}")

    async def release(self) -> None:
        await self.client.agents.retrieve("release")

    async def events(self, chunk_size: str, count: int) -> int:
        seen = 0
        stream = self.client.conversations.messages.stream("cm1", chunk_size)
        async for _ in stream:
            seen += 1
            if seen == count:
                break
        await stream.aclose()
        return seen


class Httpx:
    """Plain httpx. Reads responses as JSON."""

    def __init__(self, url: str) -> None:
        self.client = load("httpx").Client(base_url=url + PREFIX, headers=HEADERS)

    def retrieve(self) -> Any:
        return self.client.get("/agents/cm1").json()["data"]

    def page(self, limit: int) -> Any:
        return self.client.get("/agents", params={"limit": limit}).json()["data"]


class AsyncHttpx:
    """The same for asyncio."""

    def __init__(self, url: str) -> None:
        httpx = load("httpx")
        limits = httpx.Limits(max_connections=None)
        self.client = httpx.AsyncClient(base_url=url + PREFIX, headers=HEADERS, limits=limits)

    async def retrieve(self) -> Any:
        return (await self.client.get("/agents/cm1")).json()["data"]


class Aiohttp:
    """Plain aiohttp. Reads responses as JSON."""

    def __init__(self, url: str) -> None:
        aiohttp = load("aiohttp")
        self.url = url + PREFIX
        self.client = aiohttp.ClientSession(headers=HEADERS, connector=aiohttp.TCPConnector(limit=0))

    async def retrieve(self) -> Any:
        async with self.client.get(self.url + "/agents/cm1") as response:
            return (await response.json())["data"]

    async def page(self, limit: int) -> Any:
        async with self.client.get(self.url + "/agents", params={"limit": limit}) as response:
            return (await response.json())["data"]


class Socket:
    """A plain socket. Reads responses as JSON."""

    def __init__(self, url: str) -> None:
        host = urlsplit(url).netloc
        self.socket = socket.create_connection(host.split(":"))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        self.request = f"GET {PREFIX}/agents/cm1 HTTP/1.1\r\nHost: {host}\r\n{head}\r\n".encode()

    def retrieve(self) -> Any:
        self.socket.sendall(self.request)
        data = self.socket.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self.socket.recv(65536)
        return json.loads(body)["data"]


def sync(name: str, url: str) -> Any:
    if name in {"bimpe", "official"}:
        return Library(name, url)
    return {"httpx": Httpx, "socket": Socket}[name](url)


def asynchronous(name: str, url: str) -> Any:
    if name in {"bimpe", "official"}:
        return AsyncLibrary(name, url)
    return {"aiohttp": Aiohttp, "httpx": AsyncHttpx}[name](url)
