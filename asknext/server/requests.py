"""What clients may send, described for OpenAPI."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Who = Annotated[
    str, Field(min_length=1, max_length=200, description="Who answers.", examples=["me"])
]
LabelUse = Literal["seed", "gold", "meta"]
Key = Annotated[
    str | None,
    Field(max_length=200, description="Makes a retry harmless: the same key is stored once."),
]


DEEP = (
    "The model that is fine-tuned in the background: `model`, `base` (`minilm`, a folder, a name "
    "on the hub, `project:NAME` for the model of another project), `every` (new labels between "
    "two trainings), its other settings; empty for none. See `gear`."
)
GEAR = (
    "With `auto` a new project without `deep` settings is given some where a model can be "
    "fine-tuned for it: it is tried as labels come in, and serves from when it is clearly better."
)


SELF_TRAINING = (
    "Whether the model also learns from texts without a label: `auto` where a check on held-back "
    "labels says that it helps, `on` without asking it, `off`."
)


class Body(BaseModel):
    """Be a JSON body; a field that is not known is refused rather than ignored."""

    model_config = ConfigDict(extra="forbid")


class MappingBody(Body):
    """Name the columns of a file: `text`, or `tokens`, of which the text is made, and others."""

    text: str | None = Field(None, description="Column of the text.")
    label: str | None = Field(None, description="Column of a known label, number, text or spans.")
    id: str | None = Field(None, description="Column of a stable id; made from the text if none.")
    text_pair: str | None = Field(None, description="Column of a second text.")
    tokens: str | None = Field(None, description="Column of tokens.")
    tags: str | None = Field(None, description="Column of a tag for each token.")
    a: str | None = Field(None, description="Column of the first of two answers.")
    b: str | None = Field(None, description="Column of the second of two answers.")
    chosen: str | None = Field(None, description="Column of the better answer.")
    rejected: str | None = Field(None, description="Column of the other one.")
    draft: str | None = Field(None, description="Column of a text to correct.")

    def plain(self) -> dict[str, Any]:
        """Return what the readers take."""
        return self.model_dump(exclude_none=True)


class NewProject(Body):
    """Describe a project to make, with or without a first file."""

    name: str = Field(description="Letters, digits, '-' and '_'; unique.", examples=["tickets"])
    title: str = Field("", max_length=200)
    labels: list[str] | None = Field(
        None, max_length=1000, description="May be left out where a label column is mapped."
    )
    task: dict[str, Any] | None = Field(
        None,
        description="JSON of a task with its `kind`. Labels, and the `low` and `high` of a number, "
        "may be left out where the file has them. Without it the file decides, or `labels`.",
    )
    upload: str | None = Field(None, description="What POST /api/uploads returned.")
    mapping: MappingBody | None = Field(None, description="The guess of the upload if none.")
    label_use: LabelUse = Field(
        "seed", description="What a label column is: answers, hidden truth, or plain metadata."
    )
    skip_bad: bool = Field(False, description="Bring in the rest where rows cannot be read.")
    encoder: str = Field("auto", max_length=500)
    start_from: str | None = Field(
        None,
        max_length=64,
        description="A project whose fine-tuned model gives the vectors from the first minute.",
    )
    strategy: str = Field("auto", max_length=1000)
    control: float = Field(0.1, ge=0, le=1, description="Share of questions drawn at random.")
    deep: dict[str, Any] = Field(default={}, description=DEEP)
    gear: Literal["auto", "off"] = Field("auto", description=GEAR)
    self_training: Literal["auto", "off", "on"] = Field("auto", description=SELF_TRAINING)
    seed: int = Field(0, ge=0, lt=2**63)
    wanted: int = Field(1, ge=1, le=1000, description="How many people answer each example.")
    suggest: bool = Field(True, description="Show the model's suggestion to annotators.")
    guidelines: str = Field("", max_length=100_000)
    lease_seconds: float = Field(900.0, ge=1, le=30 * 24 * 3600)
    stop: dict[str, dict[str, Any]] = Field(
        default={}, description="Stop rules that give advice: name to arguments."
    )


class ProjectChange(Body):
    """Change some settings of a project; what is left out stays as it is."""

    title: str | None = Field(None, max_length=200)
    guidelines: str | None = Field(None, max_length=100_000)
    suggest: bool | None = None
    strategy: str | None = Field(None, max_length=1000)
    control: float | None = Field(None, ge=0, le=1)
    deep: dict[str, Any] | None = Field(None, description=DEEP)
    self_training: Literal["auto", "off", "on"] | None = Field(None, description=SELF_TRAINING)
    labels: list[str] | None = Field(
        None, max_length=1000, description="Labels to add; those that are there stay."
    )
    wanted: int | None = Field(None, ge=1, le=1000)
    lease_seconds: float | None = Field(None, ge=1, le=30 * 24 * 3600)
    stop: dict[str, dict[str, Any]] | None = None


class ImportBody(Body):
    """Bring an uploaded file into a project."""

    upload: str
    mapping: MappingBody | None = Field(None, description="The guess of the upload if none.")
    label_use: LabelUse = "seed"
    split: Literal["pool", "test"] = Field(
        "pool", description="`test` keeps the examples apart: they are never asked."
    )
    skip_bad: bool = False


class AskBody(Body):
    """Ask for questions."""

    k: int = Field(5, ge=1, le=100)
    who: Who = "me"
    holding: list[str] = Field(
        default=[], max_length=1000, description="Questions that the client has already."
    )


class AnswerBody(Body):
    """Give one answer."""

    example: str = Field(max_length=1000)
    action: Literal["label", "skip", "unsure", "flag"] = "label"
    value: Any = Field(None, description="The answer itself, where the action is `label`.")
    who: Who = "me"
    seconds: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Time spent, in seconds."
    )
    note: str = Field("", max_length=10_000)
    suggested: bool = Field(False, description="Whether a suggestion was on the screen.")
    shown: dict[str, Any] | None = Field(
        None,
        max_length=20,
        description="How the question stood on the screen, such as the `order` of a pair.",
    )
    key: Key = None


class RetractBody(Body):
    """Take an answer back."""

    example: str = Field(max_length=1000)
    who: Who = "me"
    key: Key = None


class ReleaseBody(Body):
    """Give questions back unanswered."""

    who: Who
    examples: list[str] = Field(max_length=1000)


class PredictBody(Body):
    """Send texts to the model."""

    texts: list[str] = Field(max_length=1000)
