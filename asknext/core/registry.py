"""Names to things: the only way from one room to another.

A built-in is one line in `BUILT_IN`; a plug-in is one entry point in the group
``asknext.<kind>`` (for example ``asknext.strategy``). Nothing is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from asknext.core.errors import NotFound

BUILT_IN: dict[str, dict[str, str]] = {
    "task": {
        "classification": "asknext.core.tasks:Classification",
        "multi_label": "asknext.core.tasks:MultiLabel",
        "regression": "asknext.core.tasks:Regression",
        "tagging": "asknext.core.tasks:Tagging",
        "generation": "asknext.core.tasks:Generation",
        "preference": "asknext.core.tasks:Preference",
    },
    "reader": {
        "csv": "asknext.data.delimited:read_csv",
        "tsv": "asknext.data.delimited:read_tsv",
        "json": "asknext.data.json_files:read_json",
        "jsonl": "asknext.data.json_files:read_jsonl",
        "parquet": "asknext.data.parquet:read_parquet",
        "text": "asknext.data.plain_text:read_text",
        "datasets": "asknext.data.hub_datasets:read_dataset",
    },
    "writer": {
        "csv": "asknext.data.delimited:write_csv",
        "jsonl": "asknext.data.json_files:write_jsonl",
        "parquet": "asknext.data.parquet:write_parquet",
        "datasets": "asknext.data.hub_datasets:write_dataset",
        "label-studio": "asknext.data.label_studio:write_label_studio",
    },
    "encoder": {
        "minilm": "asknext.encoders.minilm:MiniLM",
        "huggingface": "asknext.encoders.huggingface:HuggingFace",
        "tfidf": "asknext.encoders.tfidf:Tfidf",
    },
    "model": {
        "linear": "asknext.models.linear:LinearHead",
        "linear_labels": "asknext.models.linear_labels:LinearLabels",
        "ridge": "asknext.models.ridge:Ridge",
    },
    "calibrator": {
        "linear": "asknext.models.calibration:calibrate",
    },
    "strategy": {
        "random": "asknext.strategies.uniform:Random",
        "least_confidence": "asknext.strategies.uncertainty:LeastConfidence",
        "margin": "asknext.strategies.uncertainty:Margin",
        "entropy": "asknext.strategies.uncertainty:Entropy",
        "typiclust": "asknext.strategies.typiclust:TypiClust",
        "cluster_margin": "asknext.strategies.cluster_margin:ClusterMargin",
        "auto": "asknext.strategies.auto:Auto",
        "tcm": "asknext.strategies.tcm:Tcm",
        "lal": "asknext.strategies.lal:Lal",
        "policy_gradient": "asknext.strategies.policy_gradient:PolicyGradient",
        "alps": "asknext.strategies.alps:Alps",
        "label_names": "asknext.strategies.label_names:LabelNames",
        "vote_entropy": "asknext.strategies.committee:VoteEntropy",
        "consensus_entropy": "asknext.strategies.committee:ConsensusEntropy",
        "consensus_kl": "asknext.strategies.committee:ConsensusKL",
        "bald": "asknext.strategies.committee:BALD",
        "batch_bald": "asknext.strategies.batch_bald:BatchBALD",
        "epig": "asknext.strategies.epig:EPIG",
        "expected_model_change": "asknext.strategies.model_change:ExpectedModelChange",
        "expected_gradient_length": "asknext.strategies.model_change:ExpectedGradientLength",
        "output_change": "asknext.strategies.output_change:OutputChange",
        "expected_error_reduction": "asknext.strategies.error_reduction:ExpectedErrorReduction",
        "expected_log_loss_reduction": (
            "asknext.strategies.error_reduction:ExpectedLogLossReduction"
        ),
        "expected_error_reduction_exact": (
            "asknext.strategies.error_reduction_exact:ExpectedErrorReductionExact"
        ),
        "expected_variance_reduction": "asknext.strategies.bait:ExpectedVarianceReduction",
        "bait": "asknext.strategies.bait:Bait",
        "badge": "asknext.strategies.badge:Badge",
        "lcmd": "asknext.strategies.lcmd:LCMD",
        "predictive_variance": "asknext.strategies.regression:PredictiveVariance",
        "committee_variance": "asknext.strategies.regression:CommitteeVariance",
        "expected_model_change_regression": (
            "asknext.strategies.regression:ExpectedModelChangeRegression"
        ),
        "multi_label_mean": "asknext.strategies.multi_label:MultiLabelMean",
        "multi_label_max": "asknext.strategies.multi_label:MultiLabelMax",
        "multi_label_min": "asknext.strategies.multi_label:MultiLabelMin",
        "label_cardinality": "asknext.strategies.label_sets:LabelCardinality",
        "adaptive_thresholds": "asknext.strategies.label_sets:AdaptiveThresholds",
        "token_entropy": "asknext.strategies.token_uncertainty:TokenEntropy",
        "token_entropy_max": "asknext.strategies.token_uncertainty:TokenEntropyMax",
        "token_entropy_top": "asknext.strategies.token_uncertainty:TokenEntropyTop",
        "token_margin": "asknext.strategies.token_uncertainty:TokenMargin",
        "token_margin_top": "asknext.strategies.token_uncertainty:TokenMarginTop",
        "entity_token_margin": "asknext.strategies.token_uncertainty:EntityTokenMargin",
        "mnlp": "asknext.strategies.sequence_uncertainty:Mnlp",
        "sequence_confidence": "asknext.strategies.sequence_uncertainty:SequenceConfidence",
        "sequence_logprob": "asknext.strategies.sequence_uncertainty:SequenceLogprob",
        "sequence_entropy": "asknext.strategies.sequence_uncertainty:SequenceEntropy",
        "nbest_entropy": "asknext.strategies.sequence_uncertainty:NbestEntropy",
        "crf_entropy": "asknext.strategies.crf:CrfEntropy",
        "span_uncertainty": "asknext.strategies.span_uncertainty:SpanUncertainty",
        "generation_entropy": "asknext.strategies.generation_uncertainty:GenerationEntropy",
        "ifd": "asknext.strategies.generation_uncertainty:InstructionDifficulty",
        "sample_disagreement": "asknext.strategies.sample_disagreement:SampleDisagreement",
        "semantic_entropy": "asknext.strategies.sample_disagreement:SemanticEntropy",
        "idds": "asknext.strategies.idds:Idds",
        "huds": "asknext.strategies.huds:Huds",
        "reward_gap": "asknext.strategies.reward_gaps:RewardGap",
        "gap_disagreement": "asknext.strategies.reward_gaps:GapDisagreement",
        "d_optimal": "asknext.strategies.d_optimal:DOptimal",
        "bal_pm": "asknext.strategies.bal_pm:BalPm",
        "ratio": "asknext.strategies.ratio:Ratio",
        "cal": "asknext.strategies.contrastive:Contrastive",
        "dal": "asknext.strategies.discriminative:Discriminative",
        "alfa_mix": "asknext.strategies.alfa_mix:AlfaMix",
        "drop_query": "asknext.strategies.drop_query:DropQuery",
        "deepfool": "asknext.strategies.boundary:DeepFool",
        "deepfool_network": "asknext.strategies.boundary:DeepFoolNetwork",
        "fgsm": "asknext.strategies.boundary:Fgsm",
        "vat": "asknext.strategies.virtual:Vat",
        "vapal": "asknext.strategies.virtual:Vapal",
        "k_center": "asknext.strategies.k_center:KCenter",
        "k_center_robust": "asknext.strategies.k_center:KCenterRobust",
        "facility_location": "asknext.strategies.coverage:FacilityLocation",
        "graph_cut": "asknext.strategies.graph_cut:GraphCut",
        "max_herding": "asknext.strategies.coverage:MaxHerding",
        "uncertainty_herding": "asknext.strategies.coverage:UncertaintyHerding",
        "prob_cover": "asknext.strategies.prob_cover:ProbCover",
        "k_means": "asknext.strategies.k_means:KMeans",
        "determinantal": "asknext.strategies.determinantal:Determinantal",
        "information_density": "asknext.strategies.density:InformationDensity",
        "density_weighted": "asknext.strategies.density:DensityWeighted",
    },
    # Strategies made of others.
    "wrapper": {
        "guarded": "asknext.strategies.guard:NearDuplicateGuard",
        "albl": "asknext.strategies.albl:Albl",
        "tailor": "asknext.strategies.tailor:Tailor",
        "anchored": "asknext.strategies.towards:Anchored",
        "clipped": "asknext.strategies.clipped:Clipped",
        "like": "asknext.strategies.towards:Like",
        "tempered": "asknext.strategies.tempered:Tempered",
        "moderate_gap": "asknext.strategies.moderate_gap:ModerateGap",
        "token_budget": "asknext.strategies.token_budget:TokenBudget",
        "balanced": "asknext.strategies.balanced:Balanced",
        "borda": "asknext.strategies.combined:Borda",
        "containing": "asknext.strategies.subpools:Containing",
        "mixture": "asknext.strategies.mixture:Mixture",
        "per_cost": "asknext.strategies.combined:PerCost",
        "power": "asknext.strategies.stochastic:Power",
        "product": "asknext.strategies.combined:Product",
        "shortlist": "asknext.strategies.subpools:Shortlist",
        "softmax": "asknext.strategies.stochastic:Softmax",
        "softrank": "asknext.strategies.stochastic:Softrank",
        "subsample": "asknext.strategies.subpools:Subsample",
    },
    "stop_rule": {
        "budget": "asknext.stopping.budget:Budget",
        "target": "asknext.stopping.target:Target",
        "stable": "asknext.stopping.stable:StablePredictions",
    },
    "metrics": {
        "classification": "asknext.evaluation.classification:ClassificationMetrics",
        "multi_label": "asknext.evaluation.multi_label:MultiLabelMetrics",
        "regression": "asknext.evaluation.regression:RegressionMetrics",
        "tagging": "asknext.evaluation.tagging:TaggingMetrics",
        "generation": "asknext.evaluation.generation:GenerationMetrics",
        "preference": "asknext.evaluation.preference:PreferenceMetrics",
    },
    "store": {
        "memory": "asknext.store.memory:MemoryStore",
        "sqlite": "asknext.store.sql:SqlStore",
        "postgresql": "asknext.store.sql:SqlStore",
    },
    # Functions that the loop needs from a room it must not import.
    "service": {
        "data.examples": "asknext.data.examples:read_examples",
        "data.labels": "asknext.data.labels:distinct_labels",
        "data.peek": "asknext.data.peek:peek",
        "encoder.choose": "asknext.encoders.choose:choose",
        "encoder.resolve": "asknext.encoders.resolve:resolve",
        "encoder.load": "asknext.encoders.resolve:load_encoder",
        "evaluation.area": "asknext.evaluation.curves:area",
        "evaluation.kappa": "asknext.evaluation.agreement:kappa",
        "evaluation.labels_to": "asknext.evaluation.curves:labels_to",
        "evaluation.mean_interval": "asknext.evaluation.intervals:mean_interval",
        "evaluation.wilson": "asknext.evaluation.intervals:wilson",
        "model.committee": "asknext.models.committee:committee",
        "model.export": "asknext.models.exported:export_model",
        "strategy.build": "asknext.strategies.build:build",
        "strategy.cards": "asknext.strategies.catalogue:cards",
        "strategy.unmet": "asknext.strategies.catalogue:unmet",
        "store.open": "asknext.store.opening:open_store",
        "vectors.open": "asknext.encoders.cache:open_vectors",
    },
}


@cache
def _plug_ins(kind: str) -> dict[str, Callable[[], Any]]:
    return {point.name: point.load for point in entry_points(group=f"asknext.{kind}")}


def names(kind: str) -> list[str]:
    """List the registered names of a kind, built-ins and plug-ins, sorted.

    >>> "classification" in names("task")
    True
    """
    return sorted({*BUILT_IN[kind], *_plug_ins(kind)})


def get(kind: str, name: str) -> Any:
    """Import and return what `name` stands for.

    Raises:
        NotFound: no such name; the message lists those that exist.
        MissingExtra: its library is not installed.

    >>> get("task", "classification").__name__
    'Classification'
    """
    target = BUILT_IN[kind].get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        return getattr(import_module(module), attribute)
    if name in _plug_ins(kind):
        return _plug_ins(kind)[name]()
    raise NotFound.among(kind.replace("_", " "), name, names(kind))
