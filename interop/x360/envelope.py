"""What does a 360X message look like once Direct and XDM are unpacked?

The JSON envelope of the Oral Health Data Exchange reference adapter: addresses, the 360X transaction, one
HL7 v2 message, and the documents that came with it.
"""

from dataclasses import dataclass

from interop.encoded import decode_base64
from interop.node import Node
from interop.referral import Document, document

TRANSACTIONS = ("PCC-55", "PCC-56", "PCC-57", "PCC-58", "PCC-59", "PCC-60", "PCC-61")
ORIGINAL_MESSAGE = "hl7v2"
HL7V2_MIME_TYPE = "x-application/hl7-v2+er7"


@dataclass(frozen=True, slots=True)
class EnvelopeDocument:
    """One document of the envelope: its position, its text if it is text, and its content."""

    node: Node
    text: str | None
    document: Document


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of an envelope."""

    node: Node
    transaction: str
    sender: str
    recipient: str
    hl7v2: str
    documents: tuple[EnvelopeDocument, ...]


def read_envelope(node: Node) -> Envelope:
    """Read the JSON envelope.

    Raises:
        InteropError: a part is missing or has another shape.
    """
    for identity in ("direct_message_id", "submission_set_id"):
        node.get(identity).text()
    transaction = node.required("transaction").choice(TRANSACTIONS, binding="IHE 360X transactions")
    return Envelope(
        node=node,
        transaction=transaction or "",
        sender=node.required("sender_direct_address").required_text(),
        recipient=node.required("recipient_direct_address").required_text(),
        hl7v2=node.required("hl7v2").verbatim(),
        documents=_documents(node.get("documents")),
    )


def _documents(node: Node) -> tuple[EnvelopeDocument, ...]:
    found = tuple(_document(item) for item in node.items())
    ids = [each.document.attachment.id for each in found]
    if len({*ids, ORIGINAL_MESSAGE}) <= len(ids):
        raise node.fail("two documents have the same id", f"Use each id once, and not `{ORIGINAL_MESSAGE}`.")
    return found


def _document(item: Node) -> EnvelopeDocument:
    mime_type = item.required("mime_type").required_text()
    content = item.required("content")
    identity = item.required("id").required_text()
    if item.get("encoding").choice(("base64",), binding="document encodings") is None:
        text = content.verbatim()
        return EnvelopeDocument(content, text, document(identity, mime_type, text.encode()))
    return EnvelopeDocument(content, None, document(identity, mime_type, decode_base64(content)))
