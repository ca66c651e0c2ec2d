"""Is this XML safe to read, and what are its elements? Bounded, without DOCTYPE, entities or network."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES = 2_000_000
MAX_DEPTH = 100

Element = Any
"""An lxml element: lxml publishes no types."""


@dataclass(frozen=True, slots=True)
class UnsafeXml(Exception):
    """The bytes are not XML that we read: which rule, on which line, why, and what to do."""

    rule: str
    line: int
    message: str
    remedy: str


def parse(source: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """Give the root element.

    Raises:
        UnsafeXml: too large, too deep, with a DOCTYPE, wrongly encoded or not well-formed.
    """
    if len(source) > max_bytes:
        raise UnsafeXml("xml-size", 0, f"The file has {len(source)} bytes; at most {max_bytes} are read.", "Split it.")
    _scan(source)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True, remove_comments=True
    )
    try:
        return etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeXml("xml-syntax", error.lineno or 0, f"This is not well-formed XML: {error.msg}.", _SAVE) from error


_SAVE = "Open the file in the modeler and save it again as UTF-8."


def _scan(source: bytes) -> None:
    """Walk once without building anything: stop at a DOCTYPE (so no entity is ever declared) and at MAX_DEPTH."""
    parser = expat.ParserCreate()
    depth = 0

    def start(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            message = f"Elements are nested deeper than {MAX_DEPTH} levels."
            raise UnsafeXml("xml-depth", parser.CurrentLineNumber, message, "Flatten the diagram with call activities.")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_declaration: object) -> None:
        message = "The file declares a DOCTYPE: entities are never read."
        raise UnsafeXml("xml-doctype", parser.CurrentLineNumber, message, "Remove the DOCTYPE.")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(source, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise _not_xml(error, line=parser.ErrorLineNumber) from error


def _not_xml(error: Exception, *, line: int) -> UnsafeXml:
    reason = str(error).split(":")[0]
    return UnsafeXml("xml-syntax", line, f"This is not well-formed XML in its declared encoding: {reason}.", _SAVE)


def children(element: Element) -> Iterator[Element]:
    """The child elements, without comments and processing instructions."""
    return iter(element.iterchildren(tag=etree.Element))


def bpmn_children(element: Element, tag: str) -> list[Element]:
    """The child elements of the BPMN namespace with this local name."""
    return list(element.iterchildren(f"{{{BPMN}}}{tag}"))


def tag_of(element: Element) -> str:
    """The local name of a BPMN element; `{namespace}name` of any other."""
    name = etree.QName(element)
    return name.localname if name.namespace == BPMN else str(element.tag)


def namespace_of(name: str) -> str | None:
    """The namespace of a tag or attribute name in Clark notation."""
    return name[1:].partition("}")[0] if name.startswith("{") else None


def local_of(name: str) -> str:
    """The part of a name after its namespace."""
    return name.rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """The stripped text of an element, empty when there is none."""
    return "" if element is None else "".join(element.itertext()).strip()


def local_reference(value: str) -> str:
    """The id in a QName reference such as `tns:Message_1`."""
    return value.strip().rpartition(":")[2]
