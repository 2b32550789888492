"""How each kind of answer is given in a terminal: by a key, or by a key and a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from asknext.core.errors import InvalidAnswer

Fields = Mapping[str, Any]
ReadLine = Callable[[str], str]

ENTER = ("\n", "\r")
WAITING = object()
"""What a form returns for a key that is not, or not yet, an answer."""


class Form(Protocol):
    """Take keys until they make an answer."""

    def start(self, id: str, fields: Fields) -> None:
        """Begin with another example."""
        ...

    def shown(self) -> list[tuple[str, str]]:
        """Return the texts to show, each with a title."""
        ...

    def offers(self) -> dict[str, str]:
        """Return what each key does."""
        ...

    def press(self, key: str, line: ReadLine) -> Any:
        """Return the answer, or WAITING; `line` asks for a line of text."""
        ...


class _Plain:
    """Show the fields in their order."""

    _fields: Fields

    def start(self, id: str, fields: Fields) -> None:
        """Begin with another example."""
        self._fields = fields

    def shown(self) -> list[tuple[str, str]]:
        """Return the fields."""
        return [("" if name == "text" else name, str(x)) for name, x in self._fields.items()]


class Choice(_Plain):
    """Choose one label by its key.

    >>> Choice(["yes", "no"], "12").press("2", input)
    'no'
    """

    def __init__(self, labels: Sequence[str], keys: Sequence[str]) -> None:
        self._labels = dict(zip(keys, labels, strict=False))

    def offers(self) -> dict[str, str]:
        """Return the key of each label."""
        return self._labels

    def press(self, key: str, line: ReadLine) -> Any:
        """Return the label of the key."""
        return self._labels.get(key, WAITING)


class Choices(Choice):
    r"""Choose any number of labels: keys switch them on and off, Enter is the answer.

    >>> form = Choices(["food", "staff"], "12")
    >>> form.start("x", {})
    >>> [form.press(key, input) is WAITING for key in "121"], form.press("\n", input)
    ([True, True, True], ['staff'])
    """

    def start(self, id: str, fields: Fields) -> None:
        """Begin with no label chosen."""
        super().start(id, fields)
        self._chosen: list[str] = []

    def offers(self) -> dict[str, str]:
        """Return the key of each label, with a mark where it is chosen."""
        marked = {
            key: f"{name} ✓" if name in self._chosen else name for key, name in self._labels.items()
        }
        return {**marked, "Enter": "these"}

    def press(self, key: str, line: ReadLine) -> Any:
        """Switch a label, or return those that are on."""
        if key in ENTER:
            return self._chosen
        if key in self._labels:
            name = self._labels[key]
            self._chosen = [x for x in self._chosen if x != name] + [name] * (
                name not in self._chosen
            )
        return WAITING


class Line(_Plain):
    """Give an answer as a line of text after Enter: a number, or what is to be written."""

    def __init__(self, prompt: str, doing: str) -> None:
        self._prompt, self._doing = prompt, doing

    def offers(self) -> dict[str, str]:
        """Say what Enter does."""
        return {"Enter": self._doing}

    def press(self, key: str, line: ReadLine) -> Any:
        """Ask for the line."""
        return line(self._prompt) if key in ENTER else WAITING


class Spans(Line):
    r"""Mark spans by writing ``words=LABEL`` after Enter, ``;`` between them; none is an answer.

    >>> form = Spans(["PER", "LOC"])
    >>> form.start("x", {"text": "Bo met Bo in Rome"})
    >>> [s["start"] for s in form.press("\n", lambda _: "Bo=PER; Bo=PER; Rome=LOC")]
    [0, 7, 13]
    """

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(f"words=LABEL; … ({', '.join(labels)})", "mark spans")

    def press(self, key: str, line: ReadLine) -> Any:
        """Ask for the spans and find them in the text, from left to right."""
        written = super().press(key, line)
        return written if written is WAITING else self._found(written)

    def _found(self, written: str) -> list[dict[str, Any]]:
        text, at, spans = str(self._fields["text"]), 0, []
        for part in filter(str.strip, written.split(";")):
            words, mark, label = (piece.strip() for piece in part.rpartition("="))
            start = text.find(words, at)
            if not words or not mark or start < 0:
                raise InvalidAnswer(
                    f"{part.strip()!r} is not in the rest of the text; write words=LABEL in the "
                    "order of the text"
                )
            at = start + len(words)
            spans.append({"start": start, "end": at, "label": label})
        return spans


class Pair(_Plain):
    """Compare two texts, shown in an order drawn for each example."""

    def __init__(self) -> None:
        self.order = ["a", "b"]

    def start(self, id: str, fields: Fields) -> None:
        """Draw the order."""
        from asknext.core.seeds import unit

        super().start(id, fields)
        self.order = ["a", "b"] if unit(0, "order", id) < 0.5 else ["b", "a"]

    def shown(self) -> list[tuple[str, str]]:
        """Return the prompt and the two texts as 1 and 2."""
        rest = [pair for pair in super().shown() if pair[0] not in self.order]
        places = enumerate(self.order, start=1)
        return rest + [(str(place), str(self._fields[name])) for place, name in places]

    def offers(self) -> dict[str, str]:
        """Return the four answers."""
        return {"1": "1 is better", "2": "2 is better", "3": "equally good", "4": "both bad"}

    def press(self, key: str, line: ReadLine) -> Any:
        """Return the field, a tie, or that both are bad."""
        return dict(zip("1234", (*self.order, "tie", "bad"), strict=True)).get(key, WAITING)


def form_for(form: Mapping[str, Any], keys: Sequence[str]) -> Form | None:
    """Return the form that asks in a terminal, None where there is none for it."""
    kind, labels = form["kind"], form.get("labels", ())
    if kind == "number":
        return Line(f"number from {form['low']:g} to {form['high']:g}", "give the number")
    if kind == "write":
        return Line(form["what"] or "answer", "write")
    makers: dict[str, Callable[[], Form]] = {
        "choice": lambda: Choice(labels, keys),
        "choices": lambda: Choices(labels, keys),
        "spans": lambda: Spans(labels),
        "pair": Pair,
    }
    return makers[kind]() if kind in makers else None
