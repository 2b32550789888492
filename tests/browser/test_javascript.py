"""The app's own modules: the pure ones under node, the catalogues and shells as files."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "asknext" / "server" / "static"
TESTS = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))
MODULES = sorted((STATIC / "js").rglob("*.js"))
SHELLS = sorted((STATIC / "pages").glob("*.html"))
CATALOGUES = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (STATIC / "i18n").glob("*.json")
}
CHINESE = re.compile(r"[\u3400-\u9fff]")
OPEN_KEYS = re.compile(r"""\b(?:t|has)\(\s*`([^`]*)`""")
CALLS = re.compile(r"""\b(?:t|has)\(\s*(?:\w+ [?=<>!]+ \w+ \? )?"([^"]+)"(?:\s*:\s*"([^"]+)")?""")


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_pure_modules_keep_their_promises(path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; it runs the tests of the app's pure modules")
    done = subprocess.run([node, "--test", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    assert set(CATALOGUES) == {"en", "zh"}
    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    assert set(english) == set(chinese)
    for key, words in english.items():
        names = sorted(re.findall(r"\{(\w+)\}", words))
        assert sorted(re.findall(r"\{(\w+)\}", chinese[key])) == names, key


def test_no_english_sentence_is_left_in_the_chinese_catalogue() -> None:
    without = {key for key, words in CATALOGUES["zh"].items() if not CHINESE.search(words)}
    formats = {"csv", "jsonl", "parquet", "datasets", "label-studio"}
    names = {f"format.{name}" for name in formats}
    assert without == {"nav.other-language", "said.by", "said.joined"} | names


def used_keys() -> tuple[set[str], set[str]]:
    """The keys that the modules say, and the openings of those they put together."""
    text = "\n".join(path.read_text("utf-8") for path in MODULES)
    whole = {key for pair in CALLS.findall(text) for key in pair if key}
    openings = {key.partition("${")[0] for key in OPEN_KEYS.findall(text)}
    return whole, openings


def test_every_key_that_is_said_is_in_the_catalogue() -> None:
    whole, openings = used_keys()
    keys = set(CATALOGUES["en"])
    assert len(whole) > 100
    assert {key for key in whole if not {key, f"{key}.one", f"{key}.other"} & keys} == set()
    assert {o for o in openings if not any(key.startswith(o) for key in keys)} == set()


def test_every_key_in_the_catalogue_is_said() -> None:
    text = "\n".join(path.read_text("utf-8") for path in MODULES)
    whole, openings = used_keys()
    openings.discard("")
    # keys that are put together from a variable stem, such as `${key}-hint`
    stems = set(re.findall(r'"([a-z]+\.[a-z-]+)"', text))
    unsaid = [
        key
        for key in CATALOGUES["en"]
        if not ({key, key.rpartition(".")[0]} & whole)
        and not key.startswith(tuple(openings))
        and key.removesuffix("-hint") not in stems
        and not key.startswith("unauthorized.")
    ]
    assert unsaid == []


class Shell(HTMLParser):
    """Collects what a strict content policy forbids, and the words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden: list[str] = []
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        inline = tag == "style" or (tag == "script" and "src" not in names)
        if inline or "style" in names or any(name.startswith("on") for name in names):
            self.forbidden.append(tag)
        address = names.get("src") or names.get("href")
        if address is not None and not address.startswith(("/", "data:,")):
            self.forbidden.append(f"{tag} {address}")
        self.inside.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip() and self.inside[-1] not in ("title", "style"):
            self.words.append(data.strip())


@pytest.mark.parametrize("path", SHELLS, ids=lambda path: path.stem)
def test_a_shell_has_nothing_inline_and_no_words_of_its_own(path: Path) -> None:
    shell = Shell()
    shell.feed(path.read_text("utf-8"))
    alone = path.stem == "unauthorized"  # no other file is served to a stranger
    assert shell.forbidden == (["style"] if alone else [])
    said = {words for catalogue in CATALOGUES.values() for words in catalogue.values()}
    assert [words for words in shell.words if words not in said] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_module_is_small_and_never_writes_html(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 350
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert unsafe not in text
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r"\.icon-([a-z]+)", (STATIC / "css" / "icons.css").read_text("utf-8")))
    text = "\n".join(path.read_text("utf-8") for path in MODULES)
    named = set(re.findall(r'\bicon\("([a-z]+)"\)', text))
    assert len(named) > 10
    assert named - drawn == set()
