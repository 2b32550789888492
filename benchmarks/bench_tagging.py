"""Compare tagging strategies at equal tokens: python benchmarks/bench_tagging.py FOLDER …

Each folder holds train.parquet and dev.parquet with columns ``tokens`` and ``tags`` (BIO). The
tagger is a linear one on hashed words, shapes and neighbours. A run starts with 100 random texts
and asks 7 times for 1,500 tokens; printed is the mean token F1 over the eight models (tags other
than O, without B- and I-), and its difference to random over paired seeds, ± standard error.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import IntArray, Ragged
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build

START, ROUNDS, TOKENS = 100, 7, 1500
STRATEGIES = (
    "random", "mnlp", "token_entropy", "token_entropy_top", "token_entropy_max", "token_margin",
    "token_margin_top", "entity_token_margin", "sequence_entropy", "span_uncertainty",
)  # fmt: skip


class Texts(NamedTuple):
    """Hold the tokens of all texts as rows of features, their tags, and where texts begin."""

    features: Any
    tags: np.ndarray
    offsets: IntArray

    def rows(self, texts: IntArray) -> IntArray:
        """Return the rows of the tokens of these texts, one after another."""
        return np.concatenate(
            [np.arange(self.offsets[text], self.offsets[text + 1]) for text in texts]
        )


def read(path: Path) -> Texts:
    """Read one file and hash its tokens."""
    from pyarrow import parquet
    from sklearn.feature_extraction import FeatureHasher

    found = parquet.read_table(path).to_pylist()
    hasher = FeatureHasher(2**15, input_type="string", alternate_sign=False)
    features = hasher.transform(f for row in found for f in described(row["tokens"])).tocsr()
    tags = np.array([str(tag).split("-", 1)[-1] for row in found for tag in row["tags"]])
    sizes = [len(row["tokens"]) for row in found]
    return Texts(features, tags, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def described(tokens: list[str]) -> list[list[str]]:
    """Return the features of each token."""
    edged = ["<s>", *tokens, "</s>"]
    return [
        [
            f"w={word.lower()}", f"start={word[:3].lower()}", f"end={word[-3:].lower()}",
            f"shape={shape(word)}", f"first={word[:1]}", f"before={before.lower()}",
            f"after={after.lower()}", f"capital={word[:1].isupper()}",
            f"capital before={before[:1].isupper()}", f"begins={before == '<s>'}",
        ]
        for before, word, after in zip(edged, tokens, edged[2:], strict=False)
    ]  # fmt: skip


def shape(word: str) -> str:
    """Return X for capitals, x for letters, d for digits."""
    kinds = (
        "X" if c.isupper() else "d" if c.isdigit() else "x" if c.isalpha() else c for c in word
    )
    return "".join(kinds)[:6]


def run(name: str, seed: int, train: Texts, test: Texts) -> list[float]:
    """Return the F1 of each model of one run."""
    from sklearn.linear_model import SGDClassifier

    count = len(train.offsets) - 1
    lengths = np.diff(train.offsets)
    known = generator(seed, "start").permutation(count)[:START]
    strategy = build(f"token_budget({name}, tokens={TOKENS})")
    curve = []
    for step in range(ROUNDS + 1):
        rows = train.rows(known)
        model = SGDClassifier(
            loss="log_loss", alpha=1e-5, max_iter=15, tol=None, random_state=seed
        ).fit(train.features[rows], train.tags[rows])
        curve.append(f1(model.predict(test.features), test.tags))
        rest = np.setdiff1d(np.arange(count), known)
        proba = model.predict_proba(train.features[train.rows(rest)])
        runs = Ragged(proba, np.concatenate([[0], np.cumsum(lengths[rest])]))
        arrays = {"token_proba": runs, "sequence_length": lengths[rest]}
        view = View(rest.tolist(), arrays=arrays, classes=tuple(map(str, model.classes_)))
        picks = strategy.select(view, TOKENS, generator(seed, "select", step))
        known = np.concatenate([known, picks.ids]).astype(np.int64)
    return curve


def f1(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the F1 of the tokens whose tag is not O."""
    hits = np.count_nonzero((found == truth) & (truth != "O"))
    total = np.count_nonzero(found != "O") + np.count_nonzero(truth != "O")
    return 2 * hits / max(total, 1)


def main() -> None:
    """Print one line for each strategy and set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    for folder in given.folders:
        train, test = read(folder / "train.parquet"), read(folder / "dev.parquet")
        print(f"{folder.name}, {given.seeds} seeds")
        plain = None
        for name in STRATEGIES:
            curves = [run(name, seed, train, test) for seed in range(given.seeds)]
            area = 100 * np.mean(curves, axis=1)
            plain = area if plain is None else plain
            gain = area - plain
            error = gain.std(ddof=1) / len(gain) ** 0.5
            print(f"{name:<22}{area.mean():6.1f}{gain.mean():+7.1f} ± {error:.1f}", flush=True)


if __name__ == "__main__":
    main()
