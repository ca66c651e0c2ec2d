"""Which commands does `pathways` have? Check, simulate, publish, run the whole system: one function each."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pathways.bpmn.findings import Finding, is_error
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.ladders import library_calendars, library_ladders
from workflows.proof import headless

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Referral pathways: design, prove, run.")
REFUSED = 2


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="BPMN files or library folders", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="print findings as JSON")] = False,
) -> None:
    """Print what is wrong with pathways; exit status 1 when one of them cannot be published."""
    from pathways.check import check_files, human

    findings = check_files(files)
    sys.stdout.write(json.dumps([_finding(finding) for finding in findings], indent=2) if as_json else human(findings))
    sys.stdout.write("\n")
    raise typer.Exit(1 if any(map(is_error, findings)) else 0)


@app.command()
def simulate(
    file: Annotated[Path, typer.Argument(help="the BPMN file", exists=True)],
    process: Annotated[list[str] | None, typer.Option(help="process to start; may be repeated")] = None,
    variables: Annotated[str, typer.Option(help="start variables, JSON")] = "{}",
    script: Annotated[Path | None, typer.Option(help="JSON file with steps", exists=True)] = None,
    auto: Annotated[bool, typer.Option("--auto", help="complete every task, let time run")] = False,
    until: Annotated[str | None, typer.Option(help="ISO 8601 duration after which time stops")] = None,
    with_: Annotated[list[Path] | None, typer.Option("--with", help="file with a called process", exists=True)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object (the default)")] = True,
) -> None:
    """Run a diagram on the pure engine with a virtual clock; exit status 2 when the file is refused."""
    del as_json
    definitions = [_read(path) for path in (file, *_beside(file, with_ or []))]
    calls = {d.key: d.sha256 for d in definitions}
    first, *others = (_pinned(definition, calls) for definition in definitions)
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
    return [*named, *(path for path in sorted(file.parent.glob("*.bpmn")) if path != file and path not in named)]


def _pinned(definition: Definition, calls: dict[str, str]) -> Definition:
    from dataclasses import replace

    return replace(definition, calls=calls)


def _read(path: Path) -> Definition:
    reading = read_bpmn(
        path.read_bytes(), file=str(path), ladders=library_ladders(), calendars=library_calendars()
    )
    if reading.definition is None:
        refused = {"status": "refused", "findings": [_finding(f) for f in reading.findings if is_error(f)]}
        sys.stdout.write(json.dumps(refused) + "\n")
        raise typer.Exit(REFUSED)
    return reading.definition


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "element": finding.element,
        "message": finding.message,
        "remedy": finding.remedy,
    }


if __name__ == "__main__":
    main()
