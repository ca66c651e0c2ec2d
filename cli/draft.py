"""`pathways draft`: a first diagram from a table of steps (docs/designing-pathways.md).

The table becomes a graph by `bpmn-python`, in a process of its own, and gets its drawing by `bpmn-io`: both come with
the extra `bpmn-python`, which nothing else needs.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.draft_diagram import Draft, Flow, Graph, draft, form_text, slug
from cli.draft_drawing import with_lanes
from cli.draft_steps import DraftError, Step, read_steps

INSTALL = "pip install 'referral-pathways[bpmn-python]'"
TABLE = ("Order", "Activity", "Condition", "Who", "Subprocess", "Terminated")
_GRAPH = Path(__file__).with_name("draft_graph.py")
_PATIENCE_SECONDS = 120
REFUSED = 2

Table = Annotated[Path, typer.Argument(metavar="STEPS.csv", help="the table; its columns: docs/designing-pathways.md")]
Out = Annotated[Path | None, typer.Option(help="the folder to write; by default named after the table, beside it")]
Name = Annotated[str, typer.Option(help="the name of the pathway; by default that of the table")]


def draft_command(table: Table, out: Out = None, name: Name = "") -> None:
    """Draw a first diagram with forms from a table of steps; a designer goes on from there."""
    folder = out or table.with_suffix("")
    try:
        missing_extra()
        _refuse_to_overwrite(folder)
        steps = read_steps(table)
        key = slug(table.stem)
        made = draft(key, name or table.stem.replace("_", " ").capitalize(), steps, _graph(table, steps))
        _write(folder, made)
    except DraftError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    typer.echo(f"{folder / 'pathway.bpmn'} and {len(made.forms)} forms. Go on: pathways check {folder}")


def missing_extra() -> None:
    """Say how to install the extra where it is not.

    Raises:
        DraftError: it is not installed.
    """
    missing = [name for name in ("bpmn_python", "bpmn_io") if find_spec(name) is None]
    if missing:
        raise DraftError(f"`pathways draft` needs {' and '.join(missing)}, which is not installed. Run: {INSTALL}")


def _refuse_to_overwrite(folder: Path) -> None:
    if (folder / "pathway.bpmn").exists():
        raise DraftError(f"{folder / 'pathway.bpmn'} is there already. Name another folder with --out.")


def _graph(table: Path, steps: Sequence[Step]) -> Graph:
    """Let bpmn-python make the graph of the steps.

    Raises:
        DraftError: it cannot; with the line of the step that it stumbled over, where it says which.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "steps.csv"
        _write_table(file, steps)
        command = [sys.executable, "-W", "ignore", str(_GRAPH), str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS)
    if done.returncode != 0:
        raise DraftError(_stumbled(table, steps, done.stderr.strip().rpartition("\n")[2]))
    return _read_graph(json.loads(done.stdout)[0], {step.order for step in steps})


def _write_table(file: Path, steps: Sequence[Step]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(TABLE)
        for step in steps:
            ends = "yes" if step.ends else ""
            name = f"goto {step.goes_to}" if step.goes_to else step.name
            rows.writerow([step.order, name, step.condition.lower(), step.who, "", ends])


def _stumbled(table: Path, steps: Sequence[Step], said: str) -> str:
    order = said.rpartition("look for ")[2].strip("'\" ")
    line = next((step.line for step in steps if step.order == order), 1)
    remedy = "After 2 comes 3 or, where ways part, 3a and 3b; each way ends, goes to a step, or is joined by the next."
    return f"{table}:{line}: The order of the steps makes no process ({said}). {remedy}"


def _read_graph(found: Any, orders: set[str]) -> Graph:
    nodes = {node["id"]: node["type"] for node in found["nodes"] if node["id"].partition("_")[0] in orders}
    return Graph(nodes, tuple(Flow(flow["source"], flow["target"]) for flow in found["flows"]))


def _write(folder: Path, made: Draft) -> None:
    """Write the diagram with its drawing, and the forms."""
    drawn = with_lanes(import_module("bpmn_io").layout_process(made.bpmn), made.who)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pathway.bpmn").write_text(drawn, encoding="utf-8")
    for file, form in made.forms.items():
        (folder / file).write_text(form_text(form), encoding="utf-8")
