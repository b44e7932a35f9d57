"""Schemas of results for pydantic. Only pydantic calls this module."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, get_type_hints

from . import wire_name

if TYPE_CHECKING:
    from . import Model


def core_schema(cls: type[Model], validate: Any, handler: Any) -> Any:
    """Returns a schema that accepts objects and dicts, and serializes to `to_dict()`."""

    def serialized(value: Model, info: Any) -> dict[str, Any]:
        # An `AgentDetail` in a field of type `Agent` serializes the fields of `Agent`, as pydantic models do.
        beyond = {wire_name(name) for name in set(value.__match_args__) - set(cls.__match_args__)}
        fields = value.model_dump(
            exclude_unset=True, exclude_none=info.exclude_none, include=info.include, exclude=info.exclude
        )
        return {name: item for name, item in fields.items() if name not in beyond}

    core: Any = import_module("pydantic_core.core_schema")
    fields: dict[str, Any] = {}
    for name, hint in _hints(cls).items():
        # Only describes the field: results accept any value of the server.
        fields[name] = core.typed_dict_field(handler.generate_schema(hint), required=False)
    return core.no_info_plain_validator_function(
        validate,
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core.plain_serializer_function_ser_schema(serialized, info_arg=True),
        json_schema_input_schema=core.typed_dict_schema(fields, extra_behavior="allow"),
    )


def json_schema(cls: type[Model], schema: Any, handler: Any) -> dict[str, Any]:
    """Returns the JSON schema, the same for input and output."""
    return {**handler(schema["json_schema_input_schema"]), "title": cls.__name__}


def _hints(cls: type[Model]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {wire_name(name): hints[name] for name in cls.__match_args__}


def published(cls: type[Model], options: dict[str, Any]) -> dict[str, Any]:
    """Returns the JSON schema of one class."""
    pydantic: Any = import_module("pydantic")
    return pydantic.TypeAdapter(cls).json_schema(**options)
