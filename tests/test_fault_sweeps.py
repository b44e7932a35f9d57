"""Every operation with hostile ids and responses, sync and async."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

import bimpe
from fault_server import FaultServer
from parity.operations import OPERATIONS, STREAM, Operation, invoke
from results import is_full_run, record
from test_faults import KINDS, TABLE

SWEEPS = json.loads((Path(__file__).parent / "cases" / "sweeps.json").read_text(encoding="utf-8"))
# An ordinary run samples the combinations of operations and responses.
SAMPLE = 8


def call(client: Any, operation: Operation, path: list[str]) -> bimpe.BimpeAIError | None:
    """Calls the operation, and gives its error. Any other exception is a fault."""
    # A stream gets its ticket by itself.
    query = {} if operation.id == STREAM else operation.query
    try:
        invoke(client, operation.id, path, query, operation.body, max_retries=0)
    except bimpe.BimpeAIError as error:
        return error
    return None


def is_right(target: str, operation: Operation, ids: list[str]) -> bool:
    """Whether a target is that of the operation with just these ids."""
    path = target.partition("?")[0].partition("/api/v1/console")[2]
    left = iter(ids)
    wanted = [next(left) if part.startswith("{") else part for part in operation.template.split("/")]
    if operation.id == STREAM and target.endswith("/stream-ticket"):
        wanted[-1] = "stream-ticket"
    return [unquote(segment, errors="strict") for segment in path.split("/")] == wanted


def compare(operation: Operation, accepted: list[list[str]], request_log: dict[str, Any]) -> Iterator[str]:
    """Returns the problems of the received requests, one for each accepted list of ids."""
    targets = [request["target"] for request in request_log["requests"]]
    if len(targets) != len(accepted):
        yield f"{operation.id}: {len(targets)} requests, {len(accepted)} calls"
        return
    for target, ids in zip(targets, accepted, strict=True):
        if not is_right(target, operation, ids):
            yield f"{operation.id} with {ids} reaches {target}"


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_never_reaches_another_endpoint(kind: Any, fault_server: FaultServer) -> None:
    runs = refused = 0
    wrong: list[str] = []
    for operation in OPERATIONS:
        scenario = fault_server.scenario(SWEEPS["responses_to_ids"], "cycle")
        client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url)
        accepted: list[list[str]] = []
        for place in range(len(operation.path)):
            for hostile in SWEEPS["ids"]:
                path = list(operation.path.values())
                path[place] = hostile
                runs += 1
                if isinstance(call(client, operation, path), bimpe.UserError):
                    refused += 1
                else:
                    # A stream asks for its ticket first.
                    accepted += [path] * (2 if operation.id == STREAM else 1)
        wrong += compare(operation, accepted, scenario.request_log())
    what = f"Hostile ids in every place of every operation ({kind.__name__})"
    record(1, what, runs, {"wrong paths": len(wrong)}, {"wrong paths": 0})
    assert runs / 5 < refused < runs / 2
    assert not wrong, "\n".join(wrong)


def judge(operation: Operation, hostile: dict[str, Any], error: bimpe.BimpeAIError | None) -> str | None:
    """Returns the problems of the result of a hostile response."""
    if error is None:
        enough = hostile.get("success_allowed", False) and not operation.response.get("data")
        return None if enough else "it succeeds"
    facts = error.to_dict()
    complete = error.attempts >= 1 and error.method and error.path and error.request_id
    # A stream that cannot open says that it was given up.
    expected = type(error).__name__ in {TABLE["error_classes"][hostile["expected_error"]][0], "StreamEndedError"}
    leaks = TABLE["api_key"] in f"{error} {error!r} {facts}"
    same = pickle.loads(pickle.dumps(error)).to_dict() == facts
    right = expected and (complete or operation.id == STREAM) and not leaks and same
    return None if right else f"it fails with {error!r} {facts}"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_bimpe_error(kind: Any, fault_server: FaultServer) -> None:
    runs = 0
    wrong: list[str] = []
    with ThreadPoolExecutor(16) as pool:
        for number, hostile in enumerate(SWEEPS["replies"]):
            every = is_full_run() and not hostile.get("heavy", False)
            chosen = [
                operation for index, operation in enumerate(OPERATIONS) if every or (index + number) % SAMPLE == 0
            ]
            scenario = fault_server.scenario([hostile["reply"]], "repeat")
            seconds = 0.4 if hostile["expected_error"] == "timeout" else 20
            client = kind(api_key=TABLE["api_key"], base_url=scenario.base_url, max_retries=0, timeout=seconds)

            def one(operation: Operation, client: Any = client, hostile: dict[str, Any] = hostile) -> str | None:
                error = call(client, operation, list(operation.path.values()))
                what = judge(operation, hostile, error)
                return what and f"{operation.id} and {hostile['name']}: {what}"

            runs += len(chosen)
            wrong += [text for text in pool.map(one, chosen) if text]
    what = f"Hostile responses to every operation ({kind.__name__})"
    goal = {"foreign or incomplete errors": 0}
    record(12, what, runs, {"foreign or incomplete errors": len(wrong)}, goal)
    assert not wrong, "\n".join(wrong)
