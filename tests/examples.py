"""Runs the examples of a page: all of one language as one program.

The first is the beginning of the program; each later one runs in a scope of its own. `world` holds the names that the
examples use without making them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def blocks(page: Path, language: str) -> list[str]:
    """The examples of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def python(first: str, rest: list[str], world: dict[str, str]) -> list[str]:
    program = f"WORLD = {world!r}\nexec({first!r}, WORLD)\n"
    program += "".join(f"exec(compile({block!r}, {block!r}, 'exec'), dict(WORLD))\n" for block in rest)
    return run([sys.executable, "-"], program)


def ts(first: str, rest: list[str], world: dict[str, str]) -> list[str]:
    """Checks the types, then runs the same text: it is JavaScript, too."""
    names = {re.sub(r"_(\w)", lambda found: found[1].upper(), name): value for name, value in world.items()}
    names = {name: value for name, value in names.items() if f"const {name} " not in first}
    program = first + "".join(f"{{\n{block}}}\n" for block in rest)
    # Inside the package, where its own name is known.
    folder = ROOT / "node/.build/documentation"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.mts").write_text(f"declare const {', '.join(f'{name}: string' for name in names)};\n{program}")
    run(["node", str(ROOT / "node/node_modules/typescript/bin/tsc"), *TSC, str(folder / "page.mts")], "")
    values = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in names.items())
    return js(values + program)


def js(program: str) -> list[str]:
    return run(["node", "--input-type=module", "-"], program)


# As strict as a program can ask for.
TSC = [
    *("--ignoreConfig", "--noEmit", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes"),
    *("--target", "es2024", "--module", "nodenext", "--types", "node"),
]


def rust(first: str, rest: list[str], world: dict[str, str]) -> list[str]:
    """A program of its own beside the workspace, built with its versions and into its target folder."""
    folder = ROOT / "target/docs-examples"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    shutil.copy(ROOT / "Cargo.lock", folder)
    names = "".join(f'let {name} = std::env::var("{name}")?;\nlet {name} = &*{name};\n' for name in world)
    body = names + first + "".join(f"{{\n{block}}}\n" for block in rest)
    (folder / "src/main.rs").write_text(
        f"{HEAD}async fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{body}Ok(())\n}}\n"
    )
    command = ["cargo", "run", "--quiet", "--offline", "--manifest-path", str(folder / "Cargo.toml")]
    return run([*command, "--target-dir", str(ROOT / "target")], "", **world)


HEAD = '#![allow(unused)]\n#[tokio::main(flavor = "current_thread")]\n'
MANIFEST = """[package]
name = "docs-examples"
edition = "2024"
[workspace]
[dependencies]
bimpe = { path = "../../crates/bimpe" }
futures-util = "0.3"
tokio = { version = "1", features = ["rt-multi-thread", "macros"] }
"""


def run(command: list[str], program: str, **variables: str) -> list[str]:
    # Node finds the package by its own name only from inside its folder.
    result = subprocess.run(
        command,
        input=program,
        cwd=ROOT / "node",
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.splitlines()
