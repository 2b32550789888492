"""Every registered model passes the conformance checks, and the checks can fail."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core import registry, settings
from asknext.core.batch import Batch
from asknext.core.predictions import Prediction
from asknext.models.linear import LinearHead
from asknext.testing import models as conformance
from asknext.testing import task_models
from asknext.testing.model_kits import KITS

# Models that read the texts themselves are fine-tuned; their tests are beside them.
INSTANT = [
    (name, kind)
    for name in registry.names("model")
    for kind in sorted(registry.get("model", name).tasks)
    if registry.get("model", name).reads <= {"vectors", "tokens"}
]


def named(kind):
    return [name for name, other in INSTANT if other == kind]


@pytest.mark.parametrize("name", named("classification"))
@pytest.mark.parametrize("check", conformance.CHECKS, ids=lambda check: check.__name__)
def test_registered_model(name, check):
    check(registry.get("model", name))


@pytest.mark.parametrize(
    ("name", "kind"), [pair for pair in INSTANT if pair[1] != "classification"]
)
@pytest.mark.parametrize("check", task_models.CHECKS, ids=lambda check: check.__name__)
def test_registered_model_of_another_task(name, kind, check):
    check(registry.get("model", name), KITS[kind])


def test_every_kind_of_task_has_a_model_that_learns_at_once():
    assert {kind for _, kind in INSTANT} == set(settings.INSTANT)
    assert set(settings.INSTANT.items()) <= {(kind, name) for name, kind in INSTANT}


class Forgetful(LinearHead):
    """Ignores weights and the order of labels."""

    def fit(self, batch, labels, *, seed, init=None, weights=None):
        return super().fit(batch, labels, seed=seed)

    def predict(self, batch):
        found = super().predict(batch)
        return Prediction(found.classes[::-1], {"proba": found.proba[:, ::-1]})


class Stubborn(LinearHead):
    """Returns the warm start as it is, as a fit that stops too early would."""

    def fit(self, batch, labels, *, seed, init=None, weights=None):
        return init or super().fit(batch, labels, seed=seed, weights=weights)


class Unsure(LinearHead):
    """Gives rows that do not sum to 1."""

    def predict(self, batch: Batch) -> Prediction:
        found = super().predict(batch)
        return Prediction(found.classes, {"proba": np.asarray(found.proba) * 0.9})


@pytest.mark.parametrize(
    ("model", "check"),
    [
        (Forgetful, conformance.obeys_weights),
        (Forgetful, conformance.keeps_the_order_of_labels),
        (Stubborn, conformance.starts_warm_as_cold),
        (Stubborn, conformance.notices_one_answer),
        (Unsure, conformance.gives_probabilities),
        (Unsure, conformance.knows_one_class),
    ],
    ids=lambda value: value.__name__,
)
def test_check_finds_what_is_wrong(model, check):
    with pytest.raises(AssertionError):
        check(model)
