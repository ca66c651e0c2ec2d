"""Which documents came with a FHIR referral (DocumentReference, contained or in the Bundle)?"""

from collections import Counter
from collections.abc import Iterator, Mapping
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
    nodes = resources.of_type("DocumentReference")
    ids = Counter(node.get("id").text() for node in nodes)
    found = (each for node in nodes for each in _documents(node, _name(node, ids)))
    return tuple(islice(found, MOST))


def _name(node: Node, ids: Mapping[str | None, int]) -> str:
    """Its id or, where contained ones of two resources have the same, as they may, its place."""
    known_as = node.get("id").text()
    return known_as if known_as and ids[known_as] == 1 else node.where


def _documents(node: Node, name: str) -> Iterator[Document]:
    for index, content in enumerate(node.get("content").items()):
        attachment = content.required("attachment")
        data = attachment.get("data")
        if data.present:
            mime_type = attachment.get("contentType").text() or "application/octet-stream"
            yield document(f"{name}-{index + 1}"[:200], mime_type, decode_base64(data))
