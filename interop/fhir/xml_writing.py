"""How is a FHIR R4 resource in its JSON form written as FHIR XML (FHIR R4, Resource Formats)?

XML has an order that JSON does not have: that of the table in `r4_elements`, by which `xml` reads. A member that the
table does not know comes last.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from interop.fhir.xml import ELEMENTS, EXTENSIONS, FHIR, OURS
from interop.xml import parsed

LEADING = ("id", "meta", "implicitRules", "language", "text", "contained")
"""What stands first in a resource, before its extensions; in a datatype `text` may stand last."""

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not have; FHIR allows them in no text either."""

Json = Mapping[str, Any]


def fhir_xml(resource: Json) -> bytes:
    """The resource as a document in UTF-8. For a character that XML does not have stands U+FFFD."""
    node = _resource(resource)
    written: bytes = etree.tostring(node, xml_declaration=True, encoding="UTF-8")
    return written


def _resource(resource: Json) -> Any:  # lxml publishes no types
    kind = str(resource["resourceType"])
    node = _node(kind)
    _fill(node, {name: value for name, value in resource.items() if name != "resourceType"}, kind, LEADING)
    return node


def _fill(node: Any, members: Json, kind: str, leading: Sequence[str] = ()) -> None:
    """Put the members into an element of a type, in the order of R4."""
    known = ELEMENTS.get(kind, {})
    order = list(dict.fromkeys((*leading, *EXTENSIONS, *known)))
    names = dict.fromkeys(name.removeprefix("_") for name in members)
    for name in sorted(names, key=lambda each: order.index(each) if each in order else len(order)):
        is_extension = name in EXTENSIONS
        inside = "Extension" if is_extension else known[name].type if name in known else None
        for value, rest in _pairs(members.get(name), members.get(f"_{name}")):
            node.append(_element(name, value, rest or {}, inside or ""))


def _pairs(value: Any, rest: Any) -> Iterator[tuple[Any, Any]]:
    """Each value with what else is said of it: its id and extensions (the `_name` of JSON)."""
    if not isinstance(value, list) and not isinstance(rest, list):
        yield value, rest
        return
    values, rests = value or [None] * len(rest or ()), rest or [None] * len(value or ())
    yield from zip(values, rests, strict=True)


def _element(name: str, value: Any, rest: Json, kind: str) -> Any:
    if kind == "xhtml":
        return parsed(str(value), where=name)
    node = _node(name)
    match value:
        case {"resourceType": str()}:
            node.append(_resource(value))
        case Mapping():
            _object(node, value, kind)
        case _:
            if value is not None:
                node.set("value", _text(value))
            _object(node, rest, kind)
    return node


def _object(node: Any, members: Json, kind: str) -> None:
    """`id`, and the `url` of an extension, are attributes."""
    attributes = ("id", "url") if kind == "Extension" else ("id",)
    for name in attributes:
        if name in members:
            node.set(name, _text(members[name]))
    _fill(node, {name: value for name, value in members.items() if name not in attributes}, kind)


def _node(name: str) -> Any:
    return etree.Element(OURS + name, nsmap={None: FHIR})


def _text(value: Any) -> str:
    return NO_XML.sub("\ufffd", value) if isinstance(value, str) else json.dumps(value)
