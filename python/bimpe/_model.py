"""What all results have in common: they are fixed once made, and keep what the server sent."""

from __future__ import annotations

from keyword import iskeyword

from . import _hints as hints
from ._errors import MissingFieldError, UserError
from ._native import build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from typing_extensions import dataclass_transform

else:

    def dataclass_transform(**_: object) -> object:
        """Only type checkers read what it says."""
        return lambda cls: cls


_SECRET_ENDINGS = ("key", "secret", "token", "password", "ticket", "auth_config")


# For type checkers: fields cannot be assigned to, and by `init=False` the constructor is the one below.
@dataclass_transform(frozen_default=True, eq_default=False)
class Model:
    """A result. Fields are attributes; fields that this library does not know are attributes as well."""

    # The native decoder fills the slots of the subclasses, and `_absent` with the names of the fields
    # that the server left out (None if there are none). Unknown fields are in the `__dict__`.
    __slots__ = ("__dict__", "_absent")
    __match_args__: hints.ClassVar[tuple[str, ...]] = ()

    _absent: frozenset[str] | None
    _complete: hints.ClassVar[type[Model] | None] = None

    def __init__(self, **fields: hints.Any) -> None:
        """Makes a result, for example in a test. All fields that the server always sends are required."""
        from ._made import fill

        fill(self, fields)

    def __init_subclass__(cls, *, init: bool = False) -> None:
        if cls._complete is None:
            # A class that extends another has slots for its own fields only.
            cls.__match_args__ += vars(cls).get("__slots__", ())  # type: ignore[misc]

    @classmethod
    def from_dict(cls, data: hints.Mapping[str, hints.Any]) -> hints.Self:
        """A result from plain values, such as `to_dict()` gives."""
        try:
            return build(cls.__name__, _to_json(dict(data)))
        except UnicodeEncodeError as fault:
            raise UserError("the values hold half of a surrogate pair, which JSON cannot carry") from fault
        except ValueError as fault:
            raise UserError("the values are nested deeper than 127 levels") from fault

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
        from ._made import construct

        return construct(cls, values)

    def model_copy(
        self, *, update: hints.Mapping[str, hints.Any] | None = None, deep: bool = False
    ) -> hints.Self:
        """Returns a copy, with the values of `update`."""
        from copy import copy, deepcopy

        from ._made import replace

        made = deepcopy(self) if deep else copy(self)
        return replace(made, update) if update else made

    @classmethod
    def model_json_schema(cls, **options: hints.Any) -> dict[str, hints.Any]:
        """Returns the JSON schema. Needs pydantic."""
        from ._schema import published

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
        """Plain dicts, lists and values.

        Args:
            mode: `python` or `json`; the values are the same.
            include: The fields to take, as in `{"id", "name"}` or `{"channels": {"__all__": {"id"}}}`.
            exclude: The fields to leave out, in the same form.
            exclude_unset: Leave out what the server left out; otherwise that is None.
            exclude_defaults: Leave out what the server left out, and what is None.
            exclude_none: Leave out what is None.
            **unused: Other options of pydantic, which make no difference here.
        """
        _check_unused(unused)
        without_unset, without_none = exclude_unset or exclude_defaults, exclude_none or exclude_defaults
        fields = self._dump(exclude_unset=without_unset, exclude_none=without_none)
        if include is None and exclude is None:
            return fields
        from ._made import pick

        return pick(fields, include, exclude)

    def _dump(self, *, exclude_unset: bool, exclude_none: bool) -> dict[str, hints.Any]:
        fields: dict[str, hints.Any] = {}
        for name, value in self._items():
            is_absent = self._absent is not None and name in self._absent
            if not (exclude_unset and is_absent) and not (exclude_none and value is None):
                fields[name] = _plain(value, exclude_unset=exclude_unset, exclude_none=exclude_none)
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
        """The same as `model_dump`, as JSON text."""
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
        """Exactly what the server sent."""
        return self._dump(exclude_unset=True, exclude_none=False)

    def __json__(self) -> dict[str, hints.Any]:
        """Returns `to_dict()` for JSON encoders such as that of Celery."""
        return self.to_dict()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> hints.Any:
        """Lets results be fields of pydantic models and answers of FastAPI. Only pydantic calls this."""
        from ._schema import core_schema

        return core_schema(cls, cls._validated, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, hints.Any]:
        from ._schema import json_schema

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
        """The class of objects that lack a required field.

        It has a `__getattr__`, which says so when the field is read; on the class proper that would make
        the reading of every attribute slower.
        """
        members = {
            "__slots__": (),
            "__module__": cls.__module__,
            "__qualname__": cls.__qualname__,
            "__doc__": cls.__doc__,
            "__getattr__": _missing,
            "_complete": cls,
        }
        return type(cls.__name__, (cls,), members)

    def _items(self) -> Iterator[tuple[str, hints.Any]]:
        """The fields that can be read, by their names on the wire: those of the class, then unknown ones."""
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
        fields = (f"{name}={value}" for name, value in shown_fields(self).items())
        return f"{type(self).__name__}({', '.join(fields)})"

    def _repr_html_(self) -> str:
        from ._html import table

        return table([self], type(self).__name__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} objects cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} objects cannot be changed")

    def __reduce__(self) -> tuple[object, ...]:
        slots = {name: getattr(self, name) for name in self.__match_args__ if hasattr(self, name)}
        cls = self._complete or type(self)
        return restore, (cls, self._complete is not None, slots, self.__dict__, self._absent)


def shown_fields(model: Model) -> dict[str, str]:
    """The fields with their values as text; secrets are masked."""
    return {name: _shown(name, value) for name, value in model._items()}  # pyright: ignore[reportPrivateUsage]


def restore(
    cls: type[Model],
    lacks: bool,
    slots: dict[str, object],
    extra: dict[str, object],
    absent: frozenset[str] | None,
) -> Model:
    """An object as it was when it was pickled or copied."""
    model = object.__new__(cls._incomplete() if lacks else cls)  # pyright: ignore[reportPrivateUsage]
    for name, value in slots.items():
        object.__setattr__(model, name, value)
    object.__setattr__(model, "_absent", absent)
    model.__dict__.update(extra)
    return model


_MISSING = object()


def _check_unused(options: Any) -> None:
    """Refuses what pydantic does not know either."""
    if options:
        from ._made import check_unused

        check_unused(options)


def _missing(model: Model, name: str) -> object:
    if name in model.__match_args__:
        raise MissingFieldError(f"{type(model).__name__}.{name}: the server did not send this field")
    raise AttributeError(f"{type(model).__name__!r} object has no attribute {name!r}")


def wire_name(name: str) -> str:
    """The name on the wire of an attribute: `from_` is `from`, since Python cannot spell that."""
    if name.endswith("_") and (iskeyword(name[:-1]) or hasattr(Model, name[:-1])):
        return name[:-1]
    return name


def _plain(value: Any, *, exclude_unset: bool, exclude_none: bool) -> Any:
    if isinstance(value, Model):
        return value._dump(  # pyright: ignore[reportPrivateUsage]
            exclude_unset=exclude_unset, exclude_none=exclude_none
        )
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [_plain(item, exclude_unset=exclude_unset, exclude_none=exclude_none) for item in items]
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {
            name: _plain(item, exclude_unset=exclude_unset, exclude_none=exclude_none)
            for name, item in fields.items()
        }
    return value


def _to_json(value: dict[str, Any], indent: int | None = None) -> str:
    import json

    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators, default=_refuse
        )
    except (ValueError, RecursionError) as problem:
        raise UserError(f"this is not JSON: {problem}") from None


def _refuse(value: object) -> object:
    if isinstance(value, Model):
        return value.to_dict()
    raise UserError(f"{type(value).__name__} is not JSON")


def _shown(name: str, value: object) -> str:
    if isinstance(value, str) and name.lower().endswith(_SECRET_ENDINGS):
        return "'****'"
    return repr(value)
