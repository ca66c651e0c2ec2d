"""How is an XML document from outside parsed without trusting it? No DOCTYPE, no entities, no network, bounded."""

from typing import Any

from lxml import etree

from interop.errors import InteropError

MAX_CHARACTERS = 4_000_000


def parsed(text: str, *, where: str, most: int = MAX_CHARACTERS) -> Any:  # lxml publishes no types
    """The root element, without comments and processing instructions.

    Raises:
        InteropError: more than `most` characters, a DOCTYPE, not well-formed, or nested deeper than libxml2
            allows (256).
    """
    if len(text) > most:
        raise InteropError(f"more than {most} characters", where=where, remedy="Send less.")
    if "<!DOCTYPE" in text:
        raise InteropError("has a DOCTYPE", where=where, remedy="Remove it: clinical documents need none.")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        line = getattr(error, "lineno", None) or 1
        raise InteropError(
            f"is not well-formed XML at line {line}", where=where, remedy="Send well-formed XML."
        ) from error
