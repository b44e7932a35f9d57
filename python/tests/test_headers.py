"""Every header that HTTP allows is readable, and none changes the result of a request."""

import base64
from typing import Any

import pytest
from fault_server import FaultServer

from bimpe import APIConnectionError, APIError, BimpeAI, ResponseInfo

# As text is kept on the wire: one character a byte.
ALLOWED = [chr(byte) for byte in (0x09, *range(0x20, 0x7F), *range(0x80, 0x100))]
REFUSED = [chr(byte) for byte in (*range(0x09), *range(0x0A, 0x20), 0x7F)]
AGENT = '{"message": "ok", "data": {"id": "cm1", "name": "Ada"}}'


def reply(status: int, *headers: tuple[str, str]) -> dict[str, Any]:
    """Returns a response with these headers, as raw bytes. The server applied the request."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    text = f"HTTP/1.1 {status} Said\r\ncontent-length: {len(AGENT)}\r\n{head}\r\n{AGENT}"
    return {"raw": {"base64": base64.b64encode(text.encode("latin-1")).decode()}, "commits": True}


def test_valid_header_values_are_kept(faults: FaultServer) -> None:
    value = "".join(ALLOWED).strip()
    for status in (200, 201, 400, 401, 404, 429, 500, 503):
        seen: list[ResponseInfo] = []
        scenario = faults.scenario(
            [reply(status, ("x-test", value), ("via", "1.1 東京".encode().decode("latin-1")))]
        )
        client = BimpeAI(api_key="k", base_url=scenario.base_url, max_retries=0, on_response=seen.append)
        try:
            headers = client.with_raw_response.agents.update("cm1", name="Ada").headers
        except APIError as error:
            headers = error.headers
        assert seen[0].status == status
        assert headers["X-Test"] == seen[0].headers["x-test"] == value
        assert headers["via"].encode("latin-1").decode() == "1.1 東京"


@pytest.mark.parametrize("character", REFUSED, ids=repr)
def test_invalid_header_values_raise(character: str, faults: FaultServer) -> None:
    scenario = faults.scenario([reply(201, ("x-test", f"a{character}z"))])
    with pytest.raises(APIConnectionError, match="header") as caught:
        BimpeAI(api_key="k", base_url=scenario.base_url, max_retries=0).agents.update("cm1", name="Ada")
    assert caught.value.may_have_been_applied
    assert scenario.request_log()["effects"] == 1


def test_repeated_headers_are_joined(faults: FaultServer) -> None:
    twice = [
        ("Via", "1.1 one"),
        ("Set-Cookie", "a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT"),
        ("via", "1.1 two"),
    ]
    scenario = faults.scenario([reply(200, *twice, ("Set-Cookie", "b=2")), reply(404, *twice)])
    client = BimpeAI(api_key="k", base_url=scenario.base_url)
    headers = client.with_raw_response.agents.retrieve("cm1").headers
    assert headers["Via"] == "1.1 one, 1.1 two"
    assert headers.get_list("VIA") == ["1.1 one", "1.1 two"]
    assert headers.get_list("Set-Cookie") == ["a=1; Expires=Thu, 01 Jan 2026 00:00:00 GMT", "b=2"]
    assert headers.get_list("x-none") == []
    assert [value for name, value in headers.multi_items() if name == "via"] == ["1.1 one", "1.1 two"]
    with pytest.raises(APIError) as caught:
        client.agents.retrieve("cm1")
    assert caught.value.headers.get_list("via") == ["1.1 one", "1.1 two"]
    # Cookies may hold secrets.
    assert "set-cookie" not in caught.value.headers
