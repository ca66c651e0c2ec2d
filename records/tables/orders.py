"""What was ordered or referred, and reported? By what makes two orders the same: patient, kind, site, side."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class OrderRecord(SQLModel, table=True):
    """One order or referral. `status`: active, final (reported at `reported_at`), cancelled or entered_in_error.

    `requester`: the organisation whose number `order_id` is; empty: the installation's own. `requested_by`: the role.
    """

    __tablename__ = "order_record"
    __table_args__ = (Index("ix_order_record_patient", "patient_id", "code_family", "status"),)

    order_id: str = Field(primary_key=True)
    requester: str = Field(default="", primary_key=True)
    patient_id: str
    code_family: str
    body_site: str = ""
    laterality: str = ""
    status: str = "active"
    case_id: str
    requested_by: str = ""
    report_id: str = ""
    ordered_at: datetime = Field(sa_type=UtcDateTime)
    reported_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OrderWithdrawal(SQLModel, table=True):
    """An order whose case was ended from outside while it was under way: whoever was to do it is told.

    `told_at`: since when the cases that tell them have begun, or it is known that nobody has to be told.
    """

    __tablename__ = "order_withdrawal"
    __table_args__ = (Index("ix_order_withdrawal_told", "told_at"),)

    case_id: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    requester: str = Field(default="", primary_key=True)
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
