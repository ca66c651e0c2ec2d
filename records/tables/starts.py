"""Which cases are begun by a person's key or by the clock? Noted first, so that what died in between is finished."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class NotedStart(SQLModel, table=True):
    """A case that is to begin; `start` is JSON of its `StartCase` (patient data) until it has begun.

    `cause`: key (somebody asked, under a business key), message, signal or timer. Of one pathway and
    business key there is one `generation` after another: the next only when the one before has ended; without a key
    it is empty. `status`: noted (being started), begun, or refused (`reason`). `request` names the call, message or
    signal that asked.
    """

    __tablename__ = "noted_start"
    __table_args__ = (
        UniqueConstraint("pathway", "business_key", "generation", name="uq_noted_start_generation"),
        Index("ix_noted_start_status", "status", "noted_at"),
        Index("ix_noted_start_request", "request"),
    )

    case_id: str = Field(primary_key=True)
    cause: str
    pathway: str
    business_key: str = ""
    generation: int | None = None
    node: str = ""
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    start: str = Field(sa_type=Text)
    status: str = "noted"
    reason: str = ""
    request: str = ""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    noted_by: str = ""


class TimerPlan(SQLModel, table=True):
    """Which version of a pathway the timers in `timer_start` are of; `sha256` is empty when none is active."""

    __tablename__ = "timer_plan"

    key: str = Field(primary_key=True)
    sha256: str
    planned_at: datetime = Field(sa_type=UtcDateTime)


class TimerStart(SQLModel, table=True):
    """A timer with which cases of a published pathway begin, and when it is due next (never again: None).

    `timing` tells the same timer in another version. `every`, `remaining`, `until`, `first` and `done` as in the
    engine's `Timer`. `problem`: why it gives no time.
    """

    __tablename__ = "timer_start"
    __table_args__ = (Index("ix_timer_start_due_at", "due_at"),)

    key: str = Field(primary_key=True)
    node: str = Field(primary_key=True)
    part: int = Field(primary_key=True)
    process: str
    timing: str
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    every: str | None = None
    remaining: int | None = 0
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done: int = 0
    problem: str = ""
