"""Writes a wheel again without paths, times and random ids of its build, and with other platform tags if given.

Arguments: the wheel, the folder for the result, the folder of the repository, and the platform tags.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib
import sys
import zipfile

from neutral_sbom import neutral_sbom


def with_tags(text: str, platforms: str) -> str:
    """Returns the WHEEL file with these platform tags, separated by dots."""
    lines = text.splitlines()
    tag = next(line for line in lines if line.startswith("Tag: ")).split("-")
    kept = [line for line in lines if not line.startswith("Tag: ")]
    return "\n".join([*kept, *(f"{tag[0]}-{tag[1]}-{platform}" for platform in platforms.split("."))]) + "\n"


def main(wheel: pathlib.Path, folder: pathlib.Path, repository: str, platforms: str = "") -> None:
    name = wheel.name
    if platforms:
        name = f"{wheel.stem.rpartition('-')[0]}-{platforms}.whl"
    records = []
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in sorted(
            old.infolist(), key=lambda entry: (".dist-info/" in entry.filename, entry.filename)
        ):
            data = old.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                record = entry
                continue
            if entry.filename.endswith(".cyclonedx.json"):
                data = neutral_sbom(data.decode(), repository).encode()
            if entry.filename.endswith(".dist-info/WHEEL") and platforms:
                data = with_tags(data.decode(), platforms).encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            records.append(f"{entry.filename},sha256={digest},{len(data)}\n")
            write(new, entry, data)
        write(new, record, "".join([*records, f"{record.filename},,\n"]).encode())
    print(folder / name)


def write(target: zipfile.ZipFile, entry: zipfile.ZipInfo, data: bytes) -> None:
    copy = zipfile.ZipInfo(entry.filename)
    copy.external_attr = entry.external_attr
    copy.create_system = 3
    copy.compress_type = zipfile.ZIP_DEFLATED
    target.writestr(copy, data, compresslevel=9)


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), *sys.argv[3:])
