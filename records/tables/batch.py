"""What is done to many cases at once? A batch, and one row for each thing it acts on."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Batch(SQLModel, table=True):
    """One act on many cases: what it was fixed on when it was planned, and how far it is.

    `status`: planned, running, paused, completed, cancelled, undoing, undone. `canary`: how many are tried before it
    pauses by itself; `pause_after`: the same until it did, then 0. `lease_holder` works on it until `lease_until`.
    `organisation`: of whoever planned it; it acts on the cases of no other, and no other sees it.
    """

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_status", "status"), Index("ix_batch_created_at", "created_at"))

    batch: str = Field(primary_key=True)
    kind: str
    request: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    filter: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    reason: str
    actor: str
    organisation: str = ""
    status: str = "planned"
    status_reason: str = ""
    total: int = 0
    canary: int = 0
    pause_after: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_holder: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BatchItem(SQLModel, table=True):
    """One thing that a batch acts on: a case, or an incident, activation or timer of it (`target`).

    `status`: pending, done, refused (by the case, nothing changed), failed (by us: may be tried again), undone, kept
    (undoing was refused). `update_id`: by which the case knows the request again.
    """

    __tablename__ = "batch_item"
    __table_args__ = (Index("ix_batch_item_status", "batch", "status"), Index("ix_batch_item_case", "case_id"))

    batch: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    case_id: str
    target: str = ""
    status: str = "pending"
    reason: str = ""
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    update_id: str
    tries: int = 0
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
