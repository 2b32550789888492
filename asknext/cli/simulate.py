"""``asknext simulate``: compare strategies on a labelled file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import (
    DeepEveryOption,
    DeepOption,
    EncoderOption,
    HomeOption,
    JsonOption,
    LabelOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import console, progress, say, show_json

if TYPE_CHECKING:
    from asknext.core.home import Home


def simulate(
    file: Annotated[Path, typer.Argument(help="Labelled file: the pool.", show_default=False)],
    test: Annotated[
        Path | None,
        typer.Option("--test", help="Labelled test file; a fifth of the pool if not given."),
    ] = None,
    text: TextOption = None,
    label: LabelOption = None,
    strategies: Annotated[
        str, typer.Option("--strategies", help="Names, separated by commas.")
    ] = "random,margin,auto",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Runs of each strategy.")] = 10,
    budget: Annotated[int, typer.Option("--budget", min=1, help="Labels to spend.")] = 300,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Labels between trainings.")] = 10,
    encoder: EncoderOption = "auto",
    control: Annotated[
        float,
        typer.Option("--control", help="Share of random questions inside each strategy's run."),
    ] = 0.0,
    deep: DeepOption = None,
    deep_every: DeepEveryOption = 50,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes; 0 takes one per core.")] = 0,
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
    """
    from asknext.loop.deep.starting import base_of
    from asknext.loop.simulate import simulate as run
    from asknext.strategies.build import split

    place = find_home(home)
    world = _world(place, file, test, text, label, encoder, budget, batch, control, json)
    if deep is not None:
        base = base_of(open_store(place, None), place, deep)
        world = replace(world, deep={"base": base, "every": deep_every})
    names = split(strategies)
    with progress("simulating", quiet=json) as bar:
        result = run(
            world,
            names,
            seeds,
            jobs=jobs or os.cpu_count() or 1,
            on_run=lambda _, done, total: bar(done, total),
        )
    result = {"file": file.name, **result}
    if html is not None:
        from asknext.data.atomic import write_text
        from asknext.evaluation.page import simulation_page

        write_text(html, simulation_page(result, lang))
    if json:
        show_json(result)
        return
    _table(result)
    if html is not None:
        say(f"page: {html}")


def _world(
    place: Home,
    file: Path,
    test: Path | None,
    text: str | None,
    label: str | None,
    encoder: str,
    budget: int,
    batch: int,
    control: float,
    quiet: bool,
) -> Any:
    from asknext.cli.importing import mapping_of
    from asknext.core.tasks import Classification
    from asknext.loop.simulate import hold_out, prepare, read_labelled

    with progress("reading", quiet=quiet) as bar:
        pool = read_labelled(file, mapping_of(file, text, label), "pool", bar)
        if test is None:
            pool, exam = hold_out(pool)
        else:
            exam = read_labelled(test, mapping_of(test, text, label), "test", bar)
    labels = sorted({str(example.gold) for example in pool})
    task = Classification(tuple(labels))
    with progress("encoding", quiet=quiet) as bar:
        return prepare(
            place,
            pool,
            exam,
            task,
            encoder=encoder,
            budget=budget,
            batch=batch,
            control=control,
            progress=bar,
        )


def _table(result: dict[str, Any]) -> None:
    from rich.table import Table

    targets = list(next(iter(result["strategies"].values()))["labels_to"])
    table = Table(
        "strategy", "area", "95 %", "final", *(f"labels to {float(t):.0%}" for t in targets)
    )
    for name, row in sorted(result["strategies"].items(), key=lambda item: -item[1]["area"]):
        low, high = row["area_interval"]
        reached = [str(row["labels_to"][t] or "not reached") for t in targets]
        table.add_row(
            name, f"{row['area']:.3f}", f"{low:.3f} – {high:.3f}", f"{row['final']:.3f}", *reached
        )
    console().print(table)
    say(
        f"{result['metric']} on {result['test']} test texts, {result['seeds']} seeds, encoder "
        f"{result['encoder']}; with all {result['pool']} labels {result['full']:.3f}"
    )
