"""Forks during a request of this thread: in a hook, or in a signal handler.

The request continues in the parent. It raises in the child, which can send other requests. Arguments: the place, the
address of a server whose first response is slow or requests a retry, and that of a responsive one.
"""

import os
import signal
import sys
import warnings
from typing import Any

from bimpe import BimpeAI, ForkedStreamError

warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")
where, url, stub_url = sys.argv[1:]
child: int = -1


def fork(*_: object) -> None:
    global child
    child = os.fork()


client = BimpeAI(api_key="sk_test", base_url=url, on_retry=fork if where == "hook" else None)
other = BimpeAI(api_key="sk_test", base_url=stub_url)
if where != "hook":
    signal.signal(signal.SIGALRM, fork)
    signal.setitimer(signal.ITIMER_REAL, 0.2)


def call() -> Any:
    if where == "stream":
        with client.conversations.messages.stream("cm1", "cm2") as stream:
            return next(stream)
    return client.agents.retrieve("cm1")


code = 1
try:
    assert call()
    assert other.agents.retrieve("a").id == "a"
    code = 0 if child > 0 and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 else 2
except ForkedStreamError:
    assert other.agents.retrieve("b").id == "b"
    code = 0 if child == 0 else 3
finally:
    if child == 0:
        os._exit(code)
sys.exit(code)
