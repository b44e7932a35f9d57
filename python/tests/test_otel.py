"""Spans of OpenTelemetry, with its SDK and an exporter in memory."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import default_setter
from otel_support import KINDS, Spans, ids, journal, names, parents, run
from support import Sandbox, SilentServer, StubServer, python

from bimpe import (
    APITimeoutError,
    AsyncBimpeAI,
    BimpeAI,
    NotFoundError,
    UserError,
)


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.mark.parametrize("kind", KINDS)
def test_request_has_a_client_span_below_the_current_one(kind: type, sandbox: Sandbox, spans: Spans) -> None:
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))
    with spans.tracer.start_as_current_span("job") as job:
        run(kind, client, lambda client: client.workflows.list(limit=1, search="canary"))
    span = spans.one()
    assert span.name == "GET /workflows"
    assert span.parent is not None
    assert span.parent.span_id == job.get_span_context().span_id
    port = int(sandbox.url.rpartition(":")[2])
    [request] = journal(sandbox, "workflows.list")
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": port,
        "url.full": f"{sandbox.url}/api/v1/console/workflows?limit=REDACTED&search=REDACTED",
        "url.template": "/workflows",
        "bimpe.operation": "workflows.list",
        "http.response.status_code": 200,
        "bimpe.request_id": request["headers"]["x-request-id"],
    }
    assert parents([request]) == [ids(span)]
    assert span.status.status_code is trace.StatusCode.UNSET


@pytest.mark.parametrize("kind", KINDS)
def test_retries_are_events_and_send_the_trace_context_again(
    kind: type, sandbox: Sandbox, spans: Spans
) -> None:
    sandbox.control("faults", {"operation": "agents.update", "status": 503, "times": 2, "retry_after": 0})
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))
    run(kind, client, lambda client: client.agents.update(sandbox.agent_id, name="Ada"))
    span = spans.one()
    requests = journal(sandbox, "agents.update")
    assert [request["status"] for request in requests] == [503, 503, 200]
    assert parents(requests) == [ids(span)] * 3
    assert (span.attributes or {})["http.request.resend_count"] == 2
    assert (span.attributes or {})["http.response.status_code"] == 200
    assert names(span) == ["request.retried"] * 2
    events = [dict(event.attributes or {}) for event in span.events]
    assert [(event["bimpe.attempt"], event["error.type"]) for event in events] == [(1, "503"), (2, "503")]
    assert all(event["bimpe.wait"] >= 0 for event in events)


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_is_a_span(kind: type, sandbox: Sandbox, spans: Spans) -> None:
    for number in range(3):
        sandbox.client().workflows.create(name=f"W{number}", description="d", system_prompt="Help.")
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))

    async def collect() -> None:
        assert [item async for item in client.workflows.list(limit=1)]

    with spans.tracer.start_as_current_span("job"):
        if kind is BimpeAI:
            assert list(client.workflows.list(limit=1))
        else:
            asyncio.run(collect())
    requests = journal(sandbox, "workflows.list")
    found = spans.all()
    assert len(found) == len(requests) >= 4
    assert sorted(parents(requests)) == sorted(map(ids, found))
    assert len({ids(span)[0] for span in found}) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_abandoned_page_request_ends_its_span(kind: type, sandbox: Sandbox, spans: Spans) -> None:
    for number in range(3):
        sandbox.client().workflows.create(name=f"W{number}", description="d", system_prompt="Help.")
    sandbox.control("faults", {"operation": "workflows.list", "after": 1, "latency_ms": 5000})
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))

    async def first() -> None:
        async for _ in client.workflows.list(limit=1):
            await asyncio.sleep(0)  # the request for the next page starts
            break

    if kind is BimpeAI:
        for _ in client.workflows.list(limit=1):
            break
        gc.collect()
    else:
        asyncio.run(first())
    good, given_up = spans.all()
    assert (good.attributes or {})["http.response.status_code"] == 200
    assert (given_up.attributes or {})["error.type"] == "CancelledError"


@pytest.mark.parametrize("kind", KINDS)
def test_error_is_recorded_without_secrets(kind: type, sandbox: Sandbox, spans: Spans) -> None:
    client = spans.of(kind(api_key=sandbox.api_key, base_url=sandbox.url))
    with pytest.raises(NotFoundError):
        run(kind, client, lambda client: client.agents.retrieve(sandbox.api_key))
    span = spans.one()
    attributes = span.attributes or {}
    assert attributes["error.type"] == "404"
    assert attributes["url.full"] == f"{sandbox.url}/api/v1/console/agents/****"
    assert span.status.status_code is trace.StatusCode.ERROR
    [event] = span.events
    assert (event.name, (event.attributes or {})["exception.type"]) == ("exception", "NotFoundError")
    assert sandbox.api_key not in span.to_json()


@pytest.mark.parametrize("kind", KINDS)
def test_error_without_a_response_names_its_class(
    kind: type, silent_server: SilentServer, spans: Spans
) -> None:
    client = spans.of(kind(api_key="sk_canary", base_url=silent_server.url, max_retries=0, timeout=0.1))
    with pytest.raises(APITimeoutError):
        run(kind, client, lambda client: client.agents.list())
    span = spans.one()
    assert (span.attributes or {})["error.type"] == "APITimeoutError"
    assert "http.response.status_code" not in (span.attributes or {})
    with pytest.raises(UserError):
        run(kind, client, lambda client: client.agents.retrieve(".."))
    assert (spans.one().attributes or {})["error.type"] == "UserError"


@pytest.mark.parametrize("kind", KINDS)
def test_custom_request_hides_its_path(kind: type, stub_server: StubServer, spans: Spans) -> None:
    url = stub_server('{"message": "ok", "data": null}').base_url
    client = spans.of(kind(api_key="sk_canary", base_url=url))
    given = {"query": {"q": "canary"}, "headers": {"X-Own": "canary"}, "body": {"a": "canary"}}
    run(kind, client, lambda client: client.request("POST", "/canary", **given))
    span = spans.one()
    attributes = span.attributes or {}
    assert (span.name, attributes["bimpe.operation"]) == ("POST", "request")
    assert attributes["url.full"] == f"{url}/REDACTED?q=REDACTED"
    assert "url.template" not in attributes
    assert "canary" not in span.to_json()
    sent = stub_server.requests[-1].headers
    assert (sent["X-Own"], sent["traceparent"].split("-")[2]) == ("canary", ids(span)[1])


def test_key_function_error_keeps_its_text_out_of_the_span(spans: Spans, stub_server: StubServer) -> None:
    def fetch() -> str:
        raise ValueError("canary")

    client = spans.of(BimpeAI(api_key=fetch, base_url=stub_server("{}").base_url))
    with pytest.raises(ValueError, match="canary"):
        client.agents.list()
    span = spans.one()
    assert (span.attributes or {})["error.type"] == "ValueError"
    assert "canary" not in span.to_json()


def test_cancelled_task_ends_its_span(silent_server: SilentServer, spans: Spans) -> None:
    async def cancel() -> None:
        client = spans.of(AsyncBimpeAI(api_key="k", base_url=silent_server.url))
        task = asyncio.create_task(client.request("GET", "/x"))
        await asyncio.sleep(0.05)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert (spans.one().attributes or {})["error.type"] == "CancelledError"


class Fixed(CompositePropagator):
    """A propagator that sets these headers."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__([])
        self._headers = headers

    def inject(self, carrier: Any, context: Any = None, setter: Any = default_setter) -> None:  # noqa: ARG002
        for name, value in self._headers.items():
            setter.set(carrier, name, value)


@pytest.fixture
def set_propagator() -> Iterator[Callable[[Any], None]]:
    own = propagate.get_global_textmap()
    yield propagate.set_global_textmap
    propagate.set_global_textmap(own)


def test_propagator_of_the_program_sets_the_headers(
    sandbox: Sandbox, spans: Spans, set_propagator: Callable[[Any], None]
) -> None:
    client = spans.of(sandbox.client())
    token = context.attach(baggage.set_baggage("tenant", "shop"))
    try:
        client.agents.list()
    finally:
        context.detach(token)
    assert journal(sandbox, "agents.list")[-1]["headers"]["baggage"] == "tenant=shop"
    # HTTP does not allow two of them, which would fail the request.
    set_propagator(Fixed({"x-b3-traceid": "1", "x-value": "größe", "x name": "1"}))
    client.agents.list()
    headers = journal(sandbox, "agents.list")[-1]["headers"]
    assert headers["x-b3-traceid"] == "1"
    assert not {"traceparent", "x-value", "x name"} & set(headers)


def test_failing_propagator_changes_no_result(
    sandbox: Sandbox,
    spans: Spans,
    set_propagator: Callable[[Any], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reports.append)
    set_propagator(None)
    assert spans.of(sandbox.client()).agents.list().data
    assert [report.exc_type for report in reports] == [AttributeError]
    assert spans.one().name == "GET /agents"


def test_instrument_keeps_hooks_logging_and_derived_clients(
    sandbox: Sandbox, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bimpe")
    seen: list[str] = []
    client = sandbox.client(on_request=lambda request: seen.append(request.operation))
    raw, derived = client.with_raw_response, client.with_options(timeout=9)
    agents = client.agents
    assert spans.of(client) is client
    assert spans.of(client) is client  # replaces the first
    agents.list()
    raw.agents.list()
    derived.agents.list()
    client.with_options(timeout=8).agents.list()
    assert len(spans.all()) == len(seen) == len(caplog.records) == 4
    with pytest.raises(UserError, match="instrumented"):
        pickle.dumps(client)


def test_global_provider_is_the_default() -> None:
    program = """
import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import bimpe
from bimpe.otel import instrument

client = instrument(bimpe.BimpeAI(api_key="k", base_url="http://127.0.0.1:1", max_retries=0))
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
try:
    client.agents.list()
except bimpe.APIConnectionError:
    print(json.dumps([span.name for span in exporter.get_finished_spans()]))
"""
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["GET /agents"]


def test_package_imports_no_opentelemetry() -> None:
    program = """
import sys
import bimpe
client = bimpe.BimpeAI(api_key="k", base_url="http://127.0.0.1:1", max_retries=0, on_request=lambda _: None)
try:
    client.agents.list()
except bimpe.APIConnectionError:
    print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    done = python("-c", program)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_missing_opentelemetry_names_the_cure() -> None:
    program = "import sys; sys.modules['opentelemetry'] = None; import bimpe.otel"
    done = python("-c", program)
    assert "bimpe.otel needs OpenTelemetry: pip install opentelemetry-api" in done.stderr
