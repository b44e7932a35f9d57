"""Properties of every result, for any data of the server."""

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pydantic import TypeAdapter

from bimpe import Model, types

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
MODELS = [
    kind
    for kind in (getattr(types, name) for name in types.__all__)
    if isinstance(kind, type) and issubclass(kind, Model)
]


@st.composite
def made(draw: st.DrawFn) -> tuple[type[Model], dict[str, Any]]:
    """Generates a class and its fields: known ones with any values, without some, and unknown ones."""
    kind = draw(st.sampled_from(MODELS))
    known = [name.removesuffix("_") for name in kind.__match_args__]
    fields = draw(st.dictionaries(st.sampled_from(known), JSON) if known else st.just({}))
    return kind, {**draw(st.dictionaries(TEXT, JSON, max_size=3)), **fields}


@given(made())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
def test_models_round_trip(given: tuple[type[Model], dict[str, Any]]) -> None:
    kind, data = given
    model = kind.from_dict(data)
    assert isinstance(model, kind)
    assert model.to_dict() == data
    assert model.model_fields_set == data.keys()
    assert json.loads(model.model_dump_json(exclude_unset=True)) == data
    assert kind.from_dict(json.loads(model.model_dump_json(exclude_unset=True))) == model
    for again in (copy.copy(model), copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again == model
        assert again.to_dict() == data
        assert again.model_fields_set == model.model_fields_set
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    assert adapter.validate_python(data) == model
    assert adapter.validate_json(adapter.dump_json(model)) == model
    assert adapter.dump_python(model) == data
    assert isinstance(repr(model), str)
    html: Any = model
    assert html._repr_html_().startswith("<table>")


@given(made(), made())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
def test_equal_models_have_equal_contents(
    one: tuple[type[Model], dict[str, Any]], other: tuple[type[Model], dict[str, Any]]
) -> None:
    (kind, data), (other_kind, other_data) = one, other
    first, second = kind.from_dict(data), other_kind.from_dict(other_data)
    assert (first == second) == (kind is other_kind and data == other_data)
    if not any(isinstance(value, list | dict) for value in data.values()):
        assert hash(first) == hash(kind.from_dict(data))


@given(JSON)
@settings(deadline=None)
def test_unknown_enum_value_is_kept(status: Any) -> None:
    channel = types.Channel.from_dict({"id": "c", "status": status})
    assert channel.status == status


@pytest.mark.parametrize("kind", MODELS)
def test_match_args_name_all_fields(kind: type[Model]) -> None:
    data = {name.removesuffix("_"): f"value {index}" for index, name in enumerate(kind.__match_args__)}
    model = kind.from_dict(data)
    assert [getattr(model, name) for name in kind.__match_args__] == list(data.values())
