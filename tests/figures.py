"""What a campaign measured, one line of JSON per promise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_VARIABLE = "BIMPE_CAMPAIGN"
# Records what an ordinary run tries.
_QUICK = "BIMPE_FIGURES"


def campaign() -> bool:
    """Whether this is a campaign, which tries many more cases than an ordinary test run."""
    return _VARIABLE in os.environ


def record(promise: int, what: str, runs: int, figures: dict[str, float], goal: dict[str, float]) -> None:
    """Adds what was measured to the file that the environment names; does nothing without one.

    `figures` is what was seen, and `goal` gives the upper bounds for the same names.
    """
    path = os.environ.get(_VARIABLE) or os.environ.get(_QUICK)
    if not path:
        return
    met = all(seen <= goal[name] for name, seen in figures.items())
    line: dict[str, Any] = {"promise": promise, "what": what, "face": "Python", "runs": runs}
    line |= {"figures": figures, "goal": goal, "met": met}
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
