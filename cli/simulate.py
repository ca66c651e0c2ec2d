"""`pathways simulate`: run a diagram on the pure engine with a virtual clock (docs/simulate.md)."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pathways.bpmn.findings import is_error
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.ladders import library_calendars, library_ladders
from workflows.proof import headless

REFUSED = 2


def simulate(
    file: Annotated[Path, typer.Argument(help="the BPMN file", exists=True)],
    process: Annotated[list[str] | None, typer.Option(help="process to start; may be repeated")] = None,
    variables: Annotated[str, typer.Option(help="start variables, JSON")] = "{}",
    script: Annotated[Path | None, typer.Option(help="JSON file with steps", exists=True)] = None,
    auto: Annotated[bool, typer.Option("--auto", help="complete every task, let time run")] = False,
    until: Annotated[str | None, typer.Option(help="ISO 8601 duration after which time stops")] = None,
    called: Annotated[list[Path] | None, typer.Option("--with", help="file with a called process", exists=True)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object: the only output there is")] = True,
) -> None:
    """Run a diagram headless and print what happened; exit status 2 when the file is refused."""
    del as_json
    first, *others = [_read(path) for path in (file, *_beside(file, called or []))]
    result = headless.simulate(
        first,
        others,
        processes=process or (),
        variables=json.loads(variables),
        script=json.loads(script.read_text()) if script else (),
        auto=auto,
        until=until,
    )
    sys.stdout.write(json.dumps(result, default=str) + "\n")


def _beside(file: Path, named: list[Path]) -> list[Path]:
    """Called processes are looked up beside the file, or named with `--with`."""
    return [*named, *(path for path in sorted(file.parent.glob("*.bpmn")) if path != file and path not in named)]


def _read(path: Path) -> Definition:
    reading = read_bpmn(path.read_bytes(), file=str(path), ladders=library_ladders(), calendars=library_calendars())
    if reading.definition is None:
        findings = [asdict(finding) for finding in reading.findings if is_error(finding)]
        sys.stdout.write(json.dumps({"status": "refused", "findings": findings}) + "\n")
        raise typer.Exit(REFUSED)
    return reading.definition
