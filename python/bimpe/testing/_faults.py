"""The fields of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict


class FaultOptions(TypedDict, total=False):
    """A fault. Without an operation, `method` and `path`, all requests get it."""

    method: Literal["GET", "POST", "PATCH", "PUT", "DELETE"]
    """HTTP method of the requests. Defaults to all methods."""
    path: str
    """Path of the requests, without `/api/v1/console`. `*` is any segment, as in `/agents/*/calls`."""
    times: int
    """Number of requests that get the fault. Defaults to all."""
    after: int
    """Number of matching requests before the fault. Defaults to 0."""
    latency_ms: int
    """Time before the request is handled, in milliseconds."""
    status: int
    """Status of the response. The sandbox does not run the operation."""
    body: Any
    """Body of the response, as JSON or text. The sandbox does not run the operation."""
    headers: Mapping[str, str | None]
    """Headers of the response. None removes a header."""
    retry_after: float
    """Seconds in the `Retry-After` header."""
    retry_after_form: Literal["seconds", "date"]
    """Form of the `Retry-After` header. Defaults to seconds."""
    idempotency: Literal["replay", "conflict"]
    """The response to a repeated idempotency key: the earlier response, or an error."""
    response: Literal["without_meta", "unknown_enums", "unknown_fields"]
    """Change of the JSON that the operation returns."""
    wire: Literal["reset_before", "reset_after_commit", "reset_in_body", "stall", "truncate"]
    """Reset of the connection before the operation, after it or in the body, or half of the body only."""
    stream: Literal["cut", "silence", "duplicate", "bad_event", "expired_ticket"]
    """Fault of a stream: its end, no further event, repeated events, an invalid event, a refused ticket."""
    stream_after: int
    """Number of events before the fault of the stream. Defaults to 0."""
