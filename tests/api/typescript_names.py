"""Lists the public declarations of the npm package, and compares them with typescript.txt."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import announce

DIST = Path(__file__).parents[2] / "node/dist"
ENTRIES = ("index.d.ts", "otel/index.d.ts", "testing/index.d.ts")
DECLARATION = re.compile(r"^export (?:declare |default |abstract )*(?:class|interface|type|const|function|enum) (\w+)")
MODIFIERS = re.compile(r"^(?:export |declare |readonly |static |abstract |protected |private |get |set )+")


def files() -> list[Path]:
    """Returns the entries, and the files whose names they export."""
    found, waiting = [], [DIST / entry for entry in ENTRIES]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.append(file)
        names = re.findall(r'^export .* from "(\..*)\.js";', file.read_text(), re.MULTILINE)
        waiting.extend((file.parent / f"{name}.d.ts").resolve() for name in names)
    return found


def lines(file: Path) -> Iterator[str]:
    """Lists the declarations without the paths of their files, which no program can import."""
    entry = f"{file.parent.name}." if file.parent.name in ("otel", "testing") else ""
    text = re.sub(r"/\*\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
    owner = ""
    for line in (line.strip() for line in text.splitlines()):
        if line in ("", "}", "};", "export {};") or line.startswith(("import ", "#private", "//", "export *")):
            continue
        if listed := re.match(r"export (?:type )?\{(.*?)\}", line):
            names = re.sub(r"\btype |\w+ as ", "", listed[1]).split(",")
            yield from (f"{entry}export {name.strip()}" for name in names if name.strip())
            continue
        declared = DECLARATION.match(line)
        owner = declared[1] if declared else owner
        member = MODIFIERS.sub("", line)
        yield f"{entry}{line}" if line.startswith("export") else f"{entry}{owner}.{member}"


announce.main("typescript.txt", sorted({line for file in files() for line in lines(file)}), write="--write" in sys.argv)
