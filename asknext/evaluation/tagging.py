"""Metrics of tagging: spans count as right where both ends and the label are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from asknext.core.spans import Span
from asknext.core.tasks import Tagging
from asknext.evaluation.scoring import Scores, headline, paired, ratios

Spans = Sequence[Mapping[str, Any]]


class Compared(NamedTuple):
    """Hold the spans of a text that were predicted, that are true, and that are both."""

    said: frozenset[Span]
    there: frozenset[Span]

    @property
    def right(self) -> frozenset[Span]:
        """Return the spans that were found exactly."""
        return self.said & self.there


class TaggingMetrics:
    """Say how right predicted spans are; parts of a text that nobody judged do not count.

    >>> metrics = TaggingMetrics(Tagging(("PER", "LOC")))
    >>> ann = {"start": 0, "end": 3, "label": "PER"}
    >>> rome = {"start": 7, "end": 11, "label": "LOC"}
    >>> unjudged = {"start": 5, "end": 11, "label": None}
    >>> metrics.scores([[ann], [ann, rome], []], [[ann, rome], [ann, unjudged], []]).round(3)
    array([0.667, 1.   , 1.   ])
    """

    metric: ClassVar[str] = "span_f1"

    def __init__(self, task: Tagging) -> None:
        self._labels = task.labels

    def scores(self, predicted: Sequence[Spans], actual: Sequence[Spans]) -> Scores:
        """Return the F1 of each text's spans (n,); 1 where there is none on either side."""
        found = []
        for text in _compare(predicted, actual):
            size = len(text.said) + len(text.there)
            found.append(2 * len(text.right) / size if size else 1.0)
        return np.array(found, dtype=np.float64)

    def summary(self, predicted: Sequence[Spans], actual: Sequence[Spans]) -> dict[str, Any]:
        """Return the mean score with its interval, and precision, recall and F1 over all spans.

        ``precision``, ``recall``, ``f1`` and ``support`` count the spans of all texts together
        (the CoNLL figures); ``per_label`` has them for each label, ``exact_match`` is the share
        of texts that are right as a whole.

        Source: Tjong Kim Sang and De Meulder 2003, section 2.2.
        """
        scores = self.scores(predicted, actual)
        texts = _compare(predicted, actual)
        counts = [
            Counter(span.label for spans in side for span in spans)
            for side in zip(*((t.right, t.said, t.there) for t in texts), strict=True)
        ] or [Counter(), Counter(), Counter()]
        whole = ratios(*(count.total() for count in counts))
        empty = not sum(count.total() for count in counts)
        return {
            **headline(self.metric, scores),
            **{name: None if empty and name != "support" else whole[name] for name in whole},
            "exact_match": float((scores == 1.0).mean()) if len(scores) else None,
            "per_label": {name: ratios(*(c[name] for c in counts)) for name in self._labels},
        }


def _compare(predicted: Sequence[Spans], actual: Sequence[Spans]) -> list[Compared]:
    found = []
    for ours, theirs in paired(predicted, actual):
        unjudged = [(span["start"], span["end"]) for span in theirs if span["label"] is None]
        said = _spans(span for span in ours if not _touches(span, unjudged))
        found.append(Compared(said, _spans(theirs)))
    return found


def _spans(values: Any) -> frozenset[Span]:
    return frozenset(
        Span(span["start"], span["end"], span["label"])
        for span in values
        if span["label"] is not None
    )


def _touches(span: Mapping[str, Any], places: Sequence[tuple[int, int]]) -> bool:
    return any(span["start"] < end and span["end"] > start for start, end in places)
