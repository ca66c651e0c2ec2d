"""How are services, absences, authorities and care teams shown and sent?"""

from typing import Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from api.moments import Moment
from api.shapes.base import Body, Shape


class ServiceView(Shape):
    """A service. `there_now`: whom to speak to now, and as what; nobody: it is empty."""

    id: str
    name: str
    organisation: str
    hours: str
    open_now: bool
    named_contact: str
    deputy: str
    covers: list[str]
    there_now: str
    there_as: Literal["named_contact", "deputy", "cover", "nobody"]
    there_of: str


class AbsenceBody(Body):
    """When somebody is away, and who does their tasks: empty is their deputy, else the pools of the tasks."""

    since: Moment
    until: Moment
    cover: str = Field(default="", max_length=200)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.since:
            raise ValueError("until must come after since")
        return self


class AbsenceView(Shape):
    """An absence."""

    absence_id: str
    person: str
    since: AwareDatetime
    until: AwareDatetime
    cover: str
    recorded_by: str
    ended_at: AwareDatetime | None


class AuthorityBody(Body):
    """Who may complete tasks on my behalf, why, and until when (open end when left out)."""

    delegate: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=1_000)
    until: Moment | None = None


class AuthorityView(Shape):
    """A standing authority."""

    authority_id: str
    person: str
    delegate: str
    reason: str
    since: AwareDatetime
    until: AwareDatetime | None
    recorded_by: str


class MemberBody(Body):
    """Somebody who looks after the patient. A new `key_worker` follows the one before."""

    person: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=200)
    role: str = Field(min_length=1, max_length=100, examples=["key_worker"])


class MemberView(Shape):
    """A member of the care team of a case."""

    member_id: str
    person: str
    name: str
    role: str
    since: AwareDatetime
    until: AwareDatetime | None
    recorded_by: str
