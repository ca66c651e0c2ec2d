"""How do facts become rows? `project` writes one batch of a case, `rebuild` writes everything anew."""

from records.projection.facts import MissingFacts
from records.projection.project import project
from records.projection.rebuild import rebuild

__all__ = ["MissingFacts", "project", "rebuild"]
