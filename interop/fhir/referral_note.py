"""Which referral note (Composition) came along, and what does it ask for?

A document is a Composition and what it refers to (FHIR R4 §3.3.1). HL7's Dental Data Exchange and C-CDA on FHIR
send referrals so. The note names the ServiceRequest in its section "Reason for referral"; a note that names none is
itself the request, as it is in C-CDA. The Swiss Order & Referral by Form calls itself no more than a record, and is a
referral by the ServiceRequest that it carries; Japan's eReferral names the sections in a system of its own.
"""

from dataclasses import dataclass

from interop.fhir.bindings import COMPOSITION_STATUS
from interop.fhir.elements import codeable_concept, concepts
from interop.fhir.narrative import words
from interop.fhir.requesting import AUTHORISED_INTENTS, PLANNED, Json, service_request
from interop.fhir.resources import Resources, type_of
from interop.node import Node
from interop.referral import LossNote

REFERRAL_NOTES = frozenset(
    {
        "57133-1",  # LOINC: Referral note; Japan says it in a system of its own
        "57134-9",  # LOINC: Dentistry Referral note
        "721927009",  # SNOMED CT: Referral note, as the Swiss Order & Referral by Form says
    }
)
ORDER_FORMS = frozenset({"419891008", "721963009"})
"""SNOMED CT: Record artifact, Order. Letters of every kind may be the first: only their order makes them referrals."""

IN_FULFILMENT = ("infulfillmentof", "orderextension", "basedon")
"""How the address of an extension names what a document answers: C-CDA on FHIR, and `basedOn` of later versions."""

REASON = "42349-1"
"""LOINC: Reason for referral (narrative)."""

JAPAN, JAPANS_REASON = "http://jpfhir.jp/fhir/", "950"
"""Purpose of the referral, in the sections of eReferral and of CLINS."""


@dataclass(frozen=True, slots=True)
class ReferralNote:
    """A referral note: the requests that its reason names, and the reason in words."""

    node: Node
    requests: tuple[Node, ...]
    reason: str
    losses: tuple[LossNote, ...]

    def author(self) -> Node:
        """Who wrote it, the first of them."""
        authors = self.node.get("author").items()
        return authors[0] if authors else Node(None, f"{self.node.where}.author[0]", self.node.read)


def read_referral_note(resources: Resources) -> ReferralNote | None:
    """Read the note with which a document begins, or the first one in another Bundle.

    Raises:
        InteropError: the document is no referral note, or was entered in error.
    """
    notes = [node for node in resources.of_type("Composition") if _is_note(node, resources)]
    if resources.root.get("type").value == "document":
        _check_document(resources, notes)
    return _read(notes[0], resources) if notes else None


def _check_document(resources: Resources, notes: list[Node]) -> None:
    first = resources.all[0] if resources.all else resources.root
    if not notes or notes[0].where != first.where:
        raise first.fail(
            "the document does not begin with a referral note (LOINC 57133-1, 57134-9, SNOMED CT 721927009)",
            "Send a referral note; the answer to a referral is the message referral.outcome (POST /messages).",
        )


def _is_note(node: Node, resources: Resources) -> bool:
    if _refers(node) or _ordered(node, resources):
        return True
    node.forget()
    return False


def _refers(node: Node) -> bool:
    """Whether its type, or a category beside it, says that it is a referral note."""
    kinds = (codeable_concept(node.get("type")), *concepts(node.get("category")))
    for kind in (each for each in kinds if each is not None):
        if "referral" in kind.words().lower() or any(each.code in REFERRAL_NOTES for each in kind.codings()):
            return True
    return False


def _ordered(node: Node, resources: Resources) -> tuple[Node, ...]:
    """What an order form asks for: the requests that its sections name, else the only one; none that it answers."""
    kinds = (codeable_concept(node.get("type")), *concepts(node.get("category")))
    codes = {each.code for kind in kinds if kind is not None for each in kind.codings()}
    if not codes & ORDER_FORMS:
        return ()
    answered = _answered(node, resources)
    named = [found for section in _sections(node) for found in _requests(section, node, resources)]
    orders = [each for each in named or resources.of_type("ServiceRequest") if _is_order(each)]
    asked = tuple(each for each in orders if each.where not in answered)
    return asked if named or len(asked) == 1 else ()


def _is_order(request: Node) -> bool:
    intent = request.get("intent")
    found = intent.value in (*AUTHORISED_INTENTS, PLANNED)
    intent.forget()
    return found


def _answered(node: Node, resources: Resources) -> set[str]:
    """Where the requests stand that the document answers: by an extension of the note, or by a report in it."""
    fulfilled = [each for each in node.get("extension").items() if _is_fulfilment(each)]
    told = [resources.resolve(each.get("valueReference"), within=node) for each in fulfilled]
    node.get("extension").forget()
    for report in resources.of_type("DiagnosticReport"):
        told += [resources.resolve(each, within=report) for each in report.get("basedOn").items()]
        report.forget()
    return {each.where for each in told if each is not None}


def _is_fulfilment(extension: Node) -> bool:
    url = (extension.get("url").text() or "").lower().replace("-", "")
    return any(each in url for each in IN_FULFILMENT)


def _read(node: Node, resources: Resources) -> ReferralNote:
    status = node.required("status")
    code = status.choice(COMPOSITION_STATUS, binding="CompositionStatus")
    if code == "entered-in-error":
        raise status.fail("the referral note was entered in error", "Send the note that counts.")
    sections = [(section, _code(section)) for section in _sections(node)]
    reasons = [section for section, name in sections if name == REASON]
    texts = [words(section.get("text").get("div").text() or "") for section in reasons]
    requests = [found for section in reasons for found in _requests(section, node, resources)]
    if not requests and (requests := list(_ordered(node, resources))) and not any(texts):
        texts = [node.get("title").text() or ""]
    unfinished = (LossNote(where=status.where, what="a preliminary note"),) if code == "preliminary" else ()
    losses = (
        *unfinished,
        *(_only_words(section, name) for section, name in sections if _has_only_words(section, name)),
    )
    return ReferralNote(node, tuple(requests), "\n".join(text for text in texts if text), losses)


def _sections(holder: Node) -> tuple[Node, ...]:
    """The sections, each followed by those inside it."""
    return tuple(each for section in holder.get("section").items() for each in (section, *_sections(section)))


def _has_only_words(section: Node, code: str | None) -> bool:
    """Whether its text is all that a section says; elsewhere the text says what the entries say."""
    section.get("text").keep()
    return code != REASON and section.get("text").present and not section.get("entry").items()


def _only_words(section: Node, code: str | None) -> LossNote:
    where = f"{section.where.rpartition('[')[0]}[{(code or 'without code')[:60]}].text"
    return LossNote(where=where, what="words only, not carried into the referral: read the document")


def _code(section: Node) -> str | None:
    """The LOINC code of a section, also of Japan's reason; title, code and entries carry no content of their own."""
    for structural in ("title", "code", "entry"):
        section.get(structural).keep()
    kind = codeable_concept(section.get("code"))
    codings = kind.codings() if kind else ()
    if any(each.code == JAPANS_REASON and (each.system or "").startswith(JAPAN) for each in codings):
        return REASON
    return kind.code if kind else None


def _requests(section: Node, node: Node, resources: Resources) -> list[Node]:
    found = (resources.resolve(entry, within=node) for entry in section.get("entry").items())
    return [each for each in found if each is not None and type_of(each) == "ServiceRequest"]


def service_request_from_note(note: ReferralNote, resources: Resources) -> Json:
    """The ServiceRequest that a note stands for which names none.

    Raises:
        InteropError: it does not say why, or nobody numbered it.
    """
    if not note.reason:
        raise note.node.fail("names no ServiceRequest and gives no reason", f"Fill in the section {REASON}.")
    authored, author = note.node.get("date").text(), note.author()
    author.keep()
    return service_request(
        identifier=_number(note, resources),
        subject=_object(note.node.required("subject")),
        code=_object(note.node.get("type")),
        authored_on=authored,
        requester=_object(author) if author.present else None,
    )


def _number(note: ReferralNote, resources: Resources) -> Json:
    """The identifier of the document, else that of the note."""
    found = next((each for each in (resources.root, note.node) if each.get("identifier").get("value").present), None)
    if found is None:
        raise note.node.fail("has no identifier, nor has its Bundle", "Number the document in Bundle.identifier.")
    return _object(found.get("identifier"))


def _object(node: Node) -> Json:
    node.keep()
    return dict(node.value) if isinstance(node.value, dict) else {}
