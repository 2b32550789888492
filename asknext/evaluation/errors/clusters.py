"""Clusters: regions of the vectors where the model is wrong more often, found by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.seeds import generator
from asknext.evaluation.errors.evidence import Evidence, Finding, finding
from asknext.evaluation.errors.excess import SUPPORT, Mask, excess, tested
from asknext.evaluation.errors.words import common

KIND = "clusters"
SIZES = (4, 8, 16, 32)  # numbers of clusters that are tried
TERMS = 3  # words that a cluster is named by
OVERLAP = 0.5  # of two clusters that share more, only the surer one is listed


def clusters(evidence: Evidence) -> Finding:
    """List clusters of texts with more errors than chance puts there, whatever they have in common.

    The clusters are made of the vectors alone, without a look at the errors: tests on clusters
    that were made around the errors would find some in pure chance. Several numbers of clusters
    are tried, and ``q`` is corrected for all of them.

    Source: Eyuboglu et al. 2022 (Domino) on clusters of errors; the split between making and
    testing them is ours.
    """
    judged = evidence.judged
    if evidence.vectors is None or len(judged) < 4 * SUPPORT:
        return finding(KIND, [], f"needs vectors and {4 * SUPPORT} judged examples at least")
    masks = _clustered(np.asarray(evidence.vectors[judged], np.float64))
    texts = [evidence.texts[place] for place in judged.tolist()]
    words = common(texts, SUPPORT // 2, 2000)
    named = {f"{i}": mask for i, mask in enumerate(masks)}
    items = excess(evidence, named)
    kept = _apart(items, named)
    for item in kept:
        terms = _terms(named[item["name"]], words)
        item["terms"] = terms
        item["name"] = f"{', '.join(terms) or 'cluster'} (#{item['name']})"
    note = "clusters are made without a look at the errors, so that the tests hold"
    return finding(KIND, kept, note, **tested(kept, len(masks)))


def _clustered(vectors: FloatArray) -> list[Mask]:
    """Return the masks of all clusters of all sizes that are large enough."""
    from sklearn.cluster import KMeans

    found: list[Mask] = []
    for size in SIZES:
        if size * SUPPORT > len(vectors):
            break
        seed = int(generator(0, "errors.clusters", size).integers(2**31))
        numbers = KMeans(size, n_init=3, random_state=seed).fit_predict(vectors)
        found += [mask for mask in (numbers == i for i in range(size)) if mask.sum() >= SUPPORT]
    return found


def _apart(items: list[dict[str, Any]], masks: dict[str, Mask]) -> list[dict[str, Any]]:
    """Leave out what is mostly the same as something surer."""
    kept: list[dict[str, Any]] = []
    for item in items:
        mask = masks[item["name"]]
        others = [masks[other["name"]] for other in kept]
        if all((mask & other).sum() <= OVERLAP * (mask | other).sum() for other in others):
            kept.append(item)
    return kept


def _terms(mask: Mask, words: dict[str, Mask]) -> list[str]:
    """Return the words that set a cluster apart: most frequent inside beyond outside."""
    beyond = {word: has[mask].mean() - has[~mask].mean() for word, has in words.items()}
    best = sorted(beyond, key=lambda word: (-beyond[word], word))[:TERMS]
    return [word for word in best if beyond[word] > 0]
