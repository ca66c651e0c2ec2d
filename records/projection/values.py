"""How does a fact look once it has been JSON? The same on every way into the projection."""

from dataclasses import replace
from datetime import datetime

from pydantic_core import to_jsonable_python

from workflows.engine.facts import Fact


def recorded(fact: Fact) -> Fact:
    """Give the fact as it is stored: its detail is JSON, so a rebuild reads what projecting read."""
    return replace(fact, detail=to_jsonable_python(fact.detail))


def instant(value: str | None) -> datetime | None:
    """Read a time of a recorded fact.

    Raises:
        ValueError: the text is not an ISO 8601 time.
    """
    return datetime.fromisoformat(value) if value else None
