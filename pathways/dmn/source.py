"""What does the reader know while it reads one `.dmn` file? Its namespaces, its file name, its findings so far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pathways.bpmn.findings import Finding, Severity
from pathways.bpmn.reading.xml import Element, namespace_of, text_of
from pathways.dmn.model import InformationItem, Text

MODEL_NAMESPACE = re.compile(r"https?://www\.omg\.org/spec/DMN/\d{8}(?:/(?:MODEL/?|dmn\.xsd|DMN\d*\.xsd))?/?")
"""The namespaces of DMN 1.0 (2013) to 1.5 (2023) and later: `…/20151101/dmn.xsd`, `…/20230324/MODEL/`."""

MAX_NESTING = 40
"""Boxed expressions, or components of a type, inside one another."""

_ALIASES = {
    "datetime": "date and time",
    "daytimeduration": "days and time duration",
    "yearmonthduration": "years and months duration",
    "any": "Any",
    "integer": "number",
    "long": "number",
    "double": "number",
}
"""What DMN 1.1 and Camunda Modeler call some types of FEEL."""


_DECLARATION = re.compile(r"""xmlns:([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def declared_prefixes(text: str) -> dict[str, str]:
    """The namespace of each prefix that a file declares; the first declaration counts."""
    found: dict[str, str] = {}
    for prefix, one, other in _DECLARATION.findall(text):
        found.setdefault(prefix, one or other)
    return found


def one_line(name: str) -> str:
    """A name as FEEL sees it: single spaces, none around."""
    return " ".join(name.split())


class Source:
    """One file being read."""

    def __init__(self, file: str, root: Element, prefixes: Mapping[str, str]) -> None:
        self.prefixes = prefixes
        self.file = file
        self.prefix = f"{{{namespace_of(root.tag)}}}"
        self.namespace = (root.get("namespace") or "").strip()
        self.imported: dict[str, str] = {}
        self.defined = {one_line(item.get("name") or "") for item in self.children(root, "itemDefinition")}
        self.findings: list[Finding] = []
        self.nesting = 0

    def find(
        self, rule: str, element: Element, message: str, remedy: str = "", *, severity: Severity = "error"
    ) -> None:
        """Add a finding about an element."""
        name = element.get("name") or element.get("id")
        self.findings.append(Finding(rule, severity, self.file, element.sourceline, name, message, remedy))

    @contextmanager
    def nested(self, element: Element) -> Iterator[bool]:
        """One level deeper; says whether that is still allowed, with a finding when not."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            message = f"Expressions or components are nested deeper than {MAX_NESTING} levels."
            self.find("dmn-nesting", element, message, "Split it into several decisions or types.")
        yield self.nesting <= MAX_NESTING
        self.nesting -= 1

    def children(self, element: Element, *tags: str) -> Iterator[Element]:
        """The child elements of DMN with one of these names; without names all of them."""
        for child in element:
            if child.tag.startswith(self.prefix) and (not tags or child.local in tags):
                yield child

    def child(self, element: Element, tag: str) -> Element | None:
        """The first child element of DMN with this name."""
        return next(self.children(element, tag), None)

    def text(self, element: Element | None) -> Text | None:
        """The FEEL text inside an element, nothing when there is none."""
        found = None if element is None else self.child(element, "text")
        if found is None or element is None:
            return None
        return Text(text_of(found), found.sourceline)

    def flag(self, element: Element, attribute: str) -> bool:
        """Whether an attribute says true."""
        return str(element.get(attribute, "")).strip().lower() in ("true", "1")

    def type_ref(self, element: Element | None) -> str:
        """The name of the type an element asks for; empty when it asks for none."""
        if element is None:
            return ""
        given = element.get("typeRef")
        if given is None:
            given = text_of(self.child(element, "typeRef"))
        return self.type_name(given)

    def type_name(self, given: str) -> str:
        """A type name without the prefix that DMN 1.1 writes before it (`feel:string`, `ns1:tPatient`)."""
        name = one_line(given)
        prefix, colon, local = name.partition(":")
        namespace = self.prefixes.get(prefix) if colon else None
        if namespace is not None or prefix == "feel":
            imported = self.imported.get(namespace or "")
            name = f"{imported}.{local}" if imported else local
        return name if name in self.defined or "." in name else _ALIASES.get(name.replace(" ", "").lower(), name)

    def variable(self, element: Element, *, tag: str = "variable", default: str = "") -> InformationItem:
        """The information item inside an element; its name is the default where it has none."""
        found = self.child(element, tag)
        if found is None:
            return InformationItem(default)
        return InformationItem(one_line(found.get("name") or "") or default, self.type_ref(found))

    def items(self, element: Element, tag: str) -> tuple[InformationItem, ...]:
        """All information items of that name: parameters, columns."""
        return tuple(
            InformationItem(one_line(found.get("name") or ""), self.type_ref(found))
            for found in self.children(element, tag)
        )

    def reference(self, element: Element | None) -> str:
        """The `namespace#id` an `href` means; a bare `#id` is in this file."""
        href = "" if element is None else (element.get("href") or "").strip()
        namespace, _, identifier = href.rpartition("#")
        return f"{namespace or self.namespace}#{identifier}"

    def references(self, element: Element, tag: str) -> tuple[str, ...]:
        """All references that the elements of that name hold, each once."""
        return tuple(dict.fromkeys(map(self.reference, self.children(element, tag))))
