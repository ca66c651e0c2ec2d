"""How is a case run through `pathways simulate`?"""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cli import simulate
from tests.conformance.control_flow import (
    cases_activities,
    cases_events,
    cases_feel,
    cases_gateways,
    cases_inclusive,
    cases_refusals,
    cases_runs,
    cases_scopes,
    cases_tasks,
    cases_traps,
    cases_values,
    cases_writing,
)
from tests.conformance.control_flow.diagrams import bpmn
from tests.conformance.control_flow.expectation import Case

TABLES: dict[str, Mapping[str, Case]] = {
    "tasks": cases_tasks.CASES,
    "gateways": cases_gateways.CASES,
    "inclusive": cases_inclusive.CASES,
    "activities": cases_activities.CASES,
    "scopes": cases_scopes.CASES,
    "events": cases_events.CASES,
    "runs": cases_runs.CASES,
    "refusals": cases_refusals.CASES,
    "feel": cases_feel.CASES,
    "traps": cases_traps.CASES,
    "values": cases_values.CASES,
    "writing": cases_writing.CASES,
}
CASES = {name: case for table in TABLES.values() for name, case in table.items()}


def arguments(case: Case, folder: Path, written: Callable[[str], str] = str) -> list[str]:
    """Write the files of a case into a folder; give the command line that runs it."""
    text = case.diagram if case.diagram.startswith(("<?xml", "no ")) else bpmn(case.diagram)
    diagram = folder / "case.bpmn"
    diagram.write_text(written(text), encoding="utf-8")
    for name, content in case.files.items():
        (folder / name).write_text(content if name.endswith(".dmn") else bpmn(content), encoding="utf-8")
    given = [str(diagram), "--json"]
    given += [word for process in case.processes for word in ("--process", process)]
    given += [word for name in case.named for word in ("--with", str(folder / name))]
    if case.variables:
        given += ["--variables", json.dumps(case.variables)]
    if case.script is not None:
        (folder / "script.json").write_text(json.dumps(case.script), encoding="utf-8")
        given += ["--script", str(folder / "script.json")]
    given += ["--until", case.until] if case.until else []
    return given + (["--auto"] if case.auto else [])


def in_process(given: list[str]) -> tuple[dict[str, Any], int]:
    """Run the command without a process of its own; give its JSON object and exit status."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = simulate.main(given)
    return json.loads(printed.getvalue()), status


def as_command(given: list[str]) -> tuple[dict[str, Any], int]:
    """Run the installed command."""
    command = Path(sys.executable).with_name("pathways")
    done = subprocess.run([command, "simulate", *given], capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout), done.returncode
