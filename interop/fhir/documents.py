"""Which documents came with a FHIR referral (DocumentReference, contained or in the Bundle)?"""

from collections.abc import Iterator

from interop.encoded import decode_base64
from interop.fhir.resources import Resources
from interop.node import Node
from interop.referral import Document, document


def read_documents(resources: Resources) -> tuple[Document, ...]:
    """The documents whose content came along; one given only by URL is left unread and so reported.

    Raises:
        InteropError: the content is not base64.
    """
    return tuple(found for node in resources.of_type("DocumentReference") for found in _documents(node))


def _documents(node: Node) -> Iterator[Document]:
    name = node.get("id").text() or node.where
    for index, content in enumerate(node.get("content").items()):
        attachment = content.required("attachment")
        data = attachment.get("data")
        if data.present:
            mime_type = attachment.get("contentType").text() or "application/octet-stream"
            yield document(f"{name}-{index + 1}"[:200], mime_type, decode_base64(data))
