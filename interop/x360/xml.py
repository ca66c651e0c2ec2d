"""How is a C-CDA document read so that every error has a position and nothing is dropped unseen?

An `Element` remembers what was read, so that everything nobody read can be listed as loss notes.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from interop.errors import InteropError
from interop.node import NOT_CARRIED
from interop.referral import LossNote
from interop.xml import parsed

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
        InteropError: see `parsed`.
    """
    root = parsed(text, where=where)
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
