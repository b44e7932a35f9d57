"""A server that repeats each request in its response, after a varying delay.

The id of an agent is the last part of the path, its name the header `x-canary`. A page has one agent, whose id is the
query parameter `search` and the number of the page. The second page never arrives if `search` is `silent`. The server
prints its address, and ends with its standard input.
"""

import asyncio
import json
import random
import sys
from urllib.parse import parse_qs, urlsplit


def respond(head: bytes) -> bytes:
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    url = urlsplit(lines[0].split()[1])
    agent = {"id": url.path.rsplit("/", 1)[1], "name": headers.get("x-canary", "")}
    body: dict[str, object] = {"message": "ok", "data": agent}
    if agent["id"] == "agents":
        query = parse_qs(url.query)
        page = int(query.get("page", ["1"])[0])
        agent["id"] = f"{query.get('search', ['a'])[0]}-{page}"
        body = {"message": "ok", "data": [agent], "meta": {"current_page": page, "has_next_page": True}}
    text = json.dumps(body).encode()
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(text) + text
    )


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"page=2" in head and b"search=silent" in head:
                await reader.read()  # until the client closes the connection
            said = respond(head)
            if random.random() < 0.2:
                await asyncio.sleep(random.random() * 0.01)
            # In two parts, so that a bug could mix responses.
            writer.write(said[:40])
            writer.write(said[40:])
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


asyncio.run(main())
