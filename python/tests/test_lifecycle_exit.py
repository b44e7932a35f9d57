"""The interpreter exits at once and without output during requests and streams."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from lifecycle_support import PROGRAMS, run
from results import is_full_run, record
from support import SilentServer

import bimpe

SITUATIONS = [
    line.split()[1].removesuffix("()")
    for line in (PROGRAMS / "exit_during_call.py").read_text().splitlines()
    if line.startswith("def ") and line.endswith("() -> None:")
]
VERSIONS = ["3.10", "3.11", "3.12", "3.13", "3.14", "3.14t"]
RUNS = 200


def version(interpreter: str) -> str:
    """Returns the version, with a `t` without GIL. Returns an empty text if the interpreter does not run."""
    ask = (
        "import sys, sysconfig; "
        "print('%d.%d' % sys.version_info[:2] + 't' * bool(sysconfig.get_config_var('Py_GIL_DISABLED')))"
    )
    done = subprocess.run([interpreter, "-c", ask], capture_output=True, text=True, timeout=30)
    return done.stdout.strip()


def interpreters() -> dict[str, str]:
    """Returns the interpreters of this machine by version, this one first."""
    found = {version(sys.executable): sys.executable}
    named = (which(f"python{name}") for name in VERSIONS)
    others = [*filter(None, named), *map(str, Path.home().glob(".pyenv/versions/3.*/bin/python"))]
    for interpreter in [*others, *map(str, Path("/opt/python").glob("cp3*/bin/python"))]:
        found.setdefault(version(interpreter), interpreter)
    return found


INTERPRETERS = interpreters()
THIS = next(iter(INTERPRETERS))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with the installed package only, from which other interpreters import it."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "bimpe").symlink_to(Path(bimpe.__file__).parent)
    return str(folder)


class Tally:
    """The exits of one version."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.noise: list[str] = []


@pytest.fixture(scope="module")
def tallies() -> Iterator[dict[str, Tally]]:
    """The tallies by version, recorded after the last test."""
    tallies: dict[str, Tally] = {}
    yield tallies
    for name, tally in tallies.items():
        figures = {"exits with noise": len(tally.noise), "slowest exit, ms": round(max(tally.taken) * 1000)}
        goal = {"exits with noise": 0, "slowest exit, ms": 500}
        record(17, f"CPython {name} exits with something under way", len(tally.taken), figures, goal)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_exit_during_a_request_is_fast_and_silent(
    name: str,
    situation: str,
    echo: str,
    silent_server: SilentServer,
    installed: str,
    tallies: dict[str, Tally],
) -> None:
    if name not in INTERPRETERS:
        pytest.skip(f"no CPython {name} on this machine")
    if name.endswith("t"):
        pytest.skip(f"the installed wheel does not support CPython {name}")
    tally = tallies.setdefault(name, Tally())
    share = RUNS // len(SITUATIONS) + 1
    for _ in range(share if is_full_run() else 2 if name == THIS else 1):
        program = (str(PROGRAMS / "exit_during_call.py"), situation, echo, silent_server.url, installed)
        done = run(*program, interpreter=INTERPRETERS[name])
        if (done.code, done.err) != (0, ""):
            tally.noise.append(f"{done.code} {done.err}")
        # From the last line of the program, if it came so far, to the end of the process.
        tally.taken.append(done.at - float(done.out or done.at))
    assert tally.noise == []
    assert max(tally.taken) < 10
