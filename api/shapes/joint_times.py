"""How is it shown when several services could see a patient?"""

import datetime

from pydantic import AwareDatetime, Field

from api.one_plan import DateAhead
from api.shapes.base import Shape

NOTE = (
    "These times follow from the hours and holidays of the services, from who is away, and from what is booked here. "
    "No clinic's diary was asked: whether there is room, and who sees the patient, the clinic says. Nothing is held."
)


class TimeWindow(Shape):
    """A time from `since` on and before `until`."""

    since: AwareDatetime
    until: AwareDatetime


class ServiceTimes(Shape):
    """A service that is to see the patient."""

    id: str
    name: str
    hours: str = Field(description="the calendar within which it is taken to see patients")
    nobody_there: list[TimeWindow] = Field(
        description="neither its contact, its deputy nor whoever covers is there, as far as the absences say"
    )
    any_time: bool = Field(description="false: in none of this time could it see the patient")


class VisitAt(Shape):
    """One visit of a day."""

    service: str
    since: AwareDatetime
    until: AwareDatetime


class JointDay(Shape):
    """A day on which all of them could see the patient, at once or one after the other."""

    date: datetime.date
    together: list[TimeWindow] = Field(description="all at once; each is at least as long as the visit")
    in_turn: list[VisitAt] = Field(description="one after the other with the way between, over as early as can be")


class JointTimes(Shape):
    """When several services could see one patient, as far as that is known here."""

    patient_id: str
    since: AwareDatetime
    until: AwareDatetime
    minutes: int = Field(description="of one visit")
    travel_minutes: int = Field(description="kept free between two visits")
    services: list[ServiceTimes]
    tasks: list[str] = Field(description="addresses of my open tasks that book for the patient")
    without_service: list[str] = Field(description="those of them of which nothing says with which service they book")
    booked: list[DateAhead] = Field(
        description="of the same time, as far as you see it; dates without a time are not kept free"
    )
    knows_visits: bool = Field(description="false: there are cases of which you see no appointments; ask who books")
    days: list[JointDay]
    note: str = NOTE
