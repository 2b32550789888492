"""Peers: one file for each library; each imports its library only when a job is made."""

from __future__ import annotations

from ..jobs import Case
from . import alipy, apricot, baal, bmdal, distil, faiss, modal, scikit_activeml, small_text, submod

CASES: list[Case] = [
    *small_text.CASES,
    *scikit_activeml.CASES,
    *modal.CASES,
    *alipy.CASES,
    *distil.CASES,
    *baal.CASES,
    *bmdal.CASES,
    *apricot.CASES,
    *submod.CASES,
    *faiss.CASES,
]
