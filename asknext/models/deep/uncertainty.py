"""What a trained network says of its own doubt, beyond its probabilities.

Each is computed only when it is read: they take from a few to some hundred passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.encoders.rows import Row, Rows, inputs_of
from asknext.models.deep.fitted import Fitted
from asknext.models.deep.network import Network, scores_as_it_is
from asknext.models.deep.randomness import own_randomness
from asknext.models.logistic import softmax

PURPOSE = "a fine-tuned model"
STEPS = 10  # of DeepFool; most texts are over the boundary after one to three
OVERSHOOT = 1.02  # a step that only just reaches the boundary stays on its side by rounding

Makers = dict[tuple[str, ...], Callable[[], Mapping[str, Any]]]


def doubts(fitted: Fitted, rows: Rows) -> Makers:
    """Return the makers of further arrays of classified examples."""
    return {
        ("class_gradient_norm",): lambda: {"class_gradient_norm": gradient_norms(fitted, rows)},
        ("boundary_distance",): lambda: {"boundary_distance": boundary_distances(fitted, rows)},
    }


def dropped_out(fitted: Fitted, rows: Rows, size: int, samples: int, seed: int) -> list[Any]:
    """Return the task's arrays of `samples` passes with dropout on, one dictionary for each.

    Source: Gal and Ghahramani 2016, Dropout as a Bayesian Approximation (ICML).
    """
    network = fitted.network
    found = []
    with own_randomness(seed), _dropout(network.module):
        for _ in range(samples):
            scores = scores_as_it_is(
                network.module, fitted.problem, rows.rows, network.padding, network.precision
            )
            found.append(fitted.problem.arrays(scores, rows, size))
    return found


@contextmanager
def _dropout(module: Any) -> Iterator[None]:
    """Switch dropout on and nothing else."""
    dropout = require("torch", extra="hf", purpose=PURPOSE).nn.Dropout
    layers = [part for part in module.modules() if isinstance(part, dropout)]
    for part in layers:
        part.train()
    try:
        yield
    finally:
        for part in layers:
            part.eval()


def gradient_norms(fitted: Fitted, rows: Rows) -> FloatArray:
    """Return the norm (n, classes) of the last layer's gradient, were each class the label.

    For a softmax on features h the gradient of the weights is (p − e_y) hᵀ and that of the
    biases p − e_y, so the norm is ‖p − e_y‖ · √(‖h‖² + 1): no backward pass is needed.

    Source: Zhang, Lease and Wallace 2017 (EGL for text); the closed form is that of BADGE (Ash
    et al. 2020).
    """
    reading = fitted.network.read(fitted.problem, rows)
    if not len(rows):
        return np.empty((0, len(fitted.problem.classes)))
    proba = softmax(np.stack(reading.scores).astype(np.float64))
    apart = (proba**2).sum(axis=1, keepdims=True) - 2 * proba + 1  # ‖p − e_y‖² for each y
    size = np.sqrt((reading.features.astype(np.float64) ** 2).sum(axis=1) + 1)
    return np.asarray(np.sqrt(np.maximum(apart, 0)) * size[:, None])


def boundary_distances(fitted: Fitted, rows: Rows) -> FloatArray:
    """Return how far (n,) the word vectors of each text must move to change its class.

    The norm, over all tokens, of the sum of DeepFool's steps; where the class holds out against
    ten of them, how far they came. With one class there is no boundary: 0 for all.

    Source: Moosavi-Dezfooli, Fawzi and Frossard 2016, DeepFool (CVPR), algorithm 2; Ducoffe and
    Precioso 2018 for active learning. Words are discrete, so the vectors are moved.
    """
    found = np.zeros(len(rows))
    if len(fitted.problem.classes) < 2:
        return found
    for batch in batches([row.length for row in rows.rows]):
        found[batch] = _deepfool(fitted.network, [rows.rows[i] for i in batch])
    return found


def _deepfool(network: Network, rows: Sequence[Row]) -> FloatArray:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    inputs = {n: x.to(network.device) for n, x in inputs_of(rows, network.padding).items()}
    words = network.module.get_input_embeddings()(inputs.pop("input_ids")).detach()
    moved = torch.zeros_like(words)
    first: Any = None
    distance = torch.full((len(rows),), float("inf"), device=words.device)
    for _ in range(STEPS):
        point = (words + OVERSHOOT * moved).requires_grad_()
        logits = network.module(inputs_embeds=point, **inputs).logits.float()
        now = logits.detach().argmax(dim=1)
        first = now if first is None else first
        over = (now != first) & torch.isinf(distance)
        distance[over] = (OVERSHOOT * moved)[over].flatten(1).norm(dim=1)
        if not torch.isinf(distance).any():
            break
        moved = moved + _step(logits, first, point) * torch.isinf(distance)[:, None, None]
    came = (OVERSHOOT * moved).flatten(1).norm(dim=1)
    return np.asarray(torch.where(torch.isinf(distance), came, distance).cpu(), np.float64)


def _step(logits: Any, first: Any, point: Any) -> Any:
    """Return the smallest step that a linear picture of the network needs to change the class."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    lines = torch.arange(len(logits), device=logits.device)
    own = logits[lines, first]
    best = torch.full_like(own, float("inf"))
    step = torch.zeros_like(point)
    for label in range(logits.shape[1]):
        gap = own - logits[:, label]
        (slope,) = torch.autograd.grad(gap.sum(), point, retain_graph=True)
        norm = slope.flatten(1).norm(dim=1).clamp(min=1e-12)
        need = torch.where(first == label, torch.inf, gap.detach().clamp(min=0) / norm)
        nearer = need < best
        best = torch.where(nearer, need, best)
        along = -(slope / norm[:, None, None]) * (need.clamp(max=1e6) + 1e-6)[:, None, None]
        step = torch.where(nearer[:, None, None], along, step)
    return step.detach()
