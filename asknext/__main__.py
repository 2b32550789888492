"""Run the command line as ``python -m asknext``."""

from asknext.cli import main

main()
