"""Results keep every field and value that the server sent."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from bimpe import BimpeAI, BimpeAIError, Model, UnexpectedResponseError, UserError, types

CHANNEL: dict[str, Any] = {
    "id": "c1",
    "type": "whatsapp",
    "name": "Shop",
    "status": "enabled",
    "is_connected": True,
}


def channel(**changes: Any) -> types.Channel:
    return types.Channel.from_dict({**CHANNEL, **changes})


def served(stub_server: Callable[..., BimpeAI], data: str) -> Any:
    return stub_server(f'{{"message": "ok", "data": {data}}}').agents.retrieve("agent")


def test_model_is_immutable() -> None:
    model = channel()
    for change in (
        lambda: setattr(model, "id", "x"),
        lambda: setattr(model, "new", 1),
        lambda: delattr(model, "id"),
    ):
        with pytest.raises(AttributeError, match="are immutable"):
            change()
    with pytest.raises(UserError, match=r"Channel needs id, .*from_dict"):
        types.Channel()


def test_models_are_equal_and_hashable() -> None:
    assert channel() == channel()
    assert hash(channel()) == hash(channel())
    assert channel() != channel(name="Other")
    assert channel() != channel(extra=1)
    assert channel() != CHANNEL
    with pytest.raises(TypeError):
        hash(channel(extra=[1]))


def test_repr_masks_the_ticket_of_a_url() -> None:
    url = "https://example.com/stream?ticket=abc&after=cm1"
    shown = repr(types.StreamUrl.from_dict({"url": url, "expires_in": 60}))
    assert shown == "StreamUrl(url='https://example.com/stream?ticket=****', expires_in=60)"


def test_repr_masks_secrets() -> None:
    assert repr(channel(extra_field=1)) == (
        "Channel(id='c1', type='whatsapp', name='Shop', status='enabled', is_connected=True, extra_field=1)"
    )
    ticket = types.StreamTicket.from_dict({"ticket": "tk_canary", "expires_in": 60})
    assert "tk_canary" not in repr(ticket)


@pytest.mark.parametrize(
    "model", [channel(), channel(extra_field={"a": [1]}), types.Channel.from_dict({"id": "c1"})]
)
def test_models_can_be_copied_and_pickled(model: types.Channel) -> None:
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again == model
        assert again.to_dict() == model.to_dict()
        assert isinstance(again, types.Channel)


def test_models_match_patterns() -> None:
    match channel():
        case types.Channel("c1", kind, is_connected=True):
            assert kind == "whatsapp"
        case _:
            pytest.fail("no match")


def test_unknown_fields_and_values_are_kept() -> None:
    model: Any = channel(extra_field=1, status="brand new", model_dump="mine", **{"class": 2, "__class__": 3})
    assert (model.extra_field, model.status, model.model_dump_) == (1, "brand new", "mine")
    assert model.model_extra == {"extra_field": 1, "model_dump": "mine", "class": 2, "__class__": 3}
    assert type(model) is types.Channel
    assert types.Channel.from_dict(model.to_dict()) == model


def test_absent_differs_from_null() -> None:
    absent = types.KnowledgeBase.from_dict({"id": "k", "type": "text", "name": "n"})
    null = types.KnowledgeBase.from_dict({"id": "k", "type": "text", "name": "n", "url": None})
    assert absent.url is None
    assert null.url is None
    assert absent != null
    assert absent.model_fields_set == {"id", "type", "name"}
    assert null.model_fields_set == {"id", "type", "name", "url"}
    assert absent.to_dict() == {"id": "k", "type": "text", "name": "n"}
    assert absent.model_dump()["url"] is None
    assert null.model_dump(exclude_none=True) == {"id": "k", "type": "text", "name": "n"}
    assert json.loads(null.model_dump_json(exclude_unset=True)) == null.to_dict()


def test_absent_optional_field_is_none() -> None:
    detail = types.AgentDetail.from_dict({"id": "a1"})
    assert detail.language is None
    assert detail.channels == []
    assert detail.to_dict() == {"id": "a1"}
    assert hash(detail) == hash(types.AgentDetail.from_dict({"id": "a1"}))
    workflow = types.Workflow.from_dict({"id": "w1", "rules": [{"id": "r1"}], "flows": [{}]})
    assert workflow.rules[0].name is None
    assert workflow.flows[0].name is None


def test_absent_required_field_raises_on_read() -> None:
    model = types.Channel.from_dict({"id": "c1"})
    assert isinstance(model, types.Channel)
    with pytest.raises(BimpeAIError, match=r"Channel\.name") as caught:
        _ = model.name
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(model, "name")
    assert not hasattr(model, "nothing")
    assert repr(model) == "Channel(id='c1')"


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "3",
        '"text"',
        "[]",
        "[[1], null]",
        '{"id": {"a": []}, "status": 4, "channels": {"x": 1}}',
        "{}",
    ],
)
def test_unexpected_shape_is_kept(stub_server: Callable[..., BimpeAI], data: str) -> None:
    got = served(stub_server, data)
    assert (got.to_dict() if isinstance(got, Model) else got) == json.loads(data)


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "9223372036854775808",
        "-9223372036854775809",
        "1" * 40,
        "1.5",
        "1e5",
        "-0.0",
        "1801439850948199.0",
        "-1e19",
    ],
)
def test_numbers_are_kept(stub_server: Callable[..., BimpeAI], number: str) -> None:
    expected = json.loads(number)
    got = served(stub_server, f'{{"id": {number}, "deep": [{{"a": {number}}}]}}')
    assert (repr(got.id), repr(got.deep[0]["a"])) == (repr(expected), repr(expected))


@pytest.mark.parametrize("text", ['"é \\u00e9 \\ud83d\\ude00 😀"', '"\\u0000"', '""'])
def test_strings_are_kept(stub_server: Callable[..., BimpeAI], text: str) -> None:
    got = served(stub_server, f'{{"id": {text}, "extra_field": {text}}}')
    assert got.id == got.extra_field == json.loads(text)


def test_deep_values_are_kept(stub_server: Callable[..., BimpeAI]) -> None:
    deep = "[" * 100 + "]" * 100
    assert served(stub_server, f'{{"id": "a", "extra_field": {deep}}}').extra_field == json.loads(deep)


@pytest.mark.parametrize("extra_field", ["1E400", "[" * 600 + "]" * 600])
def test_response_with_uninteroperable_json_raises(
    stub_server: Callable[..., BimpeAI], extra_field: str
) -> None:
    with pytest.raises(UnexpectedResponseError, match="alike in all languages"):
        served(stub_server, f'{{"id": "a", "extra_field": {extra_field}}}')


def test_large_integers_are_exact(stub_server: Callable[..., BimpeAI]) -> None:
    number = 123456789 * 10**290 + 1
    assert served(stub_server, f'{{"id": "a", "extra_field": {number}}}').extra_field == number


@pytest.mark.parametrize("extra_field", ["1E400", '"\\ud800"', "[" * 600 + "]" * 600])
def test_from_dict_with_uninteroperable_json_raises(extra_field: str) -> None:
    values = {"id": "a", "extra_field": json.loads(extra_field)}
    with pytest.raises(UserError):
        types.Agent.from_dict(values)


def test_variants_are_distinguished_by_fields(stub_server: Callable[..., BimpeAI]) -> None:
    def configure(data: str) -> Any:
        client = stub_server(f'{{"message": "ok", "data": {data}}}')
        return client.agents.integrations.bimpeai.configure("agent", type="google_sheets")

    assert isinstance(configure('{"onboarding_url": "u", "more": 1}'), types.OnboardingUrl)
    assert isinstance(configure('{"channel_id": "c", "success": true}'), types.BimpeaiConnectResult)
    assert configure('{"other": 1}') == {"other": 1}
    big = configure('{"onboarding_url": "u", "big": 100000000000000000000}')
    assert (type(big), big.big) == (types.OnboardingUrl, 10**20)


def test_every_class_is_reached() -> None:
    for name in types.__all__:
        kind = getattr(types, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            assert kind.from_dict({}).to_dict() == {}
            assert kind.__doc__
