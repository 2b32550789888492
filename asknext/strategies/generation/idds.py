"""IDDS: ask what is like the pool and unlike what is labelled already."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from asknext.core.batch import BLOCK, FloatArray, IntArray, Table, blocks
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.kernels.reading import UnitVectors, Vectors, unit
from asknext.strategies.ranking import picks_of, top, wanted
from asknext.strategies.vectors import known_vectors

Mask = npt.NDArray[np.bool_]

SHORT, SHARE, MOST = 2048, 16, 2**14  # candidates kept between two passes: n / 16 within bounds
ROUNDING = 1e-5  # of float32 cosines, generously


class Idds:
    """Pick one by one the largest λ · mean cosine to the unlabelled − (1 − λ) · to the labelled.

    A pick moves from the unlabelled to the labelled at once; what is out with annotators counts
    as labelled. While nothing is labelled the second part is 0. A score is that of the moment of
    the pick, or that of the pick before where that is smaller.

    Source: Tsvigun et al. 2023, section 4.2 (in-domain diversity sampling), λ = 0.67 as there; on
    unit vectors, whose product is the cosine.
    """

    name: ClassVar[str] = "idds"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[str] = "a pass over n × columns for each few picks"
    evidence: ClassVar[str] = (
        "The first to beat random in summarising (ROUGE and consistency), without any model."
    )
    source: ClassVar[str] = "Tsvigun et al. 2023, section 4.2"

    def __init__(self, weight: float = 0.67) -> None:
        if not 0.0 <= weight <= 1.0:
            raise InvalidInput(f"weight is a share in [0, 1]; given: {weight}")
        self.weight = weight

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        pool = _Pool(view.embedding)
        aim = _Aim(pool.total, len(pool), unit(known_vectors(view)), self.weight)
        rows, scores = _greedy(pool, aim, k, rng)
        reasons = [_reason(aim.known - k + i) for i in range(k)]
        return picks_of(self, view, rows, scores=np.minimum.accumulate(scores), reasons=reasons)


def _reason(known: int) -> str:
    if known:
        return "much like the texts that are left, and unlike those that have an answer"
    return "much like the texts that are left: a typical one to begin with"


class _Pool:
    """Read the candidates' vectors; how long they are is found out once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._vectors = UnitVectors(table)
        self._scale = np.empty(len(table), np.float32)
        self.total = np.zeros(self._vectors.columns)
        for block in Vectors(table).blocks():
            lengths = np.sqrt(block.squares)
            self._scale[block.part] = 1.0 / np.where(lengths > 0, lengths, 1.0)
            self.total += unit(block.vectors).sum(axis=0, dtype=np.float64)

    def __len__(self) -> int:
        return len(self._table)

    def products(self, aim: FloatArray) -> FloatArray:
        """Return the products (n,) of all unit vectors with the aim, in float32."""
        narrow, found = aim.astype(np.float32), np.empty(len(self), np.float32)
        for part, vectors in blocks(self._table, BLOCK):
            found[part] = np.asarray(vectors, np.float32) @ narrow
        found *= self._scale
        return found

    def rows(self, index: IntArray) -> FloatArray:
        """Return these unit vectors (r, d) in float64."""
        return self._vectors.rows(index).astype(np.float64)


class _Aim:
    """Hold the vector whose product with a candidate's vector is its score."""

    def __init__(self, rest: FloatArray, size: int, known: FloatArray, weight: float) -> None:
        self._rest = rest  # the sum of the unlabelled
        self._size = size
        self._sum = known.sum(axis=0, dtype=np.float64)
        self.known = len(known)
        self._weight = weight

    @property
    def vector(self) -> FloatArray:
        """Return the vector (d,) as it is now."""
        like = self._weight * self._rest / max(self._size, 1)
        return np.asarray(like - (1.0 - self._weight) * self._sum / max(self.known, 1))

    def pick(self, vector: FloatArray) -> None:
        """Move a candidate (d,) from the unlabelled to the labelled."""
        self._rest = self._rest - vector
        self._sum = self._sum + vector
        self._size -= 1
        self.known += 1


def _greedy(
    pool: _Pool, aim: _Aim, k: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Return the rows (k,) that plain greedy picks, and the score of each then.

    The score is a product with the aim, so no candidate gains more than the aim has moved since
    its score was computed: while the best of a shortlist is ahead by that much of all others,
    they need not be looked at.
    """
    seed = int(rng.integers(2**63))
    taken = np.zeros(len(pool), np.bool_)
    rows, scores = list[int](), list[float]()
    while len(rows) < k:
        short = _Shortlist(pool, aim.vector, taken, generator(seed, len(rows)))
        while len(rows) < k and (found := short.best(aim.vector)) is not None:
            row, score, vector = found
            taken[row] = True
            aim.pick(vector)
            rows.append(row)
            scores.append(score)
    return np.array(rows, np.int64), np.array(scores)


class _Shortlist:
    """Keep the vectors of the candidates that are ahead, and the score of the best other one."""

    def __init__(self, pool: _Pool, aim: FloatArray, taken: Mask, rng: np.random.Generator) -> None:
        scores = pool.products(aim)
        scores[taken] = -np.inf
        left = len(pool) - int(np.count_nonzero(taken))
        size = min(max(SHORT, len(pool) // SHARE), MOST)
        first = top(scores, min(size + 1, left), rng)
        self._rows = first[:size]
        self._edge = float(scores[first[size]]) + ROUNDING if left > size else -np.inf
        self._vectors = pool.rows(self._rows)
        self._free = np.ones(len(self._rows), np.bool_)
        self._aim = aim
        self._luck = rng.random(len(self._rows))

    def best(self, aim: FloatArray) -> tuple[int, float, FloatArray] | None:
        """Take the best candidate; None once one outside the shortlist may be better."""
        scores = np.where(self._free, np.einsum("ij,j->i", self._vectors, aim), -np.inf)
        place = int(np.lexsort((self._luck, -scores))[0])
        moved = float(np.linalg.norm(aim - self._aim))
        fresh = bool(self._free.all())
        if not self._free.any() or (not fresh and scores[place] < self._edge + moved):
            return None
        self._free[place] = False
        return int(self._rows[place]), float(scores[place]), self._vectors[place]
