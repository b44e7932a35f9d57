"""Runs the `bimpe` command: `python -m bimpe_cli`."""

import os
import sys

from . import find_bin

command = [find_bin(), *sys.argv[1:]]
if sys.platform == "win32":
    import signal
    import subprocess

    # The console sends Ctrl-C to the command as well. Waiting for the command keeps its exit code.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(command))
else:
    # Replaces this process, so that the command receives signals itself.
    os.execv(command[0], command)
