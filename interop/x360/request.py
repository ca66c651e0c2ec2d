"""How does an IHE 360X referral request (PCC-55) become a referral?"""

from interop.errors import InteropError
from interop.node import Node
from interop.referral import Intake, LossNote, Patient, Referral, Requester, attachments, document
from interop.urgency import urgency
from interop.x360.ccda import ReferralNote, read_referral_note
from interop.x360.envelope import HL7V2_MIME_TYPE, ORIGINAL_MESSAGE, Envelope, EnvelopeDocument, read_envelope
from interop.x360.order import Order, read_order
from interop.x360.xml import Element, parse_xml

XML_TYPES = ("text/xml", "application/xml", "application/hl7-cda+xml", "application/cda+xml")


def referral_from_pcc55(value: object) -> Intake:
    """Turn the JSON envelope of a PCC-55 into a referral; the message and its documents are kept unchanged.

    Raises:
        InteropError: the envelope, its HL7 v2 message or its Referral Note cannot be read, is of another
            transaction, names no patient, or names two different ones.
    """
    envelope = read_envelope(Node(value, "envelope"))
    if envelope.transaction != "PCC-55":
        raise envelope.node.get("transaction").fail("is not PCC-55", "Send referral requests here only.")
    order = read_order(envelope.hl7v2)
    note, note_losses = _referral_note(envelope)
    if note is not None and order.patient is not None:
        _check_same_patient(note.patient, order.patient)
    patient = note.patient if note else order.patient
    if patient is None:
        raise InteropError("names no patient", where="envelope", remedy="Send a PID segment or a Referral Note.")
    losses = (*order.losses, *note_losses, *envelope.node.unread())
    return _intake(envelope, order, note, patient=patient, losses=losses)


def _intake(
    envelope: Envelope,
    order: Order,
    note: ReferralNote | None,
    *,
    patient: Patient,
    losses: tuple[LossNote, ...],
) -> Intake:
    reasons = (*order.reasons, *(note.reasons if note else ()))
    question = "\n".join(text for text in (order.question, note.question if note else "") if text)
    asked = (*((order.service,) if order.service else ()), *reasons)
    priority, assumed = urgency(order.priority, asked=asked, text=question, where=order.priority_where)
    message = document(ORIGINAL_MESSAGE, HL7V2_MIME_TYPE, envelope.hl7v2.encode())
    documents = (message, *(each.document for each in envelope.documents))
    referral = Referral(
        source="360x",
        message_id=order.message_id,
        referral_id=order.referral_id,
        assigner=order.assigner or envelope.sender,
        service_code=order.service,
        reason=reasons,
        clinical_question=question,
        priority=priority,
        patient=patient,
        requester=_requester(envelope, order, note),
        sent_at=order.sent_at or (note.written_at if note else None),
        conditions=note.conditions if note else (),
        medications=note.medications if note else (),
        allergies=note.allergies if note else (),
        rt_start_date=note.rt_start_date if note else None,
        attachments=attachments(documents),
        losses=(*assumed, *losses),
    )
    return Intake(referral, documents)


def _requester(envelope: Envelope, order: Order, note: ReferralNote | None) -> Requester:
    """The ordering provider of ORC-12 or, when the order names none, the author of the note."""
    author = note.author if note else Requester()
    person = order.requester if order.requester.name or order.requester.identifier else author
    return Requester(
        name=person.name,
        organization=author.organization or order.requester.organization,
        identifier=person.identifier,
        identifier_system=person.identifier_system,
        reply_to=envelope.sender,
    )


def _referral_note(envelope: Envelope) -> tuple[ReferralNote | None, tuple[LossNote, ...]]:
    """The first clinical document; a further one is kept as a document but not read."""
    found = [(each, root) for each in envelope.documents if (root := _clinical_document(each)) is not None]
    if not found:
        return None, (LossNote(where="envelope.documents", what="holds no C-CDA document"),)
    note = read_referral_note(found[0][1])
    further = (LossNote(where=each.node.where, what="a further C-CDA document") for each, _ in found[1:])
    return note, (*note.losses, *further)


def _clinical_document(candidate: EnvelopeDocument) -> Element | None:
    if candidate.text is None or candidate.document.attachment.mime_type not in XML_TYPES:
        return None
    root = parse_xml(candidate.text, where=candidate.node.where)
    return root if root.node.tag == "{urn:hl7-org:v3}ClinicalDocument" else None


def _check_same_patient(note: Patient, order: Patient) -> None:
    """Refuse a message whose two parts are about different people (hazard: wrong patient)."""
    births = note.birth_date and order.birth_date and note.birth_date != order.birth_date
    values = {each.value for each in note.identifiers} & {each.value for each in order.identifiers}
    names = note.name.casefold().split()[-1:] == order.name.casefold().split()[-1:]
    if births or not (values or names):
        raise InteropError(
            "the Referral Note and PID name different patients",
            where="hl7v2 PID",
            remedy="Send both parts for the same person.",
        )
