"""Child processes of the server: started at low priority, ended when they are no longer wanted."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from asknext.core.home import Home

GRACE = 5.0  # seconds that a child gets to end in good order


def spawn(arguments: Sequence[str], home: Home, store_url: str) -> subprocess.Popen[str]:
    """Start ``asknext ARGUMENTS --json-lines`` as a process that never outlives this one."""
    command = [sys.executable, "-m", "asknext.server.child", *arguments]
    command += ["--json-lines", "--home", str(home.root)]
    # The URL may hold a password, which other users could read on the command line.
    environment = {**os.environ, "ASKNEXT_STORE": store_url}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def end(child: subprocess.Popen[str], grace: float = GRACE) -> None:
    """Ask a child to end, and make it after a while."""
    child.terminate()
    deadline = time.monotonic() + grace
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if child.poll() is None:
        child.kill()
