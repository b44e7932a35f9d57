"""The shared table of faults, run in Python, with the sync and the async client."""

from __future__ import annotations

import asyncio
import errno
import inspect
import json
import pickle
import ssl
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import bimpe
from fault_server import FaultServer
from names import foreign
from results import is_full_run, record

TABLE = json.loads((Path(__file__).parent / "cases" / "faults.json").read_text(encoding="utf-8"))
# The method that takes its body as one dict.
DICT_BODY = "calls.make"
# Tolerance in seconds for requests that seem early, because clocks differ.
TOLERANCE = 0.05
KINDS = [bimpe.BimpeAI, bimpe.AsyncBimpeAI]


class RequestResult:
    """The result of a request: a value or an error, the number of items, and the seconds."""

    value: Any = None
    error: bimpe.BimpeAIError | None = None
    items = 0
    elapsed = 0.0


def plain(result: Any) -> Any:
    """A result as JSON values."""
    if isinstance(result, (bimpe.Page, bimpe.AsyncPage)):
        return [plain(item) for item in result.data]
    return result.to_dict() if hasattr(result, "to_dict") else result


async def make(client: Any, call: dict[str, Any]) -> RequestResult:
    """Sends the request of an operation of the table."""
    given = RequestResult()
    method: Any = client
    for part in call["method"].split("."):
        method = getattr(method, part)
    body = call.get("body", {})
    arguments = [*call.get("path", []), body] if call["method"] == DICT_BODY else call.get("path", [])
    keywords = {} if call["method"] == DICT_BODY else body
    started = time.monotonic()
    try:
        result = method(*arguments, **keywords)
        if inspect.isawaitable(result):
            result = await result
        if not call.get("iterate"):
            given.value = plain(result)
        elif isinstance(result, bimpe.AsyncPage):
            async for _item in result:
                given.items += 1
        else:
            for _item in result:
                given.items += 1
    except bimpe.BimpeAIError as error:
        given.error = error
    given.elapsed = time.monotonic() - started
    return given


def matches(given: Any, wanted: Any) -> bool:
    """Returns whether a result has the expected fields. It may have more."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(name in given and matches(given[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        return isinstance(given, list) and len(given) == len(wanted) and all(map(matches, given, wanted))
    return given == wanted


def is_caused_by(cause: BaseException | None, code: str) -> bool:
    """Returns whether the sockets of Python raise this error for the code. Codes of certificates have no number."""
    number = getattr(errno, code, None)
    if number is None:
        return isinstance(cause, ssl.SSLCertVerificationError)
    return isinstance(cause, OSError) and cause.errno == number and type(cause) is type(OSError(number, ""))


def check_error(case: dict[str, Any], error: bimpe.BimpeAIError, keys: set[str]) -> None:
    text = str(error)
    assert "not retried" not in error.message
    assert "retries suppressed" not in error.message
    assert type(error).__name__ == TABLE["error_classes"][case["expected_error"]][0], text
    for name, wanted in case.get("error_fields", {}).items():
        assert getattr(error, name) == wanted, f"{name} is {getattr(error, name)!r}"
    assert error.message == case.get("message", error.message)
    if "os_code" in case:
        assert is_caused_by(error.__cause__, case["os_code"]), repr(error.__cause__)
    assert foreign(text if error.status is None else text.replace(error.message, "")) == []
    for words in case.get("message_contains", []):
        assert words in text, text
    if "origin" in case:
        assert (error.location_origin or "").startswith(case["origin"]), error.location_origin
    if case.get("same_key"):
        assert error.idempotency_key in keys
    if not case.get("may_contain_canary"):
        shown = "".join(traceback.format_exception(error))
        assert "canary" not in f"{text} {error!r} {json.dumps(error.to_dict())} {shown}"
    assert pickle.loads(pickle.dumps(error)).to_dict() == error.to_dict()


def check_requests(case: dict[str, Any], request_log: dict[str, Any], keys: set[str]) -> None:
    requests = request_log["requests"]
    found = {"requests": len(requests), "keys": len(keys), "effects": request_log["effects"]}
    for name, number in found.items():
        assert number == case.get(name, number), f"{number} {name}"
    assert len(requests) <= case.get("max_requests", 99)
    gaps = [after["at"] - before["at"] for before, after in pairwise(requests)]
    for gap, wanted in zip(gaps, case.get("spacing", []), strict=False):
        assert gap >= wanted - TOLERANCE, f"{gap} seconds between requests"


def run(server: FaultServer, kind: Any, case: dict[str, Any]) -> RequestResult:
    """Runs a case and checks its result."""
    replies = [TABLE["replies"][reply] if isinstance(reply, str) else reply for reply in case["replies"]]
    scenario = server.scenario(replies)
    base_url = (
        scenario.over(case["transport"])
        if "transport" in case
        else server.addresses.get(case.get("address"), scenario.base_url)
    )
    settings = {**TABLE["client"], **case.get("client", {})}
    if "transport" in case and case.get("trusts_authority", True):
        settings["ca_file"] = server.addresses["ca_file"]
    client = kind(api_key=TABLE["api_key"], base_url=base_url, **settings)

    async def calls() -> RequestResult:
        for _ in range(case.get("preceding_requests", 0)):
            await make(client, TABLE["operations"][case["operation"]])
        return await make(client, TABLE["operations"][case["operation"]])

    given = asyncio.run(calls())
    request_log = scenario.request_log()
    keys = {request["key"] for request in request_log["requests"] if request["key"]}
    check_requests(case, request_log, keys)
    assert given.items == case.get("items", given.items), f"{given.items} items"
    assert given.elapsed <= case.get("max_seconds", 60), f"it took {given.elapsed} seconds"
    if "expected_error" in case:
        assert given.error is not None, f"it gives {given.value}"
        check_error(case, given.error, keys)
    else:
        assert given.error is None, repr(given.error)
        assert matches(given.value, case["value"]), given.value
    return given


def error_of(server: FaultServer, kind: Any, case: dict[str, Any]) -> str | None:
    try:
        run(server, kind, case)
    except AssertionError as failure:
        return f"{case['name']}: {failure}"
    return None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("section", TABLE["cases"])
def test_fault_ends_as_the_table_states(section: str, kind: Any, fault_server: FaultServer) -> None:
    cases = TABLE["cases"][section]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda case: error_of(fault_server, kind, case), cases))
    wrong = [text for text in found if text is not None]
    promise = TABLE["guarantees"].get(section, 21)
    record(
        promise,
        f"Faults: {section} ({kind.__name__})",
        len(cases),
        {"other outcomes": len(wrong)},
        {"other outcomes": 0},
    )
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_request_ends_by_its_timeout(kind: Any, fault_server: FaultServer) -> None:
    """A full run measures on an idle machine. An ordinary run only shows that requests end."""
    cases = [case for case in TABLE["cases"]["timeouts"] if case.get("expected_error") == "timeout"]
    chosen = cases * TABLE["deadline_rounds"] if is_full_run() else cases[:1]
    late = [run(fault_server, kind, case).elapsed - case["client"]["timeout"] for case in chosen]
    figures = {"latest end (ms)": round(max(late) * 1000, 1)}
    record(3, f"Requests end by their timeout ({kind.__name__})", len(chosen), figures, {"latest end (ms)": 250})


def test_every_known_bug_of_other_clients_is_covered() -> None:
    names = {f"{section}: {case['name']}" for section, cases in TABLE["cases"].items() for case in cases}
    root = Path(__file__).parents[1]
    for bug, covered in TABLE["known_bugs"].items():
        assert covered, bug
        for reference in covered:
            if reference in names:
                continue
            file, _, text = reference.partition(" > ")
            assert text, f"{bug}: no case `{reference}`"
            assert text in (root / file).read_text(encoding="utf-8"), f"{bug}: {file} has no `{text}`"
