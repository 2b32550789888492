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
        "conll": "asknext.data.conll:read_conll",
        "datasets": "asknext.data.hub_datasets:read_dataset",
    },
    "writer": {
        "csv": "asknext.data.delimited:write_csv",
        "jsonl": "asknext.data.json_files:write_jsonl",
        "parquet": "asknext.data.parquet:write_parquet",
        "datasets": "asknext.data.hub_datasets:write_dataset",
        "conll": "asknext.data.conll:write_conll",
        "label-studio": "asknext.data.label_studio:write_label_studio",
    },
    "encoder": {
        "minilm": "asknext.encoders.minilm:MiniLM",
        "huggingface": "asknext.encoders.huggingface:HuggingFace",
        "tfidf": "asknext.encoders.tfidf:Tfidf",
        "words": "asknext.encoders.learnt_words:Words",
        "paired": "asknext.encoders.paired:Paired",
        "siamese": "asknext.encoders.siamese:Siamese",
        "tuned": "asknext.encoders.tuned:Tuned",
    },
    "model": {
        "linear": "asknext.models.linear:LinearHead",
        "linear_labels": "asknext.models.linear_labels:LinearLabels",
        "ridge": "asknext.models.ridge:Ridge",
        "linear_tokens": "asknext.models.linear_tokens:LinearTokens",
        "bradley_terry": "asknext.models.bradley_terry:BradleyTerry",
        "retrieval": "asknext.models.retrieval:Retrieval",
        "transformer": "asknext.models.deep.finetuned:FineTuned",
        "seq2seq": "asknext.models.deep.writing.model:Seq2Seq",
        "causal": "asknext.models.deep.writing.model:Causal",
    },
    "calibrator": {
        "linear": "asknext.models.calibration:calibrate",
        "linear_labels": "asknext.models.label_calibration:calibrate",
    },
    "strategy": {
        "random": "asknext.strategies.uniform:Random",
        "least_confidence": "asknext.strategies.uncertainty.classes:LeastConfidence",
        "margin": "asknext.strategies.uncertainty.classes:Margin",
        "entropy": "asknext.strategies.uncertainty.classes:Entropy",
        "typiclust": "asknext.strategies.cold.typiclust:TypiClust",
        "cluster_margin": "asknext.strategies.coverage.cluster_margin:ClusterMargin",
        "auto": "asknext.strategies.adaptive.auto:Auto",
        "tcm": "asknext.strategies.adaptive.tcm:Tcm",
        "lal": "asknext.strategies.adaptive.lal:Lal",
        "policy_gradient": "asknext.strategies.adaptive.policy_gradient:PolicyGradient",
        "alps": "asknext.strategies.cold.alps:Alps",
        "label_names": "asknext.strategies.cold.label_names:LabelNames",
        "llm_pick": "asknext.strategies.cold.llm_pick:LlmPick",
        "vote_entropy": "asknext.strategies.committee.disagreement:VoteEntropy",
        "consensus_entropy": "asknext.strategies.committee.disagreement:ConsensusEntropy",
        "consensus_kl": "asknext.strategies.committee.disagreement:ConsensusKL",
        "bald": "asknext.strategies.committee.disagreement:BALD",
        "batch_bald": "asknext.strategies.committee.batch_bald:BatchBALD",
        "epig": "asknext.strategies.committee.epig:EPIG",
        "expected_model_change": "asknext.strategies.change.model_change:ExpectedModelChange",
        "expected_gradient_length": "asknext.strategies.change.model_change:ExpectedGradientLength",
        "output_change": "asknext.strategies.change.output_change:OutputChange",
        "expected_error_reduction": (
            "asknext.strategies.change.error_reduction:ExpectedErrorReduction"
        ),
        "expected_log_loss_reduction": (
            "asknext.strategies.change.error_reduction:ExpectedLogLossReduction"
        ),
        "expected_error_reduction_exact": (
            "asknext.strategies.change.error_reduction_exact:ExpectedErrorReductionExact"
        ),
        "expected_variance_reduction": "asknext.strategies.change.bait:ExpectedVarianceReduction",
        "bait": "asknext.strategies.change.bait:Bait",
        "badge": "asknext.strategies.gradient.badge:Badge",
        "lcmd": "asknext.strategies.regression.lcmd:LCMD",
        "predictive_variance": "asknext.strategies.regression.variance:PredictiveVariance",
        "committee_variance": "asknext.strategies.regression.variance:CommitteeVariance",
        "expected_model_change_regression": (
            "asknext.strategies.regression.variance:ExpectedModelChangeRegression"
        ),
        "multi_label_mean": "asknext.strategies.uncertainty.multi_label:MultiLabelMean",
        "multi_label_max": "asknext.strategies.uncertainty.multi_label:MultiLabelMax",
        "multi_label_min": "asknext.strategies.uncertainty.multi_label:MultiLabelMin",
        "label_cardinality": "asknext.strategies.uncertainty.label_sets:LabelCardinality",
        "adaptive_thresholds": "asknext.strategies.uncertainty.label_sets:AdaptiveThresholds",
        "token_entropy": "asknext.strategies.sequences.tokens:TokenEntropy",
        "token_entropy_max": "asknext.strategies.sequences.tokens:TokenEntropyMax",
        "token_entropy_top": "asknext.strategies.sequences.tokens:TokenEntropyTop",
        "token_margin": "asknext.strategies.sequences.tokens:TokenMargin",
        "token_margin_top": "asknext.strategies.sequences.tokens:TokenMarginTop",
        "entity_token_margin": "asknext.strategies.sequences.tokens:EntityTokenMargin",
        "mnlp": "asknext.strategies.sequences.whole:Mnlp",
        "sequence_confidence": "asknext.strategies.sequences.whole:SequenceConfidence",
        "sequence_logprob": "asknext.strategies.sequences.whole:SequenceLogprob",
        "sequence_entropy": "asknext.strategies.sequences.whole:SequenceEntropy",
        "nbest_entropy": "asknext.strategies.sequences.whole:NbestEntropy",
        "crf_entropy": "asknext.strategies.sequences.crf:CrfEntropy",
        "span_uncertainty": "asknext.strategies.sequences.doubtful_spans:SpanUncertainty",
        "generation_entropy": "asknext.strategies.generation.likelihood:GenerationEntropy",
        "ifd": "asknext.strategies.generation.likelihood:InstructionDifficulty",
        "sample_disagreement": (
            "asknext.strategies.generation.sample_disagreement:SampleDisagreement"
        ),
        "semantic_entropy": "asknext.strategies.generation.sample_disagreement:SemanticEntropy",
        "idds": "asknext.strategies.generation.idds:Idds",
        "huds": "asknext.strategies.generation.huds:Huds",
        "reward_gap": "asknext.strategies.preference.reward_gaps:RewardGap",
        "gap_disagreement": "asknext.strategies.preference.reward_gaps:GapDisagreement",
        "d_optimal": "asknext.strategies.preference.d_optimal:DOptimal",
        "bal_pm": "asknext.strategies.preference.bal_pm:BalPm",
        "ratio": "asknext.strategies.uncertainty.ratio:Ratio",
        "cal": "asknext.strategies.gradient.contrastive:Contrastive",
        "dal": "asknext.strategies.gradient.discriminative:Discriminative",
        "alfa_mix": "asknext.strategies.gradient.alfa_mix:AlfaMix",
        "drop_query": "asknext.strategies.gradient.drop_query:DropQuery",
        "deepfool": "asknext.strategies.gradient.boundary:DeepFool",
        "deepfool_network": "asknext.strategies.gradient.boundary:DeepFoolNetwork",
        "fgsm": "asknext.strategies.gradient.boundary:Fgsm",
        "vat": "asknext.strategies.gradient.virtual:Vat",
        "vapal": "asknext.strategies.gradient.virtual:Vapal",
        "k_center": "asknext.strategies.coverage.k_center:KCenter",
        "k_center_robust": "asknext.strategies.coverage.k_center:KCenterRobust",
        "facility_location": "asknext.strategies.coverage.herding:FacilityLocation",
        "graph_cut": "asknext.strategies.coverage.graph_cut:GraphCut",
        "max_herding": "asknext.strategies.coverage.herding:MaxHerding",
        "uncertainty_herding": "asknext.strategies.coverage.herding:UncertaintyHerding",
        "prob_cover": "asknext.strategies.coverage.prob_cover:ProbCover",
        "k_means": "asknext.strategies.coverage.k_means:KMeans",
        "determinantal": "asknext.strategies.coverage.determinantal:Determinantal",
        "information_density": "asknext.strategies.coverage.density:InformationDensity",
        "density_weighted": "asknext.strategies.coverage.density:DensityWeighted",
    },
    # Strategies made of others.
    "wrapper": {
        "guarded": "asknext.strategies.wrappers.guard:NearDuplicateGuard",
        "albl": "asknext.strategies.adaptive.albl:Albl",
        "tailor": "asknext.strategies.adaptive.tailor:Tailor",
        "anchored": "asknext.strategies.wrappers.towards:Anchored",
        "clipped": "asknext.strategies.wrappers.clipped:Clipped",
        "like": "asknext.strategies.wrappers.towards:Like",
        "tempered": "asknext.strategies.wrappers.tempered:Tempered",
        "moderate_gap": "asknext.strategies.wrappers.moderate_gap:ModerateGap",
        "token_budget": "asknext.strategies.wrappers.token_budget:TokenBudget",
        "balanced": "asknext.strategies.wrappers.balanced:Balanced",
        "borda": "asknext.strategies.wrappers.combined:Borda",
        "containing": "asknext.strategies.wrappers.subpools:Containing",
        "mixture": "asknext.strategies.wrappers.mixture:Mixture",
        "per_cost": "asknext.strategies.wrappers.combined:PerCost",
        "power": "asknext.strategies.wrappers.stochastic:Power",
        "product": "asknext.strategies.wrappers.combined:Product",
        "shortlist": "asknext.strategies.wrappers.subpools:Shortlist",
        "softmax": "asknext.strategies.wrappers.stochastic:Softmax",
        "softrank": "asknext.strategies.wrappers.stochastic:Softrank",
        "subsample": "asknext.strategies.wrappers.subpools:Subsample",
    },
    "stop_rule": {
        "all_of": "asknext.stopping.compose:AllOf",
        "any_of": "asknext.stopping.compose:AnyOf",
        "budget": "asknext.stopping.budget:Budget",
        "expected_gain": "asknext.stopping.expected_gain:ExpectedGain",
        "patience": "asknext.stopping.patience:Patience",
        "predicted_change": "asknext.stopping.predicted_change:PredictedChange",
        "recall": "asknext.stopping.recall:Recall",
        "slope": "asknext.stopping.slope:Slope",
        "stable": "asknext.stopping.stable:StablePredictions",
        "target": "asknext.stopping.target:Target",
        "uncertainty": "asknext.stopping.uncertainty:OverallUncertainty",
    },
    "metrics": {
        "classification": "asknext.evaluation.classification:ClassificationMetrics",
        "multi_label": "asknext.evaluation.multi_label:MultiLabelMetrics",
        "regression": "asknext.evaluation.regression:RegressionMetrics",
        "tagging": "asknext.evaluation.tagging:TaggingMetrics",
        "generation": "asknext.evaluation.generation:GenerationMetrics",
        "preference": "asknext.evaluation.preference:PreferenceMetrics",
    },
    # Lists of errors, each a function from evidence.
    "error_list": {
        "confusions": "asknext.evaluation.errors.confusions:confusions",
        "slices": "asknext.evaluation.errors.slices:slices",
        "clusters": "asknext.evaluation.errors.clusters:clusters",
        "label_errors": "asknext.evaluation.errors.label_errors:label_errors",
        "contradictions": "asknext.evaluation.errors.contradictions:contradictions",
        "disagreements": "asknext.evaluation.errors.disagreements:disagreements",
        "dynamics": "asknext.evaluation.errors.dynamics:dynamics",
        "worst": "asknext.evaluation.errors.worst:worst",
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
        "data.scale": "asknext.data.labels:scale",
        "encoder.choose": "asknext.encoders.choose:choose",
        "encoder.resolve": "asknext.encoders.resolve:resolve",
        "encoder.words": "asknext.encoders.words:words",
        "encoder.load": "asknext.encoders.resolve:load_encoder",
        "encoder.common_words": "asknext.encoders.language:common_words",
        "evaluation.area": "asknext.evaluation.curves:area",
        "evaluation.arm": "asknext.evaluation.saving:Arm",
        "evaluation.calibration_error": "asknext.evaluation.calibration:calibration_error",
        "evaluation.evidence": "asknext.evaluation.errors.evidence:Evidence",
        "evaluation.opinion": "asknext.evaluation.errors.evidence:Opinion",
        "evaluation.class_figures": "asknext.evaluation.per_class:class_figures",
        "evaluation.equal_number": "asknext.evaluation.saving:equal_number",
        "evaluation.foresee": "asknext.evaluation.extrapolation:foresee",
        "evaluation.joined": "asknext.evaluation.estimates:joined",
        "evaluation.kappa": "asknext.evaluation.agreement:kappa",
        "evaluation.labels_to": "asknext.evaluation.curves:labels_to",
        "evaluation.lure": "asknext.evaluation.weighting:lure",
        "evaluation.mean_interval": "asknext.evaluation.intervals:mean_interval",
        "evaluation.minutes_saved": "asknext.evaluation.saving:minutes_saved",
        "evaluation.more_for": "asknext.evaluation.audit:more_for",
        "evaluation.powered_share": "asknext.evaluation.prediction_powered:powered_share",
        "evaluation.saved": "asknext.evaluation.saving:saved",
        "evaluation.share_estimate": "asknext.evaluation.estimates:share_estimate",
        "evaluation.worth": "asknext.evaluation.weighting:worth",
        "evaluation.wilson": "asknext.evaluation.intervals:wilson",
        "model.surprise": "asknext.models.deep.masked:surprise_of",
        "model.answers": "asknext.models.answering:answers",
        "model.committee": "asknext.models.committee:committee",
        "model.load_deep": "asknext.models.deep.training:load_deep",
        "model.train": "asknext.models.deep.training:train_examples",
        "model.pseudo_labels": "asknext.models.selftraining:pseudo_labels",
        "model.self_training_gain": "asknext.models.selftraining:gain",
        "model.export": "asknext.models.exported:export_model",
        "model.export_standard": "asknext.models.standard:export_standard",
        "model.export_onnx": "asknext.models.onnx.exporting:export_onnx",
        "model.export_head_onnx": "asknext.models.onnx.exporting:export_head_onnx",
        "strategy.build": "asknext.strategies.build:build",
        "strategy.cards": "asknext.strategies.catalogue:cards",
        "strategy.unmet": "asknext.strategies.catalogue:unmet",
        "store.open": "asknext.store.opening:open_store",
        "tokens.open": "asknext.encoders.token_cache:open_tokens",
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
