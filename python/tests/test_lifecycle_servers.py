"""Servers that load the application and its client before they fork their workers."""

import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from lifecycle_support import PROGRAMS
from results import is_full_run, record

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

REQUESTS = 600 if is_full_run() else 60
GOAL = {"responses of another process, errors, hangs": 0}


@contextmanager
def serving(
    *command: str, log: Path, pass_fds: tuple[int, ...] = (), **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=PROGRAMS,
            stdout=output,
            stderr=output,
            pass_fds=pass_fds,
            env={**os.environ, **environment},
        )
        try:
            yield server
            server.terminate()
            assert server.wait(30) == 0, log.read_text()
        finally:
            server.kill()
            server.wait()
    # A worker that crashed is replaced in silence, but for these words.
    assert not re.search("Traceback|panicked|was sent SIG|SIGSEGV|SIGABRT|ERROR", log.read_text()), (
        log.read_text()
    )


@pytest.mark.timeout(180)
def test_gunicorn_preload_workers_share_a_client(echo: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Gunicorn takes the listening socket over, so the port is known and cannot be lost.
        port = listener.getsockname()[1]
        command = ["gunicorn", "--preload", "--workers=3", f"--bind=fd://{listener.fileno()}", "wsgi_preload"]

        def ask(number: int) -> list[str]:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/canary-{number}", timeout=60) as response:
                return response.read().decode().split()

        with (
            serving(*command, log=tmp_path / "log", pass_fds=(listener.fileno(),), BIMPE_TEST_URL=echo),
            ThreadPoolExecutor(8) as pool,
        ):
            responses = list(pool.map(ask, range(REQUESTS)))
    workers = {response[0] for response in responses}
    wrong = sum(response[1:] != [f"canary-{number}"] * 4 for number, response in enumerate(responses))
    assert wrong == 0
    assert len(workers) > 1
    record(16, "gunicorn --preload, three workers", 2 * REQUESTS, {next(iter(GOAL)): wrong}, GOAL)


@pytest.mark.timeout(180)
def test_celery_prefork_workers_share_a_client(
    echo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("queue", "control", "results"):
        (tmp_path / folder).mkdir()
    environment = {"BIMPE_TEST_URL": echo, "BIMPE_TEST_QUEUE": str(tmp_path)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(PROGRAMS)
    from celery_app import retrieve

    command = [
        "celery",
        "--app=celery_app",
        "worker",
        "--pool=prefork",
        "--concurrency=3",
        "--loglevel=WARNING",
    ]
    with serving(*command, log=tmp_path / "log", **environment):
        waiting = [retrieve.delay(f"canary-{number}") for number in range(REQUESTS)]
        responses = [one.get(timeout=60) for one in waiting]
    wrong = sum(response[1:] != [f"canary-{number}"] * 2 for number, response in enumerate(responses))
    assert wrong == 0
    assert len({response[0] for response in responses}) > 1
    record(16, "Celery, three prefork workers", REQUESTS, {next(iter(GOAL)): wrong}, GOAL)
