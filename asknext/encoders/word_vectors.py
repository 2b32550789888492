"""Word vectors: what words mean by the company they keep in a project's own texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.encoders.words import words

COLUMNS = 64
UNITS = 50_000  # words, and pairs of words that follow each other, that get a vector
NEIGHBOURS = 4_000  # words that count as company
TOKENS = 400_000  # words of the texts that are read
SEEN = 2  # times that a unit has to be there
EVEN = 0.75  # frequent neighbours are taken for rarer than they are, to this power
BETWEEN = "\t"  # between the words of a pair; words hold no blanks


@dataclass(frozen=True)
class WordVectors:
    """Hold a vector (COLUMNS,) of unit length for each of the `units`, zeros for all others.

    A unit is a word in small letters, or two words with a tab between them.
    """

    units: tuple[str, ...]
    table: FloatArray

    @cached_property
    def _place(self) -> dict[str, int]:
        return {unit: i for i, unit in enumerate(self.units)}

    @cached_property
    def _rows(self) -> FloatArray:
        none = np.zeros((1, COLUMNS), np.float32)
        return np.concatenate([self.table.astype(np.float32), none])  # row -1 is that of none

    def of(self, units: Sequence[str]) -> FloatArray:
        """Return the vectors (units, COLUMNS) float32."""
        where = [self._place.get(unit, -1) for unit in units]
        return self._rows[np.array(where, np.int64)]

    @property
    def digest(self) -> str:
        """Return 12 hex digits that change with anything in it."""
        found = blake2b(_bytes(self.units), digest_size=6)
        found.update(np.ascontiguousarray(self.table, "<f2").data)
        return found.hexdigest()

    def save(self, path: Path) -> None:
        """Write one ``.npz``."""
        said = np.frombuffer(_bytes(self.units), np.uint8)
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, units=said, table=self.table)

    @classmethod
    def load(cls, path: Path) -> WordVectors:
        """Read what `save` wrote; raises InvalidInput for a file that is damaged."""
        try:
            with np.load(path, allow_pickle=False) as found:
                said = found["units"].tobytes().decode("utf-8", "surrogatepass")
                made = cls(tuple(said.split("\n")) if said else (), found["table"])
        except (OSError, ValueError, KeyError) as error:
            raise InvalidInput(f"{path} cannot be read ({error}); fit the encoder again") from error
        if made.table.shape != (len(made.units), COLUMNS):
            raise InvalidInput(f"{path} is damaged; fit the encoder again")
        return made


def _bytes(units: Sequence[str]) -> bytes:
    return "\n".join(units).encode("utf-8", "surrogatepass")


def said_words(text: str, places: IntArray) -> list[str]:
    """Return the words at these places, in small letters."""
    return [text[start:end].lower() for start, end in places.tolist()]


def pairs(said: Sequence[str]) -> list[str]:
    r"""Return each word with the one after it.

    >>> pairs(["北", "京", "人"])
    ['北\t京', '京\t人']
    """
    return [f"{left}{BETWEEN}{right}" for left, right in pairwise(said)]


def learn(texts: Iterable[str]) -> WordVectors:
    """Learn from texts, the first 400,000 words of them, without any labels.

    Units that stand between the same words get similar vectors: where each neighbour stands, one
    or two places before or after, is told apart.

    Source: Bullinaria and Levy 2007 (positive pointwise mutual information); Levy, Goldberg and
    Dagan 2015 for the smoothing of frequent neighbours and the root of the singular values.
    """
    runs = _read(texts)
    known = Counter(word for run in runs for word in run)
    company = {word: i for i, (word, _) in enumerate(known.most_common(NEIGHBOURS))}
    known.update(pair for run in runs for pair in pairs(run))
    units = tuple(unit for unit, times in known.most_common(UNITS) if times >= SEEN)
    place = {unit: i for i, unit in enumerate(units)}
    table = _condensed(_met(runs, place, company), len(units))
    return WordVectors(units, table.astype(np.float16))


def _read(texts: Iterable[str]) -> list[list[str]]:
    found: list[list[str]] = []
    left = TOKENS
    for text in texts:
        run = said_words(text, words(text))[:left]
        left -= len(run)
        found.append(run)
        if not left:
            break
    return found


def _met(runs: Sequence[Sequence[str]], place: dict[str, int], company: dict[str, int]) -> Any:
    """Count how often each unit meets each neighbour on each side (units, 4 × neighbours)."""
    from scipy.sparse import csr_matrix

    gap = [""] * 3  # keeps texts apart
    flat = [word for run in runs for word in (*run, *gap)]
    beside = np.array([company.get(word, -1) for word in (*gap, *flat)], np.int64)
    single = np.array([place.get(word, -1) for word in flat], np.int64)
    double = np.array([place.get(pair, -1) for pair in pairs(flat)], np.int64)
    rows, columns = [], []
    for units, size in ((single, 1), (double, 2)):
        for side, step in enumerate((-1, -2, size, size + 1)):
            near = np.concatenate([beside, np.full(3, -1)])[np.arange(len(units)) + len(gap) + step]
            both = (units >= 0) & (near >= 0)
            rows.append(units[both])
            columns.append(near[both] + side * len(company))
    where = (np.concatenate(rows), np.concatenate(columns))
    shape = (len(place), 4 * len(company))
    return csr_matrix((np.ones(len(where[0]), np.float32), where), shape=shape)


def _condensed(met: Any, units: int) -> FloatArray:
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    found = np.zeros((units, COLUMNS), np.float32)
    met = met.tocoo()
    own = np.bincount(met.row, met.data, met.shape[0])
    beside = np.bincount(met.col, met.data, met.shape[1]) ** EVEN
    gain = np.log(met.data * beside.sum() / (own[met.row] * beside[met.col]))
    kept = gain > 0
    rank = min(COLUMNS, *met.shape)
    if not kept.any():
        return found
    surprise = csr_matrix((gain[kept], (met.row[kept], met.col[kept])), shape=met.shape)
    seed = int(generator(0, "word vectors").integers(2**31))
    left, values, _ = randomized_svd(surprise, rank, n_iter=3, random_state=seed)
    found[:, :rank] = left * np.sqrt(values)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return found
