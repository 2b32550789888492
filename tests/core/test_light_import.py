"""The bare package stays light: nothing heavy is loaded before it is used."""

import json
import subprocess
import sys

HEAVY = {
    "torch",
    "transformers",
    "sqlalchemy",
    "fastapi",
    "plotly",
    "sklearn",
    "scipy",
    "numpy",
    "pyarrow",
    "datasets",
    "alembic",
    "pandas",
}


def loaded_by(statement: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(out.stdout.splitlines()[-1])}


def test_import_asknext_loads_nothing_heavy() -> None:
    assert not loaded_by("import asknext") & HEAVY


def test_the_command_table_loads_nothing_heavy() -> None:
    assert not loaded_by("import asknext.cli.app") & HEAVY


def test_the_loop_does_not_load_torch_or_the_web() -> None:
    assert not loaded_by("import asknext.loop.session") & {"torch", "transformers", "fastapi"}


def test_public_names_are_those_listed() -> None:
    import asknext

    for name in asknext.__all__:
        assert getattr(asknext, name) is not None
    assert dir(asknext) == asknext.__all__
