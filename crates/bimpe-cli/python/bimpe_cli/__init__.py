"""The `bimpe` command as a Python package: `find_bin()` returns the path of its binary."""

from __future__ import annotations

import os
import sys

__all__ = ["find_bin"]


def find_bin() -> str:
    """Returns the path of the `bimpe` binary that was installed with this package.

    Raises:
        FileNotFoundError: The binary is missing.

    Example:
        import subprocess
        import bimpe_cli

        subprocess.run([bimpe_cli.find_bin(), "--version"], check=True)
    """
    from importlib.metadata import files

    name = "bimpe.exe" if sys.platform == "win32" else "bimpe"
    # `pip install --target` moves scripts to a folder that the list of files does not name.
    target = os.path.join(os.path.dirname(os.path.dirname(__file__)), "bin", name)
    installed = [
        str(file.locate()) for file in files("bimpe-cli") or () if file.name == name
    ]
    for path in (*installed, target):
        if os.path.isfile(path):
            return os.path.realpath(path)
    raise FileNotFoundError(
        "bimpe-cli has no binary: run `pip install --force-reinstall bimpe-cli`"
    )
