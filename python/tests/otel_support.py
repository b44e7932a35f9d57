"""Spans of OpenTelemetry in memory, and the requests that the sandbox received."""

from __future__ import annotations

import asyncio
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support import Sandbox

from bimpe import AsyncBimpeAI, BimpeAI
from bimpe.otel import instrument
from bimpe.testing._admin import Admin

KINDS = [BimpeAI, AsyncBimpeAI]


class Spans:
    """A tracer provider whose ended spans stay in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = self.provider.get_tracer("test")

    def all(self) -> list[ReadableSpan]:
        """Returns the spans of the client and clears them."""
        spans = [span for span in self._exporter.get_finished_spans() if span.kind is trace.SpanKind.CLIENT]
        self._exporter.clear()
        return spans

    def one(self) -> ReadableSpan:
        [span] = self.all()
        return span

    def of(self, client: Any) -> Any:
        return instrument(client, tracer_provider=self.provider)


def journal(sandbox: Sandbox, operation: str) -> list[dict[str, Any]]:
    return Admin(sandbox.url).request("GET", f"/requests?operation={operation}")


def ids(span: ReadableSpan) -> tuple[str, str]:
    """Returns the ids of the trace and the span as `traceparent` has them."""
    assert span.context is not None
    return f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"


def parents(requests: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [tuple(request["headers"]["traceparent"].split("-")[1:3]) for request in requests]


def names(span: ReadableSpan) -> list[str]:
    return [event.name for event in span.events]


def run(kind: type, client: Any, call: Any) -> Any:
    """Calls a method of a sync or an async client."""
    if kind is BimpeAI:
        return call(client)

    async def wait() -> Any:
        return await call(client)

    return asyncio.run(wait())
