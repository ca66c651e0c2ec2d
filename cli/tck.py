"""`pathways tck`: how do FEEL and DMN do on the DMN TCK? (docs/dmn-tck.md)."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cli.check import printable
from pathways.dmn.tck import run_kit
from pathways.dmn.tck_report import as_json, human, page

SUMMARY = "Run the cases of the DMN TCK below a folder; print passed, failed and unsupported by folder."
PAGE = Path("docs/dmn-tck.md")
NO_FOLDER = 2


def main(arguments: Sequence[str]) -> int:
    """Run the kit and print; the exit status is 0 for any run, 2 when there is nothing to run."""
    options = _parser().parse_args(arguments)
    if not options.folder.is_dir():
        sys.stderr.write(f"There is no folder {options.folder}: give the folder that holds the TCK's test folders.\n")
        return NO_FOLDER
    now = datetime.now(UTC)
    outcomes = run_kit(options.folder, now=now)
    text = json.dumps(as_json(outcomes), indent=2, ensure_ascii=False) if options.json else human(outcomes)
    sys.stdout.write(printable(f"{text}\n"))
    if options.docs:
        options.docs.write_text(page(outcomes, day=now.date(), folder=options.folder.resolve().name), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("pathways tck", description=SUMMARY, allow_abbrev=False)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with .dmn models and test files below it")
    parser.add_argument("--json", action="store_true", help="print JSON, with every result that did not pass")
    parser.add_argument("--docs", nargs="?", type=Path, const=PAGE, metavar="FILE", help=f"write the page {PAGE}")
    return parser
