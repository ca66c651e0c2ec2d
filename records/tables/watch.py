"""What did the watchdog see last? One row: its last round, and who is making one now."""

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
