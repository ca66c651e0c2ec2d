"""How does a FHIR R4 document in XML become the JSON form that everything else reads (FHIR R4, Resource Formats)?

`r4_elements` says what XML itself does not: which elements repeat, and which are numbers or booleans. An element
that it does not know keeps flowing, as a text or an object by the look of it, so that it is listed as not carried.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from lxml import etree

from interop.bounds import MAX_CHARACTERS, MAX_DEPTH, MAX_VALUES
from interop.errors import InteropError
from interop.fhir.r4_elements import TABLE
from interop.xml import parsed

FHIR = "http://hl7.org/fhir"
OURS = f"{{{FHIR}}}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
FHIR_XML = "application/fhir+xml"
EXTENSIONS = ("extension", "modifierExtension")
BOOLEANS = {"true": True, "false": False}
INTEGER = re.compile(r"-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?")

Json = dict[str, Any]
Lines = dict[str, int]


@dataclass(frozen=True, slots=True)
class PostedXml:
    """A document in FHIR XML: its bytes as posted, and its root element."""

    content: bytes
    root: Any  # lxml publishes no types


@dataclass(frozen=True, slots=True)
class Kind:
    """What R4 says of an element; `type` is empty for a text, None for an element that it does not know."""

    type: str | None
    repeats: bool


UNKNOWN = Kind(None, repeats=False)
MARKUP = Kind("xhtml", repeats=False)
"""XHTML, or an element of another namespace: kept as it is written."""


@dataclass(frozen=True, slots=True)
class Found:
    """An element, where it stands in the JSON form, and its type."""

    node: Any
    where: str
    type: str | None

    def fail(self, what: str, remedy: str) -> NoReturn:
        """Refuse the document because of this element."""
        raise InteropError(f"{what} (line {self.node.sourceline})", where=self.where, remedy=remedy)

    def children(self) -> list[Any]:
        """The elements inside."""
        return list(self.node.iterchildren(tag=etree.Element))


def parse_fhir(content: bytes) -> PostedXml:
    """Parse FHIR XML, which is UTF-8 (FHIR R4, Resource Formats).

    Raises:
        InteropError: not UTF-8, not well-formed, with a DOCTYPE, too large, or no FHIR.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InteropError("is not UTF-8", where="resource", remedy="Encode FHIR XML in UTF-8.") from error
    root = parsed(text, where="resource", most=MAX_CHARACTERS)
    if not root.tag.startswith(OURS):
        raise InteropError("is not FHIR", where="resource", remedy=f'Write xmlns="{FHIR}" at the root.')
    return PostedXml(content, root)


def fhir_json(posted: PostedXml) -> tuple[Json, Lines]:
    """The JSON form, and the line of every position in it.

    Raises:
        InteropError: more or deeper than `bounds` allows, text outside of attributes, an element with a value and
            elements, or one twice that R4 allows once.
    """
    lines: Lines = {}
    root = Found(posted.root, _name(posted.root), None)
    if sum(1 for _ in posted.root.iter()) > MAX_VALUES:
        root.fail(f"more than {MAX_VALUES} elements", "Send one referral at a time.")
    return _resource(root.node, root.where, lines), lines


def at_line(error: InteropError, lines: Mapping[str, int]) -> InteropError:
    """The error, saying the line of the element or, where one is missing, of the one that should hold it."""
    where = error.where
    while where and where not in lines:
        where = where[: max(where.rfind(mark) for mark in ".[(")] if re.search(r"[.\[(]", where) else ""
    line = f" (line {lines[where]})" if where else ""
    return InteropError(error.what + line, where=error.where, remedy=error.remedy)


def _resource(node: Any, where: str, lines: Lines) -> Json:
    kind = _name(node)
    return {"resourceType": kind, **_object(Found(node, where, kind), lines)}


def _object(found: Found, lines: Lines) -> Json:
    """Attributes, then children by name."""
    _note(found, lines)
    children = found.children()
    _refuse_text(found, children)
    members = _attributes(found)
    grouped: dict[str, list[Any]] = {}
    for child in children:
        grouped.setdefault(_name(child), []).append(child)
    for name, nodes in grouped.items():
        if name in members:
            found.fail(f"{name} is both attribute and element", "Send one of them.")
        members |= _members(found, name, nodes, lines)
    return members


def _note(found: Found, lines: Lines) -> None:
    """Remember the line, and refuse what is too deep before anything deeper is looked at."""
    lines[found.where] = found.node.sourceline
    if found.where.count(".") > MAX_DEPTH:
        found.fail(f"nested deeper than {MAX_DEPTH} levels", "Send one referral at a time.")


def _refuse_text(found: Found, children: list[Any]) -> None:
    if any((text or "").strip() for text in (found.node.text, *(child.tail for child in children))):
        found.fail("text stands between the elements", 'Write it as an attribute: value="…".')


def _attributes(found: Found) -> Json:
    """`id` and `url`; another attribute is unknown to FHIR and kept with a mark, save where a schema was."""
    if found.type and "value" in found.node.attrib:
        found.fail("has a value, but is made of elements", "Write what R4 says stands inside.")
    said = {str(name): value for name, value in found.node.attrib.items() if not name.startswith(XSI)}
    return {name if name in ("id", "url") else f"@{name}": value for name, value in said.items()}


def _members(parent: Found, name: str, nodes: list[Any], lines: Lines) -> Json:
    kind = _kind(parent.type, name, nodes[0])
    if len(nodes) > 1 and kind.type is not None and not kind.repeats:
        Found(nodes[1], f"{parent.where}.{name}", kind.type).fail("stands here a second time", "Send it once.")
    listed = kind.repeats or len(nodes) > 1
    places = (f"{parent.where}.{name}" + (f"[{index}]" if listed else "") for index in range(len(nodes)))
    found = [Found(node, where, kind.type) for node, where in zip(nodes, places, strict=True)]
    if all(_is_primitive(each) for each in found):
        return _primitives(name, [_primitive(each, lines) for each in found], listed=listed)
    values = [_complex(each, lines) for each in found]
    return {name: values if listed else values[0]}


def _kind(parent: str | None, name: str, node: Any) -> Kind:
    known = ELEMENTS.get(parent or "", {}).get(name)
    if known is not None:
        return known
    if name in EXTENSIONS:
        return Kind("Extension", repeats=True)
    return UNKNOWN if node.tag.startswith(OURS) else MARKUP


def _is_primitive(found: Found) -> bool:
    """Whether R4 says so; an unknown element is one when it holds no elements but extensions."""
    if found.type is None:
        return all(_name(child) in EXTENSIONS for child in found.children())
    return found.type in PRIMITIVES


def _primitive(found: Found, lines: Lines) -> tuple[Any, Json | None]:
    """The value, and what else the element says: its id and extensions (the `_name` of JSON)."""
    if not len(found.node) and not found.node.text and found.node.attrib.keys() == ["value"]:  # nearly all are so
        _note(found, lines)
        return _typed(found.node.get("value"), found.type), None
    if any(_name(child) not in EXTENSIONS for child in found.children()):
        found.fail("holds elements, but is a text, number or boolean", 'Write it as an attribute: value="…".')
    rest = _object(Found(found.node, found.where, None), lines)
    value = rest.pop("@value", None)
    return _typed(value, found.type), rest or None


def _typed(value: str | None, kind: str | None) -> Any:
    """The JSON value; what is no boolean or number stays text, and its reader says so."""
    if value is None:
        return None
    if kind == "boolean":
        return BOOLEANS.get(value, value)
    if kind == "number" and INTEGER.fullmatch(value):
        return int(value)
    return float(value) if kind == "number" and DECIMAL.fullmatch(value) else value


def _primitives(name: str, found: list[tuple[Any, Json | None]], *, listed: bool) -> Json:
    """A member for the values, one for the rest; where one of several is missing stands null."""
    values, rests = [value for value, _ in found], [rest for _, rest in found]
    members: Json = {}
    for key, column in ((name, values), (f"_{name}", rests)):
        if any(each is not None for each in column):
            members[key] = column if listed else column[0]
    return members


def _complex(found: Found, lines: Lines) -> Any:
    match found.type:
        case "Resource":
            return _only_resource(found, lines)
        case "xhtml":
            _note(found, lines)
            return etree.tostring(found.node, encoding="unicode", with_tail=False)
        case _:
            return _object(found, lines)


def _only_resource(found: Found, lines: Lines) -> Json:
    children = found.children()
    _refuse_text(found, children)
    if len(children) != 1 or found.node.attrib:
        found.fail("does not hold exactly one resource and nothing else", "Write one resource inside.")
    return _resource(children[0], found.where, lines)


def _name(node: Any) -> str:
    """The name in FHIR; one of another namespace keeps that before it, so that nobody takes it for ours."""
    return str(node.tag).removeprefix(OURS).removeprefix(XHTML)


def _table(text: str) -> Iterator[tuple[str, dict[str, Kind]]]:
    for line in text.replace("\n ", " ").splitlines():
        name, *words = line.split()
        yield name, dict(_element(word) for word in words)


def _element(word: str) -> tuple[str, Kind]:
    name, _, kind = word.removesuffix("*").partition(":")
    return name, Kind(kind, repeats=word.endswith("*"))


ELEMENTS = dict(_table(TABLE))
PRIMITIVES = ("", "boolean", "number")
