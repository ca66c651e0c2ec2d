"""Which key opens a case's payloads? Its data key, wrapped; what is left of the row when the key is erased."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class DataKey(SQLModel, table=True):
    """The data key of one case and of all it called; no patient data.

    `wrapped`: the key, encrypted by the key-encryption key `kek`; empty once it is erased.
    `erasure`: the number of its erasing, rising over all keys, by which every process learns of it.
    """

    __tablename__ = "data_key"
    __table_args__ = (Index("ix_data_key_erasure", "erasure", unique=True),)

    root_case_id: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    kek: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    erasure: int | None = None
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_by: str = ""
