"""What goes between services and people? Referrals, deliveries, result hand-offs, notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Referral(SQLModel, table=True):
    """A referral that was received: the same one twice is one case."""

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_case", "case_id"),)

    pathway: str = Field(primary_key=True)
    referral_id: str = Field(primary_key=True)
    source: str
    document: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    raw_sha256: str
    case_id: str
    received_at: datetime = Field(sa_type=UtcDateTime)


class Document(SQLModel, table=True):
    """An attachment of a case."""

    __tablename__ = "document"
    __table_args__ = (Index("ix_document_case", "case_id"),)

    document_id: str = Field(primary_key=True)
    case_id: str
    name: str
    content_type: str
    sha256: str
    content: bytes = Field(sa_type=LargeBinary)
    added_by: str
    added_at: datetime = Field(sa_type=UtcDateTime)


class ServiceInbox(SQLModel, table=True):
    """A referral that was delivered to a service inside the system. `state`: delivered, acknowledged."""

    __tablename__ = "service_inbox"
    __table_args__ = (Index("ix_service_inbox_service", "service", "state"),)

    idempotency_key: str = Field(primary_key=True)
    service: str
    case_id: str
    referral: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    named_contact: str = ""
    deputy: str = ""
    state: str = "delivered"
    delivered_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    acknowledged_by: str = ""


class DeliveryAttempt(SQLModel, table=True):
    """One attempt to deliver to an endpoint outside; `status` is the HTTP status, None without an answer."""

    __tablename__ = "delivery_attempt"

    idempotency_key: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True)
    service: str
    endpoint: str
    at: datetime = Field(sa_type=UtcDateTime)
    status: int | None = None
    error: str = ""


class Handoff(SQLModel, table=True):
    """A result handed to one recipient (a role or a person): closed only by being acknowledged."""

    __tablename__ = "handoff"
    __table_args__ = (
        Index("ix_handoff_recipient", "recipient_kind", "recipient", "acknowledged_at"),
        Index("ix_handoff_case", "case_id"),
    )

    idempotency_key: str = Field(primary_key=True)
    case_id: str
    recipient_kind: str
    recipient: str
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Notification(SQLModel, table=True):
    """Something a role or a person was told; `idempotency_key` makes it one however often it is told.

    `channel`: how, comma separated (inbox, pager, digest, …); empty: the inbox.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_recipient", "recipient_kind", "recipient", "created_at"),
        Index("ix_notification_case", "case_id"),
    )

    idempotency_key: str = Field(primary_key=True)
    case_id: str
    activation: str = ""
    recipient_kind: str
    recipient: str
    level: str
    text: str
    channel: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
