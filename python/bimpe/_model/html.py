"""Tables for notebooks."""

from __future__ import annotations

from html import escape
from typing import Any

from . import Model, repr_fields

_WIDTH = 120


def table(items: list[Any], caption: str) -> str:
    """Returns an HTML table with a row per item and a column per field."""
    rows = [repr_fields(item) if isinstance(item, Model) else {"": repr(item)} for item in items]
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(row.get(name, ''))}</td>" for name in names) + "</tr>" for row in rows
    )
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _cell(text: str) -> str:
    return escape(text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…")
