"""Looks up a name at a silent resolver. Prints the seconds after the deadline, and the end time.

Arguments: the timeout.
"""

import socket
import sys
import time

from bimpe import APITimeoutError, BimpeAI

timeout = float(sys.argv[1])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
    resolver.bind(("127.0.0.1", 53))
    begun = time.monotonic()
    try:
        BimpeAI(api_key="sk_test", base_url="https://bimpe.test", timeout=timeout).agents.retrieve("a")
    except APITimeoutError:
        late = time.monotonic() - begun - timeout
    # Otherwise it did not wait for a name.
    resolver.recv(512, socket.MSG_DONTWAIT)
print(late, time.monotonic())
