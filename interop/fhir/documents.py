"""Which documents came with a FHIR referral (DocumentReference, contained or in the Bundle)?"""

from collections import Counter
from collections.abc import Iterator, Mapping

from interop.encoded import decode_base64
from interop.fhir.bindings import DOCUMENT_STATUS
from interop.fhir.resources import Resources, refuse_other_patient, type_of
from interop.node import Node
from interop.referral import Document, document

MOST = 199
"""With the posting itself 200: what a referral carries at most."""

LONGEST_NAME = 200


def read_documents(resources: Resources, patient: Node) -> tuple[Document, ...]:
    """The first documents whose content came along; a further one, or only a URL, is left unread and so reported.

    Raises:
        InteropError: the content is not base64, or is about another patient of the Bundle.
    """
    nodes = [node for node in resources.of_type("DocumentReference") if _counts(node)]
    ids = Counter(node.get("id").text() for node in nodes)
    found: list[Document] = []
    for node in nodes:
        refuse_other_patient(node, patient, resources)
        came = list(_documents(node, _name(node, ids), resources)) if len(found) < MOST else []
        if not came or len(found) + len(came) > MOST:
            node.forget()
        else:
            found += came
    return tuple(found)


def _counts(node: Node) -> bool:
    """Whether it is neither an error nor replaced."""
    if node.get("status").choice(DOCUMENT_STATUS, binding="DocumentReferenceStatus") in ("current", None):
        return True
    node.forget()
    return False


def _name(node: Node, ids: Mapping[str | None, int]) -> str:
    """Its id or, where contained ones of two resources have the same, as they may, its place."""
    known_as = node.get("id").text()
    return known_as if known_as and ids[known_as] == 1 else node.where


def _documents(node: Node, name: str, resources: Resources) -> Iterator[Document]:
    for index, content in enumerate(node.get("content").items()):
        attachment = content.required("attachment")
        data, mime_type = attachment.get("data"), attachment.get("contentType").short(LONGEST_NAME)
        binary = _binary(attachment, resources) if not data.present else None
        if binary is not None:
            data, mime_type = binary.get("data"), binary.get("contentType").short(LONGEST_NAME) or mime_type
        if data.present:
            yield document(f"{name[:190]}-{index + 1}", mime_type or "application/octet-stream", decode_base64(data))


def _binary(attachment: Node, resources: Resources) -> Node | None:
    """The Binary of the same Bundle that `url` points to; another URL is left unread."""
    url = attachment.get("url")
    target = resources.by_reference.get(url.text() or "")
    if target is not None and type_of(target) == "Binary":
        return target
    url.forget()
    return None
