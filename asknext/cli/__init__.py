"""The command line: one file per command.

Exit codes: 0 done, 1 asknext refused (the message says why), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from asknext.cli.app import run

    run()
