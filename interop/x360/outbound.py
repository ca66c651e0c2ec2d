"""What do we send back over IHE 360X, and in which envelope?

Every envelope has the shape of the inbound one, so that the Oral Health Data Exchange adapter can carry it.
Order status travels in ORC-5 (HL7 table 0038: IP accepted, CA declined, CM completed), the named contact in
ORC-12, the date by which the patient is seen in ORC-15, the reason in ORC-16, words in NTE-3. Appointment
times stand in TQ1-7 and TQ1-8 (HL7 v2.5.1) and, because the adapter reads them there, in SCH-11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from interop.codes import oid_of_system
from interop.errors import InteropError
from interop.referral import Coded, Patient, Referral
from interop.x360.consultation_note import Outcome, consultation_note
from interop.x360.hl7v2 import escape, segment, timestamp

MESSAGE_TYPES = {
    "ack": "ACK^O19^ACK",
    "PCC-56": "OSU^O51^OSU_O51",
    "PCC-57": "OMG^O19^OMG_O19",
    "PCC-60": "SIU^S12^SIU_S12",
    "PCC-61": "SIU^S26^SIU_S12",
}
V2_NAME_OF_SYSTEM = {
    "http://snomed.info/sct": "SCT",
    "http://hl7.org/fhir/sid/icd-10": "I10",
    "http://hl7.org/fhir/sid/icd-10-cm": "I10C",
}
GENDERS = {"male": "M", "female": "F", "other": "O", "unknown": "U"}

Envelope = dict[str, object]


@dataclass(frozen=True, slots=True)
class Postmark:
    """What makes a message of ours one message: its id, when it is sent, and from which address.

    Sending again with the same postmark gives the same envelope, so a retry is recognised as a repeat.
    """

    message_id: str
    sent_at: datetime
    sender: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booked visit."""

    appointment_id: str
    start: datetime
    end: datetime | None = None
    site: str = ""


def acknowledgement(referral: Referral, postmark: Postmark) -> Envelope:
    """The application acknowledgement of a PCC-55: MSA-2 repeats its message control id."""
    said = segment("MSA", {1: "AA", 2: escape(referral.message_id or "")})
    return _envelope("ack", referral, postmark, said)


def accepted(
    referral: Referral, postmark: Postmark, *, contact: str = "", seen_by: date | None = None, note: str = ""
) -> Envelope:
    """PCC-56: the referral is accepted, by whom, and by when the patient will be seen."""
    fields = {5: "IP", 12: _named(contact), 15: seen_by.strftime("%Y%m%d") if seen_by else None}
    return _envelope("PCC-56", referral, postmark, *_patient_order("SC", referral, fields), *_note(note))


def declined(referral: Referral, postmark: Postmark, *, reason: Coded, advice: str = "") -> Envelope:
    """PCC-56: the referral is declined, why, and what to do instead."""
    fields = {5: "CA", 16: _coded(reason)}
    return _envelope("PCC-56", referral, postmark, *_patient_order("SC", referral, fields), *_note(advice))


def outcome(referral: Referral, postmark: Postmark, result: Outcome) -> Envelope:
    """PCC-57: the referral is done; the Consultation Note answers it."""
    document = {"id": "doc-1", "mime_type": "text/xml", "content": consultation_note(referral, result)}
    order = _patient_order("SC", referral, {5: "CM"})
    return _envelope("PCC-57", referral, postmark, *order, *_note(result.answer), documents=(document,))


def appointment_booked(referral: Referral, postmark: Postmark, booked: Appointment) -> Envelope:
    """PCC-60: the patient has an appointment."""
    return _envelope("PCC-60", referral, postmark, *_schedule(referral, booked, "Booked"))


def patient_did_not_attend(referral: Referral, postmark: Postmark, missed: Appointment) -> Envelope:
    """PCC-61: the patient did not come."""
    return _envelope("PCC-61", referral, postmark, *_schedule(referral, missed, "Noshow"))


def _envelope(
    transaction: str,
    referral: Referral,
    postmark: Postmark,
    *segments: str,
    documents: tuple[Mapping[str, str], ...] = (),
) -> Envelope:
    recipient = referral.requester.reply_to
    if recipient is None:
        raise InteropError(
            "the referral names no address for answers",
            where="referral.requester.reply_to",
            remedy="Send the answer another way and record it.",
        )
    return {
        "direct_message_id": f"<{postmark.message_id}@{postmark.sender.rpartition('@')[2]}>",
        "submission_set_id": postmark.message_id,
        "sender_direct_address": postmark.sender,
        "recipient_direct_address": recipient,
        "transaction": transaction,
        "hl7v2": "\r".join((_header(transaction, postmark), *segments)) + "\r",
        "documents": [dict(each) for each in documents],
    }


def _header(transaction: str, postmark: Postmark) -> str:
    """MSH counts its own separator as field 1, so its fields stand one place further left here."""
    fields: dict[int, str | None] = {
        1: "^~\\&",
        2: "REFERRAL-PATHWAYS",
        3: escape(postmark.sender.rpartition("@")[2]),
        6: timestamp(postmark.sent_at),
        8: MESSAGE_TYPES[transaction],
        9: escape(postmark.message_id),
        10: "P",
        11: "2.5.1",
    }
    return segment("MSH", fields)


def _patient_order(control: str, referral: Referral, fields: Mapping[int, str | None]) -> tuple[str, str]:
    number = escape(referral.referral_id)
    return _identification(referral.patient), segment("ORC", {1: control, 2: number, **fields})


def _identification(patient: Patient) -> str:
    identifiers = "~".join(
        f"{escape(each.value)}^^^{_authority(each.system)}^{escape(each.kind or '')}".rstrip("^")
        for each in patient.identifiers
    )
    given, _, family = patient.name.rpartition(" ")
    birth = (patient.birth_date or "").replace("-", "")
    name = f"{escape(family)}^{escape(given)}".rstrip("^")
    return segment("PID", {1: "1", 3: identifiers, 5: name, 7: birth, 8: GENDERS[patient.gender]})


def _authority(system: str | None) -> str:
    """HD: the OID as universal id when the namespace has one, else the URI as namespace."""
    oid = oid_of_system(system)
    return f"&{oid}&ISO" if oid else escape(system or "")


def _schedule(referral: Referral, visit: Appointment, status: str) -> tuple[str, ...]:
    start, end = timestamp(visit.start), timestamp(visit.end) if visit.end else None
    number = escape(referral.referral_id)
    schedule = {1: number, 2: escape(visit.appointment_id), 11: start, 25: status, 26: number}
    return (
        segment("SCH", schedule),
        segment("TQ1", {1: "1", 7: start, 8: end}),
        _identification(referral.patient),
        segment("RGS", {1: "1"}),
        segment("AIL", {1: "1", 3: escape(visit.site)}),
    )


def _named(contact: str) -> str | None:
    """XCN with the name alone; the family name is the last word."""
    given, _, family = contact.rpartition(" ")
    return f"^{escape(family)}^{escape(given)}".rstrip("^") or None


def _coded(coded: Coded) -> str:
    """CWE: code, words, system; a code of a system without a v2 name travels as words."""
    words = escape(coded.text or coded.display or "")
    name = V2_NAME_OF_SYSTEM.get(coded.system or "", "L" if coded.code else "")
    return f"{escape(coded.code or '')}^{words}^{name}".rstrip("^")


def _note(text: str) -> tuple[str, ...]:
    return (segment("NTE", {1: "1", 3: escape(text)}),) if text else ()
