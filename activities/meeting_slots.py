"""When does a team meet, and how much can it discuss each time? The entries `conferences` of the directory.

conferences:
  head_and_neck_mdt:
    name: Head and neck conference
    first: 2026-01-06        # a date of the series; it comes back on this weekday
    every_weeks: 1
    at: "13:00"              # in the zone of `calendar`, which also says on which days nobody meets
    minutes: 90              # of protected time of those named in `roles`
    capacity: 12             # cases of one meeting
    urgent: 2                # seats of these that only urgent cases get
    closes_hours: 48         # before it begins; from then on nothing is listed any more
    roles: [clinical_oncologist, ent_surgeon, radiologist]
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pathways.calendar import is_working_day
from pathways.ladders import library_calendars


def _is_calendar(name: str) -> str:
    if name not in library_calendars():
        raise ValueError(f"'{name}' is no calendar: name one of {sorted(library_calendars())}")
    return name


CalendarName = Annotated[str, AfterValidator(_is_calendar)]
"""The name of a calendar of the library."""


class MeetingSeries(BaseModel):
    """A meeting that comes back, with how much time and room it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    first: date
    at: time
    every_weeks: int = Field(default=1, ge=1, le=52)
    minutes: int = Field(default=60, ge=1, le=480)
    capacity: int = Field(ge=1, le=200)
    urgent: int = Field(default=0, ge=0)
    closes_hours: int = Field(default=0, ge=0, le=336)
    calendar: CalendarName = "working"
    roles: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_room_for_others(self) -> "MeetingSeries":
        if self.urgent >= self.capacity:
            raise ValueError("`urgent` leaves no seat for other cases: it must be less than `capacity`")
        return self

    def begins(self, held_on: date) -> datetime:
        """Give the moment at which the meeting of a date begins."""
        return datetime.combine(held_on, self.at, ZoneInfo(library_calendars()[self.calendar].zone))

    def closes(self, held_on: date) -> datetime:
        """Give the moment from which on nothing is listed for a date."""
        return self.begins(held_on) - timedelta(hours=self.closes_hours)

    def seats(self, *, urgent: bool) -> range:
        """Give the numbers of the seats that a case may have; the last ones are for urgent cases."""
        return range(1, self.capacity + 1 - (0 if urgent else self.urgent))

    def is_held_on(self, day: date) -> bool:
        """Say whether the team meets on a day."""
        since = (day - self.first).days
        working = is_working_day(day, library_calendars()[self.calendar])
        return since >= 0 and since % (7 * self.every_weeks) == 0 and working

    def dates(self, since: date, until: date) -> Iterator[date]:
        """Give the dates of the series from one day to another, both included."""
        step = timedelta(weeks=self.every_weeks)
        passed = max(0, -(-(since - self.first) // step))
        for number in count(passed):
            day = self.first + number * step
            if day > until:
                return
            if self.is_held_on(day):
                yield day
