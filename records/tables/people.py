"""Who was here for which organisation, who is away, who may act for whom, and who looks after which case?"""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class PersonSeen(SQLModel, table=True):
    """Somebody was here for an organisation, last at `seen_at`, to the hour. Empty: the installation's own."""

    __tablename__ = "person_seen"

    person: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class Absence(SQLModel, table=True):
    """A time in which a person is away. `cover`: who does their tasks, empty: the pools; `ended_at`: back earlier.

    `organisations`: names of the one for which it was said. What others say of somebody holds in its cases only.
    """

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_person", "person", "until"),)

    absence_id: str = Field(primary_key=True)
    person: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    cover: str = ""
    organisations: list[str] = Field(default_factory=list, sa_type=JSON)
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Authority(SQLModel, table=True):
    """A standing authority: `delegate` may complete tasks on behalf of `person`, from `since` until it ends."""

    __tablename__ = "authority"
    __table_args__ = (Index("ix_authority_delegate", "delegate", "person"),)

    authority_id: str = Field(primary_key=True)
    person: str
    delegate: str
    reason: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_by: str
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CareTeamMember(SQLModel, table=True):
    """A person of the team around a case; of the role `key_worker` there is one at a time."""

    __tablename__ = "care_team_member"
    __table_args__ = (
        Index("ix_care_team_member_case", "root_case_id", "role"),
        Index("ix_care_team_member_person", "person"),
    )

    member_id: str = Field(primary_key=True)
    root_case_id: str
    person: str
    name: str
    role: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_by: str
