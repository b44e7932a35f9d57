"""Invalid input raises before a request is sent. The servers here do not exist."""

import enum
import math
from collections import UserDict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from bimpe import APIConnectionError, BimpeAI, UserError


@pytest.fixture
def offline() -> BimpeAI:
    return BimpeAI(api_key="sk_test", base_url="http://127.0.0.1:1", max_retries=0)


@pytest.mark.parametrize(
    "value", ["", " ", ".", "..", "a\nb", "a\x00", "\x7f", "\ud800", "x" * 257, None, 7, True, b"a"]
)
def test_invalid_id_raises(offline: BimpeAI, value: Any) -> None:
    with pytest.raises(UserError, match="agent_id"):
        offline.agents.retrieve(value)
    with pytest.raises(UserError, match="agent_id"):
        offline.agents.integrations.custom_api.tools.delete(value, "integration", "tool")


def test_invalid_id_is_named(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="tool_id must be a string, got int"):
        offline.agents.integrations.custom_api.tools.delete("agent", "integration", 3)  # type: ignore[arg-type]


def test_id_equal_to_a_sibling_route_raises(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="phone_number_id"):
        offline.phone_numbers.retrieve("request")


def test_misspelled_keyword_raises_with_suggestion(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="did you mean `persona`"):
        offline.agents.update("agent", **{"persna": "friendly"})  # type: ignore[arg-type]


def test_missing_fields_raise_with_their_names(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="did you mean `description`"):
        offline.agents.create(workflow_id="w", name="Ada", **{"descriptions": "d"})  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"workflow_id.*description"):
        offline.agents.create(name="Ada")  # type: ignore[call-arg]


def test_unknown_enum_value_raises(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="persona"):
        offline.agents.update("agent", persona="frendly")  # type: ignore[arg-type]


def test_value_of_wrong_type_raises(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="is_ai_chat_paused"):
        offline.conversations.set_ai_status("agent", "conversation", is_ai_chat_paused="yes")  # type: ignore[arg-type]


def test_stripe_without_keys_raises(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="secret_key"):
        offline.agents.integrations.bimpeai.configure("agent", type="stripe")  # type: ignore[call-overload]


def test_request_options_are_not_fields(offline: BimpeAI) -> None:
    with pytest.raises(APIConnectionError) as caught:
        offline.agents.update("agent", name="Ada", idempotency_key="mine")
    assert caught.value.idempotency_key == "mine"


class Level(int, enum.Enum):
    LOW = 1


class Persona(str, enum.Enum):
    FRIENDLY = "friendly"


class Plain(enum.Enum):
    FRIENDLY = "friendly"


@dataclass
class Point:
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"x", r"`body_template\.a` is of type bytes, which JSON cannot hold; pass text"),
        ({1}, r"`body_template\.a` is of type set, .*pass a list"),
        (math.nan, r"`body_template\.a` is NaN, which JSON cannot hold"),
        (-math.inf, r"`body_template\.a` is infinity, which JSON cannot hold"),
        (2**64, r"`body_template\.a` does not fit into 64 bits"),
        ({1: 2}, r"`body_template\.a` has a key of type int"),
        ("\ud800", r"`body_template\.a` holds half of a surrogate pair"),
        ([0, {"b": object()}], r"`body_template\.a\[1\]\.b` is of type object, which JSON cannot hold"),
        (Plain.FRIENDLY, r"`body_template\.a` is of type Plain, .*pass its value"),
        (Decimal("1.5"), r"is of type Decimal, .*pass str\(\) or float\(\) of it"),
        (UUID(int=1), r"is of type UUID, .*pass str\(\)"),
        (date(2026, 1, 1), r"is of type date, .*pass its isoformat\(\)"),
        (datetime(2026, 1, 1), r"is of type datetime, .*pass its isoformat\(\)"),
        (Point(1, 2), r"is of type Point, .*pass dataclasses.asdict\(\) of it"),
    ],
)
def test_value_without_json_form_raises(offline: BimpeAI, value: Any, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        offline.agents.integrations.custom_api.tools.add(
            "agent",
            "integration",
            {"name": "n", "http_method": "GET", "url_template": "/", "body_template": {"a": value}},
        )
    assert caught.value.message.startswith("agents.integrations.custom_api.tools.add: `body_template.a")
    assert caught.value.field_errors[0]["path"].startswith("body_template.a")


def test_recursive_value_raises(offline: BimpeAI) -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    with pytest.raises(UserError, match="contains itself"):
        offline.agents.integrations.custom_api.tools.add("agent", "integration", endless)  # type: ignore[arg-type]


def test_mapping_that_changes_its_container_is_sent(offline: BimpeAI) -> None:
    outer: dict[str, Any] = {}

    class Changing(UserDict[str, Any]):
        def items(self) -> Any:
            outer[f"more {len(outer)}"] = 1
            return super().items()

    outer["a"] = Changing(b=1)
    outer["c"] = 2
    with pytest.raises(APIConnectionError):
        offline.agents.integrations.custom_api.tools.add(
            "agent",
            "integration",
            {"name": "n", "http_method": "GET", "url_template": "/", "body_template": outer},
        )


def test_mapping_with_invalid_items_raises(offline: BimpeAI) -> None:
    class CustomDict(UserDict[str, Any]):
        def items(self) -> Any:
            return [("a", 1), 2]

    with pytest.raises(UserError, match="is of type CustomDict"):
        offline.agents.integrations.custom_api.tools.add(
            "agent",
            "integration",
            {"name": "n", "http_method": "GET", "url_template": "/", "body_template": CustomDict(a=1)},
        )


@pytest.mark.parametrize("kind", [dict, MappingProxyType, UserDict])
@pytest.mark.parametrize(
    "value", [None, True, 2**64 - 1, -(2**63), 1.5, "é", (1, 2), [], Level.LOW, Persona.FRIENDLY]
)
def test_json_values_are_accepted(offline: BimpeAI, kind: Any, value: Any) -> None:
    with pytest.raises(APIConnectionError):
        offline.agents.integrations.custom_api.tools.add(
            "agent",
            "integration",
            {"name": "n", "http_method": "GET", "url_template": "/", "body_template": kind({"a": value})},
        )


@pytest.mark.parametrize("value", [None, "text", 3, [("name", "x")]])
def test_body_other_than_dict_raises(offline: BimpeAI, value: Any) -> None:
    with pytest.raises(UserError):
        offline.agents.knowledge_bases.create("agent", value)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"timeout": math.inf},
        {"timeout": "1"},
        {"timeout": True},
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"idempotency_key": 5},
        {"idempotency_key": ""},
        {"idempotency_key": "x" * 256},
        {"idempotency_key": "a\nb"},
        {"headers": 3},
        {"headers": {"X-A": 3}},
        {"headers": {"X-A": "a\r\nB: c"}},
        {"headers": {"Authorization": "Bearer other"}},
    ],
    ids=repr,
)
def test_invalid_option_raises(offline: BimpeAI, options: dict[str, Any]) -> None:
    name = next(iter(options))
    with pytest.raises(UserError) as caught:
        offline.agents.update("agent", name="Ada", **options)
    assert name.split("_")[0].rstrip("s") in str(caught.value).lower()
