"""``asknext label``: label in the terminal, for people on a server."""

from __future__ import annotations

import getpass
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from asknext.cli.forms import WAITING, Form, form_for
from asknext.cli.options import HomeOption, ProjectArgument, StoreOption, find_home, open_store
from asknext.cli.output import console, progress
from asknext.core.errors import InvalidAnswer

if TYPE_CHECKING:
    from asknext.loop.session import Question, Session

KEYS = "1234567890abcdefghijklmoprtvwxy"
ACCEPT = "="
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

    Keys: digits and letters choose a label, Enter gives what is written or marked, = accepts the
    suggestion, s skips, u is unsure, ! flags, n notes, z takes the last answer back, q quits.
    Everything is saved at once.

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
    form = form_for(session.task.form(), LABEL_KEYS)
    if form is None:
        raise InvalidInput("this project cannot be labelled in the terminal; use asknext serve")
    trainer = _Trainer(session)
    try:
        Desk(session, who or getpass.getuser(), form, read_key, trainer.wake).work()
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
        form: Form,
        read: Callable[[], str],
        changed: Callable[[], None],
    ) -> None:
        self._session = session
        self._who = who
        self._form = form
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
        self._form.start(question.example.id, question.example.fields)
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
        try:
            action, value = self._said(question, key)
            if action is None:
                return False
            self._tell(question, action, value, seconds)
        except InvalidAnswer as error:
            self._out.print(f"[red]{escape(str(error))}[/red]")
            return False
        return True

    def _said(self, question: Question, key: str) -> tuple[str | None, Any]:
        """Return the action and its value that a key means; no action where it means nothing."""
        if COMMANDS.get(key) in ("skip", "unsure", "flag"):
            return COMMANDS[key], None
        if key == ACCEPT and question.suggestion is not None:
            return "label", question.suggestion[0]
        value = self._form.press(key, _line)
        if value is not WAITING:
            return "label", value
        if key in self._form.offers():
            self._show_keys(question)
        return None, None

    def _tell(self, question: Question, action: str, value: Any, seconds: float) -> None:
        order = getattr(self._form, "order", None)
        id = question.example.id
        self._session.tell(
            id,
            value,
            who=self._who,
            action=action,
            seconds=seconds,
            note=self._note,
            suggested=question.suggestion is not None,
            shown=None if order is None else {"order": order},
        )
        self._note = ""
        self._done.append(id)
        self._out.print(
            f"[green]{escape(in_words(value)) if action == 'label' else action}[/green]"
        )
        self._changed()

    def _undo(self, question: Question) -> None:
        if self._done:
            self._session.release(self._who, [question.example.id])
            self._session.retract(self._done.pop(), who=self._who)
            self._changed()

    def _show(self, question: Question) -> None:
        from rich.panel import Panel

        for title, text in self._form.shown():
            self._out.print(Panel(escape(text), title=escape(title) or None))
        self._show_keys(question)

    def _show_keys(self, question: Question) -> None:
        counts = self._session.status()["counts"]
        value, sure = question.suggestion or (None, 0.0)
        for key, name in self._form.offers().items():
            mark = f"  [yellow]{sure:.0%}[/yellow]" if question.suggestion and name == value else ""
            self._out.print(f"  [bold cyan]{key}[/bold cyan] {escape(name)}{mark}")
        if question.suggestion and value not in self._form.offers().values():
            shown = escape(in_words(value, question.example.fields))
            self._out.print(
                f"  [bold cyan]{ACCEPT}[/bold cyan] [yellow]{shown} {sure:.0%}[/yellow]"
            )
        keys = "  ".join(f"[bold]{key}[/bold] {name}" for key, name in COMMANDS.items())
        self._out.print(f"[dim]{keys}   {counts['labelled']} of {counts['askable']} labelled[/dim]")


def in_words(value: Any, fields: Mapping[str, Any] | None = None) -> str:
    """Say what an answer is, in a line.

    >>> in_words(["food", "price"]), in_words([]), in_words(3.5)
    ('food, price', '(none)', '3.5')
    >>> in_words([{"start": 0, "end": 2, "label": "PER"}], {"text": "Bo sings"})
    'Bo=PER'
    """
    if not isinstance(value, list):
        return str(value)
    text = str((fields or {}).get("text", ""))
    parts = [item if isinstance(item, str) else _marked(item, text) for item in value]
    return ", ".join(parts) or "(none)"


def _marked(span: Mapping[str, Any], text: str) -> str:
    place = text[span["start"] : span["end"]] or f"{span['start']}–{span['end']}"
    return f"{place}={span['label']}"


def _line(prompt: str) -> str:
    return str(typer.prompt(prompt, default="", show_default=False))


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
