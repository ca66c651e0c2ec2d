"""What does `pathways check` find? Files and folders in, findings out; nothing is published."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pathways.bpmn.findings import Finding, is_error, sentence
from pathways.bpmn.reader import read_bpmn
from pathways.bundle import DIAGRAM, form_ids, is_bundle
from pathways.catalogue import read_bundles, set_findings
from pathways.ladders import library_calendars, library_ladders


def check_files(paths: Iterable[Path | str]) -> list[Finding]:
    """Check diagrams, pathway folders, and folders of pathway folders.

    A pathway may call the pathways in the folders beside its own; a diagram that is no `pathway.bpmn` is checked
    alone, and what it calls is not looked up.
    """
    findings: list[Finding] = []
    folders: dict[Path, None] = {}
    for path in map(Path, paths):
        folders |= dict.fromkeys(_bundles(path))
        if not _bundles(path):
            findings.extend(_alone(path))
    return [*findings, *_together(list(folders))]


def _bundles(path: Path) -> list[Path]:
    """The pathway folders that a path means."""
    folder = path.parent if path.name == DIAGRAM else path
    if folder.is_dir() and is_bundle(folder):
        return [folder]
    return sorted(inner for inner in path.iterdir() if is_bundle(inner)) if path.is_dir() else []


def _alone(path: Path) -> Sequence[Finding]:
    if not path.is_file():
        message = "There is no such file, or no pathway.bpmn in this folder."
        return [Finding("no-diagram", "error", str(path), 0, None, message, "Name a .bpmn file or a pathway folder.")]
    reading = read_bpmn(
        path.read_bytes(),
        file=str(path),
        ladders=library_ladders(),
        calendars=library_calendars(),
        forms=form_ids(path.parent) or None,
    )
    return reading.findings


def _together(folders: Sequence[Path]) -> list[Finding]:
    """Findings of these folders only; the folders beside them are read for the processes that they hold."""
    beside = {inner for folder in folders for inner in folder.resolve().parent.iterdir() if is_bundle(inner)}
    others = sorted(beside - {folder.resolve() for folder in folders})
    checked = read_bundles(folders)
    files = {bundle.file for bundle in checked}
    found = [finding for bundle in checked for finding in bundle.findings]
    calls = set_findings([*checked, *read_bundles(others)])
    return [*found, *(finding for finding in calls if finding.file in files)]


def human(findings: Sequence[Finding]) -> str:
    """One line per finding, worst first, and a line that sums up."""
    order = {"error": 0, "warning": 1, "info": 2}
    lines = [sentence(finding) for finding in sorted(findings, key=lambda finding: order[finding.severity])]
    errors = sum(map(is_error, findings))
    counted = "1 error" if errors == 1 else f"{errors} errors"
    verdict = f"{counted}: not publishable." if errors else "No errors: publishable."
    return "\n".join([*lines, verdict])
