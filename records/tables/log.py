"""What is written once and kept? Facts, inbound messages, answers under an idempotency key, the audit."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Text, text
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime

INTENT = text("intent IS NOT NULL")
ROUTED = text("routing_since IS NOT NULL")


class CaseStart(SQLModel, table=True):
    """How a case was started, as JSON of `StartCase` without variables: a rebuild needs it and the facts."""

    __tablename__ = "case_start"

    case_id: str = Field(primary_key=True)
    start: str = Field(sa_type=Text)


class FactRecord(SQLModel, table=True):
    """One fact of a case: the timeline, and the source of every other row about the case."""

    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_root", "root_case_id", "at"),)

    case_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    root_case_id: str
    at: datetime = Field(sa_type=UtcDateTime)
    fact: str
    element: str = ""
    name: str = ""
    type: str = ""
    activation: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Message(SQLModel, table=True):
    """An inbound message and what became of it.

    `status`: received (being routed), delivered, buffered (until someone waits), expired (nobody ever did),
    ignored (refused), unmatched (no case), duplicate (its id was used before, with another content).
    `late`: its case had ended, or had stopped waiting for it. `routing_since`: a call is routing it now.
    `repeats`: how often the very same message came again. `handled`: correlated (as the message `redelivered_as`),
    discarded, or taken_back since it is not so, by a person, who said why in `note`.
    """

    __tablename__ = "message_log"
    __table_args__ = (
        Index("ix_message_log_status", "status", "received_at"),
        Index("ix_message_log_name", "name", "correlation_key"),
        Index("ix_message_log_routing", "routing_since", sqlite_where=ROUTED, postgresql_where=ROUTED),
    )

    message_id: str = Field(primary_key=True)
    name: str
    correlation_key: str
    status: str = "received"
    case_id: str | None = None
    reason: str = ""
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    source: str = ""
    received_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    late: bool = False
    routing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    repeats: int = 0
    repeated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handled: str = ""
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handled_by: str = ""
    note: str = ""
    redelivered_as: str = ""


class Signal(SQLModel, table=True):
    """A signal that was broadcast, and whom it is for: fixed when it was noted, so that trying again adds nobody.

    `reached`: cases that waited for it; `begun`: what it starts, each `{"key", "case_id", "node", "part"}`.
    `status`: received (being told) or broadcast.
    """

    __tablename__ = "signal_log"
    __table_args__ = (Index("ix_signal_log_status", "status", "received_at"),)

    signal_id: str = Field(primary_key=True)
    name: str
    source: str = ""
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    reached: list[str] = Field(default_factory=list, sa_type=JSON)
    begun: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    status: str = "received"
    received_at: datetime = Field(sa_type=UtcDateTime)


class Idempotency(SQLModel, table=True):
    """What was answered to a request: the same key from the same actor gets the same answer again.

    `intent`: while it has no answer, what the audit shall say of it if it never gets one: who asks is `actor`.
    """

    __tablename__ = "idempotency"
    __table_args__ = (
        Index("ix_idempotency_begun", "begun_at"),
        Index("ix_idempotency_intent", "begun_at", sqlite_where=INTENT, postgresql_where=INTENT),
    )

    key: str = Field(primary_key=True)
    actor: str = Field(primary_key=True)
    request_hash: str
    begun_at: datetime = Field(sa_type=UtcDateTime)
    status: int | None = None
    body: Any = Field(default=None, sa_type=JSON)
    intent: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))


class Audit(SQLModel, table=True):
    """Who did what, when, on which case: append only (triggers refuse the rest), sealed by a chain.

    `id` counts from 1 without a gap. `organisation`, `context`: for whom the actor acted; roles, purpose of use, route,
    network address. `outcome`: as FHIR says it, "0" done, "4" refused, "8" unknown.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_case", "case_id", "id"),
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_at", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    case_id: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    organisation: str = ""
    outcome: str = "0"
    context: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    prev_hash: str
    hash: str


class AuditHead(SQLModel, table=True):
    """The newest row of the audit, sealed: without it nobody would miss the last rows. One row, `head` is 1."""

    __tablename__ = "audit_head"

    head: int = Field(primary_key=True)
    last_id: int
    last_hash: str
    seal: str


class AuditedCase(SQLModel, table=True):
    """A case that a row of the audit lists among others: made from `detail.cases`, to be found by it."""

    __tablename__ = "audited_case"
    __table_args__ = (Index("ix_audited_case", "case_id", "audit_id"),)

    audit_id: int = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
