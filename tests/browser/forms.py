"""People who answer by keyboard alone: one for each form, each says what should be stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asknext.core.events import ANSWERED, RETRACTED
from asknext.core.home import Home
from asknext.core.registry import get
from asknext.core.tasks import Generation, MultiLabel, Preference, Regression, Tagging, Task

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
CODER = "👩🏽\u200d💻"
MARKS: dict[str, list[tuple[str, str]]] = {
    "Ana Mari\u0301a flew to Sa\u0303o Paulo 🇧🇷 with Zoë.": [
        ("Ana Mari\u0301a", "PER"),
        ("Sa\u0303o Paulo", "LOC"),
    ],
    f"{CODER} Ada Lovelace met {FAMILY} in London.": [(FAMILY, "PER"), ("London", "LOC")],
    "زار محمد مدينة القاهرة أمس.": [("محمد", "PER"), ("القاهرة", "LOC")],
    "שלום 🎉, דוד נסע לתל אביב עם שרה.": [("דוד", "PER"), ("תל אביב", "LOC"), ("שרה", "PER")],
    "小明和👩\u200d🎓李华在北京大学读书。": [("李华", "PER"), ("北京大学", "LOC")],
    "\U00020bb7野家在东京𠮟了Bo。": [("\U00020bb7野家", "LOC"), ("Bo", "PER")],
    "Nothing to see here.": [],
}
WRITTEN = [
    "Der Hund 🐕 läuft.",
    "狗在跑。\n第二行",
    "الكلب يجري",
    "e\u0301te\u0301 “ok”",
    "two  blanks",
]
DRAFTS = ["The dog run fast.", "一只狗在跑。", ""]

Value = Any
Person = Callable[[Any, int], Value]


def examples(kind: str, n: int = 30) -> list[dict[str, Any]]:
    """Fields of n questions, all different."""
    if kind == "tagging":
        texts = list(MARKS)
        return [{"text": f"{texts[i % len(texts)]} {i}"} for i in range(n)]
    if kind == "generation":
        drafts = [{"draft": draft} if draft else {} for draft in DRAFTS]
        return [{"text": f"source {i} 原文", **drafts[i % len(drafts)]} for i in range(n)]
    if kind == "preference":
        return [
            {"text": f"问 {i}?", "a": f"answer one {i} ✅", "b": f"回答二 {i}"} for i in range(n)
        ]
    return [{"text": f"text number {i} 文本"} for i in range(n)]


TASKS: dict[str, Task] = {
    "multi_label": MultiLabel(("joy", "anger", "惊讶", "love")),
    "regression": Regression(1.0, 5.0, 0.5),
    "tagging": Tagging(("PER", "LOC")),
    "generation": Generation("Translate 翻译"),
    "preference": Preference("Which helps more?"),
}


def make(server: Any, kind: str, task: Task | None = None, **settings: Any) -> None:
    """Make a project named after the kind of its task, as the app does: an upload, an import."""
    rows = [{"id": f"{kind}-{i:02d}", **fields} for i, fields in enumerate(examples(kind))]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    upload = server.upload(f"{kind}.jsonl", lines.encode())
    mapping = {name: name for name in ("id", *{name for row in rows for name in row})}
    body = {
        "name": kind,
        "upload": upload,
        "mapping": mapping,
        "encoder": "tfidf",
    }
    server.call("POST", "/projects", {**body, "task": (task or TASKS[kind]).to_json(), **settings})


def stored(home: Path, project: str) -> dict[str, Any]:
    """What the store says of each example that is answered and not taken back, newest last."""
    store = get("service", "store.open")(Home.find(home).store_url)
    found: dict[str, Any] = {}
    for event in store.events(project, 0):
        if event.kind == ANSWERED:
            found.pop(event.example, None)
            found[event.example] = event.data
        elif event.kind == RETRACTED:
            found.pop(event.example, None)
    store.close()
    return found


def heard(page: Any) -> str:
    """What somebody who listens heard last."""
    return str(page.locator("[aria-live=polite]").last.text_content())


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def choose_labels(page: Any, i: int) -> Value:
    """Switch labels on and off again; every third text gets none."""
    labels = list(TASKS["multi_label"].form()["labels"])
    wanted = [labels[k] for k in ((), (0, 2), (1, 2, 3))[i % 3]]
    for label in wanted:
        press(page, str(labels.index(label) + 1))
    press(page, "4", "4")
    pressed = page.locator(".label-button[aria-pressed=true]")
    assert [one.get_attribute("data-label") for one in pressed.all()] == wanted
    press(page, "Enter")
    return wanted


def give_number(page: Any, i: int) -> Value:
    """By arrows, by leaps, by typing."""
    keys, value = (
        (("ArrowRight", "ArrowRight", "ArrowUp"), 4.0),
        (("ArrowLeft", "Shift+ArrowLeft"), 1.0),
        (("4", ".", "2", "5"), 4.25),
        (("End", "ArrowDown"), 4.5),
    )[i % 4]
    press(page, *keys)
    assert page.input_value(".number-field") == f"{value:g}"
    press(page, "Enter")
    return value


def mark_text(page: Any, i: int) -> Value:
    """Move by word, extend by word and by character, mark; the offsets are Python's."""
    text = str(
        page.evaluate(
            "[...document.querySelectorAll('[data-at]')].map(p => p.textContent).join('')"
        )
    )
    start = next(known for known in MARKS if text.startswith(known))
    spans = []
    for phrase, label in MARKS[start]:
        select(page, text, phrase)
        press(page, str(TASKS["tagging"].form()["labels"].index(label) + 1))
        at = text.index(phrase)
        spans.append({"start": at, "end": at + len(phrase), "label": label})
    assert shown_marks(page) == [(phrase, label) for phrase, label in MARKS[start]]
    press(page, "Enter")
    return spans


def shown_marks(page: Any) -> list[tuple[str, str]]:
    """(text, label) of the marks on the screen."""
    marks = page.locator(".mark").all()
    return [
        (mark.locator("mark").text_content(), mark.get_attribute("data-label")) for mark in marks
    ]


def select(page: Any, text: str, phrase: str) -> None:
    """Choose a phrase by arrow keys, going by what is heard."""
    rtl = page.evaluate("getComputedStyle(document.querySelector('.marking')).direction") == "rtl"
    on, back = ("ArrowLeft", "ArrowRight") if rtl else ("ArrowRight", "ArrowLeft")
    press(page, "Escape")
    said, before = "", 0
    for _ in range(40):
        press(page, on)
        said = heard(page).split(", ")[0]
        if (found := glued(said, phrase)) is not None:
            before = found
            break
    for _ in range(before):
        press(page, "}")  # the start moves on, to inside the word
    said = said[before:]
    for _ in range(len(phrase)):
        if len(said) < len(phrase):
            press(page, f"Shift+{on}")
        elif len(said) > len(phrase):
            press(page, f"Control+Shift+{back}")
        said = heard(page)
    assert said == phrase


def glued(word: str, phrase: str) -> int | None:
    """How many characters of the word come before the phrase; None where it is elsewhere."""
    if phrase.startswith(word) or word.startswith(phrase):
        return 0
    return next((k for k in range(1, len(word) - 1) if phrase.startswith(word[k:])), None)


def write_text(page: Any, i: int) -> Value:
    """Write anew, or put something after the draft."""
    field = page.locator(".write-field")
    if not field.evaluate("field => field === document.activeElement"):
        press(page, "Enter")
    draft = field.input_value()
    press(page, "Control+End")
    page.keyboard.insert_text(WRITTEN[i % len(WRITTEN)])
    text = draft + WRITTEN[i % len(WRITTEN)]
    assert field.input_value() == text
    if draft:
        page.wait_for_selector(".changes ins")
        assert (
            page.locator(".changes").evaluate(
                "box => [...box.childNodes].filter(p => p.tagName !== 'DEL')"
                ".map(p => p.textContent).join('')"
            )
            == text
        )
    press(page, "Control+Enter")
    return text


def order(page: Any) -> list[str]:
    """The fields of a pair as they stand on the screen."""
    return [card.get_attribute("data-field") for card in page.locator(".pair-card").all()]


def compare(page: Any, i: int) -> Value:
    """Press a key; the value names the field that stood there."""
    fields = order(page)
    assert sorted(fields) == ["a", "b"]
    key, place = (
        ("1", 0),
        ("2", 1),
        ("0", None),
        ("x", None),
        ("ArrowRight", 1),
        ("ArrowLeft", 0),
    )[i % 6]
    press(page, key)
    return fields[place] if place is not None else {"0": "tie", "x": "bad"}[key]


PEOPLE: dict[str, Person] = {
    "multi_label": choose_labels,
    "regression": give_number,
    "tagging": mark_text,
    "generation": write_text,
    "preference": compare,
}
