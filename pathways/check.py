"""What does `pathways check` find? Files and folders in, findings out; nothing is published."""

import json
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pathways.bpmn.findings import Finding, is_error, sentence
from pathways.bpmn.reader import read_bpmn
from pathways.bpmn.reading.xml import parse
from pathways.bundle import DIAGRAM, Bundle, is_bundle
from pathways.catalogue import read_bundles, set_findings
from pathways.feel.regions import Box
from pathways.files import DIAGRAMS, read_file
from pathways.forms.findings import form_findings
from pathways.ladders import library_calendars, library_ladders
from pathways.rules.decided import decided_values
from pathways.rules.published import graver, joined, published_findings
from pathways.rules.registry import RULES, findings_of, findings_of_fields
from pathways.rules.subject import Strictness, Subject

Forms = Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class _Found:
    """What the named paths mean: pathway folders, and files that stand alone."""

    folders: dict[Path, None] = field(default_factory=dict)
    files: dict[Path, None] = field(default_factory=dict)
    nothing: list[Path] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """Sort one path in; of a folder everything that is below it."""
        if path.name == DIAGRAM and is_bundle(path.parent):
            self.folders[path.parent] = None
        elif not path.is_dir():
            self.files[path] = None
        elif not self._add_below(path):
            self.nothing.append(path)

    def _add_below(self, folder: Path) -> bool:
        bundles = [inner for inner in (folder, *sorted(folder.rglob("*/"))) if is_bundle(inner)]
        inside = {bundle.resolve() for bundle in bundles}
        alone = [
            path for path in sorted(folder.rglob("*")) if _is_checked(path) and path.parent.resolve() not in inside
        ]
        self.folders |= dict.fromkeys(bundles)
        self.files |= dict.fromkeys(alone)
        return bool(bundles or alone)


def _is_checked(path: Path) -> bool:
    return path.name.lower().endswith((*DIAGRAMS, ".form", ".dmn")) and path.is_file()


def check_files(paths: Iterable[Path | str]) -> list[Finding]:
    """Check diagrams, forms, decisions, pathway folders, and folders of these.

    A pathway folder is checked for publication; it may call the pathways in the folders beside its own. A diagram
    that is no `pathway.bpmn` is a draft: it is checked alone, and what it calls is not looked up.
    """
    found = _Found()
    for path in map(Path, paths):
        found.add(path)
    findings = [_nothing_in(folder) for folder in found.nothing]
    beside = _Beside()
    for path in found.files:
        try:
            findings.extend(_of_file(path, beside))
        except Exception as error:
            findings.append(_defect(path, error))
    return list(dict.fromkeys((*findings, *_together(list(found.folders)))))


def _nothing_in(folder: Path) -> Finding:
    message = "There is nothing to check in this folder."
    return Finding("no-diagram", "error", str(folder), 0, None, message, "Name a .bpmn file or a pathway folder.")


def _defect(path: Path, error: Exception) -> Finding:
    """Our own mistake over one file is told as its finding, and the other files are checked all the same."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    message = f"The check failed at {where}: {type(error).__name__}: {str(error)[:300]}."
    remedy = "This is our mistake: report it with the file."
    return Finding("engine-defect", "error", str(path), 0, None, message, remedy)


def _of_file(path: Path, beside: "_Beside") -> Iterable[Finding]:
    source = read_file(path)
    if isinstance(source, Finding):
        return [source]
    match path.suffix.lower():
        case ".form":
            return _of_form(source, str(path))
        case ".dmn":
            return _of_decisions(path)
        case _:
            forms, decided = beside.at(path.parent)
            return check_source(source, file=str(path), forms=forms, decided=decided)


def _of_decisions(path: Path) -> list[Finding]:
    """DMN is loaded only where there are decisions: most files are checked without."""
    from pathways.dmn.check import check_decisions

    return check_decisions(path)


def check_source(
    source: bytes,
    *,
    file: str,
    forms: Forms | None = None,
    decided: Mapping[str, Box] | None = None,
    strictness: Strictness = "draft",
) -> list[Finding]:
    """Check one diagram alone. `forms`: schemas by id; `decided`: what decisions give; as far as known.

    `strictness`: `publication` also tells as errors what runs in a simulation only.
    """
    reading = read_bpmn(source, file=file, ladders=library_ladders(), calendars=library_calendars())
    if reading.definition is None:
        return joined(reading.findings, findings_of_fields(source, file=file, strictness=strictness))
    subject = Subject(reading.definition, root=parse(source), forms=forms or {}, decided=decided or {})
    told = graver(reading.findings) if strictness == "publication" else []
    return joined(reading.findings, [*told, *findings_of(subject, file=file, strictness=strictness)])


def _of_form(source: bytes, file: str) -> list[Finding]:
    try:
        schema = json.loads(source)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        return [Finding("form-json", "error", file, line, None, f"No JSON: {error}.", "Save the form again.")]
    if not isinstance(schema, dict):
        return [Finding("form-json", "error", file, 1, None, "This is no form-js form.", "Save the form again.")]
    return form_findings(schema, file=file, source=source)


class _Beside:
    """What the forms and decisions beside a draft say about its variables; each folder is read once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Forms, Mapping[str, Box]]] = {}

    def at(self, folder: Path) -> tuple[Forms, Mapping[str, Box]]:
        """Forms by their id, and the results of decisions; what is wrong with them is said where they are checked."""
        if folder not in self._known:
            forms = {str(schema["id"]): schema for schema in _schemas(folder) if "id" in schema}
            self._known[folder] = forms, decided_values(folder)
        return self._known[folder]


def _schemas(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.form")):
        source = read_file(path)
        if isinstance(source, bytes) and not _of_form(source, str(path)):
            yield json.loads(source)


def _together(folders: Sequence[Path]) -> list[Finding]:
    """Findings of these folders only; the folders beside them are read for the processes that they hold."""
    beside = {inner for folder in folders for inner in folder.resolve().parent.iterdir() if is_bundle(inner)}
    others = sorted(beside - {folder.resolve() for folder in folders})
    checked = read_bundles(folders)
    every = [*checked, *read_bundles(others)]
    files = {bundle.file for bundle in checked}
    found = [finding for bundle in checked for finding in joined(bundle.findings, published_findings(bundle, every))]
    calls = [finding for finding in set_findings(every) if finding.file in files]
    return [*found, *calls, *_same_processes(checked, every[len(checked) :])]


def _same_processes(checked: Sequence[Bundle], others: Sequence[Bundle]) -> Iterator[Finding]:
    """A process id that a folder beside this one has for something else: published last, it replaces that.

    Of the same name it is a revision of it.
    """
    taken = {
        process.id: (process.name, other.file)
        for other in others
        if other.definition
        for process in other.definition.processes
    }
    for bundle in checked:
        for process in bundle.definition.processes if bundle.definition else ():
            name, file = taken.get(process.id, (process.name, ""))
            if name != process.name:
                message = f"The process id {process.id!r} is that of {name!r} in {file}, too: publishing this makes it"
                message += " the next version of that."
                at = (bundle.file, process.line, process.id)
                yield Finding("same-process", "warning", *at, message, "Give it an id of its own, unless you mean to.")


def human(findings: Sequence[Finding]) -> str:
    """One line per finding, worst first, and a line that sums up."""
    order = {"error": 0, "warning": 1, "info": 2}
    lines = [sentence(finding) for finding in sorted(findings, key=lambda finding: order[finding.severity])]
    return "\n".join([*lines, _verdict(findings)])


def _verdict(findings: Sequence[Finding]) -> str:
    errors = sum(map(is_error, findings))
    if errors:
        return f"{_counted(errors, 'error')}: not publishable."
    later = sum(finding.rule in RULES and RULES[finding.rule].publication == "error" for finding in findings)
    if later:
        return f"No errors in this draft: it runs; {_counted(later, 'finding')} would forbid publication."
    return "No errors: publishable."


def _counted(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number} {word}s"
