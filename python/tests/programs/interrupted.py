"""Makes a call that does not end by itself; Ctrl-C ends it, and the client can go on.

Arguments: the address of the server on which it gets no further than to some point, the call, and the address of a
server that answers. Prints when the interrupt was felt, and waits for a line.
"""

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from calls import waits

from bimpe import BimpeAI

url, call, answering = sys.argv[1:]
client = BimpeAI(api_key="sk_test", base_url=url)
other = BimpeAI(api_key="sk_test", base_url=answering)
other.agents.retrieve("a")
try:
    waits(client, call)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
sys.stdin.readline()
assert other.agents.retrieve("b").id == "b"
