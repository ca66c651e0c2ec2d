"""How does a decision travel with the pathway that calls it? As the JSON of its model, read again once per process."""

from functools import lru_cache

from pathways import codec
from pathways.bpmn.model import DecisionFile
from pathways.dmn.evaluation import Decisions


def pin(decisions: Decisions, *, file: str) -> DecisionFile:
    """Freeze a file of decisions and what it imports into a definition."""
    names = {name for decision in decisions.decisions for name in (decision.id, decision.name) if name}
    return DecisionFile(file=file, names=tuple(sorted(names)), model=codec.dump(decisions).decode())


def decisions_in(pinned: DecisionFile) -> Decisions:
    """Give the decisions of a pinned file, compiled once per process."""
    return _read(pinned.model)


@lru_cache(maxsize=256)
def _read(model: str) -> Decisions:
    return codec.load(Decisions, model)
