"""Arrays: what a View may hold, each with its shape and meaning. Strategies read them by name."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """Describe an array: `axis` runs over the candidates (None: over something else).

    `axes` is the number of axes, `shape` names them. ``ragged`` arrays are `Ragged`: one run of
    rows for each candidate.
    """

    axis: int | None
    axes: int
    shape: str
    meaning: str
    ragged: bool = False


ARRAYS: dict[str, Shape] = {
    # -- what a model says about each candidate
    "proba": Shape(0, 2, "(n, classes)", "class probabilities; rows sum to 1"),
    "label_proba": Shape(0, 2, "(n, labels)", "multi-label: probability of each label"),
    "mean": Shape(0, 1, "(n,)", "regression: predicted value"),
    "variance": Shape(0, 1, "(n,)", "regression: predictive variance"),
    "committee_proba": Shape(1, 3, "(members, n, classes)", "class probabilities of each member"),
    "committee_mean": Shape(1, 2, "(members, n)", "regression: value predicted by each member"),
    "class_gradient_norm": Shape(0, 2, "(n, classes)", "norm of the loss gradient for each label"),
    "boundary_distance": Shape(0, 1, "(n,)", "smallest perturbation that changes the prediction"),
    # -- what describes each candidate
    "embedding": Shape(0, 2, "(n, columns)", "sentence vectors of unit length"),
    "features": Shape(0, 2, "(n, features)", "what the linear head reads"),
    "surprisal": Shape(0, 2, "(n, tokens)", "masked-LM loss at the tokens of each text"),
    "near": Shape(0, 1, "(n,)", "a number for each group of near-duplicates"),
    "cost": Shape(0, 1, "(n,)", "seconds or money that an answer costs"),
    "texts": Shape(0, 1, "(n,)", "the texts themselves"),
    # -- sequences: tags of tokens, generated texts
    "token_proba": Shape(0, 2, "(tokens, tags)", "tag probabilities of each token", ragged=True),
    "token_logit": Shape(0, 2, "(tokens, tags)", "tag scores of each token", ragged=True),
    "token_places": Shape(
        0, 2, "(tokens, 2)", "first character of each token, and the one after it", ragged=True
    ),
    "token_tags": Shape(
        0, 1, "(tokens,)", "number of each token's tag on the best path", ragged=True
    ),
    "output": Shape(0, 1, "(n,)", "the text that the model would write"),
    "token_logprob": Shape(0, 1, "(tokens,)", "log p of each generated token", ragged=True),
    "token_entropy": Shape(0, 1, "(tokens,)", "entropy of each next-token choice", ragged=True),
    "sequence_logprob": Shape(0, 1, "(n,)", "log p of the best sequence"),
    "sequence_length": Shape(0, 1, "(n,)", "tokens in each sequence"),
    "samples": Shape(0, 2, "(n, samples)", "texts sampled from the model"),
    "sample_logprob": Shape(0, 2, "(n, samples)", "log p of each sampled text"),
    "sample_embedding": Shape(0, 3, "(n, samples, columns)", "vectors of the sampled texts"),
    "conditioned_loss": Shape(0, 1, "(n,)", "loss per token of the answer, given the prompt"),
    "unconditioned_loss": Shape(0, 1, "(n,)", "loss per token of the answer alone"),
    # -- preferences: each candidate is a prompt with two answers
    "reward_gap": Shape(0, 1, "(n,)", "reward of the first answer less that of the second"),
    "committee_gap": Shape(1, 2, "(members, n)", "reward gap of each member"),
    "pair_difference": Shape(0, 2, "(n, columns)", "features of the first less the second answer"),
    "prompt_embedding": Shape(0, 2, "(n, columns)", "vectors of the prompts"),
    # -- what is known already
    "labelled_embedding": Shape(None, 2, "(labelled, columns)", "vectors of the labelled"),
    "labelled_features": Shape(None, 2, "(labelled, features)", "features of the labelled"),
    "labelled_proba": Shape(None, 2, "(labelled, classes)", "what the model says of the labelled"),
    "labelled_pair_difference": Shape(
        None, 2, "(labelled, columns)", "differences of the labelled"
    ),
    "labelled_prompt_embedding": Shape(None, 2, "(labelled, columns)", "prompts of the labelled"),
    "labelled_reward_gap": Shape(None, 1, "(labelled,)", "reward gaps of the labelled pairs"),
    "pending_pair_difference": Shape(None, 2, "(pending, columns)", "differences of what is out"),
    "pending_prompt_embedding": Shape(None, 2, "(pending, columns)", "prompts of what is out"),
    "pending_embedding": Shape(None, 2, "(pending, columns)", "vectors of what is out"),
    "pending_near": Shape(None, 1, "(pending,)", "groups of what is out"),
    # -- the linear head, and what it is to be good at
    "weight": Shape(None, 2, "(classes, features)", "coefficients of the linear head"),
    "bias": Shape(None, 1, "(classes,)", "intercepts of the linear head"),
    "penalty": Shape(None, 0, "()", "L2 penalty λ: the head minimises Σ loss + λ/2 ‖weight‖²"),
    "reference_embedding": Shape(None, 2, "(references, columns)", "vectors that matter in use"),
    "reference_features": Shape(None, 2, "(references, features)", "their features"),
    "reference_proba": Shape(None, 2, "(references, classes)", "their class probabilities"),
    "reference_committee_proba": Shape(
        None, 3, "(members, references, classes)", "what each member says of the references"
    ),
    "label_embedding": Shape(None, 2, "(classes, columns)", "vectors of the names of the labels"),
    "transition": Shape(None, 2, "(tags, tags)", "score of going from a tag to the next"),
}

SUPPLIED = frozenset(
    {"embedding", "features", "near", "texts", "cost", "label_embedding"}
    | {"labelled_embedding", "labelled_features", "pending_embedding", "pending_near"}
)
"""The arrays that a project's loop supplies whatever the model is (of labels: where there are)."""

OPTIONAL = frozenset({"surprisal"})
"""The arrays that a project's loop supplies where its encoder can make them."""
