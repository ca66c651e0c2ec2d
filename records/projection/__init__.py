"""How do facts become rows? `project` writes one batch of a case, `rebuild` writes everything anew."""

from records.projection.project import MissingFacts, project
from records.projection.rebuild import rebuild

__all__ = ["MissingFacts", "project", "rebuild"]
