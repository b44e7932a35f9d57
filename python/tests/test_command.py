"""The package `bimpe-cli`: the `bimpe` command as a wheel."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from importlib.metadata import files, requires, version
from pathlib import Path

import bimpe_cli
import pytest
from support import ROOT, python

import bimpe

SCRIPTS = Path(sys.executable).parent
ONLY_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


def test_find_bin_returns_the_installed_script() -> None:
    assert Path(bimpe_cli.find_bin()).samefile(SCRIPTS / Path(bimpe_cli.find_bin()).name)


@pytest.mark.parametrize("command", [["-m", "bimpe_cli"], None])
def test_every_name_runs_the_command(command: list[str] | None) -> None:
    program = [sys.executable, *command] if command else [str(SCRIPTS / "bimpe-cli")]
    done = subprocess.run([*program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"bimpe {version('bimpe-cli')}\n"


@ONLY_POSIX
@pytest.mark.parametrize("program", [[sys.executable, "-m", "bimpe_cli"], [str(SCRIPTS / "bimpe-cli")]])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_reach_the_command(program: list[str], name: str) -> None:
    with subprocess.Popen([*program, "sandbox", "--port", "0", "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(getattr(signal, name))
        assert process.wait(10) == 0


def test_exit_codes_pass_through() -> None:
    for program in ([sys.executable, "-m", "bimpe_cli"], [str(SCRIPTS / "bimpe-cli")]):
        assert subprocess.run([*program, "unknown"], capture_output=True).returncode == 64


def test_find_bin_names_the_fix_if_the_binary_is_missing(tmp_path: Path) -> None:
    package = tmp_path / "bimpe_cli"
    package.mkdir()
    source = Path(bimpe_cli.__file__).read_text()
    (package / "__init__.py").write_text(source.replace('files("bimpe-cli")', "()"))
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import bimpe_cli; bimpe_cli.find_bin()"
    assert "run `pip install --force-reinstall bimpe-cli`" in python("-c", program).stderr


def test_the_wheel_has_the_command_and_its_license_only() -> None:
    names = {file.name for file in files("bimpe-cli") or ()}
    scripts = {name.removesuffix(".exe") for name in names if not re.search(r"\.(py|pyc|typed)$", name)}
    assert {"bimpe", "bimpe-cli", "LICENSE", "METADATA", "RECORD", "WHEEL"} <= scripts
    assert not requires("bimpe-cli")


def test_versions_agree() -> None:
    assert version("bimpe-cli") == bimpe.__version__
    assert requires("bimpe") == [f"bimpe-cli=={bimpe.__version__} ; extra == 'sandbox'"]
    manifest = json.loads((ROOT / "crates/bimpe-cli/package.json").read_text("utf-8"))
    assert manifest["version"] == bimpe.__version__
