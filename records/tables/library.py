"""What was published? Definitions by key, version and sha256, and the forms that their tasks show."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from records.columns import UtcDateTime


class PublishedDefinition(SQLModel, table=True):
    """One published version of a process definition; `definition` is JSON of `pathways.codec`.

    `active` marks the version that new cases start with: one per key.
    """

    __tablename__ = "definition"
    __table_args__ = (
        UniqueConstraint("key", "sha256", name="uq_definition_key_sha256"),
        Index("ix_definition_sha256", "sha256"),
        Index("ix_definition_active", "active"),
    )

    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    sha256: str
    version_tag: str = ""
    name: str
    definition: str = Field(sa_type=Text)
    bpmn: str = Field(sa_type=Text)
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str
    active: bool = True


class Form(SQLModel, table=True):
    """A form-js schema as it was published; `form_schema` is its JSON text."""

    __tablename__ = "form"
    __table_args__ = (Index("ix_form_form_id", "form_id"),)

    sha256: str = Field(primary_key=True)
    form_id: str = Field(primary_key=True)
    form_schema: str = Field(sa_type=Text)
