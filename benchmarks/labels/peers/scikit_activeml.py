"""scikit-activeml: pool strategies; X holds the candidates and then the labelled."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from asknext.core.view import View
from benchmarks.labels.peers.peer import COLD, PROBA, VECTORS, Peer, together


def told(view: View) -> Any:
    """Return a classifier of theirs that answers with the probabilities of the loop's head."""
    vectors, proba = together(view, "embedding").astype(float), together(view, "proba")
    place = {row.tobytes(): i for i, row in enumerate(vectors)}

    def look_up(rows: Any) -> Any:
        return proba[[place[row.tobytes()] for row in np.asarray(rows, float)]]

    return answering(look_up, proba.shape[1])


def head(view: View) -> Any:
    """Return a classifier of theirs that is the loop's head, for features that are new to it."""
    weight, bias = np.asarray(view.array("weight")), np.asarray(view.array("bias"))

    def apply(rows: Any) -> Any:
        logits = np.asarray(rows, float) @ weight.T + bias
        found = np.exp(logits - logits.max(axis=1, keepdims=True))
        return found / found.sum(axis=1, keepdims=True)

    return answering(apply, len(bias))


def answering(say: Any, classes: int) -> Any:
    """Return a fitted classifier that answers with `say`."""
    from skactiveml.base import SkactivemlClassifier

    class Told(SkactivemlClassifier):  # type: ignore[misc, unused-ignore]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self

        def predict_proba(self, X: Any) -> Any:
            return say(X)

        def predict(self, X: Any) -> Any:
            return say(X).argmax(axis=1)

    model = Told(classes=list(range(classes)))
    model.classes_ = np.arange(classes)
    return model


class Scikit(Peer):
    """Ask a strategy of skactiveml.pool; `theirs` names it, `how` are its settings."""

    theirs: ClassVar[str]
    how: ClassVar[dict[str, Any]] = {}
    reads: ClassVar[str] = "embedding"
    model: ClassVar[str] = ""

    def rows(self, view: View, k: int, seed: int) -> Any:
        """Return what their query returns."""
        from skactiveml import pool

        strategy = getattr(pool, self.theirs)(random_state=seed, **self.how, **self.fitting(view))
        x = together(view, self.reads).astype(float)
        names = {label: i for i, label in enumerate(view.classes)}
        known = [float(names.get(str(label), 0)) for label in view.labels]
        y = np.concatenate([np.full(len(view), np.nan), known])
        return strategy.query(x, y, batch_size=k, **self.asked(view))

    def fitting(self, view: View) -> dict[str, Any]:
        """Return the settings that depend on the view."""
        return {}

    def asked(self, view: View) -> dict[str, Any]:
        """Return what their query is told of the model."""
        if not self.model:
            return {}
        made = head(view) if self.reads == "features" else told(view)
        return {self.model: made, f"fit_{self.model}": False}


class Margin(Scikit):
    """Smallest margin."""

    name = "scikit_activeml:margin"
    theirs, how, model = "UncertaintySampling", {"method": "margin_sampling"}, "clf"


class LeastConfident(Scikit):
    """Smallest top probability."""

    name = "scikit_activeml:least_confident"
    theirs, how, model = "UncertaintySampling", {"method": "least_confident"}, "clf"


class Entropy(Scikit):
    """Highest entropy."""

    name = "scikit_activeml:entropy"
    theirs, how, model = "UncertaintySampling", {"method": "entropy"}, "clf"


class Badge(Scikit):
    """BADGE."""

    name = "scikit_activeml:badge"
    theirs, model = "Badge", "clf"


class Clue(Scikit):
    """Clusters weighted by uncertainty."""

    name = "scikit_activeml:clue"
    theirs, model = "Clue", "estimator"


class Falcun(Scikit):
    """Uncertainty and diversity of the probabilities."""

    name = "scikit_activeml:falcun"
    theirs, model = "Falcun", "clf"


class DropQuery(Scikit):
    """Disagreement of the head about vectors with parts left out, in clusters."""

    name = "scikit_activeml:drop_query"
    needs = PROBA | {"features", "labelled_features", "weight", "bias"}
    theirs, reads, model = "DropQuery", "features", "clf"


class Contrastive(Scikit):
    """Contrastive active learning."""

    name = "scikit_activeml:contrastive"
    theirs, model = "ContrastiveAL", "clf"

    def fitting(self, view: View) -> dict[str, Any]:
        """Compare with as many labelled neighbours as there are, 10 at most."""
        return {"nearest_neighbors_dict": {"n_neighbors": min(10, len(view.labelled))}}


class CoreSet(Scikit):
    """Greedy core-set."""

    name = "scikit_activeml:core_set"
    needs = VECTORS
    theirs = "CoreSet"


class TypiClust(Scikit):
    """Typical members of clusters without a label."""

    name = "scikit_activeml:typi_clust"
    needs = COLD
    theirs = "TypiClust"


class ProbCover(Scikit):
    """Greedy coverage by balls; it is told how many classes there are."""

    name = "scikit_activeml:prob_cover"
    needs = COLD | {"label_embedding"}
    tasks = frozenset({"classification", "multi_label", "tagging"})
    theirs = "ProbCover"

    def fitting(self, view: View) -> dict[str, Any]:
        """Tell the number of classes."""
        return {"n_classes": len(view.array("label_embedding"))}


class MaxHerding(Scikit):
    """Greedy coverage by a kernel."""

    name = "scikit_activeml:max_herding"
    needs = COLD
    theirs = "MaxHerding"


class GreedySampling(Scikit):
    """Farthest first, made for regression."""

    name = "scikit_activeml:greedy_sampling"
    needs = VECTORS
    tasks = frozenset({"regression"})
    theirs = "GreedySamplingX"
