"""What does a rung of an escalation ladder begin? A case of its own, once per rung; kept until that case is begun."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class RungStart(SQLModel, table=True):
    """A process that a rung asks for, about the step that it belongs to. `begun_case_id`: its case, once begun."""

    __tablename__ = "rung_start"
    __table_args__ = (Index("ix_rung_start_begun", "begun_case_id"),)

    rung_key: str = Field(primary_key=True)
    case_id: str
    activation: str
    process: str
    title: str
    level: str
    climbed_at: datetime = Field(sa_type=UtcDateTime)
    begun_case_id: str = ""
