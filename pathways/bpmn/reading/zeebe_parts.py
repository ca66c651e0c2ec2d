"""Is every `zeebe:` element and attribute one that `schema_zeebe.py` knows at its place?"""

from collections.abc import Mapping

from pathways.bpmn.reading.foreign import meet_attribute, meet_element
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import ZEEBE, Element, children, local_of, namespace_of
from pathways.bpmn.schema_parts import Part
from pathways.bpmn.schema_zeebe import parts_inside, parts_on

_KEYS: Mapping[str, str] = {"taskHeaders": "key", "properties": "name"}
"""The attribute by which the entries of a list are known."""


def accepted(extension: Element, tag: str, source: Source) -> str | None:
    """Name an extension element that is executed on this BPMN element; tell or refuse any other one."""
    if namespace_of(extension.tag) != ZEEBE:
        meet_element(extension, source)
        return None
    name = local_of(extension.tag)
    part = parts_on(tag).get(name)
    if part is not None and part.use == "executed":
        _check_inside(extension, source)
        return name
    if part is not None and part.use == "told":
        message = f"zeebe:{name} of {tag} has no effect: {part.says}."
        source.note("warning", "without-effect", extension, message, "Remove it.")
        return None
    why = f": {part.says}" if part is not None else ""
    message = f"zeebe:{name} on {tag} is not executed by this build{why}."
    source.error("unsupported-extension", extension, message, "Remove it.")
    return None


def _check_inside(extension: Element, source: Source) -> None:
    waiting = [extension]
    while waiting:
        element = waiting.pop()
        name = local_of(element.tag)
        for attribute, value in element.attrib.items():
            _check_attribute(element, attribute, value, source)
        _check_binding(element, source)
        _check_keys(element, name, source)
        for child in children(element):
            if namespace_of(child.tag) == ZEEBE and local_of(child.tag) in parts_inside(name):
                waiting.append(child)
            else:
                message = f"{local_of(child.tag)} does not belong into zeebe:{name}: nothing would read it."
                source.error("unsupported-extension", child, message, _instead(parts_inside(name)))


def _instead(known: Mapping[str, Part]) -> str:
    names = sorted(f"zeebe:{name}" for name in known if name[0] != "@")
    return f"Write {' or '.join(names)}." if names else "Remove it."


def _check_attribute(element: Element, attribute: str, value: str, source: Source) -> None:
    name, namespace = local_of(element.tag), namespace_of(attribute)
    part = parts_inside(name).get(f"@{local_of(attribute)}")
    if namespace not in (None, "", ZEEBE):
        meet_attribute(element, attribute, value, source)
    elif part is None or (namespace and part.use != "documentation"):
        message = f"zeebe:{name} has no attribute {attribute!r} that is executed."
        source.error("unknown-attribute", element, message, "Correct its spelling or remove it.")
    elif part.use == "refused":
        message = f"{attribute} of zeebe:{name} is not executed by this build: {part.says}."
        source.error("unsupported-attribute", element, message, "Remove it.")


def _check_keys(element: Element, name: str, source: Source) -> None:
    """Refuse a key that stands twice with another value: one of them would be lost."""
    key = _KEYS.get(name, "")
    said: dict[str, str] = {}
    for entry in children(element) if key else ():
        if said.setdefault(entry.get(key, ""), entry.get("value", "")) != entry.get("value", ""):
            message = f"The {local_of(entry.tag)} {entry.get(key)!r} stands here twice, with different values."
            source.error("duplicate-extension", entry, message, "Keep one.")


def _check_binding(element: Element, source: Source) -> None:
    binding = element.get("bindingType", "deployment")
    known = ("deployment", "latest", "versionTag") if element.get("versionTag") else ("deployment", "latest")
    if binding not in known:
        message = f'bindingType="{binding}" is not executed: what is published together is pinned together.'
        source.error("unsupported-attribute", element, message, 'Use bindingType="deployment".')
