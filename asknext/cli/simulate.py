"""``asknext simulate``: compare strategies on a labelled file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.labelled import (
    BatchOption,
    BudgetOption,
    JobsOption,
    LabelledArgument,
    TestOption,
    read_both,
)
from asknext.cli.options import (
    ColumnOption,
    DeepEveryOption,
    DeepOption,
    EncoderOption,
    HomeOption,
    JsonOption,
    LabelOption,
    SelfTrainingOption,
    TaskOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import console, progress, say, show_json
from asknext.core.errors import InvalidInput

if TYPE_CHECKING:
    from asknext.core.home import Home
    from asknext.loop.oracle import Effort


ControlOption = Annotated[
    float, typer.Option("--control", help="Share of random questions inside each strategy's run.")
]
StartOption = Annotated[
    int,
    typer.Option(
        "--start", min=0, help="First labels drawn at random, the same for all strategies."
    ),
]
NoiseOption = Annotated[float, typer.Option("--noise", help="Share of wrong answers.")]
SecondsOption = Annotated[
    str,
    typer.Option(
        "--seconds",
        metavar="ANSWER[,WORD]",
        help="Seconds for each answer, and for each word that is read; then minutes count too.",
    ),
]
PositiveOption = Annotated[str, typer.Option("--positive", help="A label: its F1 is the quality.")]


def simulate(
    file: LabelledArgument,
    test: TestOption = None,
    text: TextOption = None,
    label: LabelOption = None,
    column: ColumnOption = None,
    task: TaskOption = None,
    strategies: Annotated[
        str, typer.Option("--strategies", help="Names, separated by commas.")
    ] = "random,margin,auto",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of each strategy.")] = 10,
    budget: BudgetOption = 300,
    batch: BatchOption = 10,
    encoder: EncoderOption = "auto",
    control: ControlOption = 0.0,
    start: StartOption = 0,
    noise: NoiseOption = 0.0,
    seconds: SecondsOption = "0",
    positive: PositiveOption = "",
    self_training: SelfTrainingOption = "auto",
    deep: DeepOption = None,
    deep_every: DeepEveryOption = 50,
    jobs: JobsOption = 0,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with learning curves.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: en or zh.")] = "en",
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Run the loop with an oracle: several strategies, several seeds, one table.

    All strategies share pool, test set, encoder, model, budget and, seed by seed, the random
    numbers. Area is the mean height of the learning curve.

    Examples:

      asknext simulate train.csv --test test.csv --text text --label label

      asknext simulate train.parquet --strategies random,auto --seeds 20 --html curves.html

      asknext simulate train.csv --strategies "margin,power(margin, beta=2)"

      asknext simulate train.csv --deep minilm --deep-every 100

      asknext simulate train.csv --self-training off

      asknext simulate train.csv --start 20 --noise 0.1 --seconds 3,0.25

      asknext simulate words.parquet --task tagging --strategies random,auto --budget 200
    """
    from asknext.cli.importing import given_columns
    from asknext.loop.simulate import simulate as run
    from asknext.loop.world import prepare
    from asknext.strategies.build import split

    place = find_home(home)
    columns = given_columns(column, text=text, label=label)
    known, pool, exam = read_both(file, test, task, columns, json)
    settings: dict[str, Any] = {"encoder": encoder, "control": control}
    settings |= {"self_training": self_training, "start": start, "noise": noise}
    settings |= {"effort": _effort(seconds), "positive": positive}
    settings["deep"] = _deep(place, deep, deep_every)
    with progress("encoding", quiet=json) as bar:
        world = prepare(
            place, pool, exam, known, budget=budget, batch=batch, progress=bar, **settings
        )
    names, cores = split(strategies), jobs or os.cpu_count() or 1
    with progress("simulating", quiet=json) as bar:
        result = run(
            world, names, seeds, jobs=cores, on_run=lambda _, done, total: bar(done, total)
        )
    _show({"file": file.name, **result}, html, lang, json)


def _deep(place: Home, base: str | None, every: int) -> dict[str, Any]:
    from asknext.loop.deep.starting import base_of

    if base is None:
        return {}
    return {"base": base_of(open_store(place, None), place, base), "every": every}


def _effort(given: str) -> Effort:
    from asknext.loop.oracle import Effort

    parts = given.split(",")
    try:
        return Effort(*map(float, parts))
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"--seconds takes one number or two, 0 or more, as 3 or 3,0.25; given: {given!r}"
        ) from error


def _show(result: dict[str, Any], html: Path | None, lang: str, as_json: bool) -> None:
    if html is not None:
        from asknext.data.atomic import write_text
        from asknext.evaluation.page import simulation_page

        write_text(html, simulation_page(result, lang))
    if as_json:
        show_json(result)
        return
    _table(result)
    if html is not None:
        say(f"page: {html}")


def _table(result: dict[str, Any]) -> None:
    from rich.table import Table

    one = next(iter(result["strategies"].values()))
    targets = list(one["labels_to"])
    timed = ["minutes"] if "minutes" in one else []
    table = Table(
        "strategy", "area", "95 %", "final", *(f"labels to {float(t):.0%}" for t in targets), *timed
    )
    for name, row in sorted(result["strategies"].items(), key=lambda item: -item[1]["area"]):
        low, high = row["area_interval"]
        reached = [str(row["labels_to"][t] or "not reached") for t in targets]
        took = [f"{row['minutes'][-1]:.0f}"] if timed else []
        cells = f"{row['area']:.3f}", f"{low:.3f} – {high:.3f}", f"{row['final']:.3f}"
        table.add_row(name, *cells, *reached, *took)
    console().print(table)
    say(
        f"{result['metric']} on {result['test']} test texts, {result['seeds']} seeds, encoder "
        f"{result['encoder']}; with all {result['pool']} labels {result['full']:.3f}"
    )
