"""What does the read model keep of a case while it runs? One row per case, and what is open in it now.

Everything here is built from facts alone and can be rebuilt from them (`records.projection`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Case(SQLModel, table=True):
    """One run of a pathway for one patient, and what it waits for next (the earliest due open wait).

    `trouble`: what Temporal cannot do for it; the watchdog sets and clears it, no fact does. `flag`: what a rung has
    marked it as (`uncontactable`), until the step of that rung is done.
    """

    __tablename__ = "pathway_case"
    __table_args__ = (
        Index("ix_pathway_case_root", "root_case_id"),
        Index("ix_pathway_case_status", "status", "key"),
        Index("ix_pathway_case_stuck", "stuck"),
        Index("ix_pathway_case_business_key", "business_key"),
    )

    case_id: str = Field(primary_key=True)
    root_case_id: str
    caller: str | None = None
    caller_activation: str | None = None
    key: str
    name: str
    version_tag: str = ""
    sha256: str
    status: str = "running"
    urgency: str = "routine"
    business_key: str = ""
    started_by: str = ""
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str = ""
    error_code: str = ""
    escalation_level: int = 0
    stuck: bool = False
    stuck_reason: str = ""
    trouble: str = ""
    flag: str = ""
    incident: bool = False
    last_seq: int = 0
    process_scope: str = ""


class CaseKey(SQLModel, table=True):
    """A business key by which messages find a case: its referral id, order ids."""

    __tablename__ = "case_key"
    __table_args__ = (Index("ix_case_key_key", "correlation_key"),)

    case_id: str = Field(primary_key=True)
    correlation_key: str = Field(primary_key=True)


class AwaitedKey(SQLModel, table=True):
    """A key that a case has waited for a message by, beside those that it carries: such as the number of its order.

    It stays when the wait is over: who brings a message under it then is told that it comes late.
    """

    __tablename__ = "awaited_key"
    __table_args__ = (Index("ix_awaited_key_case", "case_id"),)

    correlation_key: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)


class OpenActivation(SQLModel, table=True):
    """One open run of a flow node: a token on the diagram. `wait` is set while it waits for something.

    `wait`: task, work, message, signal, timer, conditional, call, event, or "" (a scope, or not waiting yet).
    `overdue`: why it is late, once it is. `flag`: what a rung of it has marked its case as.
    """

    __tablename__ = "open_activation"
    __table_args__ = (Index("ix_open_activation_root", "root_case_id", "wait"),)

    case_id: str = Field(primary_key=True)
    activation: str = Field(primary_key=True)
    root_case_id: str
    element: str
    title: str
    type: str
    scope: str = ""
    since: datetime = Field(sa_type=UtcDateTime)
    wait: str = ""
    waiting_for: str = ""
    role: str = ""
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    escalation_level: int = 0
    escalation: str = ""
    failure: str = ""
    overdue: str = ""
    flag: str = ""


class ScopeVariables(SQLModel, table=True):
    """The current variables of one open scope (the process, or an activation with variables of its own)."""

    __tablename__ = "scope_variables"

    case_id: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    variables: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Timer(SQLModel, table=True):
    """An armed timer; while it is stopped, `paused_at` says since when."""

    __tablename__ = "armed_timer"
    __table_args__ = (Index("ix_armed_timer_due_at", "due_at"),)

    case_id: str = Field(primary_key=True)
    timer: str = Field(primary_key=True)
    activation: str
    node: str
    due_at: datetime = Field(sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Subscription(SQLModel, table=True):
    """An open wait of a case for a message with this name and correlation key, or for a signal with this name.

    `event`: message or signal. A message subscription without a key takes any message of its name.
    """

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_name", "event", "name", "correlation_key"),)

    case_id: str = Field(primary_key=True)
    subscription: str = Field(primary_key=True)
    root_case_id: str
    activation: str
    element: str
    event: str = "message"
    name: str
    correlation_key: str
    since: datetime = Field(sa_type=UtcDateTime)


class Incident(SQLModel, table=True):
    """Something that needs a person before the activation can go on; open until `resolved_at`.

    `read`: what the expression that stopped it had read (patient data). `resolution`: retried, skipped, error,
    corrected, replaced (by another that says why now) or gone.
    """

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "resolved_at"),)

    case_id: str = Field(primary_key=True)
    incident: str = Field(primary_key=True)
    root_case_id: str
    activation: str
    element: str
    title: str
    kind: str
    reason: str
    raised_at: datetime = Field(sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_by: str = ""
    read: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    resolution: str = ""
