"""Writes a CycloneDX document again without paths, time and random number of its build.

Arguments: the document, the file for the result, and the folder of the repository.
"""

from __future__ import annotations

import json
import pathlib
import sys


def neutral_sbom(text: str, repository: str) -> str:
    """Returns a CycloneDX document without paths of the builder, its time and its random number."""
    root = pathlib.Path(repository).as_uri()
    document = json.loads(text.replace(f"path+{root}", "path+file:///bimpe"))
    document.pop("serialNumber", None)
    document["metadata"].pop("timestamp", None)
    return json.dumps(document, indent=1, sort_keys=True)


def main(source: str, target: str, repository: str) -> None:
    text = pathlib.Path(source).read_text(encoding="utf-8")
    pathlib.Path(target).write_text(neutral_sbom(text, repository), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
