"""What does the HL7 v2 message of a 360X referral say (OMG^O19, HL7 v2.5.1 §4.4.4)?

Read: MSH (who, when), PID (patient), ORC (number, priority, ordering provider), OBR (service, reason),
TQ1-9 (priority) and NTE-3 (words of the sender). Every other field is
listed as a loss note; the message itself stays with the referral.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from interop.codes import SYSTEM_OF_V2_NAME, system_of_oid
from interop.errors import InteropError
from interop.referral import (
    Coded,
    Coding,
    Gender,
    Identifier,
    LossNote,
    Patient,
    Priority,
    Requester,
    Telecom,
)
from interop.urgency import V2_PRIORITY, coarser
from interop.x360.hl7v2 import Message, Segment, parse_timestamp, part, split_message

GENDERS: dict[str, Gender] = {"F": "female", "M": "male", "O": "other", "A": "other"}
NEW_ORDER = ("NW", "XO")


@dataclass(frozen=True, slots=True)
class Order:
    """What was read of the order message."""

    referral_id: str
    assigner: str | None
    message_id: str | None
    sent_at: datetime | None
    priority: Priority | None
    priority_where: str
    service: Coded | None
    reasons: tuple[Coded, ...]
    question: str
    requester: Requester
    patient: Patient | None
    losses: tuple[LossNote, ...]


def read_order(text: str) -> Order:
    """Read an OMG^O19 message.

    Raises:
        InteropError: another message type, no placer order number, an unknown code or time stamp.
    """
    message = split_message(text)
    header, order = _header(message), _common_order(message)
    sent_at, has_offset = header.moment(7)
    service = message.first("OBR")
    priority, where, said = _priority(message)
    _skip_set_ids(message, order)
    return Order(
        referral_id=_number(order),
        assigner=order.text(2, 3) or order.text(2, 2),
        message_id=header.text(10),
        sent_at=sent_at,
        priority=priority,
        priority_where=where,
        service=next(_coded(service, 4), None) if service else None,
        reasons=tuple(_coded(service, 31)) if service else (),
        question=_question(message, service),
        requester=_requester(order, header),
        patient=_patient(message.first("PID")),
        losses=(*coarser(said, where), *_no_offset(header, sent_at, has_offset), *message.unread()),
    )


def _header(message: Message) -> Segment:
    header = message.required("MSH")
    kind = (header.text(9), header.text(9, 2))
    if kind != ("OMG", "O19"):
        raise InteropError(
            "is not an OMG^O19 message", where=header.where(9), remedy="Send a referral request as OMG^O19."
        )
    for structural in (3, 5, 6, 11, 12, 15, 16, 18, 21):
        header.raw(structural)
    return header


def _common_order(message: Message) -> Segment:
    order = message.required("ORC")
    if len(message.all("ORC")) > 1:
        raise InteropError("has several ORC segments", where="hl7v2 ORC", remedy="Send one referral a message.")
    if order.text(1) not in NEW_ORDER:
        raise InteropError("is not a new or changed order", where=order.where(1), remedy="Send NW; cancel with PCC-58.")
    return order


def _number(order: Segment) -> str:
    number = order.text(2)
    if number is None:
        raise InteropError(
            "the placer order number is missing", where=order.where(2), remedy="Number the referral in ORC-2."
        )
    return number


def _priority(message: Message) -> tuple[Priority | None, str, str | None]:
    """Priority, position and code: the first stated in TQ1-9, ORC-7.6, OBR-27.6 or OBR-5."""
    for name, number, component in (("TQ1", 9, 1), ("ORC", 7, 6), ("OBR", 27, 6), ("OBR", 5, 1)):
        segment = message.first(name)
        code = segment.text(number, component) if segment else None
        if segment is not None and code is not None:
            return _known_priority(code, segment.where(number)), segment.where(number), code.upper()
    return None, "hl7v2 TQ1-9", None


def _known_priority(code: str, where: str) -> Priority:
    priority = V2_PRIORITY.get(code.upper()[:1]) if len(code) == 1 else None
    if priority is None:
        known = ", ".join(V2_PRIORITY)
        raise InteropError("is not a priority of HL7 table 0485", where=where, remedy=f"Use one of: {known}.")
    return priority


def _question(message: Message, service: Segment | None) -> str:
    """OBR-13 and the words of every NTE."""
    texts = [service.text(13) if service else None]
    for note in message.all("NTE"):
        note.raw(1)
        texts += [part(each, 1) for each in note.repetitions(3)]
    return "\n".join(text for text in texts if text)


def _skip_set_ids(message: Message, order: Segment) -> None:
    """Set ids only count segments; the number in OBR-2 repeats ORC-2."""
    for name in ("PID", "OBR", "TQ1"):
        for each in message.all(name):
            each.raw(1)
    for each in message.all("OBR"):
        if len(each.fields) > 2 and each.fields[2] in (order.raw(2), order.text(2)):
            each.raw(2)


def _requester(order: Segment, header: Segment) -> Requester:
    provider = next(iter(order.repetitions(12)), ())
    names = (part(provider, 3), part(provider, 2))
    return Requester(
        name=" ".join(name for name in names if name) or None,
        organization=order.text(21) or header.text(4),
        identifier=part(provider, 1),
        identifier_system=_namespace(part(provider, 9)),
    )


def _namespace(assigner: str | None) -> str | None:
    """An HD component: namespace & universal id & type."""
    name, _, rest = (assigner or "").partition("&")
    universal, _, kind = rest.partition("&")
    return (system_of_oid(universal) if kind == "ISO" else universal or name) or None


def _patient(segment: Segment | None) -> Patient | None:
    """The patient of PID; None when PID is missing or names nobody."""
    if segment is None:
        return None
    identifiers = tuple(_identifiers(segment))
    names = next(iter(segment.repetitions(5)), ())
    name = " ".join(each for each in (part(names, 2), part(names, 3), part(names, 1)) if each)
    if not identifiers or not name:
        return None
    return Patient(
        identifiers=identifiers,
        name=name,
        birth_date=_birth_date(segment),
        gender=GENDERS.get(segment.text(8) or "", "unknown"),
        telecom=tuple(Telecom(value=each[0], system="phone") for each in segment.repetitions(13) if each[0]),
        language=segment.text(15),
    )


def _identifiers(segment: Segment) -> Iterator[Identifier]:
    for each in segment.repetitions(3):
        value = part(each, 1)
        if value:
            yield Identifier(value=value, system=_namespace(part(each, 4)), kind=part(each, 5))


def _birth_date(segment: Segment) -> str | None:
    text = segment.text(7)
    if text is None:
        return None
    parse_timestamp(text, where=segment.where(7))
    return "-".join(each for each in (text[:4], text[4:6], text[6:8]) if each.isdigit())


def _coded(segment: Segment, number: int) -> Iterator[Coded]:
    """CE and CWE fields: code, text, system, then the alternate code, text, system."""
    for each in segment.repetitions(number):
        first, second = _coding(each, 1), _coding(each, 4)
        if first.code or first.display:
            yield Coded(**first.model_dump(), text=part(each, 9), also=(second,) if second.code else ())


def _coding(components: tuple[str, ...], start: int) -> Coding:
    name = part(components, start + 2)
    system = SYSTEM_OF_V2_NAME.get(name, f"urn:hl7-org:v2:0396:{name}") if name else None
    return Coding(system=system, code=part(components, start), display=part(components, start + 1))


def _no_offset(header: Segment, sent_at: datetime | None, has_offset: bool) -> tuple[LossNote, ...]:
    if sent_at is None:
        return (LossNote(where=header.where(7), what="no time of sending"),)
    return () if has_offset else (LossNote(where=header.where(7), what="no offset from UTC; UTC assumed"),)
