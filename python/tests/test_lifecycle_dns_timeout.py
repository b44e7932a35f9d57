"""An unresponsive resolver: requests time out, and the program exits although a thread waits."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from lifecycle_support import PROGRAMS
from results import is_full_run, record

RUNS = 10 if is_full_run() else 1
# A network namespace whose resolver is this machine. It needs no privileges.
DARK = [
    *("unshare", "--map-root-user", "--mount", "--net"),
    *("sh", "-c", 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"'),
]


def test_unresponsive_resolver_delays_neither_timeout_nor_exit(tmp_path: Path) -> None:
    resolver = tmp_path / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n")
    dark = [*DARK, str(resolver)]
    try:
        subprocess.run([*dark, "true"], check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.CalledProcessError) as problem:
        pytest.skip(f"this machine gives no network of one's own: {problem}")
    seen = {"latest end (ms)": 0.0, "slowest exit (ms)": 0.0}
    for _ in range(RUNS):
        asking = [sys.executable, "-W", "error", str(PROGRAMS / "dns_timeout.py"), "0.5"]
        done = subprocess.run([*dark, *asking], check=True, capture_output=True, text=True, timeout=50)
        assert done.stderr == ""
        late, leaving = map(float, done.stdout.split())
        seen["latest end (ms)"] = max(seen["latest end (ms)"], round(late * 1000))
        left = round((time.monotonic() - leaving) * 1000)
        seen["slowest exit (ms)"] = max(seen["slowest exit (ms)"], left)
    record(3, "A silent resolver", RUNS, seen, {"latest end (ms)": 250, "slowest exit (ms)": 500})
    assert max(seen.values()) < 4000
