"""What does a patient write down, and how do they want to be told? Journal entries and preferences."""

from datetime import datetime

from sqlalchemy import JSON, Index, Text
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class JournalEntry(SQLModel, table=True):
    """A symptom that a patient or carer wrote down. `finding`: the red flag that it is, empty when it is none."""

    __tablename__ = "journal_entry"
    __table_args__ = (Index("ix_journal_entry_patient", "patient_id", "written_at"),)

    entry_id: str = Field(primary_key=True)
    patient_id: str
    root_case_id: str
    symptom: str
    severity: int
    onset: str = ""
    text: str = Field(default="", sa_type=Text)
    finding: str = ""
    written_by: str
    written_at: datetime = Field(sa_type=UtcDateTime)


class PatientPreference(SQLModel, table=True):
    """How a patient wants to be told: language (`de`), channel, and which kinds of notices not."""

    __tablename__ = "patient_preference"

    patient_id: str = Field(primary_key=True)
    language: str = "en"
    channel: str = "portal"
    opted_out: list[str] = Field(default_factory=list, sa_type=JSON)
    changed_by: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
