"""Is every element and attribute of a file one that `schema.py` knows at its place? One walk over what is executed."""

from collections.abc import Iterator, Mapping

from pathways.bpmn.reading.attributes import meant_by
from pathways.bpmn.reading.xml import Element, namespace_of
from pathways.bpmn.schema_parts import Part
from pathways.dmn.schema import ANYWHERE, EXPRESSIONS, REPEATED, parts_of
from pathways.dmn.source import MODEL_NAMESPACE, Source


def check_parts(source: Source, root: Element) -> None:
    """Refuse what is not executed, and what the schema does not have where it stands."""
    waiting = [(root, "")]
    while waiting:
        element, inside = waiting.pop()
        known = parts_of(element.local, inside=inside)
        _check_attributes(source, element, known)
        executed = list(_looked_into(source, element, known))
        _check_once(source, element, executed)
        waiting.extend((child, element.local) for child in reversed(executed))


def _check_attributes(source: Source, element: Element, known: Mapping[str, Part]) -> None:
    for name, value in element.attrib.items():
        part = known.get(f"@{name}")
        if part is None:
            _meet_unknown(source, element, name, known)
        elif part.use == "refused" and not any(each in value.lower() for each in part.unless):
            message = f'{name}="{value}" of {element.local} is not executed: {part.says}.'
            source.find("dmn-unsupported", element, message, "Remove it.")


def _meet_unknown(source: Source, element: Element, name: str, known: Mapping[str, Part]) -> None:
    """An attribute of another tool is passed over, a misspelt one refused, one without any meaning told."""
    if name[0] == "{":
        return
    free = {part[1:] for part in known if part[0] == "@" and part[1:] not in element.attrib}
    message = f"DMN's {element.local} has no attribute {name!r}"
    if meant := meant_by(name, free, ANYWHERE):
        source.find("dmn-misspelt-attribute", element, f"{message}; it has {meant!r}.", "Correct its spelling.")
    else:
        message = f"{message}: it has no effect."
        source.find("dmn-unknown-attribute", element, message, "Remove it.", severity="warning")


def _looked_into(source: Source, element: Element, known: Mapping[str, Part]) -> Iterator[Element]:
    """The children that are executed; other namespaces are other tools', but for those of other versions of DMN."""
    for child in element:
        namespace = namespace_of(child.tag) or ""
        if namespace and not MODEL_NAMESPACE.fullmatch(namespace):
            continue
        part = known.get(child.local)
        if part is None:
            message = f"DMN's {element.local} has no {child.local}: it is not executed."
            source.find("dmn-unknown-element", child, message, "Remove it, or put it where it belongs.")
        elif not child.tag.startswith(source.prefix):
            message = f"This {child.local} is of the namespace '{namespace}', not of that of the file: it is not read."
            source.find("dmn-unknown-element", child, message, "Write the whole file in one version of DMN.")
        elif part.use == "executed":
            yield child


def _check_once(source: Source, element: Element, executed: list[Element]) -> None:
    """Refuse a second element where one is read, and a second expression where an element holds one."""
    many = element.local in ("list", "row")
    seen: set[str] = set()
    for child in executed:
        kind = "expression" if child.local in EXPRESSIONS else child.local
        if kind in seen and kind not in REPEATED and not (many and kind == "expression"):
            message = f"A second {kind} stands here: only the first one is executed."
            source.find("dmn-duplicate-element", child, message, "Keep one.")
        seen.add(kind)
