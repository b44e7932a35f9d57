"""Sends a request that only Ctrl-C ends, and uses the client again.

Arguments: the address of a server that holds the request, the request, and the address of a responsive server. Prints
the time of the interrupt, and waits for a line.
"""

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from client_calls import sync_call

from bimpe import BimpeAI

url, call, stub_url = sys.argv[1:]
client = BimpeAI(api_key="sk_test", base_url=url)
other = BimpeAI(api_key="sk_test", base_url=stub_url)
other.agents.retrieve("a")
try:
    sync_call(client, call)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
sys.stdin.readline()
assert other.agents.retrieve("b").id == "b"
