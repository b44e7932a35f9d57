"""The package imports few modules and has no dependencies."""

from importlib.metadata import requires
from pathlib import Path

from support import python

import bimpe


def test_no_dependencies() -> None:
    assert all("extra ==" in requirement for requirement in requires("bimpe") or ())


def test_import_loads_few_modules() -> None:
    # `os` and what it needs: an interpreter with `site` has it before.
    bare = {"_collections_abc", "_stat", "genericpath", "ntpath", "nt", "os", "os.path", "posixpath", "stat"}
    program = (
        "import sys; sys.path[:0] = [{folder!r}]; before = set(sys.modules); import bimpe;"
        "print(*set(sys.modules) - before)"
    )
    folder = str(Path(bimpe.__file__).parents[1])
    done = python("-I", "-S", "-c", program.format(folder=folder))
    assert done.returncode == 0, done.stderr
    came = set(done.stdout.split()) - bare
    assert {name for name in came if not name.startswith("bimpe")} == {"__future__", "errno", "keyword"}
    # Results, pages, streams and methods are imported at their first use.
    lazy = ("bimpe.types", "bimpe.resources.", "bimpe.testing", "bimpe._page", "bimpe._raw", "bimpe._stream")
    assert not {name for name in came if name.startswith(lazy)}


def test_all_public_names_exist() -> None:
    for module in (bimpe, bimpe.types):
        for name in module.__all__:
            assert getattr(module, name) is not None
        assert set(dir(module)) == set(module.__all__)


def test_python_and_native_versions_agree() -> None:
    from importlib.metadata import version

    assert bimpe.__version__ == version("bimpe")
