"""Requests of programs that gevent has patched."""

import json

from lifecycle_support import PROGRAMS
from support import Sandbox, SilentServer, python


def test_waiting_request_blocks_only_its_greenlet(silent_server: SilentServer, sandbox: Sandbox) -> None:
    program = str(PROGRAMS / "greenlets.py")
    done = python(program, silent_server.url, sandbox.url, sandbox.api_key)
    assert done.returncode == 0, done.stderr
    iterations, together, given_up, seen = json.loads(done.stdout)
    assert iterations > 10
    assert together < 3
    assert given_up < 0.9
    assert len(seen) >= 2
    assert seen[-1] == "NotFoundError"
