"""What did the watchdog see last, and what has it to look at? Its last round; cases that told something twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class WatchRound(SQLModel, table=True):
    """The last round of the watchdog, one for the whole installation. `report`: JSON of `api.watchdog.report.Report`.

    `begun_at` keeps other processes from making a round at the same time.
    """

    __tablename__ = "watch_round"

    name: str = Field(primary_key=True)
    begun_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ToldTwice(SQLModel, table=True):
    """A case that told facts under numbers under which it had told others: Temporal had taken a workflow task back.

    The row goes when what is on record has been compared with its history. `at`: when the later of both was told.
    """

    __tablename__ = "told_twice"

    case_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
