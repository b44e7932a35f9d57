"""A server that repeats each request in its response, after a varying delay.

The id of an agent is the last part of the path, its name the header `x-canary`. It prints its address, and ends
with its standard input.
"""

import asyncio
import json
import random
import sys


def respond(head: bytes) -> bytes:
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    agent = {"id": lines[0].split()[1].rsplit("/", 1)[1], "name": headers.get("x-canary", "")}
    body = json.dumps({"message": "ok", "data": agent}).encode()
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            said = respond(await reader.readuntil(b"\r\n\r\n"))
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
