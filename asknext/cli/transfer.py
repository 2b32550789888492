"""``asknext transfer``: is another project's model a better start than none?"""

from __future__ import annotations

import os
from typing import Annotated, Any

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
    EncoderOption,
    HomeOption,
    JsonOption,
    LabelOption,
    StoreOption,
    TaskOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import console, progress, say, show_json

FRESH, STARTED = "fresh", "started"


def transfer(
    file: LabelledArgument,
    source: Annotated[
        str, typer.Option("--from", help="Project whose fine-tuned model to start from.")
    ],
    test: TestOption = None,
    text: TextOption = None,
    label: LabelOption = None,
    column: ColumnOption = None,
    task: TaskOption = None,
    strategy: Annotated[str, typer.Option("--strategy", help="What to ask next.")] = "random",
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Runs of each side.")] = 5,
    budget: BudgetOption = 200,
    batch: BatchOption = 20,
    encoder: EncoderOption = "auto",
    base: Annotated[
        str, typer.Option("--base", help="What the fresh side fine-tunes, with --deep-every.")
    ] = "minilm",
    deep_every: Annotated[
        int,
        typer.Option("--deep-every", min=0, help="Labels between two deep trainings; 0: none."),
    ] = 0,
    jobs: JobsOption = 0,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Draw two learning curves: starting fresh, and from another project's fine-tuned model.

    Both sides share pool, test set, strategy, budget and, seed by seed, the random numbers.
    Without --deep-every only the vectors differ, which takes seconds; with it each side
    fine-tunes its own base whenever so many labels are new.

    Examples:

      asknext transfer reviews.csv --from tickets --text text --label label

      asknext transfer train.parquet --from films --test test.parquet --deep-every 100 --seeds 3

      asknext transfer words.parquet --from names --task tagging --seeds 3
    """
    from asknext.cli.importing import given_columns
    from asknext.loop.deep.starting import PROJECT, source_of, spec_of
    from asknext.loop.world import prepare

    place = find_home(home)
    found = source_of(open_store(place, store), place, f"{PROJECT}{source}")
    assert found is not None
    columns = given_columns(column, text=text, label=label)
    known, pool, exam = read_both(file, test, task, columns, json)
    sides = {FRESH: (encoder, base), STARTED: (spec_of(found.folder), found.folder)}
    result: dict[str, Any] = {"file": file.name, "from": found.to_json(), "strategy": strategy}
    for name, (vectors, start) in sides.items():
        with progress(f"{name}: encoding", quiet=json) as bar:
            world = prepare(
                place,
                pool,
                exam,
                known,
                encoder=vectors,
                budget=budget,
                batch=batch,
                deep={"base": start, "every": deep_every} if deep_every else {},
                progress=bar,
            )
        result[name] = _run(world, strategy, seeds, jobs or os.cpu_count() or 1, name, json)
    result["gain"] = gain(result[FRESH]["areas"], result[STARTED]["areas"])
    show_json(result) if json else _tell(result)


def gain(fresh: list[float], started: list[float]) -> list[float]:
    """Return the mean difference of the areas, seed by seed, with its 95 % interval.

    >>> [round(number, 3) for number in gain([0.5, 0.6, 0.7], [0.6, 0.7, 0.8])]
    [0.1, 0.1, 0.1]
    """
    from asknext.evaluation.intervals import mean_interval

    pairs = zip(fresh, started, strict=True)
    return [float(number) for number in mean_interval([after - before for before, after in pairs])]


def _run(
    world: Any, strategy: str, seeds: int, jobs: int, name: str, quiet: bool
) -> dict[str, Any]:
    from asknext.loop.simulate import simulate

    with progress(name, quiet=quiet) as bar:
        found = simulate(
            world, [strategy], seeds, jobs=jobs, on_run=lambda _, done, total: bar(done, total)
        )
    return {"encoder": found["encoder"], "metric": found["metric"], **found["strategies"][strategy]}


def _tell(result: dict[str, Any]) -> None:
    from rich.table import Table

    fresh, started = result[FRESH], result[STARTED]
    told = result["from"]
    table = Table("labels", "fresh", "95 %", f"from {told['project']}", "95 %")
    curves = [side["curve"] for side in (fresh, started)]
    for i, labels in enumerate(curves[0]["labels"]):
        cells = []
        for curve in curves:
            low, high = curve["low"][i], curve["high"][i]
            cells += [f"{curve['mean'][i]:.3f}", f"{low:.3f} – {high:.3f}"]
        table.add_row(str(labels), *cells)
    console().print(table)
    mean, low, high = result["gain"]
    say(
        f"{fresh['metric']}; area {fresh['area']:.3f} fresh, {started['area']:.3f} from project "
        f"{told['project']} ({told['run']}): {mean:+.3f}, 95 % {low:+.3f} to {high:+.3f}"
    )
