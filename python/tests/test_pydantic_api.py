"""Methods of pydantic on results, and constructors of results and errors."""

import copy
import json
import pickle
from typing import Any

import pytest
from kombu.utils.json import dumps

from bimpe import (
    APIConnectionError,
    APITimeoutError,
    BimpeAIError,
    NotFoundError,
    RateLimitError,
    UserError,
    ValidationError,
    types,
)

CHANNEL: dict[str, Any] = {
    "id": "c1",
    "type": "whatsapp",
    "name": "Shop",
    "status": "enabled",
    "is_connected": True,
}
CODE = types.AgentTestCode.from_dict(
    {"code": "X1", "channels": {"whatsapp": {"phone_number": "+1", "start_message": "hi"}}}
)


def test_constructor_takes_fields_and_requires_those_always_sent() -> None:
    channel = types.Channel(**CHANNEL, new_field=[1])
    assert channel == types.Channel.from_dict({**CHANNEL, "new_field": [1]})
    assert channel.new_field == [1]  # type: ignore[attr-defined]
    assert types.AgentDetail(**{**AGENT, "channels": [channel]}).channels == [channel]
    assert pickle.loads(pickle.dumps(channel)) == channel
    with pytest.raises(UserError, match=r"Channel needs name, status, is_connected; .*from_dict"):
        types.Channel(id="c1", type="whatsapp")


AGENT: dict[str, Any] = {
    "id": "a1",
    "name": "Ada",
    "description": "",
    "workflow_id": None,
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-01T00:00:00Z",
}


def test_validate_construct_and_copy_return_results() -> None:
    channel = types.Channel.model_validate(CHANNEL, strict=True)
    assert types.Channel.model_validate(channel) is channel
    assert types.Channel.model_validate_json(json.dumps(CHANNEL)) == channel
    with pytest.raises(ValueError, match="must be a Channel or a dict"):
        types.Channel.model_validate(3)
    with pytest.raises(TypeError, match="unknown"):
        types.Channel.model_validate(CHANNEL, unknown=True)  # type: ignore[call-arg]
    some = types.Channel.model_construct(id="c1", name=object)
    assert (some.id, some.name) == ("c1", object)
    assert not hasattr(some, "status")
    assert types.KnowledgeBase.model_construct(id="k").url is None
    renamed = channel.model_copy(update={"name": "Other", "more": 1})
    assert renamed.to_dict() == {**CHANNEL, "name": "Other", "more": 1}
    assert channel.name == "Shop"
    assert channel.model_copy(deep=True) == copy.copy(channel) == channel


def test_dump_with_include_and_exclude_returns_a_part() -> None:
    channel = types.Channel(**CHANNEL)
    assert channel.model_dump(mode="json", by_alias=True) == CHANNEL
    assert channel.model_dump(include={"id", "name"}) == {"id": "c1", "name": "Shop"}
    assert channel.model_dump(include={"id", "name"}, exclude={"name"}) == {"id": "c1"}
    assert json.loads(channel.model_dump_json(exclude={"id": True})).keys() == CHANNEL.keys() - {"id"}
    phone = {"channels": {"whatsapp": {"phone_number"}}}
    assert CODE.model_dump(include=phone) == {"channels": {"whatsapp": {"phone_number": "+1"}}}
    assert "phone_number" not in CODE.model_dump(exclude=phone)["channels"]["whatsapp"]
    agent = types.AgentDetail(**AGENT, channels=[channel])
    assert agent.model_dump(include={"channels": {"__all__": {"id"}}}) == {"channels": [{"id": "c1"}]}
    assert agent.model_dump(include={"channels": {0: {"id": ...}}}) == {"channels": [{"id": "c1"}]}
    assert "workflow_id" not in agent.model_dump(exclude_defaults=True)
    with pytest.raises(TypeError, match="unknown"):
        channel.model_dump(unknown=True)  # type: ignore[call-arg]


def test_celery_encoder_takes_results() -> None:
    assert json.loads(dumps({"args": [types.Channel(**CHANNEL)]})) == {"args": [CHANNEL]}


def test_detail_classes_extend_their_summaries() -> None:
    for detail, base in (
        (types.AgentDetail, types.Agent),
        (types.AgentCreateResponse, types.Agent),
        (types.CallDetail, types.Call),
        (types.ConversationDetail, types.Conversation),
        (types.PhoneNumberDetail, types.PhoneNumber),
    ):
        assert issubclass(detail, base)
        assert detail.__match_args__[: len(base.__match_args__)] == base.__match_args__
    match types.AgentDetail(**AGENT):
        case types.Agent(name=name):
            assert name == "Ada"


def test_json_schema_has_the_class_name() -> None:
    assert types.Channel.model_json_schema()["title"] == "Channel"


def test_error_constructors_take_official_keywords() -> None:
    error = NotFoundError(
        "no such agent",
        status=404,
        code="not_found",
        request_id="r1",
        headers={"X-Request-Id": "r1"},
        body={"message": "no such agent"},
    )
    assert (str(error), error.message, error.status) == ("no such agent", "no such agent", 404)
    assert error.headers["x-request-id"] == "r1"
    assert pickle.loads(pickle.dumps(error)).code == "not_found"
    fields = [{"path": "name", "message": "too long"}]
    common: dict[str, Any] = {"status": 400, "code": None, "request_id": None, "headers": {}, "body": None}
    assert ValidationError("no", field_errors=fields, **common).field_errors == fields
    limited = RateLimitError("slow down", retry_after=3, limit=60, remaining=0, reset_at=9, **common)
    assert (limited.retry_after, limited.limit) == (3, 60)
    cause = OSError("gone")
    assert APIConnectionError("lost", cause=cause).__cause__ is cause
    assert isinstance(APITimeoutError("late", cause=cause), BimpeAIError)
    with pytest.raises(TypeError, match="statuses"):
        NotFoundError("no", statuses=404)
