"""How are messages, notifications, deliveries and hand-offs shown and sent?"""

from datetime import date
from typing import Any, Literal

from pydantic import AliasChoices, AwareDatetime, ConfigDict, Field, JsonValue

from api.ids import word
from api.moments import Duration, Moment
from api.shapes.base import Body, Shape, Values, case_link
from api.shapes.tasks import Opened
from policy.data_classes import Visible
from records.tables import Handoff, Message, Notification, ServiceInbox
from records.writes.messages import TAKEN_BACK


class MessageBody(Body):
    """A message: its name, the key by which its case knows it, an id of its own, and what it carries."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "imaging.report",
                    "correlation_key": "ORDER-1",
                    "message_id": "RIS-77",
                    "variables": {"category": "normal"},
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    correlation_key: str = Field(
        min_length=1, max_length=300, validation_alias=AliasChoices("correlation_key", "correlationKey")
    )
    message_id: str = Field(min_length=1, max_length=300, validation_alias=AliasChoices("message_id", "messageId"))
    variables: Values = Field(default_factory=dict)
    ttl: Duration = Field(default="P30D", description="how long it is kept until someone waits for it, ISO 8601")


class MessageOutcome(Shape):
    """What became of a message. `status`: delivered, buffered, duplicate, ignored, unmatched, received (under way).

    Of a dry run: foreseen.
    """

    message_id: str
    status: str
    cases: list[str]
    opened: list[Opened]
    reason: str


class SignalBody(Body):
    """A signal: its name, an id of its own, and what it carries."""

    name: str = Field(min_length=1, max_length=200)
    signal_id: str = Field(min_length=1, max_length=300, validation_alias=AliasChoices("signal_id", "signalId"))
    variables: Values = Field(default_factory=dict)


class SignalOutcome(Shape):
    """Whom a signal reached. `reached`: cases that waited for it; `begun`: cases that it started."""

    signal_id: str
    reached: list[str]
    begun: list[str]
    opened: list[Opened]


class MessageView(Shape):
    """A message on record; what it carries is not shown."""

    id: str
    message_id: str
    name: str
    correlation_key: str
    status: str
    case_id: str | None
    reason: str
    source: str
    received_at: AwareDatetime


class ReportIdentifier(Body):
    """A number of a patient and who issued it."""

    value: str = Field(min_length=1, max_length=200)
    system: str = Field(default="", max_length=500)


class ReportPatient(Body):
    """Of whom a report is, by what tells people apart; a name does not."""

    identifiers: list[ReportIdentifier] = Field(default_factory=list, max_length=50)
    birth_date: date | None = None


class ResultBody(Body):
    """A result for an order, as in a FHIR DiagnosticReport. `report_id` and `status` make it one message.

    With the category `critical`, pathways page whoever has to read it. `patient`: of whom it is; a report of another
    patient than the one of the order comes into no case, and one that does not say it waits until a person has looked.
    """

    order_id: str = Field(min_length=1, max_length=300)
    report_id: str = Field(min_length=1, max_length=200)
    kind: Literal["imaging", "pathology", "lab"] = "imaging"
    status: Literal["preliminary", "final", "amended"] = "final"
    conclusion: str = Field(default="", max_length=20_000)
    category: str = Field(default="", max_length=200)
    issued: Moment | None = None
    patient: ReportPatient | None = None
    variables: Values = Field(default_factory=dict)


class AppointmentBody(Body):
    """What happened to an appointment of a referral."""

    referral_id: str = Field(min_length=1, max_length=300)
    appointment_id: str = Field(min_length=1, max_length=200)
    status: Literal["booked", "rescheduled", "cancelled", "noshow", "attended"]
    start: Moment | None = None
    site: str = Field(default="", max_length=300)
    variables: Values = Field(default_factory=dict)


class NotificationView(Shape):
    """Something a role or a person was told."""

    id: str
    text: str
    level: str
    to: str
    case_id: str
    created_at: AwareDatetime
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    links: dict[str, str]


class PlannerView(Shape):
    """Who plans the next step. `named_by`: the report; else the case names its key worker; else it is whoever gets it.

    `withheld`: the report names somebody, and you do not see it.
    """

    name: str
    named_by: Literal["report", "key_worker", "recipient", "withheld"]


class HandoffView(Shape):
    """A result that was handed to one recipient, who acknowledges it by name; `withheld`: names that are not shown."""

    id: str
    to: str
    case_id: str
    result: dict[str, JsonValue]
    withheld: list[str]
    plans_next: PlannerView
    sent_at: AwareDatetime
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    links: dict[str, str]


class PageLine(Shape):
    """One line of what a hand-off says."""

    what: str
    says: str


class HandoffPage(Shape):
    """A hand-off in short: one question, one page, one owner; `left_out`: names of what is not on the page.

    `question`: what the referral asked, empty where it asked nothing or you do not see it.
    """

    id: str
    question: str
    page: list[PageLine]
    left_out: list[str]
    owner: PlannerView
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    links: dict[str, str]


class DeliveryView(Shape):
    """A referral in the inbox of a service; `withheld`: names of what of it you may not see."""

    id: str
    service: str
    state: str
    case_id: str
    referral: dict[str, JsonValue]
    withheld: list[str]
    named_contact: str
    deputy: str
    delivered_at: AwareDatetime
    acknowledged_by: str
    acknowledged_at: AwareDatetime | None
    links: dict[str, str]


class ServiceAnswer(Body):
    """What a service says to a referral; what is empty is not said."""

    named_contact: str = Field(default="", max_length=300)
    expected_by: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=2_000)
    advice: str = Field(default="", max_length=5_000)
    missing_items: list[str] = Field(default_factory=list, max_length=100)
    variables: Values = Field(default_factory=dict)


def message_view(row: Message) -> MessageView:
    """Show a message on record; of one that was taken back, why."""
    is_taken_back = row.handled == TAKEN_BACK
    return MessageView(
        id=word(row.message_id),
        message_id=row.message_id,
        name=row.name,
        correlation_key=row.correlation_key,
        status=TAKEN_BACK if is_taken_back else row.status,
        case_id=row.case_id,
        reason=row.note if is_taken_back else row.reason,
        source=row.source,
        received_at=row.received_at,
    )


def notification_view(row: Notification) -> NotificationView:
    """Show a notification; what is told of no case is told of a message that found none."""
    identity = word(row.idempotency_key)
    about = {"case": case_link(row.case_id)} if row.case_id else {"message": f"/dead-letters/{word(row.activation)}"}
    return NotificationView(
        id=identity,
        text=row.text,
        level=row.level,
        to=row.recipient,
        case_id=row.case_id,
        created_at=row.created_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        links={**about, "acknowledge": f"/inbox/{identity}/acknowledge"},
    )


def handoff_view(row: Handoff, shown: Visible, planner: PlannerView) -> HandoffView:
    """Show a hand-off; `shown`: what may be seen of its result; `planner`: who plans the next step."""
    identity = word(row.idempotency_key)
    return HandoffView(
        id=identity,
        to=row.recipient,
        case_id=row.case_id,
        result=dict(shown.values),
        withheld=list(shown.withheld),
        plans_next=planner,
        sent_at=row.sent_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        links={
            "self": f"/handoffs/{identity}",
            "case": case_link(row.case_id),
            "acknowledge": f"/handoffs/{identity}/acknowledge",
        },
    )


def delivery_view(row: ServiceInbox, shown: Visible) -> DeliveryView:
    """Show a delivery; `shown`: what may be seen of the referral."""
    identity = word(row.idempotency_key)
    link = f"/services/{row.service}/inbox/{identity}"
    actions: dict[str, Any] = {name: f"{link}/{name}" for name in ("acknowledge", "accept", "decline", "return")}
    return DeliveryView(
        id=identity,
        service=row.service,
        state=row.state,
        case_id=row.case_id,
        referral=dict(shown.values),
        withheld=list(shown.withheld),
        named_contact=row.named_contact,
        deputy=row.deputy,
        delivered_at=row.delivered_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        links={"case": case_link(row.case_id), **actions},
    )
