"""From a name in a project's settings to an encoder that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from asknext.core import registry
from asknext.core.errors import NotFound
from asknext.core.examples import Example, text_example
from asknext.core.protocols import Encoder
from asknext.encoders.choose import choose
from asknext.encoders.huggingface import HuggingFace
from asknext.encoders.language import SAMPLE
from asknext.encoders.paired import Paired
from asknext.encoders.saved import SETTINGS, read_settings
from asknext.encoders.siamese import Siamese
from asknext.encoders.tuned import Tuned
from asknext.encoders.wrapping import INNER, Wrapping

WRAPPINGS: dict[str, type[Wrapping]] = {kind.kind: kind for kind in (Paired, Siamese)}

Examples = Callable[[], Iterable[Example]]


def resolve(spec: str, examples: Examples, folder: Path) -> Encoder:
    """Return the encoder that `spec` names, as saved in `folder` where it is the same one.

    `spec` is ``auto``, a registered name, a model name, the folder of a model, or ``tuned:`` and
    the folder of a fine-tuned one, whose last layers are then the vectors; for examples of
    several parts ``paired:`` or ``siamese:`` may stand before it, and ``auto`` sees by itself
    which of these they need. An encoder that learns from the texts is fitted to ``examples()``
    and saved into `folder`.

    Raises:
        NotFound: nothing is called so; the message lists the names.
        MissingExtra: its libraries are not installed.
    """
    if spec == "auto":
        spec = _fitting(next(iter(examples()), None))
    kind, _, inside = spec.partition(":")
    if kind in WRAPPINGS:
        return _wrapped(WRAPPINGS[kind], inside or "auto", examples, folder)
    if kind == Tuned.name and inside:
        return _tuned(inside, folder)
    if spec == "auto":
        spec = choose(example.text for example in islice(examples(), SAMPLE)).encoder
    if _saved_as(folder, spec):
        return load_encoder(folder)
    if spec not in registry.names("encoder") or spec == HuggingFace.name:
        return _by_source(spec)
    encoder: Encoder = registry.get("encoder", spec)()
    fit = getattr(encoder, "fit", None)
    if fit is not None:
        fit(examples())
        encoder.save(folder)
    return encoder


def _tuned(source: str, folder: Path) -> Encoder:
    """Return the encoder of a fine-tuned model's folder, also where the home has moved since."""
    if (folder / SETTINGS).exists() and read_settings(folder)["encoder"] == Tuned.name:
        saved = Path(str(read_settings(folder)["source"]))
        if saved == Path(source).expanduser().resolve() or not saved.is_dir():
            return load_encoder(folder)
    return Tuned(source)


def _fitting(example: Example | None) -> str:
    """Say which kind of encoder can see all parts of an example like this one."""
    fields = {} if example is None else example.fields
    if "a" in fields and "b" in fields:
        return f"{Paired.kind}:auto"
    return f"{Siamese.kind}:auto" if fields.get("text_pair") is not None else "auto"


def _wrapped(kind: type[Wrapping], spec: str, examples: Examples, folder: Path) -> Encoder:
    def parts() -> Iterator[Example]:
        for example in examples():
            yield from map(text_example, kind.parts(example))

    return kind(resolve(spec, parts, folder / INNER))


def _saved_as(folder: Path, spec: str) -> bool:
    if not (folder / SETTINGS).exists():
        return False
    settings = read_settings(folder)
    if settings["encoder"] != HuggingFace.name:
        return bool(settings["encoder"] == spec)
    return settings["source"] in (spec, str(Path(spec).expanduser().resolve()))


def _by_source(spec: str) -> Encoder:
    try:
        return HuggingFace(spec)
    except NotFound as error:
        known = ", ".join(name for name in registry.names("encoder") if name != HuggingFace.name)
        raise NotFound(
            f"no encoder named {spec!r}; there is: auto, {known}, or a model folder, or the name "
            f"of a Hugging Face model ({error})"
        ) from error


def load_encoder(folder: Path) -> Encoder:
    """Return the encoder saved in `folder`; no weights are loaded before it is used."""
    settings = read_settings(folder)
    encoder: Encoder = registry.get("encoder", str(settings["encoder"])).load(folder)
    return encoder
