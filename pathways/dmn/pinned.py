"""How does a decision travel with the pathway that calls it? As the JSON of its model, read again once per process."""

from collections.abc import Mapping
from pathlib import Path

from pathways import codec
from pathways.bpmn.findings import Finding
from pathways.bpmn.model import DecisionFile
from pathways.dmn.evaluation import Decisions
from pathways.dmn.linking import read_decisions

_read: dict[str, Decisions] = {}
_MOST = 256
"""How many models a process keeps compiled; the oldest makes room."""


def pin_all(sources: Mapping[str, bytes], *, folder: Path) -> tuple[tuple[DecisionFile, ...], list[Finding]]:
    """Pin the DMN files of a folder, each with what it imports; what is wrong with them is a finding."""
    pinned: list[DecisionFile] = []
    findings: list[Finding] = []
    for name, source in sources.items():
        others = {other: text for other, text in sources.items() if other != name}
        reading = read_decisions(source, file=str(folder / name), others=others)
        findings.extend(reading.findings)
        if reading.decisions is not None:
            pinned.append(pin(reading.decisions, file=name))
    return tuple(pinned), findings


def pin(decisions: Decisions, *, file: str) -> DecisionFile:
    """Freeze a file of decisions and what it imports into a definition."""
    names = {name for decision in decisions.decisions for name in (decision.id, decision.name) if name}
    model = codec.dump(decisions).decode()
    _keep(model, decisions)
    return DecisionFile(file=file, names=tuple(sorted(names)), model=model)


def decisions_in(pinned: DecisionFile) -> Decisions:
    """Give the decisions of a pinned file, compiled once per process."""
    return _read.get(pinned.model) or _keep(pinned.model, codec.load(Decisions, pinned.model))


def _keep(model: str, decisions: Decisions) -> Decisions:
    """Keep a model. Cases run in several threads: what one lets go another may be about to look up."""
    _read[model] = decisions
    for oldest in list(_read)[:-_MOST]:
        _read.pop(oldest, None)
    return decisions
