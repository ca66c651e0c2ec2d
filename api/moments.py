"""Which moment, or how long, is meant? One with its offset, of these centuries; a duration as ISO 8601 writes it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, TypeAdapter

from pathways.calendar import is_time_literal

FIRST, AFTER_LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _of_these_centuries(moment: datetime) -> datetime:
    if not FIRST <= moment < AFTER_LAST:
        raise ValueError("must be of the years 1900 to 2199")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_these_centuries)]
"""A moment that somebody sends."""

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def _duration(text: str) -> str:
    if text.startswith("-") or not is_time_literal(text, form="duration"):
        raise ValueError("must be an ISO 8601 duration such as P30D")
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""How long something lasts that somebody sends."""


def moment_in(text: object) -> datetime | None:
    """Give the moment that a text says in ISO 8601; None when it says none of these centuries with its offset."""
    try:
        return _MOMENT.validate_python(datetime.fromisoformat(text)) if isinstance(text, str) else None
    except ValueError:
        return None
