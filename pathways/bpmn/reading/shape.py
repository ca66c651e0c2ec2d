"""Which slips of a file are unambiguous? They are put right before anything is read, and each kind is told once.

Ids that stand twice are the exception: nothing can put them right.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import BPMN, Element, local_reference, namespace_of, tag_of, text_of

_ENDINGS = ("Task", "Event", "Gateway", "SubProcess", "Activity", "EventDefinition")
_REFERRED_NAMES = (
    "task transaction subProcess process sequenceFlow message signal error escalation resource dataStore "
    "dataObject dataObjectReference dataStoreReference"
)
_REFERRED = frozenset(_REFERRED_NAMES.split())
"""With the endings above: elements whose ids decide what runs."""
_ORDER = {
    "documentation": 0,
    "extensionElements": 1,
    "auditing": 2,
    "monitoring": 2,
    "categoryValueRef": 2,
    "incoming": 3,
    "outgoing": 4,
}
_LAST = 5


def put_right(root: Element, source: Source) -> Element:
    """Give the root with everything in BPMN's namespace, an id on every flow node, and both ends on every flow."""
    root = _as_definitions(root, source)
    if tag_of(root) != "definitions":
        return root
    slips = _Slips(root, source)
    for element in root.iter(f"{{{BPMN}}}*"):
        slips.look_at(element)
    slips.tell()
    return root


def _as_definitions(root: Element, source: Source) -> Element:
    """Move drafts of BPMN 2.0 and files without namespace into BPMN's own; a bare process gets its definitions."""
    namespace = namespace_of(root.tag)
    if root.local in ("definitions", "process") and namespace != BPMN and _means_bpmn(root, namespace):
        where = f"the namespace {namespace}" if namespace else "no namespace"
        for element in list(root.iter()):
            _rename(element, namespace)
        source.note("warning", "draft-namespace", root, f"The file is in {where}: it is read as BPMN 2.0.", "Save it.")
    if tag_of(root) != "process":
        return root
    source.note("warning", "no-definitions", root, "A process without definitions around it is read.", "Save it.")
    definitions = Element(f"{{{BPMN}}}definitions", {}, root.sourceline, None)
    definitions.adopt(root)
    return definitions


def _means_bpmn(root: Element, namespace: str | None) -> bool:
    """OMG's drafts name BPMN 2.0 in their namespace; without any, a process must be there."""
    if not namespace:
        return root.local == "process" or any(child.local in ("process", "collaboration") for child in root)
    name = namespace.lower().rstrip("/")
    return "omg.org" in name and "bpmn" in name and "bpmn1" not in name and "bpmn/1" not in name


def _rename(element: Element, namespace: str | None) -> None:
    outer = element.getparent()
    inside_extension = outer is not None and not (
        outer.tag.startswith(f"{{{BPMN}}}") and outer.local != "extensionElements"
    )
    if namespace_of(element.tag) == namespace and not (inside_extension and namespace is None):
        element.tag = f"{{{BPMN}}}{element.local}"


@dataclass(slots=True)
class _Slips:
    """What is noticed on one walk over the file."""

    root: Element
    source: Source
    ids: dict[str, Element] = field(default_factory=dict)
    flows: list[Element] = field(default_factory=list)
    nameless: list[Element] = field(default_factory=list)
    disordered: list[Element] = field(default_factory=list)

    def look_at(self, element: Element) -> None:
        """Notice the id, and the order of the children."""
        tag = element.local
        referred = tag in _REFERRED or tag.endswith(_ENDINGS)
        name = element.attrib.get("id")
        if name is not None and name != name.strip():
            name = element.attrib["id"] = name.strip()
        if name and referred:
            self._meet_id(element, name)
        if tag == "sequenceFlow":
            self.flows.append(element)
        elif referred and not name and _is_node(element):
            self.nameless.append(element)
        if len(element) > 1 and _is_disordered(element):
            self.disordered.append(element)

    def _meet_id(self, element: Element, name: str) -> None:
        first = self.ids.setdefault(name, element)
        if first is not element:
            self.source.incomplete = True
            message = f"The id {name!r} stands twice in this file, first in line {first.sourceline}."
            self.source.error("duplicate-id", element, message, "Give each its own id.")

    def tell(self) -> None:
        """Put right what was noticed and say so."""
        for element in self.nameless:
            self._name(element)
        if any("sourceRef" not in flow.attrib or "targetRef" not in flow.attrib for flow in self.flows):
            self._find_ends()
        if self.disordered:
            message = f"Children in another order than the schema's, {len(self.disordered)} times, first here."
            self.source.note("warning", "child-order", self.disordered[0], message)
        if not self.root.get("targetNamespace"):
            message = "definitions has no targetNamespace, which the schema requires."
            self.source.note("warning", "missing-attribute", self.root, message, "Save the file in a modeler.")

    def _name(self, element: Element) -> None:
        """Nothing can refer to it, so any id that is free will do."""
        name = f"{element.local}_line_{element.sourceline}"
        while name in self.ids:
            name += "_"
        self.ids[name] = element
        element.attrib["id"] = name
        message = f"This {element.local} has no id: it is called {name!r}."
        self.source.note("warning", "missing-id", element, message, "Give it an id.")

    def _find_ends(self) -> None:
        """A flow without an end takes the node that lists it as incoming or outgoing, when there is just one."""
        listed = dict(_listed(self.root))
        for flow in self.flows:
            for end, tag in (("sourceRef", "outgoing"), ("targetRef", "incoming")):
                node = listed.get((tag, flow.get("id", "")))
                if end not in flow.attrib and node:
                    flow.attrib[end] = node
                    message = f"This sequence flow has no {end}: {node!r} lists it as {tag}."
                    self.source.note("warning", "missing-attribute", flow, message, "Connect it in the modeler.")


def _is_node(element: Element) -> bool:
    """Whether it is a process, or a flow node inside a process or sub-process."""
    outer = element.getparent()
    if element.local == "process":
        return outer is not None and tag_of(outer) == "definitions"
    holds = outer is not None and (
        tag_of(outer) in ("process", "transaction") or outer.local.lower().endswith("subprocess")
    )
    return (
        holds
        and not element.local.endswith("EventDefinition")
        and element.local != "sequenceFlow"
        and (element.local in ("task", "transaction", "subProcess") or element.local.endswith(_ENDINGS))
    )


def _is_disordered(element: Element) -> bool:
    """Documentation comes first, then extensions; a flow node's incoming flows come before its outgoing ones."""
    before = 0
    for child in element:
        rank = _ORDER.get(child.local, _LAST)
        if rank < before:
            return True
        before = rank
    return False


def _listed(root: Element) -> Iterator[tuple[tuple[str, str], str]]:
    for element in root.iter(f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing"):
        outer = element.getparent()
        if outer.get("id"):
            yield (element.local, local_reference(text_of(element))), outer.get("id")
