"""Which organisations are in a case, who has broken the glass, and who acts for a patient?"""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class CaseParty(SQLModel, table=True):
    """An organisation that takes part in a case and all it calls; a case without any is the installation's own.

    `organisation`: as tokens name it; empty: the installation's own. `via`: requester, service, role or grant; or that
    the row is no organisation but the seal of a case, set or taken off. `through`: who or what brought it in. `until`:
    the end, once it was ended; a case that is over ends by itself.
    """

    __tablename__ = "case_party"
    __table_args__ = (Index("ix_case_party_organisation", "organisation"),)

    root_case_id: str = Field(primary_key=True)
    organisation: str = Field(primary_key=True)
    via: str
    through: str = ""
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BrokenGlass(SQLModel, table=True):
    """Somebody opened a case that was not theirs, for a reason and some hours; a privacy officer reviews it.

    `review_case_id`: the case of the review, empty until it has begun.
    """

    __tablename__ = "broken_glass"
    __table_args__ = (
        Index("ix_broken_glass_person", "person", "root_case_id", "until"),
        Index("ix_broken_glass_case", "root_case_id"),
        Index("ix_broken_glass_review", "review_case_id"),
    )

    grant_id: str = Field(primary_key=True)
    root_case_id: str
    person: str
    name: str
    organisation: str
    reason: str
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    review_case_id: str = ""


class ProxyGrant(SQLModel, table=True):
    """Somebody may see what a patient may see, as far as the classes go, until it ends or is withdrawn."""

    __tablename__ = "proxy_grant"
    __table_args__ = (
        Index("ix_proxy_grant_person", "person", "patient_id"),
        Index("ix_proxy_grant_patient", "patient_id"),
    )

    grant_id: str = Field(primary_key=True)
    patient_id: str
    person: str
    classes: list[str] = Field(default_factory=list, sa_type=JSON)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    given_by: str
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_by: str = ""
