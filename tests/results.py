"""Records test results, one line of JSON per guarantee. `cargo xtask reliability` reads the file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_FULL = "BIMPE_FULL_RUN"
# Records the results of an ordinary test run.
_QUICK = "BIMPE_RESULTS"


def is_full_run() -> bool:
    """Returns whether this is a full run, which tries many more cases than an ordinary test run."""
    return _FULL in os.environ


def record(guarantee: int, test: str, runs: int, values: dict[str, float], limits: dict[str, float]) -> None:
    """Appends a result to the file that the environment names. Does nothing without that variable.

    `limits` has the upper bound of each of the `values`.
    """
    path = os.environ.get(_FULL) or os.environ.get(_QUICK)
    if not path:
        return
    met = all(value <= limits[name] for name, value in values.items())
    line: dict[str, Any] = {"guarantee": guarantee, "test": test, "language": "Python", "runs": runs}
    line |= {"values": values, "limits": limits, "met": met}
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
