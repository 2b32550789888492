"""What the server answers, described for OpenAPI."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]


class Health(BaseModel):
    """Say that the server is up."""

    status: Literal["ok"] = "ok"
    version: str


class Done(BaseModel):
    """Say nothing but that it is done."""


class ProjectCard(BaseModel):
    """Show one project in the list."""

    name: str
    title: str
    task: Json = Field(description="JSON of the task: its kind and labels.")
    examples: int
    answers: int
    labelled: int
    encoder: str
    created: float = Field(description="Seconds since 1970, UTC.")


class ProjectList(BaseModel):
    """List the projects, by name."""

    projects: list[ProjectCard]


class ProjectOut(BaseModel):
    """Show one project."""

    settings: Json
    counts: dict[str, int]
    form: Json = Field(description="How to ask: `kind` names the app's screen for it.")


class ImportOut(BaseModel):
    """Count what an import did."""

    new: int
    known: int = Field(description="Examples whose id was there already.")
    copies: int = Field(description="Exact copies of an earlier text; labelled along with it.")
    near: int = Field(description="Near-duplicates of an earlier text.")
    skipped: int = Field(description="Rows that could not be read.")
    seeded: int = Field(description="Labels taken from the file as answers.")
    notice: str = Field("", description="Why this encoder was chosen, where it matters.")
    bad_rows: list[Json] = Field(default=[], description="The first skipped rows, up to 100.")


class CreatedProject(ProjectOut):
    """Show a new project, and what its first import did."""

    report: ImportOut | None = None


class ColumnOut(BaseModel):
    """Describe a column of an uploaded file."""

    name: str
    kind: str
    sample: list[Any]
    distinct: int | None


class UploadOut(BaseModel):
    """Describe an uploaded file: its columns and first rows, and a guess at the mapping."""

    upload: str = Field(description="Give this to POST /api/projects or …/import within a day.")
    file: str
    format: str
    columns: list[ColumnOut]
    rows: list[Json]
    guess: Json = Field(description="The mapping: which column is what.")
    task: str = Field(description="The kind of task that the file seems to be for.")
    why: str = Field(description="Why it seems so.")
    language: str = Field(description="`en`, `zh`, `other`, or empty where it cannot be told.")
    notice: str = Field(description="Which encoder will be chosen and why, or empty.")


class Suggestion(BaseModel):
    """Be what the model would answer."""

    value: Any
    confidence: float


class StrategyCard(BaseModel):
    """Say what a strategy, or a wrapper that changes one, does and costs."""

    name: str
    kind: str = Field(description="``strategy``, or ``wrapper``: written as name(strategy).")
    summary: str
    tasks: list[str] = Field(description="Kinds of task it serves; all where empty.")
    needs: list[str]
    settings: list[str] = Field(description="Settings with their defaults, as name=value.")
    cost: str
    evidence: str
    source: str


class StrategyList(BaseModel):
    """Hold strategies, then wrappers, each by name."""

    strategies: list[StrategyCard]


class QuestionOut(BaseModel):
    """Be one question. Nothing in it tells whether it measures or teaches the model."""

    model_config = ConfigDict(extra="forbid")

    id: str
    fields: Json
    meta: Json
    suggestion: Suggestion | None
    reason: str
    score: float | None
    strategy: str
    model: int
    expires: float


class Questions(BaseModel):
    """Hold questions, most wanted first."""

    questions: list[QuestionOut]
    model: int = Field(description="Version of the model that is serving now.")
    remaining: int = Field(description="Examples that nobody has labelled yet.")


class EventOut(BaseModel):
    """Be a stored event."""

    seq: int
    kind: str
    at: float
    who: str
    example: str | None
    data: Json


class ToldOut(BaseModel):
    """Say what became of an answer; `fresh` is false where the same key was stored before."""

    event: EventOut
    fresh: bool


class ModelStatus(BaseModel):
    """Say how the model is doing; the last good one serves while `state` is `error`."""

    version: int = Field(description="Number of labels that the model has learnt from.")
    answers: int
    seconds: float
    state: Literal["none", "ready", "training", "error"]
    error: str
    age_seconds: float | None


class EncodingStatus(BaseModel):
    """Say how far the encoding is; `rate` is texts a second."""

    done: int
    total: int
    rate: float
    seconds_left: float | None
    state: Literal["idle", "running", "done", "error"]
    error: str
    notice: str


class QueueStatus(BaseModel):
    """Say what is ranked."""

    ready: int
    strategy: str
    model: int


class QualityOut(BaseModel):
    """Give an estimate with its interval."""

    model_config = ConfigDict(extra="allow")

    metric: str
    estimate: float
    low: float
    high: float
    n: int
    level: float = 0.95
    source: str = Field(description="`control` (questions drawn at random) or `test`.")
    note: str = ""


class VerdictOut(BaseModel):
    """Give a stop rule's advice."""

    rule: str
    stop: bool
    reason: str
    numbers: dict[str, Any]


class DeepStatus(BaseModel):
    """Say how the deep model is doing."""

    state: Literal[
        "none", "idle", "waiting", "trial", "training", "judging", "encoding", "promoting"
    ] = Field(description="`none` without a deep model, `idle` while no run is going on.")
    run: str = Field("", description="The run that waits or goes on.")
    step: int = 0
    total: int = 0
    loss: float | None = None
    seconds_left: float | None = Field(None, description="Of this stage; null while unknown.")
    serving: str = Field("", description="The run whose model serves; empty for none.")
    last: Json | None = Field(None, description="The newest run that has ended.")
    next: int | None = Field(
        None,
        description="Labels at which the next training is due, while one goes on that after it; "
        "null where only a request starts one.",
    )
    error: str = Field("", description="Why no training can be started, or empty.")


class RunOut(BaseModel):
    """Be one training of the deep model."""

    id: str
    state: Literal["waiting", "running", "promoted", "refused", "failed", "cancelled"]
    why: str = Field(description="`labels` (enough were new) or `asked`.")
    who: str
    requested: float
    started: float | None
    ended: float | None
    attempts: int = Field(description="Starts; more than one after a kill.")
    answers: int = Field(description="Labels that there were.")
    start: Json = Field(description="Model, base, settings, seed, policy, host, seq of the labels.")
    made: Json = Field(description="Seconds, summary of the loss, content hash, folder.")
    result: Json = Field(
        description="Quality of the new and of the serving model on the same answers, their "
        "difference with its interval, fluctuation; or the reason and message of a failure."
    )


class RunList(BaseModel):
    """List trainings, newest first."""

    serving: str = Field(description="The run whose model serves; empty for none.")
    runs: list[RunOut]


class ServingOut(BaseModel):
    """Say which run's model serves; empty for the first encoder."""

    serving: str


class StatusOut(BaseModel):
    """Be the live status."""

    model: ModelStatus
    encoding: EncodingStatus
    counts: dict[str, int]
    queue: QueueStatus
    quality: QualityOut | None
    stop: list[VerdictOut]
    self_training: Json = Field(description="As in the report.")
    deep: DeepStatus


class ReportOut(BaseModel):
    """Be everything the dashboard shows."""

    model_config = ConfigDict(extra="allow")

    settings: Json
    counts: dict[str, int]
    quality: QualityOut | None
    curve: list[Json]
    classes: list[Json]
    per_hour: list[Json]
    stop: list[VerdictOut]
    annotators: list[Json]
    test: Json | None
    strategy: Json
    self_training: Json = Field(
        description="Whether the model learns from texts without a label: `wanted`, `on`, and the "
        "newest `check` with its numbers; `who` gives the pseudo-labels."
    )
    deep: list[Json] = Field(description="Trainings that have ended, and what each changed.")
    duplicates: dict[str, int]


class FigureOut(BaseModel):
    """Be a Plotly figure."""

    data: list[Json]
    layout: Json


class ExampleOut(BaseModel):
    """Show an example, its label, all answers and its exact copies."""

    example: Json
    label: Any
    answers: list[Json]
    copies: list[str]


class Chance(BaseModel):
    """Give the probability of one label."""

    label: str
    probability: float


class Neighbour(BaseModel):
    """Be a labelled example near by; `similarity` is a cosine."""

    id: str
    text: str
    label: Any
    similarity: float


class WhyOut(BaseModel):
    """Explain a question; `prediction` is null while it has to be answered blind."""

    score: float | None
    reason: str
    strategy: str
    model: int
    prediction: list[Chance] | None
    neighbours: list[Neighbour]


class HistoryOut(BaseModel):
    """List somebody's newest answers, newest first."""

    answers: list[Json]


class PredictionOut(BaseModel):
    """Be the model's answer to one text."""

    value: Any
    confidence: float
    proba: dict[str, float]


class Predictions(BaseModel):
    """Hold predictions in the order of the texts."""

    predictions: list[PredictionOut]
    model: int
