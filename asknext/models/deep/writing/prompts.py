"""Prompts: how an example becomes what a model that writes is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asknext.core.examples import Example
from asknext.encoders.forward import readable

PLAIN = "Text:\n{source}\n\nAnswer:\n"
"""The template of decoder models whose tokenizer has no chat template."""


@dataclass(frozen=True, slots=True)
class Prompted:
    """Hold the tokens of a prompt, and those of an answer to it, its end mark included."""

    prompt: list[int]
    answer: list[int]


def source_of(example: Example) -> str:
    """Return what is to be answered; a draft to be corrected stands below the text."""
    text, draft = example.text, example.fields.get("draft")
    return readable(text if draft is None else f"{text}\n{draft}")


class ChatPrompts:
    """Give a decoder model its prompt: the tokenizer's chat template, else `PLAIN`.

    Of a prompt that is too long the beginning is cut off, of an answer the end.
    """

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.end = int(tokenizer.eos_token_id)

    def prompts(self, sources: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each prompt; an empty source still has a prompt."""
        plain = not self.tokenizer.chat_template  # a chat template writes its special tokens itself
        return [self._ids(self._prompt(one), plain)[-self.max_tokens :] for one in sources]

    def answers(self, sources: Sequence[str], texts: Sequence[str], most: int) -> list[list[int]]:
        """Return the tokens of each answer and its end."""
        found = []
        for source, text in zip(sources, texts, strict=True):
            ids = self._ids(self._answer(source, readable(text)), False)
            while ids and ids[-1] == self.end:
                ids.pop()
            found.append([*ids[: most - 1], self.end])
        return found

    def alone(self) -> list[int]:
        """Return what stands before an answer that answers nothing."""
        start = self.tokenizer.bos_token_id
        return [self.end if start is None else int(start)]

    def _prompt(self, source: str) -> str:
        if not self.tokenizer.chat_template:
            return PLAIN.format(source=source)
        return self._chat([_said("user", source)], add_generation_prompt=True)

    def _answer(self, source: str, text: str) -> str:
        if not self.tokenizer.chat_template:
            return text
        before = self._prompt(source)
        whole = self._chat([_said("user", source), _said("assistant", text)])
        # A template that does not go on where the prompt ends leaves the bare text.
        return whole[len(before) :].strip() if whole.startswith(before) else text

    def _chat(self, messages: list[dict[str, str]], **options: Any) -> str:
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, **options))

    def _ids(self, text: str, special: bool) -> list[int]:
        ids = list(self.tokenizer(text, add_special_tokens=special)["input_ids"])
        # Some tokenizers close every text; a prompt is not closed.
        return ids[:-1] if special and ids and ids[-1] == self.end else ids


def _said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


class SourcePrompts:
    """Give an encoder-decoder model its source as it is; too long ones are cut at the end."""

    def __init__(self, tokenizer: Any, max_tokens: int) -> None:
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.end = int(tokenizer.eos_token_id)

    def prompts(self, sources: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each source."""
        found = [list(self.tokenizer(one)["input_ids"]) for one in sources]
        return [self._ended(ids, self.max_tokens) for ids in found]

    def answers(self, sources: Sequence[str], texts: Sequence[str], most: int) -> list[list[int]]:
        """Return the tokens of each answer and its end."""
        found = [list(self.tokenizer(text_target=readable(one))["input_ids"]) for one in texts]
        return [self._ended(ids, most) for ids in found]

    def alone(self) -> list[int]:
        """Return an empty source."""
        return [self.end]

    def _ended(self, ids: list[int], most: int) -> list[int]:
        while ids and ids[-1] == self.end:
            ids.pop()
        return [*ids[: most - 1], self.end]


Prompts = ChatPrompts | SourcePrompts
