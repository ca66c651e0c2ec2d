"""Who is a patient, without saying who? Opaque ids, the identifiers that lead to them (hashed), and doubts."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Patient(SQLModel, table=True):
    """One person as this system knows them. `born`: keyed hash of the whole birth date, empty when it is not known.

    `merged_into`: the id that stands for this person since a merge; its own stays valid for what refers to it.
    """

    __tablename__ = "patient"
    __table_args__ = (Index("ix_patient_merged_into", "merged_into"),)

    patient_id: str = Field(primary_key=True)
    born: str = ""
    created_at: datetime = Field(sa_type=UtcDateTime)
    merged_into: str = ""
    merged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    merged_by: str = ""


class PatientIdentifier(SQLModel, table=True):
    """An identifier that led to a patient: who issued it, and a keyed hash of issuer and value."""

    __tablename__ = "patient_identifier"
    __table_args__ = (Index("ix_patient_identifier_value", "value_hash"),)

    patient_id: str = Field(primary_key=True)
    value_hash: str = Field(primary_key=True)
    system: str = ""
    added_at: datetime = Field(sa_type=UtcDateTime)


class PatientDoubt(SQLModel, table=True):
    """Two patients that share an identifier and were not linked: a person decides whether they are one.

    `reason`: birth_date_differs, birth_date_unknown or several_patients. `resolution`: same or different.
    """

    __tablename__ = "patient_doubt"
    __table_args__ = (Index("ix_patient_doubt_open", "resolved_at", "noted_at"),)

    patient_id: str = Field(primary_key=True)
    other_id: str = Field(primary_key=True)
    reason: str
    case_id: str = ""
    noted_at: datetime = Field(sa_type=UtcDateTime)
    resolution: str = ""
    resolved_by: str = ""
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
