"""What do those who work with a pathway say about its steps, to those who design it?"""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class StepFeedback(SQLModel, table=True):
    """One remark about a step of one version of a pathway; nothing of a patient, and it names no case.

    `about`: owner, timing, form, order, words or other. `status`: open, answered or closed.
    """

    __tablename__ = "step_feedback"
    __table_args__ = (Index("ix_step_feedback_pathway", "pathway", "status", "given_at"),)

    feedback_id: str = Field(primary_key=True)
    pathway: str
    version: int
    element: str
    title: str
    about: str
    text: str = Field(sa_type=Text)
    given_by: str
    given_by_name: str
    organisation: str = ""
    given_at: datetime = Field(sa_type=UtcDateTime)
    status: str = "open"
    answer: str = Field(default="", sa_type=Text)
    answered_by: str = ""
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
