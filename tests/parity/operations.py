"""All operations, with arguments from the examples of the API description. Both libraries are tested with them."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "crates/bimpe-sandbox/src/openapi.json").read_text(encoding="utf-8"))
STREAM = "conversations.messages.stream"

# These methods take their body as one dict.
DICT_BODIES = {"agents.integrations.custom_api.tools.add", "agents.knowledge_bases.create", "calls.make"}


@dataclass(frozen=True)
class Operation:
    """An operation with its arguments and its response."""

    id: str
    method: str
    template: str
    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any] | None
    response: dict[str, Any] = field(repr=False)

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Returns the target of a `$ref`, or the node itself."""
    if "$ref" not in node:
        return node
    target: Any = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return target


def sample(schema: dict[str, Any]) -> Any:
    """Returns a value that a schema permits, with every field."""
    schema = resolve(schema)
    for known in ("example", "const"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    if "allOf" in schema:
        return {name: value for part in schema["allOf"] for name, value in sample(part).items()}
    if "oneOf" in schema:
        variants = [sample(part) for part in schema["oneOf"] if resolve(part).get("type") != "null"]
        if all(isinstance(variant, dict) for variant in variants):
            return {name: value for variant in variants for name, value in variant.items()}
        return variants[0]
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = next(name for name in kind if name != "null")
    if kind == "object":
        return {name: sample(part) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [sample(schema["items"])] if "items" in schema else []
    texts = {
        "date-time": "2026-06-24T08:23:02.384Z",
        "uri": "https://example.com/x",
        "email": "a@example.com",
    }
    plain = {"string": "text", "integer": 1, "number": 1, "boolean": False}
    return texts.get(schema.get("format", ""), plain[kind])


def _operation(method: str, template: str, described: dict[str, Any]) -> Operation:
    parameters = [resolve(parameter) for parameter in described.get("parameters", [])]
    examples = {place: {p["name"]: p["example"] for p in parameters if p["in"] == place} for place in ("path", "query")}
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    success = next(response for status, response in described["responses"].items() if status.startswith("2"))
    schema = next(iter(success["content"].values()))["schema"]
    return Operation(described["operationId"], method.upper(), template, **examples, body=body, response=sample(schema))


OPERATIONS = sorted(
    (
        _operation(method, template, described)
        for template, methods in DOCUMENT["paths"].items()
        for method, described in methods.items()
        if method != "parameters"
    ),
    key=lambda operation: operation.id,
)


def method_of(client: Any, operation_id: str) -> Any:
    """Returns the method with this dotted name."""
    target = client
    for part in operation_id.split("."):
        target = getattr(target, part)
    return target


def takes_options(client: Any, operation_id: str) -> bool:
    """Returns whether the method declares per-request options. 19 methods of the official library do."""
    return "idempotency_key" in inspect.signature(method_of(client, operation_id)).parameters


def invoke(
    client: Any,
    operation_id: str,
    path: list[str],
    query: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Calls a method and returns its result. Awaits awaitables, and returns the first event of a stream."""
    method = method_of(client, operation_id)
    positional: list[Any] = list(path)
    keywords = dict(query or {})
    if operation_id in DICT_BODIES:
        positional.append(body)
    else:
        keywords |= body or {}
    result = method(*positional, **keywords, **options)
    if operation_id == STREAM:
        return asyncio.run(result.__anext__()) if hasattr(result, "__anext__") else next(iter(result))
    return asyncio.run(_await(result)) if inspect.isawaitable(result) else result


async def _await(result: Awaitable[Any]) -> Any:
    return await result
