"""How long does a patient stay at a visit, and how long is the way to the next? The entry `visits` of the directory.

visits:
  minutes: 30          # so long is a visit thought to last of which nobody says more
  travel_minutes: 45   # from one visit to the next, wherever both are
  hours: working       # a calendar: when services see patients that have no hours of their own
"""

from pydantic import BaseModel, ConfigDict, Field

from activities.meeting_slots import CalendarName


class Visits(BaseModel):
    """What a site says of visits, for whoever books several for one patient. All of it is to be confirmed locally."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    minutes: int = Field(default=30, ge=5, le=480)
    travel_minutes: int = Field(default=45, ge=0, le=480)
    hours: CalendarName = "working"
