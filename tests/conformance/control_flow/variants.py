"""In which other ways can the same diagram be written?"""

import re
from collections.abc import Callable

from lxml import etree

from tests.conformance.control_flow.diagrams import BPMN

NODES = re.compile(r".*(Task|task|Event|Gateway|[sS]ubProcess|callActivity|transaction)$")
SCOPES = ("process", "subProcess", "adHocSubProcess", "transaction")


def turned_over(text: str) -> str:
    """Nodes and flows of every scope stand in the opposite order."""
    root = etree.fromstring(text.encode())
    for scope in [found for name in SCOPES for found in root.iter(f"{{{BPMN}}}{name}")]:
        own = [child for child in scope if NODES.match(_name(child)) or _name(child) == "sequenceFlow"]
        for child in reversed(own):
            scope.remove(child)
            scope.append(child)
    return _text(root)


def with_prefix(text: str) -> str:
    """Every BPMN tag carries a prefix."""
    return re.sub(r"<(/?)(?=[a-zA-Z]+[\s/>])", r"<\1bpmn2:", text).replace(" xmlns=", " xmlns:bpmn2=")


def without_flow_ids(text: str) -> str:
    """Sequence flows have no id unless one refers to it."""
    root = etree.fromstring(text.encode())
    named = {element.get("default") for element in root.iter()} | {found.text for found in root.iter() if found.text}
    for flow in root.iter(f"{{{BPMN}}}sequenceFlow"):
        if flow.get("id") not in named:
            flow.attrib.pop("id", None)
    return _text(root)


def as_modelers_write_it(text: str) -> str:
    """`<incoming>` and `<outgoing>` are there, and a vendor's elements and attributes that mean nothing here."""
    root = etree.fromstring(text.replace("<definitions ", '<definitions xmlns:acme="urn:acme" ', 1).encode())
    nodes = {each.get("id"): each for each in root.iter(f"{{{BPMN}}}*") if NODES.match(_name(each))}
    flows = list(root.iter(f"{{{BPMN}}}sequenceFlow"))
    for node in nodes.values():
        node.set("{urn:acme}colour", "red")
        _vendor_extension(node)
        where = 1
        for direction, end in (("incoming", "targetRef"), ("outgoing", "sourceRef")):
            for flow in [flow for flow in flows if flow.get(end) == node.get("id")]:
                reference = etree.Element(f"{{{BPMN}}}{direction}")
                reference.text = flow.get("id")
                node.insert(where, reference)
                where += 1
    return _text(root)


def _vendor_extension(node: etree._Element) -> None:
    extensions = node.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        extensions = etree.Element(f"{{{BPMN}}}extensionElements")
        node.insert(0, extensions)
    etree.SubElement(extensions, "{urn:acme}note", author="nobody").text = "without effect"


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _text(root: etree._Element) -> str:
    return str(etree.tostring(root, encoding="unicode"))


WAYS: dict[str, Callable[[str], str]] = {
    "turned-over": turned_over,
    "with-prefix-and-without-flow-ids": lambda text: with_prefix(without_flow_ids(text)),
    "as-modelers-write-it": as_modelers_write_it,
}
