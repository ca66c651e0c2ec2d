"""What does the read model keep of a user task? The task, who may do it, and drafts of its form."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Task(SQLModel, table=True):
    """A user task. `state`: ready (in its pool), claimed (someone holds it), completed, cancelled."""

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_worklist", "state", "due_at"),
        Index("ix_task_assignee", "assignee", "state"),
        Index("ix_task_root", "root_case_id"),
        Index("ix_task_lane", "lane", "state"),
    )

    case_id: str = Field(primary_key=True)
    activation: str = Field(primary_key=True)
    root_case_id: str
    pathway: str
    urgency: str
    element: str
    title: str
    lane: str = ""
    groups: list[str] = Field(default_factory=list, sa_type=JSON)
    users: list[str] = Field(default_factory=list, sa_type=JSON)
    assignee: str | None = None
    state: str = "ready"
    priority: int = 50
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    follow_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    form_id: str = ""
    ladder: str = ""
    patient_text: str = ""
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    escalation_level: int = 0
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_by: str = ""
    outcome: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)

    @property
    def is_open(self) -> bool:
        """Whether someone still has to do it."""
        return self.state in OPEN_STATES

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and should have been done before `now`."""
        return self.is_open and self.due_at is not None and self.due_at < now


OPEN_STATES = ("ready", "claimed")


class TaskCandidate(SQLModel, table=True):
    """Who may do a task: one row per candidate role or user, for the worklist's index. `kind`: role, user, specialty.

    A specialty says who of the roles should do it: those who have it see it first (`activities/directory.py`).
    """

    __tablename__ = "task_candidate"
    __table_args__ = (Index("ix_task_candidate_name", "kind", "name"),)

    case_id: str = Field(primary_key=True)
    activation: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)


class Draft(SQLModel, table=True):
    """What a person has typed into a task's form so far."""

    __tablename__ = "draft"

    case_id: str = Field(primary_key=True)
    activation: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    variables: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    saved_at: datetime = Field(sa_type=UtcDateTime)
