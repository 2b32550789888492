"""``asknext transfer``: is another project's model a better start than none?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import (
    EncoderOption,
    HomeOption,
    JsonOption,
    LabelOption,
    StoreOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import console, progress, say, show_json

if TYPE_CHECKING:
    from asknext.core.home import Home

FRESH, STARTED = "fresh", "started"


def transfer(
    file: Annotated[Path, typer.Argument(help="Labelled file: the pool.", show_default=False)],
    source: Annotated[
        str, typer.Option("--from", help="Project whose fine-tuned model to start from.")
    ],
    test: Annotated[
        Path | None,
        typer.Option("--test", help="Labelled test file; a fifth of the pool if not given."),
    ] = None,
    text: TextOption = None,
    label: LabelOption = None,
    strategy: Annotated[str, typer.Option("--strategy", help="What to ask next.")] = "random",
    seeds: Annotated[int, typer.Option("--seeds", min=2, help="Runs of each side.")] = 5,
    budget: Annotated[int, typer.Option("--budget", min=1, help="Labels to spend.")] = 200,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Labels between trainings.")] = 20,
    encoder: EncoderOption = "auto",
    base: Annotated[
        str, typer.Option("--base", help="What the fresh side fine-tunes, with --deep-every.")
    ] = "minilm",
    deep_every: Annotated[
        int,
        typer.Option("--deep-every", min=0, help="Labels between two deep trainings; 0: none."),
    ] = 0,
    jobs: Annotated[int, typer.Option("--jobs", help="Processes; 0 takes one per core.")] = 0,
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
    """
    from asknext.loop.deep.starting import PROJECT, TUNED, source_of

    place = find_home(home)
    found = source_of(open_store(place, store), place, f"{PROJECT}{source}")
    assert found is not None
    pool, exam = _examples(file, test, text, label, quiet=json)
    sides = {FRESH: (encoder, base), STARTED: (f"{TUNED}{found.folder}", found.folder)}
    result: dict[str, Any] = {"file": file.name, "from": found.to_json(), "strategy": strategy}
    for name, (vectors, start) in sides.items():
        with progress(f"{name}: encoding", quiet=json) as bar:
            deep = {"base": start, "every": deep_every} if deep_every else {}
            world = _world(place, pool, exam, vectors, budget, batch, deep, bar)
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


def _examples(
    file: Path, test: Path | None, text: str | None, label: str | None, *, quiet: bool
) -> tuple[list[Any], list[Any]]:
    from asknext.cli.importing import mapping_of
    from asknext.loop.simulate import hold_out, read_labelled

    with progress("reading", quiet=quiet) as bar:
        pool = read_labelled(file, mapping_of(file, text, label), "pool", bar)
        if test is None:
            return hold_out(pool)
        return pool, read_labelled(test, mapping_of(test, text, label), "test", bar)


def _world(
    place: Home,
    pool: list[Any],
    exam: list[Any],
    encoder: str,
    budget: int,
    batch: int,
    deep: dict[str, Any],
    bar: Any,
) -> Any:
    from asknext.core.tasks import Classification
    from asknext.loop.simulate import prepare

    task = Classification(tuple(sorted({str(example.gold) for example in pool})))
    return prepare(
        place,
        pool,
        exam,
        task,
        encoder=encoder,
        budget=budget,
        batch=batch,
        deep=deep,
        progress=bar,
    )


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
