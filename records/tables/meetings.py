"""Which cases are listed for which meeting?"""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class ListedCase(SQLModel, table=True):
    """A case on the list of one date of a series of the directory: on a seat of its own, so that none gets too full."""

    __tablename__ = "listed_case"
    __table_args__ = (UniqueConstraint("series", "held_on", "root_case_id", name="uq_listed_case_once"),)

    series: str = Field(primary_key=True)
    held_on: date = Field(primary_key=True)
    seat: int = Field(primary_key=True)
    root_case_id: str
    listed_by: str
    listed_at: datetime = Field(sa_type=UtcDateTime)
