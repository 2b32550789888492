"""The command table. Each command imports what it needs when it runs, so ``--help`` is quick."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import typer

from asknext.cli import (
    audit,
    demo,
    doctor,
    encode,
    errors,
    export,
    import_,
    label,
    new,
    predict,
    report,
    serve,
    simulate,
    status,
    stop,
    strategies,
    train,
    transfer,
)
from asknext.cli.output import fail
from asknext.core.errors import AsknextError

app = typer.Typer(
    name="asknext",
    help="Active learning for language models: what to label next, live, measured and honest.",
    epilog="Start with: [bold]asknext demo[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "new": new.new,
    "import": import_.import_,
    "serve": serve.serve,
    "label": label.label,
    "status": status.status,
    "stop": stop.stop,
    "simulate": simulate.simulate,
    "transfer": transfer.transfer,
    "strategies": strategies.strategies,
    "report": report.report,
    "errors": errors.errors,
    "audit": audit.audit,
    "export": export.export,
    "predict": predict.predict,
    "encode": encode.encode,
    "train": train.train,
    "runs": train.runs,
    "cancel": train.cancel,
    "rollback": train.rollback,
    "doctor": doctor.doctor,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


def run() -> None:
    """Run the command line; an error that asknext raised on purpose ends with exit code 1."""
    gc.set_threshold(50_000, 20, 50)  # a project is many small objects: a fifth of an import
    try:
        app()
    except AsknextError as error:
        sys.exit(fail(error))
    except KeyboardInterrupt:
        sys.exit(130)
