"""How does a document from outside become a referral with its pathway chosen?

The three doors: plain JSON, FHIR R4, IHE 360X. Each takes a parsed JSON value of any shape, FHIR also parsed XML.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pydantic import Field, ValidationError

from interop.bounds import check_bounds
from interop.encoded import decode_base64
from interop.errors import InteropError
from interop.fhir.request import FHIR_MIME_TYPE, ORIGINAL, referral_from_fhir
from interop.fhir.xml import FHIR_XML, PostedXml, at_line, fhir_json
from interop.node import Node
from interop.referral import (
    Document,
    Frozen,
    Intake,
    Referral,
    ReferralContent,
    Short,
    attachments,
    document,
)
from interop.routing import with_pathway
from interop.x360.request import referral_from_pcc55


class PlainDocument(Frozen):
    """A document inside a plain JSON referral; `content` is base64."""

    id: Short
    mime_type: Short
    content: str


class PlainReferral(ReferralContent):
    """A referral in our own JSON: the content of a referral, and its documents."""

    documents: tuple[PlainDocument, ...] = Field(default=(), max_length=50)


@dataclass(frozen=True, slots=True)
class PostedJson:
    """A document in FHIR JSON: its bytes as posted, and what they say."""

    content: bytes
    value: object


def from_json(value: object) -> Intake:
    """Read a referral in our own JSON (`PlainReferral`).

    Raises:
        InteropError: a member is missing, unknown or has another shape; `where` names the first one.
    """
    return _received(value, "referral", _plain)


def from_fhir(value: object) -> Intake:
    """Read a FHIR R4 Bundle or ServiceRequest: JSON, or what was posted (`PostedJson`, `PostedXml`), which is kept.

    Raises:
        InteropError: see `referral_from_fhir`, `fhir_json`; of XML it names the line.
    """
    match value:
        case PostedXml():
            return _from_xml(value)
        case PostedJson():
            original = document(ORIGINAL, FHIR_MIME_TYPE, value.content)
            return _received(value.value, "resource", partial(referral_from_fhir, original=original))
        case _:
            return _received(value, "resource", referral_from_fhir)


def _from_xml(posted: PostedXml) -> Intake:
    """Go the way of the JSON form; the XML as posted is what is kept."""
    value, lines = fhir_json(posted)
    original = document(ORIGINAL, FHIR_XML, posted.content)
    try:
        return _received(value, "resource", partial(referral_from_fhir, original=original))
    except InteropError as error:
        raise at_line(error, lines) from error


def from_360x(value: object) -> Intake:
    """Read the JSON envelope of an IHE 360X referral request (PCC-55).

    Raises:
        InteropError: see `referral_from_pcc55`.
    """
    return _received(value, "envelope", referral_from_pcc55)


def _received(value: object, name: str, convert: Callable[[object], Intake]) -> Intake:
    check_bounds(value, name=name)
    try:
        intake = convert(value)
    except ValidationError as error:
        raise _refused(error, name) from error
    _check_ids(intake.documents, name)
    return replace(intake, referral=with_pathway(intake.referral))


def _check_ids(documents: tuple[Document, ...], name: str) -> None:
    """A document is found by its id: of two with the same, one would be lost."""
    if len({each.attachment.id for each in documents}) < len(documents):
        raise InteropError("two documents have the same id", where=name, remedy="Give each an id of its own.")


def _plain(value: object) -> Intake:
    plain = PlainReferral.model_validate(value)
    documents = tuple(_document(each, index) for index, each in enumerate(plain.documents))
    content = {name: getattr(plain, name) for name in ReferralContent.model_fields}
    return Intake(Referral(source="json", attachments=attachments(documents), **content), documents)


def _document(plain: PlainDocument, index: int) -> Document:
    content = Node(plain.content, f"referral.documents[{index}].content")
    return document(plain.id, plain.mime_type, decode_base64(content))


def _refused(error: ValidationError, name: str) -> InteropError:
    """The first finding of pydantic as a position; its message is used, the offending value never."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part[:60]}" for part in first["loc"])
    more = f" ({error.error_count() - 1} more like it)" if error.error_count() > 1 else ""
    return InteropError(
        first["msg"] + more, where=name + path, remedy="See the schema of a referral in the API description."
    )
