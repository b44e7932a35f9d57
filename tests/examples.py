"""Runs the examples of a page: all of one language as one program.

The first is the beginning of the program; each later one runs in a separate scope. `world` holds the names that the
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
# Names that the examples use without defining them.
GIVEN = ("api_key", "agent_id", "workflow_id", "conversation_id", "mcp_url")


def blocks(page: Path, language: str) -> list[str]:
    """The examples of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def python(page: Path, world: dict[str, str]) -> list[str]:
    first, *rest = blocks(page, "python")
    program = f"WORLD = {world!r}\nexec({first!r}, WORLD)\n"
    program += "".join(f"exec(compile({block!r}, {block!r}, 'exec'), dict(WORLD))\n" for block in rest)
    return run([sys.executable, "-"], program)


def ts(page: Path, world: dict[str, str]) -> list[str]:
    """Checks the types, then runs the same text: it is JavaScript, too."""
    first, *rest = blocks(page, "ts")
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


def rust(page: Path, world: dict[str, str]) -> list[str]:
    """Runs the program of a page, which `build_rust` has built."""
    return run([str(rust_program(program_name(page)))], "", **world)


def build_rust(pages: list[Path]) -> None:
    """Builds the programs of all pages."""
    names = "".join(f'let {name} = std::env::var("{name}")?;\nlet {name} = &*{name};\n' for name in GIVEN)
    programs = {}
    for page in pages:
        first, *rest = blocks(page, "rust")
        body = names + first + "".join(f"{{\n{block}}}\n" for block in rest)
        program = f"{HEAD}async fn main() -> Result<(), Box<dyn std::error::Error>> {{\n{body}Ok(())\n}}\n"
        programs[program_name(page)] = program
    build_programs("docs-examples", programs)


def build_programs(package: str, programs: dict[str, str]) -> None:
    """Builds programs together, because one build after the other takes twice the time.

    They are a package beside the workspace, with its versions and its target folder.
    """
    folder = ROOT / "target" / package
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "src/bin").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(package=package))
    shutil.copy(ROOT / "Cargo.lock", folder)
    for name, program in programs.items():
        (folder / f"src/bin/{name}.rs").write_text(program)
    command = ["cargo", "build", "--quiet", "--offline", "--manifest-path", str(folder / "Cargo.toml")]
    run([*command, "--target-dir", str(ROOT / "target")], "")


def rust_program(name: str) -> Path:
    return ROOT / "target/debug" / name


def program_name(page: Path) -> str:
    return "_".join(page.relative_to(ROOT).with_suffix("").parts).lower()


HEAD = '#![allow(unused)]\n#[tokio::main(flavor = "current_thread")]\n'
MANIFEST = """[package]
name = "{package}"
edition = "2024"
[workspace]
[dependencies]
bimpe = {{ path = "../../crates/bimpe" }}
futures-util = "0.3"
http = "1"
opentelemetry = {{ version = "0.33", default-features = false, features = ["trace"] }}
opentelemetry_sdk = {{ version = "0.33", default-features = false, features = ["testing", "trace"] }}
serde_json = "1"
tokio = {{ version = "1", features = ["rt-multi-thread", "macros"] }}
tracing = {{ version = "0.1", default-features = false }}
tracing-opentelemetry = {{ version = "0.34", default-features = false }}
tracing-subscriber = {{ version = "0.3", default-features = false, features = ["registry"] }}
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
