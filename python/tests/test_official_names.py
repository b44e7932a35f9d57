"""Public names of the official package, under the same module paths."""

import importlib
from pathlib import Path

import pytest
from support import ROOT

import bimpe
from bimpe import Model

LINES = [line.split() for line in Path(ROOT / "tests/official/python-names.txt").read_text().splitlines()]
NAMES = [
    (module, name, kind, base)
    for module, name, kind, *bases in LINES
    if module[0] != "#"
    for base in bases[:1]
]
# Programs do not make resources, so these classes have no counterpart.
PRIVATE = {"SyncStreamTransport", "AsyncStreamTransport"}


@pytest.mark.parametrize(
    ("module", "name", "base"),
    [(module, name, base) for module, name, kind, base in NAMES if name not in PRIVATE and kind == "class"],
)
def test_official_class_is_importable_with_its_base(module: str, name: str, base: str) -> None:
    ours = importlib.import_module(module.replace("bimpeai", "bimpe", 1))
    found = getattr(ours, name)
    assert found is not None
    if base == "_Model":
        assert issubclass(found, Model)
    elif base not in ("dict", "object", "Generic"):
        assert issubclass(found, getattr(ours, base)), base


def test_root_has_all_official_names() -> None:
    root = next(line for line in LINES if line[:2] == ["bimpeai", "__all__"])[2:]
    assert len(root) > 50
    missing = [name for name in root if not hasattr(bimpe, name)]
    assert not missing


def test_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = bimpe.types.agents.Nonsense  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = bimpe.resources.conversations.Nonsense  # type: ignore[attr-defined]
