"""Which referral did a case come from? One row per case that another case began, or that goes on elsewhere."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Lineage(SQLModel, table=True):
    """A case that another one began. `kind`: started (a further pathway) or redirected (the same request elsewhere).

    `parent_case_id` is the case whose step began it (a called case has its caller in its id).
    """

    __tablename__ = "referral_lineage"
    __table_args__ = (Index("ix_referral_lineage_parent", "parent_case_id"),)

    case_id: str = Field(primary_key=True)
    referral_id: str
    pathway: str
    parent_case_id: str
    parent_referral_id: str = ""
    kind: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
