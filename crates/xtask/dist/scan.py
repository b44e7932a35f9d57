"""Fails if a member of a wheel, a tarball or a binary contains one of the texts. Arguments: the file, the texts."""

from __future__ import annotations

import pathlib
import sys
import tarfile
import zipfile
from collections.abc import Iterator


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


file = pathlib.Path(sys.argv[1])
found = [
    f"{file.name}: {name} has {text}"
    for name, data in members(file)
    for text in sys.argv[2:]
    if text.encode() in data
]
sys.exit("\n".join(found) or None)
