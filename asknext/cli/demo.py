"""``asknext demo``: the app on the bundled example, or a simulation on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from asknext.cli.options import HomeOption, StoreOption, find_home, open_store
from asknext.cli.output import say

if TYPE_CHECKING:
    from asknext.core.home import Home
    from asknext.core.protocols import Store

PROJECT = "demo"


def demo(
    host: Annotated[str, typer.Option("--host", help="Address to bind; this machine only.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 8765,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the app in the browser.")
    ] = False,
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

      asknext demo --simulate
    """
    place = find_home(home)
    if simulation:
        _simulate(place)
        return
    _make(place, open_store(place, store))
    from asknext.server.run import serve

    serve(place, host=host, port=port, open_browser=open_browser, store_url=store)


def _make(place: Home, database: Store) -> None:
    from asknext import example_data
    from asknext.core.settings import Settings
    from asknext.core.tasks import Classification
    from asknext.loop.projects import create_project, import_file

    if all(settings.name != PROJECT for settings in database.projects()):
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
        import_file(
            database,
            place,
            PROJECT,
            example_data.path(name),
            columns,
            label_use="gold",
            split=split,
        )
    say("project [bold]demo[/bold] is ready; the texts are encoded while the app runs")


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
