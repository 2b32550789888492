"""No English is left on a Chinese page: what strategies, stop rules and runs say is known there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asknext.core import registry
from asknext.core.protocols import Moment, StopRule, Strategy
from asknext.core.seeds import generator
from asknext.core.view import AXES, View
from asknext.encoders.choose import NO_MINILM, NOT_ENGLISH
from asknext.loop.reports import BIASED
from asknext.strategies.build import build
from asknext.testing.strategy_arrays import CLASSES, fresh_arrays, make_view

HERE = Path(__file__).parent
# What asks a language model over the network says what that model says.
ALONE = [name for name in registry.names("strategy") if not name.endswith(("_exact", "llm_pick"))]
WRAPPED = {
    "albl": "albl(margin, random)",
    "borda": "borda(margin, entropy)",
    "containing": 'containing(margin, text="text")',
    "like": 'like(margin, these=("example-0",))',
    "mixture": "mixture(margin, random)",
    "moderate_gap": "moderate_gap(reward_gap)",
    "per_cost": "per_cost(least_confidence)",
    "power": "power(least_confidence)",
    "product": "product(margin, entropy)",
    "tailor": "tailor(margin, random)",
    "tempered": "tempered(margin)",
}
ENGLISH = re.compile(r"[A-Za-z]{2,}")
# What stays as it is in Chinese, too: the labels above, and names.
NAMES = re.compile("|".join([*CLASSES, r"kappa", r"MiniLM", r"tfidf", r"pip install '\S+'", "F1"]))


def views(needs: frozenset[str]) -> Iterator[View]:
    """The arrays it needs, and all; without labels, without the names of the classes."""
    for names in (needs, frozenset(AXES)):
        yield make_view(fresh_arrays(), names)
        yield make_view(fresh_arrays(classes=1), names)
        bare = make_view(fresh_arrays(), names)
        bare.classes = ()
        yield bare
    yield make_view(fresh_arrays(), frozenset({"embedding", "features", "texts"}) | needs)


def reasons(strategy: Strategy) -> set[str]:
    found = [strategy.select(view, 12, generator(0)) for view in views(strategy.needs)]
    return {pick.reason for picks in found for pick in picks}


def in_chinese(sentences: set[str]) -> dict[str, str]:
    """What a Chinese page shows of each sentence."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; it runs the tests of the app's pure modules")
    done = subprocess.run(
        [node, str(HERE / "say.mjs"), "zh"],
        input=json.dumps(sorted(sentences)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(sorted(sentences), json.loads(done.stdout), strict=True))


def left_in_english(sentences: set[str], *names: str) -> dict[str, str]:
    found = in_chinese(sentences)
    kept = {said: NAMES.sub("", shown) for said, shown in found.items()}
    for name in names:
        kept = {said: shown.replace(name, "") for said, shown in kept.items()}
    return {said: shown for said, shown in kept.items() if ENGLISH.search(shown)}


@pytest.mark.slow
def test_every_reason_of_every_strategy_is_known() -> None:
    said = {reason for name in ALONE for reason in reasons(build(name))}
    assert len(said) > 300
    assert left_in_english(said, "ranks") == {}


def test_every_reason_of_every_wrapper_is_known() -> None:
    said: dict[str, set[str]] = {}
    for name in registry.names("wrapper"):
        said[name] = reasons(build(WRAPPED.get(name, f"{name}(margin)")))
        assert said[name], name
    inner = ("margin", "random", "text")
    assert left_in_english(set().union(*said.values()), *inner) == {}


@pytest.mark.parametrize(
    "labels",
    [[], ["billing"], ["billing"] * 6, ["billing", "refund", "发货"], ["billing", "refund"] * 30],
    ids=["none", "one", "one class", "all singles", "many"],
)
def test_every_phase_of_the_automatic_strategies_is_known(labels: list[str]) -> None:
    said = set()
    shared = {"embedding", "token_places", "sequence_length", "sequence_logprob", "near"}
    for provided in (
        {"proba"},
        {"label_proba"},
        {"mean", "variance"},
        {"token_proba"},
        {"reward_gap", "committee_gap", "pair_difference"},
        {"output"},
    ):
        names = frozenset(provided | shared)
        for name in ("auto", "tcm"):
            view = make_view(fresh_arrays(), names)
            view.labels = labels
            view.labelled = [f"known-{i}" for i in range(len(labels))]
            if labels:
                view = with_known(view, len(labels))
            said |= {pick.reason for pick in build(name).select(view, 6, generator(0))}
    assert left_in_english(said) == {}


def with_known(view: View, count: int) -> View:
    """Show vectors for as many labelled examples as there are labels."""
    arrays: dict[str, Any] = {name: view.array(name) for name in view.provides}
    for name in {"embedding", "pair_difference"} & arrays.keys():
        table = arrays[name]
        arrays[f"labelled_{name}"] = table[[i % len(table) for i in range(count)]]
    return View(
        view.candidates,
        arrays=arrays,
        labelled=view.labelled,
        labels=view.labels,
        classes=view.classes,
    )


def moments() -> list[list[Moment]]:
    """Histories that bring out every sentence of the stop rules."""
    histories: list[list[Moment]] = [[]]
    for agreement, change, unsure in ((0.2, 0.3, 0.4), (0.9999, 0.001, 0.01)):
        for quality, n in ((0.5, 5), (0.5, 200), (0.97, 400)):
            for drawn, found in ((20, (0, 0)), (900, (80, 76))):
                shared: dict[str, Any] = {
                    "low": quality - 0.02,
                    "high": quality + 0.02,
                    "n": n,
                    "agreement": agreement,
                    "change": change,
                    "uncertainty": unsure,
                    "searched": 1000.0,
                    "drawn": drawn,
                    "found": {"billing": found, "发货": (400, 300)},
                    "minutes": 7.25,
                }
                rise = 0.0 if change < 0.1 else 0.01
                history = [
                    Moment(90 + 20 * i, estimate=quality + rise * i, **shared) for i in range(9)
                ]
                histories += [history[:2], history]
    return histories


def rules() -> list[tuple[str, dict[str, Any]]]:
    given: list[tuple[str, dict[str, Any]]] = [
        ("stable", {}),
        ("target", {"quality": 0.9}),
        ("uncertainty", {}),
        ("predicted_change", {}),
        ("slope", {"gain": 0.02}),
        ("expected_gain", {"point": 1, "answer": 0.03}),
        ("recall", {"label": "billing"}),
        ("recall", {"label": "发货"}),
        ("recall", {}),
        ("patience", {"rule": "stable"}),
        ("patience", {"rule": "any_of", "arguments": {"rules": {"stable": {}, "slope": {}}}}),
        ("all_of", {"rules": {"target": {}, "stable": {}, "recall": {"recall": 0.8}}}),
        ("any_of", {"rules": {"uncertainty": {}, "predicted_change": {}}}),
    ]
    for answers in (None, 50, 1000):
        for minutes in (None, 5, 60):
            for money in (None, 2, 500):
                limits = {"answers": answers, "minutes": minutes, "money": money}
                if answers or minutes or money:
                    kept = {k: v for k, v in limits.items() if v}
                    given.append(("budget", {**kept, "per_answer": 0.1}))
    return given


def test_every_advice_is_known() -> None:
    given = rules()
    assert {name for name, _ in given} == set(registry.names("stop_rule"))
    made: list[StopRule] = [registry.get("stop_rule", name)(**how) for name, how in given]
    verdicts = [rule.judge(history) for rule in made for history in moments()]
    for name in registry.names("stop_rule"):
        assert {verdict.stop for verdict in verdicts if verdict.rule == name} == {True, False}, name
    said = {verdict.reason for verdict in verdicts}
    assert len(said) > 60
    assert left_in_english(said, "billing") == {}


def test_what_else_the_server_says_is_known() -> None:
    said = {BIASED, NOT_ENGLISH, NO_MINILM, "not asked yet", "you skipped it before", "taken back"}
    said |= {
        "it was interrupted 3 times; is there too little memory?",
        "it took longer than the limit of 0.05 minutes",
        "it used 3.1 GiB, the limit is 0.1 GiB; choose a smaller base, a smaller batch with "
        "accumulate, how = lora or head, or fewer max_tokens",
    }
    kept = ("GiB", "accumulate", "how = lora", "head", "max_tokens")
    assert left_in_english(said, *kept) == {}
