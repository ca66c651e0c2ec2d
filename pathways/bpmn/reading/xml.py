"""Is this XML safe to read, and what are its elements? Bounded, without DOCTYPE, entities or network."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from xml.parsers import expat

from pathways.bpmn.reading.encoding import Text, decode
from pathways.bpmn.reading.formats import magic_format
from pathways.bpmn.reading.tree import Element, local_of

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MAX_BYTES = 10_000_000
MAX_DEPTH = 200
MAX_ELEMENTS = 300_000

PREFIXES = {
    "bpmn": BPMN,
    "bpmn2": BPMN,
    "semantic": BPMN,
    "zeebe": ZEEBE,
    "xsi": XSI,
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "omgdc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "omgdi": "http://www.omg.org/spec/DD/20100524/DI",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "activiti": "http://activiti.org/bpmn",
    "flowable": "http://flowable.org/bpmn",
    "modeler": "http://camunda.org/schema/modeler/1.0",
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
}
"""What a prefix means when a file uses it and never declares it."""

__all__ = ["Element", "local_of"]

_IN_BPMN = f"{{{BPMN}}}"


@dataclass(frozen=True, slots=True)
class UnsafeXml(Exception):
    """The bytes are not XML that we read: which rule, on which line, why, and what to do."""

    rule: str
    line: int
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Document:
    """The root element, and what had to be put right before the text was XML."""

    root: Element
    warnings: tuple[tuple[str, str], ...]


def parse(source: bytes, *, max_bytes: int = MAX_BYTES) -> Element:
    """Give the root element of any XML, with everything below it.

    Raises:
        UnsafeXml: too large, too deep, with a DOCTYPE, wrongly encoded or not well-formed.
    """
    return read_xml(source, max_bytes=max_bytes).root


def read_xml(source: bytes, *, max_bytes: int = MAX_BYTES, without: str = "") -> Document:
    """Give the tree without elements of the local name `without` (such as the drawing), and the warnings.

    Raises:
        UnsafeXml: too large, too deep, with a DOCTYPE, wrongly encoded or not well-formed.
    """
    if len(source) > max_bytes:
        raise UnsafeXml("xml-size", 0, f"The file is larger than {max_bytes} bytes.", "Split the diagram.")
    text = _text(source)
    warnings = [("encoding", text.warning)] if text.warning else []
    try:
        root = _build(text.text, without)
    except expat.ExpatError as error:
        if error.code != expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]:
            raise _not_xml(error, source) from error
        root = _with_usual_prefixes(text.text, without, source)
        warnings.append(
            ("undeclared-prefix", "A namespace prefix is not declared: it is read as what it usually means.")
        )
    return Document(root, tuple(warnings))


_SAVE = "Open the file in the modeler and save it again as UTF-8."


def _text(source: bytes) -> Text:
    """Decode; say what a file is that is no XML at all."""
    known = magic_format(source)
    if known:
        raise UnsafeXml("not-bpmn", 1, f"This is {known[0]}, not BPMN 2.0 XML.", known[1])
    if not source.strip(b"\0 \t\r\n"):
        raise UnsafeXml("xml-syntax", 0, "The file is empty.", "Save the diagram again.")
    try:
        return decode(source)
    except (LookupError, ValueError) as error:
        line = source[: error.start].count(b"\n") + 1 if isinstance(error, UnicodeDecodeError) else 1
        message = f"This is not text in its declared encoding: {str(error)[:200]}."
        raise UnsafeXml("xml-syntax", line, message, _SAVE) from error


def _not_xml(error: expat.ExpatError, source: bytes) -> UnsafeXml:
    if b"<" not in source:
        return UnsafeXml("xml-syntax", 1, "This is not XML: no element begins anywhere.", "Give a BPMN 2.0 XML file.")
    reason = str(error).split(":")[0]
    return UnsafeXml("xml-syntax", error.lineno, f"This is not well-formed XML: {reason}.", _SAVE)


_FIRST_TAG = re.compile(r"(?:<!--.*?-->|<\?.*?\?>|[^<])*<[^\s/>!?]+", re.DOTALL)


def _with_usual_prefixes(text: str, without: str, source: bytes) -> Element:
    """Declare the prefixes that modelers always use; any other undeclared prefix is an error."""
    first = _FIRST_TAG.match(text)
    end = first.end() if first else 0
    missing = {prefix: uri for prefix, uri in PREFIXES.items() if f"xmlns:{prefix}=" not in text}
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in missing.items())
    try:
        return _build(text[:end] + declared + text[end:], without)
    except expat.ExpatError as error:
        raise _not_xml(error, source) from error


@lru_cache(maxsize=4096)
def _tag(name: str) -> str:
    """Write expat's `namespace}local` in Clark notation."""
    return f"{{{name}" if "}" in name else name


def _build(text: str, without: str) -> Element:
    """Parse in one pass; the first DOCTYPE, too deep or too numerous element ends it."""
    builder = _Builder(without)
    builder.parser.Parse(text, True)
    return builder.root


class _Builder:
    """The handlers of one pass. What is left out is still checked to be well-formed, bounded XML."""

    __slots__ = ("_count", "_current", "_depth", "_left_out", "_without", "parser", "root")

    def __init__(self, without: str) -> None:
        self.parser = expat.ParserCreate(None, "}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.root: Element
        self._current: Element | None = None
        self._without = without
        self._depth = self._count = self._left_out = 0
        self._read_on()

    def _read_on(self) -> None:
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH or self._count > MAX_ELEMENTS:
            self._too_much()
        tag = _tag(name)
        for key in attributes:
            if "}" in key:
                attributes = {_tag(key): value for key, value in attributes.items()}
                break
        parent = self._current
        self._current = element = Element(tag, attributes, self.parser.CurrentLineNumber, parent)
        if parent is None:
            self.root = element
        elif element.local == self._without:
            parent.forget_last()
            self._leave_out()

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._current is not None:
            self._current = self._current.getparent()

    def _characters(self, data: str) -> None:
        if self._current is not None and not data.isspace():
            self._current.append_text(data)

    def _leave_out(self) -> None:
        self._left_out = 1
        self.parser.StartElementHandler = self._skip_start
        self.parser.EndElementHandler = self._skip_end
        self.parser.CharacterDataHandler = None

    def _skip_start(self, _name: str, _attributes: dict[str, str]) -> None:
        self._left_out += 1
        if self._left_out > MAX_DEPTH:
            self._too_much()

    def _skip_end(self, name: str) -> None:
        self._left_out -= 1
        if not self._left_out:
            self._read_on()
            self._end(name)

    def _too_much(self) -> None:
        line = self.parser.CurrentLineNumber
        if self._count > MAX_ELEMENTS:
            message = f"The file has more than {MAX_ELEMENTS} elements."
            raise UnsafeXml("xml-size", line, message, "Split the diagram.")
        message = f"Elements are nested deeper than {MAX_DEPTH} levels."
        raise UnsafeXml("xml-depth", line, message, "Flatten the diagram with call activities.")

    def _doctype(self, *_declaration: object) -> None:
        message = "The file declares a DOCTYPE: entities are never read."
        raise UnsafeXml("xml-doctype", self.parser.CurrentLineNumber, message, "Remove the DOCTYPE.")


def children(element: Element) -> Iterator[Element]:
    """The child elements."""
    return iter(element)


def bpmn_children(element: Element, tag: str) -> list[Element]:
    """The child elements of the BPMN namespace with this local name."""
    return [child for child in element if child.local == tag and child.tag.startswith(_IN_BPMN)]


def tag_of(element: Element) -> str:
    """The local name of a BPMN element; `{namespace}name` of any other."""
    return element.local if element.tag.startswith(_IN_BPMN) else element.tag


def namespace_of(name: str) -> str | None:
    """The namespace of a tag or attribute name in Clark notation."""
    return name[1:].partition("}")[0] if name.startswith("{") else None


def text_of(element: Element | None) -> str:
    """The stripped text of an element, empty when there is none."""
    if element is None:
        return ""
    return "".join(element.itertext()).strip() if len(element) else element.text.strip()


def local_reference(value: str) -> str:
    """The id in a QName reference such as `tns:Message_1`."""
    return value.strip().rpartition(":")[2]
