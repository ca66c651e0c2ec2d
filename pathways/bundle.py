"""What does a pathway's folder hold? `pathway.bpmn`, its forms and decisions, and everything found wrong in them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from pathways import codec
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import Definition, Ladder, WorkingCalendar
from pathways.bpmn.reader import read_bpmn
from pathways.bpmn.reading.xml import MAX_BYTES
from pathways.dmn.pinned import pin_all
from pathways.forms.findings import form_findings
from pathways.near import suggestion

DIAGRAM = "pathway.bpmn"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One folder that was read. `definition` is None when something in the folder is an error."""

    folder: Path
    bpmn_source: bytes
    definition: Definition | None
    forms: Mapping[str, dict[str, Any]]
    form_digests: Mapping[str, str]
    digest: str
    findings: tuple[Finding, ...]

    @property
    def file(self) -> str:
        """The diagram's path, as findings name it."""
        return str(self.folder / DIAGRAM)


def is_bundle(folder: Path) -> bool:
    """Whether the folder holds a pathway."""
    return (folder / DIAGRAM).is_file()


def read_bundle(folder: Path, *, ladders: Mapping[str, Ladder], calendars: Mapping[str, WorkingCalendar]) -> Bundle:
    """Read a folder; whatever is wrong with it is a finding."""
    files = sorted((folder / DIAGRAM, *folder.glob("*.form"), *folder.glob("*.dmn")))
    sources = {path.name: _bytes(path) for path in files}
    findings: list[Finding] = []
    forms: dict[str, dict[str, Any]] = {}
    digests: dict[str, str] = {}
    for name, source in sources.items():
        if name.endswith(".form"):
            _add_form(source, str(folder / name), forms, digests, findings)
    reading = read_bpmn(sources[DIAGRAM], file=str(folder / DIAGRAM), ladders=ladders, calendars=calendars, forms=forms)
    decisions, wrong = pin_all({n: text for n, text in sources.items() if n.endswith(".dmn")}, folder=folder)
    findings.extend(wrong)
    definition = reading.definition and replace(reading.definition, decisions=decisions)
    findings.extend(missing_decisions(definition, file=str(folder / DIAGRAM)) if definition else ())
    return Bundle(
        folder=folder,
        bpmn_source=sources[DIAGRAM],
        definition=definition,
        forms=forms,
        form_digests=digests,
        digest=_digest(sources, reading.definition),
        findings=(*reading.findings, *findings),
    )


def missing_decisions(definition: Definition, *, file: str) -> Iterator[Finding]:
    """Business rule tasks whose decision, named as plain text, is in none of the pathway's DMN files."""
    known = {name for pinned in definition.decisions for name in pinned.names}
    for node in definition.nodes.values():
        name = _literal(node.decision.decision_id) if node.decision else None
        if name is not None and name not in known:
            message = f"There is no decision {name!r} beside this diagram."
            remedy = f"{suggestion(name, known)}Add its .dmn file, or correct the id."
            yield Finding("missing-decision", "error", file, node.line, node.id, message, remedy)


def _literal(expression: str) -> str | None:
    """The text of a FEEL string literal; None when it is computed."""
    return json.loads(expression) if expression.startswith('"') and expression.count('"') == 2 else None


def _bytes(path: Path) -> bytes:
    """One byte more than is allowed is enough to refuse the file."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _add_form(
    source: bytes,
    file: str,
    forms: dict[str, dict[str, Any]],
    digests: dict[str, str],
    findings: list[Finding],
) -> None:
    try:
        schema = json.loads(source) if len(source) <= MAX_BYTES else None
    except (ValueError, RecursionError) as error:
        line, remedy = getattr(error, "lineno", 1), "Save the form again."
        findings.append(Finding("form-json", "error", file, line, None, f"No JSON: {error}.", remedy))
        return
    if not isinstance(schema, dict):
        findings.append(Finding("form-json", "error", file, 1, None, "This is no form-js form.", "Save it again."))
        return
    findings.extend(form_findings(schema, file=file, source=source))
    form_id = str(schema.get("id"))
    if form_id in forms:
        message = f"The form id {form_id!r} is used by two files."
        findings.append(Finding("form-duplicate-id", "error", file, 1, form_id, message, "Change one of them."))
    forms[form_id], digests[form_id] = schema, sha256(source).hexdigest()


def _digest(sources: Mapping[str, bytes], definition: Definition | None) -> str:
    """Identify everything that decides how the pathway runs, except what it calls."""
    whole = sha256()
    for name, source in sources.items():
        whole.update(f"{name}\0{sha256(source).hexdigest()}\n".encode())
    if definition:
        nodes = definition.nodes.values()
        ladders = {each.name: each for node in nodes for each in (node.ladder, *node.ladders) if each}
        for frozen in (*(ladders[name] for name in sorted(ladders)), *definition.calendars.values()):
            whole.update(codec.dump(frozen) + b"\n")
    return whole.hexdigest()
