"""Errors, logs and objects show no key, ticket or secret of an integration."""

import asyncio
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from cancellation_points import REPLIES
from fault_server import FaultServer
from results import record

import bimpe
from bimpe import AsyncBimpeAI, BimpeAI, BimpeAIError, Stream

# No local variable of this module holds one of them, because the tests search local variables too.
KEY = "sk_canary_5f1c9"
SECRET = "canary-secret-77ab"
NESTED = "canary-nested-81cd"
TICKET = "canary-ticket-93ef"
CANARIES = (KEY, SECRET, NESTED, TICKET)


def responses_with(*secrets: str) -> dict[str, dict[str, Any]]:
    """Returns failing responses that repeat the request."""
    echo = " ".join(secrets)
    error = {
        "message": f"no: {echo}",
        "code": "bad_request",
        "errors": [{"path": secrets[0], "message": echo}],
    }
    fields = {"message": [f"{echo}: no"], "code": "validation_error", "error": echo}
    headers = {
        "x-echo": echo,
        "x-test": f"Zürich {echo} 東京",
        f"x-{secrets[0]}": "1",
        "x-request-id": secrets[0],
        "retry-after": "0",
    }
    statuses = [400, 401, 402, 403, 404, 408, 409, 410, 413, 418, 422, 429, 500, 501, 502, 503, 504, 520]
    replies = {f"{status} with JSON": {"status": status, "body": error} for status in statuses}
    replies |= {f"{status} with fields": {"status": status, "body": fields} for status in (400, 422)}
    replies |= {
        f"{status} with HTML": {"status": status, "body": {"text": f"<p>{echo}"}} for status in statuses
    }
    replies |= {
        f"{status} elsewhere": {
            "status": status,
            "headers": {**headers, "location": f"https://x.test/{secrets[0]}?{echo}"},
        }
        for status in (301, 302, 303, 307, 308)
    }
    replies["302 to a host"] = {
        "status": 302,
        "headers": {**headers, "location": f"https://{secrets[0].upper()}.x.test/"},
    }
    for number, secret in enumerate(secrets):
        begun = {"text": f"no: {secret[:-1]}"}
        replies[f"400 that ends inside secret {number}"] = {"status": 400, "body": begun}
        replies[f"200 that ends inside secret {number}"] = {"body": begun}
        replies[f"400 that breaks off inside secret {number}"] = {
            "status": 400,
            "body": {"message": f"no: {secret}"},
            "cut": {"body": len(f'{{"message":"no: {secret}') - 1},
        }
    whole = json.dumps({"message": "ok", "data": {"id": echo}})
    replies |= {
        "200 with HTML": {"headers": {"content-type": "text/html"}, "body": {"text": f"<p>{echo}"}},
        "200 with text": {"body": {"text": echo}},
        "200 with a truncated body": {"body": {"text": whole[:-3]}},
        "200 with a list": {"body": [echo]},
        "200 with a number for data": {"body": {"message": echo, "data": 5}},
        "200 with a long text": {"body": {"fill": {"text": echo, "times": 5000}}},
        "200 with a broken connection": {"body": error, "cut": {"body": 60}, "then": "reset"},
        "no response": {"cut": "no_response", "then": "reset"},
        "an invalid head": {"raw": {"text": f"{echo}\r\n\r\n"}},
        "a truncated head": {"body": error, "headers": headers, "cut": {"head": 90}},
        "bad gzip": {"headers": {"content-encoding": "gzip"}, "body": {"text": echo}},
        "many headers": {"status": 500, "headers": headers, "header_lines": 50, "body": error},
    }
    return {name: {"headers": headers, **reply} for name, reply in replies.items()}


class Call(NamedTuple):
    """A request, and the secrets that it sends."""

    secrets: tuple[str, ...]
    make: Callable[[Any], Any]


TOOL: Any = {
    "name": "stock",
    "description": "Stock",
    "http_method": "GET",
    "url_template": "/stock",
    "headers_template": {"x-key": SECRET},
    "auth_type": "bearer",
    "auth_config": {"token": NESTED},
}
CALLS = {
    "a read": Call((KEY,), lambda client: client.agents.retrieve("cm1")),
    "a list": Call((KEY,), lambda client: client.agents.list()),
    "Stripe": Call(
        (KEY, SECRET),
        lambda client: client.agents.integrations.bimpeai.configure(
            "cm1", type="stripe", public_key="pk_test_1", secret_key=SECRET, currency="USD"
        ),
    ),
    "an API with a custom scheme": Call(
        (KEY, NESTED),
        lambda client: client.agents.integrations.custom_api.configure(
            "cm1", name="A", base_url="https://x.test", auth_type="custom", auth_config={"a": {"b": [NESTED]}}
        ),
    ),
    "an MCP server": Call(
        (KEY, SECRET),
        lambda client: client.agents.integrations.mcp_server.configure(
            "cm1", name="A", server_url="https://x.test", auth_type="bearer", auth_config={"token": SECRET}
        ),
    ),
    "a tool": Call(
        (KEY, SECRET, NESTED),
        lambda client: client.agents.integrations.custom_api.tools.add("cm1", "cm2", TOOL),
    ),
    "a custom request": Call(
        (KEY, SECRET, NESTED),
        lambda client: client.request("POST", "/x", body={"secret_key": SECRET, "b": [NESTED]}),
    ),
}


def shown(item: object) -> Iterator[str]:
    """Yields all texts that a program, a debugger or an error tracker may show of an object."""
    yield repr(item)
    yield str(item)
    yield repr(getattr(item, "__dict__", None))
    for name in dir(item):
        if not name.startswith("__"):
            yield f"{name}: {getattr(item, name, None)!r}"
    try:
        yield repr(pickle.dumps(item))
    except (bimpe.UserError, TypeError, AttributeError, pickle.PicklingError) as refused:
        yield str(refused)


def texts(error: BimpeAIError) -> Iterator[str]:
    """Yields the texts of an error, its causes, and the variables of all frames of its traceback."""
    yield from shown(error)
    yield json.dumps(error.to_dict(), default=repr)
    yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for cause in (error.__cause__, error.__context__):
        if cause is not None:
            yield from shown(cause)


def leaks(texts: Iterator[str]) -> list[str]:
    """Returns the canaries in the texts, each with its text."""
    # A secret without its last character counts as well. Hosts and header names are in lower case.
    return [f"{name} in {text}" for text in texts for name in CANARIES if name[:-1] in text.lower()]


class Log(logging.Handler):
    """Records the texts of all loggers."""

    def __init__(self) -> None:
        super().__init__(0)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {vars(record)}")


@pytest.fixture
def log() -> Iterator[Log]:
    root = logging.getLogger()
    log, level = Log(), root.level
    root.addHandler(log)
    root.setLevel(1)
    yield log
    root.removeHandler(log)
    root.setLevel(level)


@pytest.mark.parametrize("call", CALLS)
def test_errors_hold_no_secret(
    call: str, faults: FaultServer, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    found: list[str] = []
    replies = responses_with(*CALLS[call].secrets)
    for name, reply in replies.items():
        url = faults.scenario([reply], "repeat").base_url
        for error in (failure(call, url, int(name.startswith("503"))), async_failure(call, url)):
            # A response that is invalid for one operation may be valid for another.
            assert error is not None or name.startswith("200")
            found += [f"{name}: {leak}" for leak in leaks(texts(error))] if error else []
    found += leaks(iter([*log.texts, *capfd.readouterr()]))
    what = f"errors of {call}, by {len(replies)} responses that repeat all secrets"
    record(8, what, 2 * len(replies), {"secrets shown": len(found)}, {"secrets shown": 0})
    assert found == []


def failure(call: str, url: str, retries: int) -> BimpeAIError | None:
    try:
        CALLS[call].make(BimpeAI(api_key=KEY, base_url=url, max_retries=retries, timeout=5))
    except BimpeAIError as error:
        return error
    return None


def async_failure(call: str, url: str) -> BimpeAIError | None:
    async def run() -> Any:
        return await CALLS[call].make(AsyncBimpeAI(api_key=KEY, base_url=url, max_retries=0, timeout=5))

    try:
        asyncio.run(run())
    except BimpeAIError as error:
        return error
    return None


def test_stream_errors_hold_no_secret(
    faults: FaultServer, log: Log, capfd: pytest.CaptureFixture[str]
) -> None:
    found: list[str] = []
    ticket = {**REPLIES["ticket"], "body": {"message": "ok", "data": {"ticket": TICKET, "expires_in": 60}}}
    event = {
        "headers": {"content-type": "text/event-stream"},
        "body": {"text": f"id: 1\ndata: {{{TICKET}\n\n"},
    }
    replies = {**responses_with(TICKET), "an event that is no JSON": event}
    for name, reply in replies.items():
        client = BimpeAI(api_key=KEY, base_url=faults.scenario([ticket, reply], "repeat").base_url, timeout=5)
        stream = client.conversations.messages.stream("cm1", "cm2", max_retries=0)
        found += leaks(shown(stream))
        found += [f"{name}: {leak}" for leak in leaks(texts(error_of(stream)))]
    found += leaks(iter([*log.texts, *capfd.readouterr()]))
    record(8, "errors of a stream", len(replies), {"secrets shown": len(found)}, {"secrets shown": 0})
    assert found == []


def error_of(stream: Stream[Any]) -> BimpeAIError:
    """Returns the error of a stream, apart from the variables of the test, which hold the ticket."""
    with pytest.raises(BimpeAIError) as caught:
        next(stream)
    return caught.value


WRONG: dict[str, dict[str, Any]] = {
    "address": {"base_url": "ftp://x.test"},
    "address in clear": {"base_url": "http://x.test"},
    "password in the address": {"base_url": f"https://user:{SECRET}@x.test"},
    "file": {"ca_file": "/no/such/file"},
    "proxy": {"proxy": f"ftp://user:{SECRET}@x.test"},
    "header": {"default_headers": {"x-a": f"{SECRET}\n"}},
    "time": {"timeout": -1},
    "library": {"http_client": object()},
    "key by another name": {"token": SECRET},
    "hook": {"on_retry": "no function"},
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("kind", [BimpeAI, AsyncBimpeAI])
def test_settings_errors_hold_no_secret(kind: Any, wrong: str) -> None:
    def settings() -> BimpeAIError:
        try:
            kind(**{"api_key": KEY, **WRONG[wrong]})
        except BimpeAIError as error:
            return error
        pytest.fail("no error")

    assert leaks(texts(settings())) == []


@pytest.mark.parametrize("ending", ["\n", " ", "\x00", "é"])
def test_key_errors_hold_no_secret(ending: str) -> None:
    def key() -> BimpeAIError:
        try:
            BimpeAI(api_key=KEY + ending)
        except BimpeAIError as error:
            return error
        pytest.fail("no error")

    assert leaks(texts(key())) == []


@pytest.mark.parametrize("ending", ["", "\n"])
def test_key_function_errors_hold_no_secret(ending: str, faults: FaultServer) -> None:
    scenario = faults.scenario([responses_with(KEY)["401 with JSON"]], "repeat")
    settings: dict[str, Any] = {"base_url": scenario.base_url, "max_retries": 0}
    client = BimpeAI(api_key=lambda: KEY + ending, **settings)
    aclient = AsyncBimpeAI(api_key=lambda: KEY + ending, **settings)
    stream = client.conversations.messages.stream("cm1", "cm2")
    for call in (
        lambda: client.agents.retrieve("cm1"),
        lambda: list(client.agents.list()),
        lambda: asyncio.run(aclient.agents.retrieve("cm1")),  # type: ignore[arg-type]
        lambda: next(stream),
    ):
        with pytest.raises(BimpeAIError) as caught:
            call()
        assert leaks(texts(caught.value)) == []
    assert leaks(shown(stream)) == []


def test_objects_show_no_secret(echo: str) -> None:
    infos: list[object] = []
    client = BimpeAI(api_key=KEY, base_url=echo, on_request=infos.append, on_response=infos.append)
    plain = client.with_options(timeout=5)
    raw = client.with_raw_response.agents.retrieve("a")
    objects = [
        client,
        plain,
        raw,
        raw.data,
        client.with_raw_response,
        client.agents,
        client.agents.integrations.bimpeai,
    ]
    stream = client.conversations.messages.stream("a", "b")
    for item in (*objects, *infos, stream, AsyncBimpeAI(api_key=KEY), *vars(client).values()):
        assert leaks(shown(item)) == []
    assert infos


def test_response_headers_hold_no_secret(faults: FaultServer, log: Log) -> None:
    infos: list[Any] = []
    agent = {
        "body": {"message": "ok", "data": {"id": "cm1"}},
        "headers": responses_with(KEY)["no response"]["headers"],
    }
    url = faults.scenario([agent], "repeat").base_url
    client = BimpeAI(api_key=KEY, base_url=url, on_response=infos.append)
    raw = client.with_raw_response.agents.retrieve("cm1")
    for item in (raw, *infos):
        assert leaks(shown(item)) == []
        assert leaks(iter([repr(dict(item.headers)), str(item.request_id)])) == []
    assert (raw.headers["x-echo"], raw.headers["x-****"]) == ("****", "1")
    assert infos
    assert leaks(iter(log.texts)) == []
