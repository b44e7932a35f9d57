"""Checks the members of a wheel, a tarball or a binary.

Arguments: the file, and folders that no member may name.

A package with compiled code needs a CycloneDX document that lists its crates.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tarfile
import zipfile
from collections.abc import Iterator

COMPILED = {".exe", ".node", ".pyd", ".so", ".wasm"}


def members(file: pathlib.Path) -> Iterator[tuple[str, bytes]]:
    if file.suffix == ".whl":
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    elif file.suffix == ".tgz":
        with tarfile.open(file) as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                yield entry.name, content.read() if content else b""
    else:
        yield file.name, file.read_bytes()


def is_compiled(name: str) -> bool:
    path = pathlib.PurePosixPath(name)
    return path.suffix in COMPILED or path.name == "bimpe"


def lists_crates(name: str, data: bytes) -> bool:
    if not name.endswith(".cyclonedx.json"):
        return False
    return any(component["name"] == "bimpe" for component in json.loads(data)["components"])


def errors(file: pathlib.Path, folders: list[str]) -> Iterator[str]:
    found = dict(members(file))
    # With a separator, because "/root" is also in the method "notifications/roots/list_changed" of MCP.
    paths = [folder + separator for folder in folders for separator in "/\\"]
    for name, data in found.items():
        yield from (f"{file.name}: {name} has {path}" for path in paths if path.encode() in data)
    is_package = file.suffix in {".whl", ".tgz"}
    if (
        is_package
        and any(map(is_compiled, found))
        and not any(lists_crates(*member) for member in found.items())
    ):
        yield f"{file.name} has no list of its crates"


sys.exit("\n".join(errors(pathlib.Path(sys.argv[1]), sys.argv[2:])) or None)
