"""The package itself: quick to import, with nothing beside it."""

from importlib.metadata import requires

from support import python

import bimpe


def run(program: str) -> str:
    done = python("-c", program)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_no_dependencies() -> None:
    assert not requires("bimpe")


def test_import_is_light() -> None:
    heavy = {"asyncio", "typing", "json", "ssl", "http", "email", "bimpe._page", "bimpe.types.agents"}
    program = "import sys; before = set(sys.modules); import bimpe; print(*set(sys.modules) - before)"
    assert not heavy & set(run(program).split())


def test_import_is_quick() -> None:
    program = "import time; start = time.perf_counter(); import bimpe; print(time.perf_counter() - start)"
    assert min(float(run(program)) for _ in range(5)) < 0.025


def test_all_names_are_there() -> None:
    for module in (bimpe, bimpe.types):
        for name in module.__all__:
            assert getattr(module, name) is not None
        assert set(dir(module)) == set(module.__all__)


def test_python_and_native_versions_agree() -> None:
    from importlib.metadata import version

    assert bimpe.__version__ == version("bimpe")
