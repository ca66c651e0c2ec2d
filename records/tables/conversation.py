"""What do people say to each other about a case? Threads and their messages (patient data)."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Thread(SQLModel, table=True):
    """A conversation about a case. `kind`: clinical, question (of a patient) or concern (about a task).

    `answer_by`, `answered_at`: of a question or concern. `task_case_id`, `activation`: the task of a concern.
    `asked_in`: the case in which it is answered.
    """

    __tablename__ = "thread"
    __table_args__ = (Index("ix_thread_case", "root_case_id", "kind"),)

    thread_id: str = Field(primary_key=True)
    root_case_id: str
    kind: str
    subject: str = ""
    started_by: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    answer_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    task_case_id: str = ""
    activation: str = ""
    severity: str = ""
    asked_in: str = ""


class ThreadMessage(SQLModel, table=True):
    """One message of a thread. `kind`: message, answer, dissent. `delivered_as`: the BPMN message that it also was."""

    __tablename__ = "thread_message"
    __table_args__ = (Index("ix_thread_message_thread", "thread_id", "sent_at"),)

    message_id: str = Field(primary_key=True)
    thread_id: str
    author: str
    author_name: str = ""
    kind: str = "message"
    text: str = Field(sa_type=Text)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    delivered_as: str = ""
