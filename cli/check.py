"""`pathways check`: what is wrong with these pathways? (docs/check-rules.md)."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from pathways.bpmn.findings import Finding, is_error
from pathways.check import check_files, human

SUMMARY = "Print what is wrong with pathways; exit status 2 when one of them is refused."
REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Print the findings; give the exit status."""
    options = _parser().parse_args(arguments)
    findings = check_files(options.files)
    sys.stdout.write(printable(f"{_text(findings, options.format)}\n"))
    return REFUSED if any(map(is_error, findings)) else 0


def _text(findings: Sequence[Finding], form: str) -> str:
    match form:
        case "json":
            return json.dumps([asdict(finding) for finding in findings], indent=2)
        case "sarif":
            from pathways.rules.sarif import sarif

            return json.dumps(sarif(findings), indent=2)
        case _:
            return human(findings)


def printable(text: str) -> str:
    """Escape what the terminal's encoding lacks."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("pathways check", description=SUMMARY, allow_abbrev=False)
    parser.add_argument("files", nargs="+", type=Path, metavar="PATH", help="BPMN, DMN and form files, or folders")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_const", const="json", dest="format", help="print findings as JSON")
    shape.add_argument("--sarif", action="store_const", const="sarif", dest="format", help="print a SARIF 2.1.0 log")
    return parser
