"""Run an asknext command as a background process that never outlives the server.

``python -m asknext.server.child encode PROJECT …`` is ``asknext encode PROJECT …`` at low
priority; it ends as soon as its standard input does, which the server holds open.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading

NICENESS = 10


def _end_with_parent() -> None:
    # Straight from the descriptor: a thread inside a buffered read would abort the interpreter
    # when the command is done and it shuts down.
    while os.read(0, 65536):
        pass
    os._exit(3)  # the parent is gone: nobody is left to report to


def main() -> None:
    """Lower the priority, watch the parent, run the command."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True, name="watch-parent").start()
    sys.argv[0] = "asknext"
    runpy.run_module("asknext", run_name="__main__", alter_sys=False)


if __name__ == "__main__":
    main()
