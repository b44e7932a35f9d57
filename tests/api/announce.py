"""Compares the public names of a package with the last ones, and demands that breaks are in the changelog."""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
CHANGELOG = FOLDER.parents[1] / "CHANGELOG.md"


def main(name: str, lines: list[str], *, write: bool) -> None:
    """Compares the lines with those of the file. With `write`, replaces the file, unless a break is not announced."""
    file = FOLDER / name
    last = file.read_text().splitlines() if file.exists() else []
    gone, new = sorted(set(last) - set(lines)), sorted(set(lines) - set(last))
    if not gone and not new:
        return
    for mark, changed in (("-", gone), ("+", new)):
        print("\n".join(f"{mark} {line}" for line in changed))  # noqa: T201
    if not write:
        sys.exit(f"{name} differs from the package: run `cargo xtask api`, and announce breaks in CHANGELOG.md")
    section = re.search(r"^## \[Unreleased\](.*?)(?=^## \[|\Z)", CHANGELOG.read_text(), re.MULTILINE | re.DOTALL)
    text = section[1] if section else ""
    silent = [line for line in gone if not re.search(rf"\b{re.escape(symbol(line))}\b", text)]
    if silent:
        sys.exit("CHANGELOG.md announces no change of " + ", ".join(sorted({symbol(line) for line in silent})))
    file.write_text("".join(f"{line}\n" for line in lines))


def symbol(line: str) -> str:
    """Returns the name that a line is about: `list` of `bimpe.resources.agents.Agents.list(self)`."""
    exported = re.search(r"\b(?:class|interface|type|const|function|enum) (\w+)", line)
    return exported[1] if exported else re.split(r"[(:= ?<]", line, maxsplit=1)[0].rpartition(".")[2]
