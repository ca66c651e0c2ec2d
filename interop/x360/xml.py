"""How is an XML document from outside read without trusting it?

No DOCTYPE, no entities, no network, bounded size and depth. An `Element` remembers what was read, so that
everything nobody read can be listed as loss notes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from interop.errors import InteropError
from interop.node import NOT_CARRIED
from interop.referral import LossNote

MAX_CHARACTERS = 4_000_000
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
HL7 = "{urn:hl7-org:v3}"


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a C-CDA document with its position."""

    node: Any  # lxml publishes no types
    path: str
    read: set[Any] = field(default_factory=set, repr=False, compare=False)

    @property
    def where(self) -> str:
        """The position: path and line."""
        return f"{self.path} (line {self.node.sourceline})"

    def fail(self, what: str, remedy: str) -> InteropError:
        """The error that says what is wrong at this element."""
        return InteropError(what, where=self.where, remedy=remedy)

    def children(self, name: str) -> tuple["Element", ...]:
        """The child elements of that name, which count as read from now on."""
        found = self.node.findall(HL7 + name)
        self.read.update(found)
        return tuple(Element(each, f"{self.path}/{name}", self.read) for each in found)

    def find(self, path: str) -> "Element | None":
        """The first element at a path such as `assignedPerson/name`."""
        return next(self.find_all(path), None)

    def find_all(self, path: str) -> Iterator["Element"]:
        """Every element at a path such as `component/section`."""
        first, _, rest = path.partition("/")
        for child in self.children(first):
            if rest:
                yield from child.find_all(rest)
            else:
                yield child

    def attribute(self, name: str) -> str | None:
        """An attribute without surrounding blanks; None when missing or blank."""
        value = self.node.get(name)
        return (value.strip() or None) if isinstance(value, str) else None

    def text(self) -> str:
        """All text inside, as one line."""
        self.keep()
        return " ".join("".join(self.node.itertext()).split())

    def keep(self) -> None:
        """Count everything inside as read."""
        self.read.update(self.node.iter())


def parse_xml(text: str, *, where: str) -> Element:
    """The root element of a document.

    Raises:
        InteropError: larger than 4 000 000 characters, a DOCTYPE, not well-formed, or nested deeper than
            libxml2 allows (256).
    """
    if len(text) > MAX_CHARACTERS:
        raise InteropError(f"more than {MAX_CHARACTERS} characters", where=where, remedy="Send less.")
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
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        line = getattr(error, "lineno", None) or 1
        raise InteropError(
            f"is not well-formed XML at line {line}", where=where, remedy="Send well-formed XML."
        ) from error
    return Element(root, etree.QName(root).localname)


def unread_elements(root: Element) -> tuple[LossNote, ...]:
    """One note for every kind of element that nobody read."""
    found = Counter(_unread(root.node, root.path, root.read))
    return tuple(LossNote(where=at[:1_000], what=NOT_CARRIED, count=n) for at, n in found.items())


def _unread(node: Any, path: str, read: set[Any]) -> Iterator[str]:
    for child in node.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        child_path = f"{path}/{name}{_section_code(child) if name == 'section' else ''}"
        if child not in read:
            yield child_path
        else:
            yield from _unread(child, child_path, read)


def _section_code(section: Any) -> str:
    code = section.find(HL7 + "code")
    return "" if code is None else f"[{str(code.get('code'))[:20]}]"
