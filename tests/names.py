"""The names of the shared table, as Python writes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

NAMES: list[str] = json.loads((Path(__file__).parent / "cases" / "names.json").read_text(encoding="utf-8"))["names"]


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def foreign(text: str) -> list[str]:
    """The names in a text that belong to another language."""
    return [camel(name) for name in NAMES if re.search(rf"\b{camel(name)}\b", text)]
