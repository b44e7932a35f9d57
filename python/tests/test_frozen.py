"""Programs that PyInstaller has frozen."""

import subprocess
import sys
from pathlib import Path

import pytest
from lifecycle_support import PROGRAMS
from support import Sandbox


@pytest.mark.timeout(300)
def test_frozen_program_finds_all_modules(sandbox: Sandbox, tmp_path: Path) -> None:
    folders = [f"--{name}path={tmp_path / name}" for name in ("dist", "work", "spec")]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", *folders]
    subprocess.run([*command, str(PROGRAMS / "frozen.py")], check=True, cwd=tmp_path)
    program = str(tmp_path / "dist" / "frozen" / "frozen")
    done = subprocess.run([program, sandbox.url, sandbox.api_key], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "1", "True", "True"]
