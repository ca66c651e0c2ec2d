"""What may leave and what has left? Consent as it was given and withdrawn, and every disclosure, sent or withheld."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Consent(SQLModel, table=True):
    """One statement of a patient about sharing; never changed, the newest for its scope counts.

    `status`: given, refused, opted_out, withdrawn, or legal_basis (a clinician's duty to share in one case).
    `scope`: what it is about (`policy/consent.yaml`). `case_id`: the only case that it holds for; empty: all.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_patient", "patient_id", "recorded_at"),)

    consent_id: str = Field(primary_key=True)
    patient_id: str
    scope: str
    status: str
    limits: list[str] = Field(default_factory=list, sa_type=JSON)
    named: list[str] = Field(default_factory=list, sa_type=JSON)
    given_by: str = ""
    method: str = ""
    expires: datetime | None = Field(default=None, sa_type=UtcDateTime)
    effective_at: datetime = Field(sa_type=UtcDateTime)
    legal_basis: str = ""
    case_id: str = ""
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Disclosure(SQLModel, table=True):
    """One thing that was to leave for one recipient: which classes of data, never the values.

    `state`: pending (about to leave, or to be tried again), sent, withheld, cancelled. `reason`: why it was withheld.
    """

    __tablename__ = "disclosure"
    __table_args__ = (Index("ix_disclosure_patient", "patient_id", "state"), Index("ix_disclosure_case", "case_id"))

    idempotency_key: str = Field(primary_key=True)
    patient_id: str
    case_id: str
    channel: str
    recipient: str
    message: str
    profile: str = ""
    classes: list[str] = Field(default_factory=list, sa_type=JSON)
    withheld: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str
    reason: str = ""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
