"""`pathways check`: what is wrong with these pathways? (docs/check-rules.md)."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pathways.bpmn.findings import Finding, is_error
from pathways.bpmn.model import Definition
from pathways.check import check_files, human

SUMMARY = "Print what is wrong with pathways; exit status 2 when one of them is refused."
REFUSED = 2


def main(arguments: Sequence[str]) -> int:
    """Print the findings; give the exit status."""
    options = _parser().parse_args(arguments)
    findings = [*check_files(options.files), *(_of_site(options.directory, options.files) if options.directory else ())]
    sys.stdout.write(printable(f"{_text(findings, options.format)}\n"))
    return REFUSED if any(map(is_error, findings)) else 0


def _of_site(directory: Path, paths: Sequence[Path]) -> list[Finding]:
    """Give what the directory of a site leaves open: services without an entry or a deputy, roles without people."""
    from activities.directory import DirectoryError, read_directory  # here: most checks ask for no site
    from activities.directory_gaps import gaps
    from activities.undescribed_services import undescribed

    try:
        known, definitions = read_directory(directory), tuple(_definitions(paths))
        return [*gaps(known, str(directory), definitions), *undescribed(known, str(directory), definitions)]
    except DirectoryError as error:
        return [Finding("directory", "error", str(directory), 0, None, str(error), "Correct the file.")]


def _definitions(paths: Sequence[Path]) -> Iterator[Definition]:
    from pathways.bpmn.reader import read_bpmn
    from pathways.ladders import library_calendars, library_ladders

    for path in paths:
        for file in sorted(path.rglob("*.bpmn")) if path.is_dir() else [path] * (path.suffix == ".bpmn"):
            read = read_bpmn(
                file.read_bytes(), file=str(file), ladders=library_ladders(), calendars=library_calendars()
            )
            if read.definition is not None:
                yield read.definition


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
    parser.add_argument("--directory", type=Path, metavar="FILE", help="also whom the directory of a site leaves out")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_const", const="json", dest="format", help="print findings as JSON")
    shape.add_argument("--sarif", action="store_const", const="sarif", dest="format", help="print a SARIF 2.1.0 log")
    return parser
