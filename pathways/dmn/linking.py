"""Which files belong together, and does every reference lead somewhere? A file, its imports, and the findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pathways.bpmn.findings import Finding
from pathways.dmn.evaluation import Decisions
from pathways.dmn.model import Import, Model
from pathways.dmn.reader import read_model
from pathways.dmn.validate import graph_findings


@dataclass(frozen=True, slots=True)
class DecisionReading:
    """What came of reading a file. `decisions` is None only when the file is no readable DMN.

    With findings that are errors the rest can still be evaluated; publication refuses them.
    """

    decisions: Decisions | None
    findings: tuple[Finding, ...]


def read_decisions(source: bytes, *, file: str, others: Mapping[str, bytes] | None = None) -> DecisionReading:
    """Read a file and, from `others` (name → content), the files it imports by namespace or location."""
    reading = read_model(source, file=file)
    if reading.model is None:
        return DecisionReading(None, reading.findings)
    shelf = _Shelf(others or {})
    models, findings = [reading.model], list(reading.findings)
    for model in models:  # grows while imports are found
        for item in model.imports:
            if any(item.namespace == known.namespace for known in models):
                continue
            found = shelf.find(item)
            if found is None:
                findings.append(_not_found(model, item))
            else:
                models.append(found)
    decisions = Decisions(tuple(models))
    findings.extend(graph_findings(decisions))
    return DecisionReading(decisions, tuple(sorted(findings, key=lambda finding: (finding.line, finding.rule))))


class _Shelf:
    """The other files, read when an import asks for one of them."""

    def __init__(self, others: Mapping[str, bytes]) -> None:
        self._others = others
        self._models: dict[str, Model | None] = {}

    def find(self, item: Import) -> Model | None:
        """The model with the namespace of the import; its location is tried first."""
        location = PurePosixPath(item.location.replace("\\", "/")).name
        names = sorted(self._others, key=lambda name: PurePosixPath(name.replace("\\", "/")).name != location)
        return next(
            (model for name in names if (model := self._read(name)) and model.namespace == item.namespace), None
        )

    def _read(self, name: str) -> Model | None:
        if name not in self._models:
            self._models[name] = read_model(self._others[name], file=name).model
        return self._models[name]


def _not_found(model: Model, item: Import) -> Finding:
    message = f"No file with the namespace {item.namespace} was given for the import '{item.name}'."
    return Finding("dmn-import", "error", model.file, item.line, item.name, message, "Put that file beside this one.")
