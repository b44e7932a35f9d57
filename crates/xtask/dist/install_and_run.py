"""Installs the packages of a folder into new environments, and sends requests to a sandbox with each.

Argument: the folder with the wheels and tarballs.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

SCRIPTS = pathlib.Path(__file__).parent


def run(*command: str | pathlib.Path, **options: object) -> None:
    print("$", *command, flush=True)
    subprocess.run(command, check=True, **options)  # type: ignore[call-overload]


def python(packages: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Installs the wheels. Returns the folder of the programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [programs / "python", "-m", "pip", "install", "--no-index", "--find-links", packages]
    run(*pip, "bimpe[sandbox]")
    return programs


def node(packages: pathlib.Path, folder: pathlib.Path) -> None:
    """Installs the tarballs that fit this system: npm skips those of others if they are optional."""
    folder.mkdir()
    tarballs = sorted(packages.glob("bimpe-[0-9]*.tgz")) + sorted(packages.glob("bimpe-native-*.tgz"))
    names = {tarball.name.rpartition("-")[0]: tarball.resolve().as_uri() for tarball in tarballs}
    library = names.pop("bimpe")
    manifest = {"private": True, "dependencies": {"bimpe": library}, "optionalDependencies": names}
    (folder / "package.json").write_text(json.dumps(manifest))
    npm = shutil.which("npm")
    assert npm, "missing npm"
    run(npm, "install", "--no-audit", "--no-fund", cwd=folder)


def main(packages: pathlib.Path) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        folder = pathlib.Path(temporary)
        programs = python(packages, folder / "python")
        node(packages, folder / "node")
        command = [programs / "bimpe", "sandbox", "--port", "0", "--json", "--quiet"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
            assert sandbox.stdout
            ready = json.loads(sandbox.stdout.readline())
            variables = {"BIMPEAI_API_KEY": ready["api_key"], "BIMPEAI_BASE_URL": ready["url"]}
            env = {**os.environ, **variables}
            try:
                run(programs / "python", "-I", SCRIPTS / "smoke.py", env=env)
                env["BIMPE_PACKAGE"] = str(folder / "node/node_modules/bimpe")
                run("node", SCRIPTS / "smoke.cjs", env=env)
            finally:
                sandbox.terminate()


main(pathlib.Path(sys.argv[1]))
