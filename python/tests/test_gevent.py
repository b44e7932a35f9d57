"""Programs that gevent has patched: a call stops its own greenlet, and no other."""

import json

from life import PROGRAMS
from support import Sandbox, Silent, python


def test_other_greenlets_go_on(silent: Silent, sandbox: Sandbox) -> None:
    program = str(PROGRAMS / "greenlets.py")
    done = python(program, silent.url, sandbox.url, sandbox.api_key)
    assert done.returncode == 0, done.stderr
    turns, together, given_up, seen = json.loads(done.stdout)
    assert turns > 10
    assert together < 3
    assert given_up < 0.9
    assert len(seen) >= 2
    assert seen[-1] == "NotFoundError"
