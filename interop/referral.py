"""What is a referral, whatever form it arrived in?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from workflows.contract.urgency import Urgency

Source = Literal["json", "fhir", "360x"]
Priority = Urgency
Gender = Literal["male", "female", "other", "unknown"]

Short = Annotated[str, Field(max_length=1_000)]
Long = Annotated[str, Field(max_length=20_000)]


PARTIAL_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


def check_partial_date(text: str) -> str:
    """Accept a FHIR date: a year, a year and month, or a full calendar date (FHIR R4 §2.24.0.1).

    Raises:
        ValueError: the text is none of the three.
    """
    if not PARTIAL_DATE.fullmatch(text):
        raise ValueError("not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
    date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    return text


PartialDate = Annotated[str, AfterValidator(check_partial_date)]


class Frozen(BaseModel):
    """Base of everything in a referral: immutable, and an unknown member is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Coding(Frozen):
    """One code of one code system, with the system as the URI that FHIR uses."""

    system: Short | None = None
    code: Short | None = None
    display: Short | None = None


class Coded(Coding):
    """A coded clinical statement; `text` holds the words when there is no code, `also` further codes."""

    text: Long | None = None
    status: Short | None = None
    also: tuple[Coding, ...] = Field(default=(), max_length=50)

    def words(self) -> str:
        """Every human-readable word of the statement, for rules that look for words."""
        codings = [coding.display for coding in self.codings()]
        return " ".join(word for word in (self.text, *codings) if word)

    def codings(self) -> tuple[Coding, ...]:
        """The code itself and its further codes."""
        return (self, *self.also)


class Identifier(Frozen):
    """An identifier and who issued it; `kind` is a v2 table 0203 code such as MR."""

    value: Short
    system: Short | None = None
    kind: Short | None = None


class Telecom(Frozen):
    """One way to reach a person."""

    value: Short
    system: Short | None = None
    use: Short | None = None


class Patient(Frozen):
    """The person who is referred. Everything that identifies them is here and nowhere else."""

    identifiers: tuple[Identifier, ...] = Field(min_length=1, max_length=50)
    name: Annotated[str, Field(min_length=1, max_length=500)]
    birth_date: PartialDate | None = None
    gender: Gender = "unknown"
    telecom: tuple[Telecom, ...] = Field(default=(), max_length=50)
    language: Short | None = None
    deceased: bool = False


class Requester(Frozen):
    """Who asks, and where the answer goes: the loop is closed with them."""

    name: Short | None = None
    organization: Short | None = None
    identifier: Short | None = None
    identifier_system: Short | None = None
    reply_to: Short | None = None


class Attachment(Frozen):
    """What is known of a document without opening it; `id` finds its content among the documents."""

    id: Annotated[str, Field(min_length=1, max_length=200)]
    mime_type: Annotated[str, Field(min_length=1, max_length=200)]
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LossNote(Frozen):
    """One thing of the input that the referral does not carry, or that had to be assumed.

    `count` says how many times it occurred; `[*]` in `where` stands for all of them.
    """

    where: Short
    what: Short
    count: Annotated[int, Field(ge=1)] = 1


Concepts = Annotated[tuple[Coded, ...], Field(max_length=500)]


class ReferralContent(Frozen):
    """What a sender says in a referral."""

    referral_id: Annotated[str, Field(min_length=1, max_length=200)]
    assigner: Annotated[str, Field(max_length=300)] | None = None
    service_code: Coded | None = None
    reason: Concepts = ()
    clinical_question: Long = ""
    priority: Priority = "routine"
    patient: Patient
    requester: Requester = Requester()
    sent_at: AwareDatetime | None = None
    conditions: Concepts = ()
    medications: Concepts = ()
    allergies: Concepts = ()
    rt_start_date: date | None = None


class Referral(ReferralContent):
    """The one shape that every inbound form is turned into.

    `message_id` is the sender's id of the message it came in, for the acknowledgement;
    `pathway_hint` is the pathway that `interop.routing` chose, or None when no rule matched.
    """

    source: Source
    message_id: Short | None = None
    pathway_hint: str | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=200)] = ()
    losses: tuple[LossNote, ...] = ()

    @property
    def business_key(self) -> str:
        """The key that makes the same referral posted twice one case: who numbered it, and the number."""
        return f"{self.assigner or ''}|{self.referral_id}"

    def to_variables(self) -> dict[str, JsonValue]:
        """The case variables, JSON only; all that identifies the patient is in the one variable `patient`."""
        variables: dict[str, JsonValue] = self.model_dump(mode="json", exclude={"pathway_hint"})
        variables["service"] = variables.pop("service_code")
        if self.sent_at is not None:
            variables["sent_at"] = self.sent_at.astimezone(UTC).isoformat()
        return variables


@dataclass(frozen=True, slots=True)
class Document:
    """A document that came with a referral: what is known of it, and its content."""

    attachment: Attachment
    content: bytes


ObjectionStatus = Literal["refused", "opted_out", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Objection:
    """What a sender says that the patient does not want. `id`: the same however often it is sent.

    `scope`: `sharing` (everything, to anybody) or `secondary_use` (beyond care). `said_at`: None when nobody says.
    """

    id: str
    scope: str
    status: ObjectionStatus
    said_at: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """A referral, the documents that came with it, and what the patient objects to; none become case variables."""

    referral: Referral
    documents: tuple[Document, ...] = ()
    objections: tuple[Objection, ...] = ()


def document(document_id: str, mime_type: str, content: bytes) -> Document:
    """A document with its size and SHA-256 computed."""
    digest = sha256(content).hexdigest()
    attachment = Attachment(id=document_id, mime_type=mime_type, size=len(content), sha256=digest)
    return Document(attachment, content)


def attachments(documents: Iterable[Document]) -> tuple[Attachment, ...]:
    """What a referral says about its documents."""
    return tuple(each.attachment for each in documents)


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC; a moment without an offset is taken as UTC (the caller notes it)."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
