"""``asknext label``: label in the terminal, for people on a server."""

from __future__ import annotations

import getpass
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from asknext.cli.options import HomeOption, ProjectArgument, StoreOption, find_home, open_store
from asknext.cli.output import console, progress

if TYPE_CHECKING:
    from asknext.loop.session import Question, Session

KEYS = "1234567890abcdefghijklmoprtvwxy"
COMMANDS = {"s": "skip", "u": "unsure", "!": "flag", "z": "undo", "n": "note", "q": "quit"}
LABEL_KEYS = [key for key in KEYS if key not in COMMANDS]
SLOW = 20.0


def label(
    project: ProjectArgument,
    who: Annotated[
        str | None, typer.Option("--who", help="Your name; the login name if not given.")
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Label in the terminal: one text, one key; the model learns meanwhile.

    Keys: digits and letters choose a label, s skips, u is unsure, ! flags, n notes, z takes the
    last answer back, q quits. Everything is saved at once.

    Examples:

      asknext label tickets

      asknext label tickets --who ann
    """
    from asknext.core.errors import InvalidInput
    from asknext.loop.encoding import encode_project
    from asknext.loop.session import Session

    place = find_home(home)
    database = open_store(place, store)
    with progress("encoding") as bar:
        encode_project(database, place, project, bar)
    session = Session(database, project, place)
    labels = session.task.form().get("labels")
    if labels is None:
        raise InvalidInput("this project cannot be labelled in the terminal; use asknext serve")
    trainer = _Trainer(session)
    try:
        Desk(session, who or getpass.getuser(), labels, read_key, trainer.wake).work()
    finally:
        trainer.stop()


class _Trainer:
    """Refit in the background, so that the next text never waits."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._news = threading.Event()
        self._over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        session.train()
        self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._over = True
        self._news.set()
        self._thread.join(SLOW)

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            if self._over:
                return
            self._session.train()


class Desk:
    """Show one question after the other; `read` returns one key, `changed` is told of answers."""

    def __init__(
        self,
        session: Session,
        who: str,
        labels: list[str],
        read: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._who = who
        self._labels = dict(zip(LABEL_KEYS, labels, strict=False))
        self._read = read
        self._changed = changed
        self._done: list[str] = []
        self._note = ""
        self._out = console()

    def work(self) -> None:
        """Go on until the annotator quits or nothing is left."""
        while questions := self._session.ask(1, self._who):
            if not self._one(questions[0]):
                return
        self._out.print("nothing left to ask")

    def _one(self, question: Question) -> bool:
        self._show(question)
        start = time.monotonic()
        while True:
            key = self._read()
            if key in ("q", "\x03", "\x04", ""):
                self._session.release(self._who, [question.example.id])
                return False
            if key == "z":
                self._undo(question)
                return True
            if key == "n":
                self._note = typer.prompt("note")
            elif self._answer(question, key, time.monotonic() - start):
                return True

    def _answer(self, question: Question, key: str, seconds: float) -> bool:
        if key in self._labels:
            action, value = "label", self._labels[key]
        elif COMMANDS.get(key) in ("skip", "unsure", "flag"):
            action, value = COMMANDS[key], None
        else:
            return False
        id = question.example.id
        self._session.tell(
            id,
            value,
            who=self._who,
            action=action,
            seconds=seconds,
            note=self._note,
            suggested=question.suggestion is not None,
        )
        self._note = ""
        self._done.append(id)
        self._out.print(f"[green]{value or action}[/green]")
        self._changed()
        return True

    def _undo(self, question: Question) -> None:
        if self._done:
            self._session.release(self._who, [question.example.id])
            self._session.retract(self._done.pop(), who=self._who)
            self._changed()

    def _show(self, question: Question) -> None:
        from rich.markup import escape
        from rich.panel import Panel

        status = self._session.status()
        counts = status["counts"]
        self._out.print(Panel(escape(question.example.text)))
        suggested = question.suggestion[0] if question.suggestion else None
        for key, name in self._labels.items():
            mark = ""
            if question.suggestion and name == suggested:
                mark = f"  [yellow]{question.suggestion[1]:.0%}[/yellow]"
            self._out.print(f"  [bold cyan]{key}[/bold cyan] {escape(name)}{mark}")
        keys = "  ".join(f"[bold]{key}[/bold] {name}" for key, name in COMMANDS.items())
        self._out.print(f"[dim]{keys}   {counts['labelled']} of {counts['askable']} labelled[/dim]")


def read_key() -> str:
    """Read one key without Enter; a line's first character where input is not a terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()[:1]
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
