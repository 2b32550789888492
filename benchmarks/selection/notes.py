"""Notes: where those compared do not quite the same job."""

from __future__ import annotations

DRAWN = "Draws at random, so picks differ."
NOTES: dict[str, str] = {
    "badge": DRAWN,
    "k_means": DRAWN + " FAISS does 20 rounds over all candidates.",
    "clue": DRAWN,
    "typiclust": DRAWN,
    "batch_bald": "Joint entropies are sampled, each in its own way.",
    "cal": "small-text compares each candidate with its neighbours in the whole pool.",
    "dal": "small-text and ours fit again after every part of the picks, scikit-activeml fits once "
    "and to all candidates.",
    "prob_cover": "Each estimates the radius in its own way.",
    "facility_location": "Ours also counts what the labelled cover, and takes (1 + cosine) / 2 as "
    "similarity; submodlib takes the cosine where positive, apricot one of its own.",
    "information_density": "modAL takes entropy × mean 1 / (1 + distance).",
    "density_weighted": "ALiPy multiplies by the mean distance instead of a density.",
    "expected_error_reduction": "The peers fit a model for each candidate and label; timed are "
    "four candidates, scaled. modAL is spared its predictions on the other candidates.",
    "consensus_kl": "modAL takes the largest divergence of a member instead of the mean.",
}
"""What to know of a strategy's table."""
