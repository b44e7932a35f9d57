"""The base class of all results. Results are immutable and keep every field that the server sent."""

from __future__ import annotations

from keyword import iskeyword

from .. import _lazy_typing as hints
from .._errors import MissingFieldError, UserError
from .._native import build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from typing_extensions import dataclass_transform

else:

    def dataclass_transform(**_: object) -> object:
        """Does nothing at runtime. Only type checkers read its arguments."""
        return lambda cls: cls


_SECRET_ENDINGS = ("key", "secret", "token", "password", "ticket", "auth_config")


# For type checkers: fields are read-only, and `init=False` keeps the constructor below.
@dataclass_transform(frozen_default=True, eq_default=False)
class Model:
    """A result. Fields are attributes, those unknown to this library included."""

    # The native decoder fills the slots of the subclasses, and `_absent` with the names of the fields
    # that the server omitted (None if it omitted none). Unknown fields are in the `__dict__`.
    __slots__ = ("__dict__", "_absent")
    __match_args__: hints.ClassVar[tuple[str, ...]] = ()

    _absent: frozenset[str] | None
    _complete: hints.ClassVar[type[Model] | None] = None

    def __init__(self, **fields: hints.Any) -> None:
        """Creates a result, for example in a test. All fields that the server always sends are required."""
        from .construct import fill

        fill(self, fields)

    def __init_subclass__(cls, *, init: bool = False) -> None:
        if cls._complete is None:
            # A class that extends another has slots for its own fields only.
            cls.__match_args__ += vars(cls).get("__slots__", ())  # type: ignore[misc]

    @classmethod
    def from_dict(cls, data: hints.Mapping[str, hints.Any]) -> hints.Self:
        """Returns a result from plain values, such as those of `to_dict()`."""
        try:
            return build(cls.__name__, _to_json(dict(data)))
        except UnicodeEncodeError as error:
            raise UserError("the values contain an unpaired surrogate, which JSON cannot encode") from error
        except ValueError as error:
            raise UserError("the values are nested deeper than 127 levels") from error

    @classmethod
    def model_validate(cls, obj: hints.Any, **unused: hints.Unpack[hints.UnusedOptions]) -> hints.Self:
        """Returns a result from a dict. Returns an object of the class unchanged."""
        _check_unused(unused)
        return cls._validated(obj)

    @classmethod
    def model_validate_json(
        cls, json_data: str | bytes | bytearray, **unused: hints.Unpack[hints.UnusedOptions]
    ) -> hints.Self:
        """Returns a result from JSON text."""
        import json

        _check_unused(unused)
        return cls._validated(json.loads(json_data))

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: hints.Any) -> hints.Self:
        """Returns a result with these values, unchecked. Reading a missing required field raises."""
        from .construct import construct

        return construct(cls, values)

    def model_copy(
        self, *, update: hints.Mapping[str, hints.Any] | None = None, deep: bool = False
    ) -> hints.Self:
        """Returns a copy, with the values of `update`."""
        from copy import copy, deepcopy

        from .construct import replace

        made = deepcopy(self) if deep else copy(self)
        return replace(made, update) if update else made

    @classmethod
    def model_json_schema(cls, **options: hints.Any) -> dict[str, hints.Any]:
        """Returns the JSON schema. Needs pydantic."""
        from .schema import published

        return published(cls, options)

    @property
    def model_fields_set(self) -> set[str]:
        """The names of the fields that the server sent, null or not."""
        known = {wire_name(name) for name in self.__match_args__}
        return (known - (self._absent or frozenset())) | self.model_extra.keys()

    @property
    def model_extra(self) -> dict[str, hints.Any]:
        """The fields that the server sent beyond those of the class."""
        return {wire_name(name): value for name, value in self.__dict__.items()}

    def model_dump(
        self,
        *,
        mode: str = "python",  # noqa: ARG002
        include: hints.Any = None,
        exclude: hints.Any = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **unused: hints.Unpack[hints.UnusedOptions],
    ) -> dict[str, hints.Any]:
        """Returns plain dicts, lists and values.

        Args:
            mode: `python` or `json`; the values are the same.
            include: Fields to include, as in `{"id", "name"}` or `{"channels": {"__all__": {"id"}}}`.
            exclude: Fields to exclude, in the same form.
            exclude_unset: Exclude fields that the server omitted. They are None otherwise.
            exclude_defaults: Exclude fields that the server omitted and fields that are None.
            exclude_none: Exclude fields that are None.
            **unused: Other options of pydantic, without effect.
        """
        _check_unused(unused)
        without_unset, without_none = exclude_unset or exclude_defaults, exclude_none or exclude_defaults
        fields = self._dump(without_unset, without_none)
        if include is None and exclude is None:
            return fields
        from .construct import pick

        return pick(fields, include, exclude)

    def _dump(self, without_unset: bool, without_none: bool) -> dict[str, hints.Any]:
        fields: dict[str, hints.Any] = {}
        for name, value in self._items():
            is_absent = self._absent is not None and name in self._absent
            if not (without_unset and is_absent) and not (without_none and value is None):
                fields[name] = _plain(value, without_unset, without_none)
        return fields

    def model_dump_json(
        self,
        *,
        indent: int | None = None,
        include: hints.Any = None,
        exclude: hints.Any = None,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude_none: bool = False,
        **unused: hints.Unpack[hints.UnusedOptions],
    ) -> str:
        """Returns the fields of `model_dump` as JSON text."""
        fields = self.model_dump(
            include=include,
            exclude=exclude,
            exclude_unset=exclude_unset,
            exclude_defaults=exclude_defaults,
            exclude_none=exclude_none,
            **unused,
        )
        return _to_json(fields, indent)

    def to_dict(self) -> dict[str, hints.Any]:
        """Returns exactly the fields that the server sent."""
        return self._dump(True, False)

    def __json__(self) -> dict[str, hints.Any]:
        """Returns `to_dict()` for JSON encoders such as that of Celery."""
        return self.to_dict()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> hints.Any:
        """Returns the schema for pydantic models and FastAPI responses. Only pydantic calls this."""
        from .schema import core_schema

        return core_schema(cls, cls._validated, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, hints.Any]:
        from .schema import json_schema

        return json_schema(cls, schema, handler)

    @classmethod
    def _validated(cls, value: hints.Any) -> hints.Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, dict):
            fields: dict[str, hints.Any] = value  # pyright: ignore[reportUnknownVariableType]
            return cls.from_dict(fields)
        raise ValueError(f"must be a {cls.__name__} or a dict")

    @classmethod
    def _incomplete(cls) -> type[Model]:
        """Returns the class of objects that lack a required field.

        Only this class has a `__getattr__`, which raises when the field is read. On the base class it would
        slow down every attribute access.
        """
        members = {
            "__slots__": (),
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            "__getattr__": _missing_field_error,
            "_complete": cls,
        }
        return type(cls.__name__, (cls,), members)

    def _items(self) -> Iterator[tuple[str, hints.Any]]:
        """Yields the present fields by wire name: first those of the class, then unknown ones."""
        for name in self.__match_args__:
            value = getattr(self, name, _MISSING)
            if value is not _MISSING:
                yield wire_name(name), value
        yield from self.model_extra.items()

    def _content(self) -> tuple[object, ...]:
        absent = self._absent or frozenset()
        sent = (item for item in self._items() if item[0] not in absent)
        return (self._complete or type(self), self._absent, *sent)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model):
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        fields = (f"{name}={value}" for name, value in repr_fields(self).items())
        return f"{type(self).__name__}({', '.join(fields)})"

    def _repr_html_(self) -> str:
        from .html import table

        return table([self], type(self).__name__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} objects are immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} objects are immutable")

    def __reduce__(self) -> tuple[object, ...]:
        slots = {name: getattr(self, name) for name in self.__match_args__ if hasattr(self, name)}
        cls = self._complete or type(self)
        return restore, (cls, self._complete is not None, slots, self.__dict__, self._absent)


def repr_fields(model: Model) -> dict[str, str]:
    """Returns the fields with their values as text. Masks secrets."""
    return {name: _repr_value(name, value) for name, value in model._items()}  # pyright: ignore[reportPrivateUsage]


def restore(
    cls: type[Model],
    is_incomplete: bool,
    slots: dict[str, object],
    extra: dict[str, object],
    absent: frozenset[str] | None,
) -> Model:
    """Restores an object that was pickled or copied."""
    model = object.__new__(cls._incomplete() if is_incomplete else cls)  # pyright: ignore[reportPrivateUsage]
    for name, value in slots.items():
        object.__setattr__(model, name, value)
    object.__setattr__(model, "_absent", absent)
    model.__dict__.update(extra)
    return model


_MISSING = object()


def _check_unused(options: Any) -> None:
    """Refuses options that pydantic does not have."""
    if options:
        from .._unused_options import check_unused

        check_unused(options)


def _missing_field_error(model: Model, name: str) -> object:
    if name in model.__match_args__:
        raise MissingFieldError(f"{type(model).__name__}.{name}: the server did not send this field")
    raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")


def wire_name(name: str) -> str:
    """Returns the wire name of an attribute: `from_` is `from`, which is a keyword in Python."""
    if name.endswith("_") and (iskeyword(name[:-1]) or hasattr(Model, name[:-1])):
        return name[:-1]
    return name


def _plain(value: Any, without_unset: bool, without_none: bool) -> Any:
    if isinstance(value, Model):
        return value._dump(without_unset, without_none)  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [_plain(item, without_unset, without_none) for item in items]
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {name: _plain(item, without_unset, without_none) for name, item in fields.items()}
    return value


def _to_json(value: dict[str, Any], indent: int | None = None) -> str:
    import json

    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, default=_encode
        )
    except (ValueError, RecursionError) as problem:
        raise UserError(f"the values cannot be encoded as JSON: {problem}") from None


def _encode(value: object) -> object:
    if isinstance(value, Model):
        return value.to_dict()
    raise UserError(f"a value of type {type(value).__name__} cannot be encoded as JSON")


def _repr_value(name: str, value: object) -> str:
    if isinstance(value, str):
        if name.lower().endswith(_SECRET_ENDINGS):
            return "'****'"
        # The ticket in the URL of a stream replaces the key.
        address, ticket, _ = value.partition("?ticket=")
        if ticket:
            return repr(f"{address}{ticket}****")
    return repr(value)
