"""Which documents came with a FHIR referral (DocumentReference, contained or in the Bundle)?"""

from collections.abc import Iterator
from itertools import islice

from interop.encoded import decode_base64
from interop.fhir.resources import Resources
from interop.node import Node
from interop.referral import Document, document

MOST = 199
"""With the posting itself 200: what a referral carries at most."""


def read_documents(resources: Resources) -> tuple[Document, ...]:
    """The first documents whose content came along; a further one, or only a URL, is left unread and so reported.

    Raises:
        InteropError: the content is not base64.
    """
    found = (each for node in resources.of_type("DocumentReference") for each in _documents(node))
    return tuple(islice(found, MOST))


def _documents(node: Node) -> Iterator[Document]:
    name = node.get("id").text() or node.where
    for index, content in enumerate(node.get("content").items()):
        attachment = content.required("attachment")
        data = attachment.get("data")
        if data.present:
            mime_type = attachment.get("contentType").text() or "application/octet-stream"
            yield document(f"{name}-{index + 1}"[:200], mime_type, decode_base64(data))
