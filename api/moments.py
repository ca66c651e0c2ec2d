"""Which moment is meant? One with its offset, of these centuries: another has no place in a calendar or a database."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, TypeAdapter

FIRST, AFTER_LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _of_these_centuries(moment: datetime) -> datetime:
    if not FIRST <= moment < AFTER_LAST:
        raise ValueError("must be of the years 1900 to 2199")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_these_centuries)]
"""A moment that somebody sends."""

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def moment_in(text: object) -> datetime | None:
    """Give the moment that a text says in ISO 8601; None when it says none of these centuries with its offset."""
    try:
        return _MOMENT.validate_python(datetime.fromisoformat(text)) if isinstance(text, str) else None
    except ValueError:
        return None
