"""``asknext demo``: the app on the bundled example, or a simulation on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from asknext.cli.options import HomeOption, StoreOption, find_home, open_store
from asknext.cli.output import say

if TYPE_CHECKING:
    from asknext.core.home import Home
    from asknext.core.protocols import Store
    from asknext.example_data import Sample

PROJECT = "demo"
SEEDS = 24


def demo(
    host: Annotated[str, typer.Option("--host", help="Address to bind; this machine only.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 8765,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the app in the browser.")
    ] = False,
    task: Annotated[
        str,
        typer.Option(
            "--task",
            help="classification, multi_label, regression, tagging, generation or preference.",
        ),
    ] = "classification",
    simulation: Annotated[
        bool, typer.Option("--simulate", help="Compare strategies on the example instead.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Start the app on the bundled example: customer-support messages, English and Chinese.

    The project is made the first time and kept: answers given are still there the next time.

    Examples:

      asknext demo

      asknext demo --task tagging

      asknext demo --simulate
    """
    place = find_home(home)
    if simulation:
        _simulate(place)
        return
    make(task, place, open_store(place, store))
    from asknext.server.run import serve

    serve(place, host=host, port=port, open_browser=open_browser, store_url=store)


def make(task: str, place: Home, database: Store) -> str:
    """Make the example project of a kind of task where it is not there yet; return its name.

    Raises:
        NotFound: there is no example of that kind.
    """
    from asknext import example_data
    from asknext.core.errors import NotFound

    if task == "classification":
        name = _messages(place, database)
    elif task in example_data.SAMPLES:
        name = _sample(task, example_data.SAMPLES[task], place, database)
    else:
        raise NotFound.among("example", task, ["classification", *example_data.SAMPLES])
    say(f"project [bold]{name}[/bold] is ready; the texts are encoded while the app runs")
    return name


def _messages(place: Home, database: Store) -> str:
    from asknext import example_data
    from asknext.core.settings import Settings
    from asknext.core.tasks import Classification
    from asknext.loop.projects import create_project, import_file

    if not _there(database, PROJECT):
        settings = Settings(
            name=PROJECT,
            title="Customer support",
            task=Classification(tuple(example_data.LABELS)).to_json(),
            guidelines=example_data.GUIDELINES,
        )
        create_project(database, settings)
    columns = {"id": "id", "text": "text", "label": "label"}
    for name, split in (("support_messages.csv", "pool"), ("support_messages_test.csv", "test")):
        # Importing twice adds nothing, so a first start that was killed is simply completed.
        file = example_data.path(name)
        import_file(database, place, PROJECT, file, columns, label_use="gold", split=split)
    return PROJECT


def _sample(task: str, sample: Sample, place: Home, database: Store) -> str:
    """Make a sample project; its first examples are labelled, so that the model has begun."""
    from asknext import example_data
    from asknext.core.settings import Settings
    from asknext.loop.choosing import task_json
    from asknext.loop.projects import create_project, import_file

    name = f"{PROJECT}-{task.replace('_', '-')}"
    if not _there(database, name):
        settings = Settings(
            name=name,
            title=sample.title,
            task=task_json(task, sample.task),
            guidelines=sample.guidelines,
        )
        create_project(database, settings)
    file = example_data.path(sample.file)
    import_file(database, place, name, file, sample.mapping, label_use="gold")
    _seed(name, place, database)
    return name


def _seed(name: str, place: Home, database: Store) -> None:
    """Answer the first examples with their known labels; a second time changes nothing."""
    from asknext.loop.session import Session

    session = Session(database, name, place)
    for _, example in database.scan(name, limit=SEEDS):
        if example.copy_of is None and example.gold is not None:
            session.tell(example.id, example.gold, who="example", key=f"example:{example.id}")


def _there(database: Store, name: str) -> bool:
    return any(settings.name == name for settings in database.projects())


def _simulate(place: Home) -> None:
    from asknext import example_data
    from asknext.cli.simulate import simulate

    simulate(
        example_data.path("support_messages.csv"),
        test=example_data.path("support_messages_test.csv"),
        text="text",
        label="label",
        strategies="random,margin,auto",
        seeds=10,
        budget=300,
        batch=10,
        encoder="auto",
        control=0.0,
        jobs=0,
        html=None,
        lang="en",
        home=place.root,
        json=False,
    )
