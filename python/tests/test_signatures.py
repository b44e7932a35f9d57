"""Signatures and annotations of methods, as editors, notebooks and tool makers read them."""

import functools
import inspect
import pickle
import typing
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model, validate_call

import bimpe
from bimpe import OMIT, AsyncBimpeAI, BimpeAI, Model, UserError, resources, types

OPTIONS = {"self", "idempotency_key", "timeout", "max_retries", "headers"}


def methods() -> Iterator[Any]:
    """Every generated method."""
    for module in iter_modules(resources.__path__):
        if module.name == "raw":
            continue
        for kind in vars(import_module(f"bimpe.resources.{module.name}")).values():
            if isinstance(kind, type) and kind.__module__ == f"bimpe.resources.{module.name}":
                yield from (one for one in vars(kind).values() if inspect.isfunction(one))


METHODS = pytest.mark.parametrize("method", [*methods()], ids=lambda method: method.__qualname__)


@pytest.fixture
def offline() -> BimpeAI:
    return BimpeAI(api_key="sk_test", base_url="http://127.0.0.1:1", max_retries=0)


@METHODS
def test_method_annotations_evaluate(method: Callable[..., object]) -> None:
    hints = typing.get_type_hints(method)
    assert "return" in hints
    inspect.signature(method, eval_str=True)


@METHODS
def test_method_parameters_are_documented_fields_then_options(method: Callable[..., object]) -> None:
    parameters = inspect.signature(method).parameters
    assert all(parameter.kind != parameter.VAR_KEYWORD for parameter in parameters.values())
    documented = method.__doc__ or ""
    for name in parameters.keys() - {"self"}:
        assert f"\n            {name}: " in documented, name
    # Options come last.
    fields = [name not in OPTIONS for name in parameters][1:]
    if "headers" in parameters:
        assert fields == sorted(fields, reverse=True)


def test_signature_of_create_shows_required_and_optional_fields(offline: BimpeAI) -> None:
    shown = inspect.signature(offline.agents.create)
    assert [*shown.parameters][:4] == ["workflow_id", "name", "description", "language"]
    assert shown.parameters["name"].default is inspect.Parameter.empty
    assert shown.parameters["language"].default is OMIT


def test_public_class_annotations_evaluate() -> None:
    names = [getattr(bimpe, name) for name in bimpe.__all__ if name not in ("OMIT", "__version__", "types")]
    for kind in (one for one in names if isinstance(one, type)):
        if issubclass(kind, Model | Exception):
            typing.get_type_hints(kind)
        for name, method in vars(kind).items():
            if inspect.isfunction(method) and not name.startswith("_"):
                typing.get_type_hints(method)
    for client in (BimpeAI, AsyncBimpeAI):
        assert typing.get_type_hints(client.__init__)["timeout"] == float | None
    for name in types.__all__:
        kind = getattr(types, name)
        if isinstance(kind, type):
            assert typing.get_type_hints(kind)


def test_misspelled_keyword_raises_with_suggestion(offline: BimpeAI) -> None:
    with pytest.raises(UserError, match="did you mean `persona`"):
        offline.agents.update("agent", **{"persna": "friendly"})  # type: ignore[arg-type]


def test_omitted_required_field_raises(offline: BimpeAI) -> None:
    assert not OMIT
    assert repr(OMIT) == "OMIT"
    assert pickle.loads(pickle.dumps(OMIT)) is OMIT
    with pytest.raises(UserError, match="name"):
        offline.agents.create(workflow_id="w", name=OMIT, description="d")


def test_validate_call_checks_the_values_of_a_method(offline: BimpeAI) -> None:
    update = validate_call(offline.agents.update)
    with pytest.raises(ValidationError, match="persona"):
        update("agent", persona="frendly")  # type: ignore[arg-type]
    with pytest.raises(bimpe.APIConnectionError):
        update("agent", persona="friendly")


@METHODS
def test_method_becomes_a_tool_with_all_fields(method: Callable[..., object]) -> None:
    """Makes a model of the parameters, as FastMCP and LangChain do."""
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(method, eval_str=True).parameters.items():
        if name != "self":
            required = parameter.default is parameter.empty
            fields[name] = (parameter.annotation, ... if required else parameter.default)
    model = create_model("Arguments", __config__=ConfigDict(arbitrary_types_allowed=True), **fields)
    schema = model.model_json_schema()
    assert schema.get("properties", {}).keys() == fields.keys()


def test_wrapper_of_a_method_has_its_signature(offline: BimpeAI) -> None:
    @functools.wraps(offline.agents.create)
    def create(*given: Any, **named: Any) -> Any:
        return offline.agents.create(*given, **named)

    assert inspect.signature(create) == inspect.signature(offline.agents.create)


def test_input_types_work_in_pydantic() -> None:
    for name in types.__all__:
        kind = getattr(types, name)
        if not (isinstance(kind, type) and issubclass(kind, Model)):
            TypeAdapter(kind).json_schema()
    params = TypeAdapter(types.CreateAgentParams)
    with pytest.raises(ValidationError, match="description"):
        params.validate_python({"workflow_id": "w", "name": "Ada"})
    assert params.validate_python({"workflow_id": "w", "name": "Ada", "description": "d"})
