"""`pathways check`: what is wrong with these pathways?"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pathways.bpmn.findings import is_error
from pathways.check import check_files, human


def check(
    files: Annotated[list[Path], typer.Argument(help="BPMN files or library folders", exists=True)],
    as_json: Annotated[bool, typer.Option("--json", help="print findings as JSON")] = False,
) -> None:
    """Print what is wrong with pathways; exit status 1 when one of them cannot be published."""
    findings = check_files(files)
    text = json.dumps([asdict(finding) for finding in findings], indent=2) if as_json else human(findings)
    sys.stdout.write(f"{text}\n")
    raise typer.Exit(1 if any(map(is_error, findings)) else 0)
