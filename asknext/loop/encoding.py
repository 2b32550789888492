"""Encoding a project: the slow part, resumable, usually in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

from asknext.core import registry
from asknext.core.errors import Unsupported
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Encoder, Progress, Store, TokenEncoder, TokenVectors, Vectors
from asknext.core.settings import Settings
from asknext.loop.describing import label_examples
from asknext.loop.ledger import Ledger
from asknext.loop.space import Caches

PAIRED = "paired:"
COMPARED = "siamese:"


def encoder_folder(home: Home, project: str, run: str = "") -> Path:
    """Return where a project's encoder is kept: that of a deep training, or the first one.

    The first one stands in where the files of the run are not on this machine.
    """
    tuned = home.run(project, run) / "encoder"
    if run and (tuned / "encoder.json").exists():
        return tuned
    return home.project(project) / "encoder"


def walk(store: Store, project: str, after: int = -1) -> Iterator[Example]:
    """Yield the examples of a project in order, a block at a time."""
    while block := store.scan(project, after, 2000):
        for row, example in block:
            after = row
            yield example


def choose_encoder(examples: Sequence[Example]) -> Any:
    """Choose the encoder that suits these examples: see `asknext.encoders.choose.Choice`.

    Where most have a second text, both are encoded by themselves and compared.
    """
    choice = registry.get("service", "encoder.choose")([example.text for example in examples])
    pairs = sum("text_pair" in example.fields for example in examples)
    if 2 * pairs <= len(examples):
        return choice
    return replace(choice, encoder=f"{COMPARED}{choice.encoder}")


def encoder_spec(settings: Settings) -> str:
    """Return the encoder that the project's examples need.

    Two texts to compare are a pair; and where spans are marked without a language model, words
    are known by the company that they keep.
    """
    spec = settings.encoder
    if settings.task["kind"] == "tagging" and spec == "tfidf":
        return "words"
    paired = settings.task["kind"] == "preference" and not spec.startswith(PAIRED)
    return f"{PAIRED}{spec}" if paired else spec


def compares(settings: Settings) -> bool:
    """Say whether numbers are asked for about two texts that the encoder reads each by itself."""
    return settings.task["kind"] == "regression" and encoder_spec(settings).startswith(COMPARED)


def prepare_encoder(store: Store, home: Home, project: str) -> Encoder:
    """Return the project's encoder, fitting it first where it learns from the pool."""
    folder = encoder_folder(home, project)
    encoder: Encoder = registry.get("service", "encoder.resolve")(
        encoder_spec(store.settings(project)), lambda: walk(store, project), folder
    )
    encoder.save(folder)
    return encoder


def serving_run(store: Store, project: str) -> str:
    """Return the deep training that serves, empty for none, as the store says it."""
    ledger = Ledger()
    for event in store.events(project):
        ledger.fold(event)
    return ledger.serving


def encoder_of(store: Store, home: Home, project: str, run: str = "") -> Encoder:
    """Return the encoder of a deep training, or the project's first one."""
    folder = encoder_folder(home, project, run)
    if folder == encoder_folder(home, project):
        return prepare_encoder(store, home, project)
    encoder: Encoder = registry.get("service", "encoder.load")(folder)
    return encoder


def encode_project(
    store: Store,
    home: Home,
    project: str,
    progress: Progress | None = None,
    *,
    run: str | None = None,
) -> int:
    """Encode what has no vector yet; return the number of vectors added.

    `run` takes the encoder of that deep training (empty: the project's first one) instead of
    what serves. It may be killed and started again at any time: finished blocks are kept.
    """
    run = serving_run(store, project) if run is None else run
    encoder = encoder_of(store, home, project, run)
    settings = store.settings(project)
    caches = caches_of(home, encoder, settings)
    names = label_examples(settings.build_task())
    total = len(names) + len(store.outline(project))
    return fill(caches, encoder, lambda: chain(names, walk(store, project)), progress, total)


def fill(
    caches: Caches,
    encoder: Encoder,
    examples: Callable[[], Iterable[Example]],
    progress: Progress | None,
    total: int,
) -> int:
    """Encode what is missing in any of the caches; return the number of examples added."""
    both = 1 if caches.tokens is None else 2
    added = caches.vectors.fill(examples(), encoder, _part(progress, 0, total), both * total)
    if caches.tokens is not None:
        tokens = caches.tokens.fill(
            examples(), cast(TokenEncoder, encoder), _part(progress, total, total), both * total
        )
        added = max(added, tokens)
    return added


def _part(progress: Progress | None, before: int, total: int) -> Progress | None:
    return None if progress is None else lambda done, all: progress(before + done, all)


def caches_of(home: Home, encoder: Encoder, settings: Settings) -> Caches:
    """Open the caches of an encoder that the project's model reads.

    Raises:
        Unsupported: the model reads tokens and the encoder has none.
    """
    vectors: Vectors = registry.get("service", "vectors.open")(home.vectors, encoder)
    if "tokens" not in registry.get("model", settings.model_name).reads:
        return Caches(vectors, encoder=encoder)
    if not hasattr(encoder, "encode_tokens"):
        raise Unsupported(f"the encoder {encoder.name!r} has no vectors of tokens; choose another")
    tokens: TokenVectors = registry.get("service", "tokens.open")(home.vectors, encoder)
    return Caches(vectors, tokens, encoder=encoder)


def open_caches(home: Home, settings: Settings, run: str = "") -> Caches | None:
    """Open the project's caches for reading; None until its encoder has been prepared."""
    folder = encoder_folder(home, settings.name, run)
    if not (folder / "encoder.json").exists():
        return None
    found = caches_of(home, registry.get("service", "encoder.load")(folder), settings)
    first = folder == encoder_folder(home, settings.name)
    return found if first else replace(found, run=run)
