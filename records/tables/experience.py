"""What do patients, carers and clinicians tell of how the collaboration in a case went?"""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class Experience(SQLModel, table=True):
    """What somebody told of a case of theirs: no clinical record. `side`: patient, carer or clinician.

    `shared`: whoever leads may read it; `named`: with the name of who told it. Taken back, its text is empty.
    """

    __tablename__ = "experience"
    __table_args__ = (
        Index("ix_experience_author", "told_by", "told_at"),
        Index("ix_experience_patient", "patient_id", "side"),
        Index("ix_experience_shared", "shared", "told_at"),
    )

    experience_id: str = Field(primary_key=True)
    root_case_id: str
    patient_id: str = ""
    side: str
    text: str = Field(sa_type=Text)
    shared: bool = False
    named: bool = False
    told_by: str
    told_by_name: str
    told_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
