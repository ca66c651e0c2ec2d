"""Which variables do data objects, data stores, inputs, outputs and associations stand for? (BPMN 2.0.2 §10.4).

A data object is the variable of its name; a data association copies from one variable to another.
"""

from collections.abc import Iterator

from pathways.bpmn.model import VariableMapping
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, local_reference, tag_of, text_of

_ITEMS = frozenset({"dataObject", "dataInput", "dataOutput", "property", "dataStore"})
_REFERENCES = {"dataObjectReference": "dataObjectRef", "dataStoreReference": "dataStoreRef"}
DATA_TAGS = (*sorted(_ITEMS), *_REFERENCES)
"""The elements that name data."""
_PLACEHOLDER = "__targetRef_placeholder"
"""What modelers write as the end of an association that has no data input: it is a drawing only."""


def index_data(element: Element, source: Source) -> None:
    """Note the variable name of one data item or of one reference to it; the reference's own name wins."""
    tag, name, item = tag_of(element), _name(element), element.get("id", "")
    if tag in _ITEMS:
        source.data_names.setdefault(item, name or item)
    elif tag in _REFERENCES:
        target = local_reference(element.get(_REFERENCES[tag], ""))
        if name:
            source.data_names[item] = name
            source.data_names[target] = name
        else:
            source.data_names[item] = source.data_names.get(target, target or item)


def naming_order(element: Element) -> tuple[bool, bool]:
    """Let data items come before references to them, and references with a name before those without."""
    refers = tag_of(element) in _REFERENCES
    return refers, refers and not _name(element)


def _name(element: Element) -> str:
    return " ".join(element.get("name", "").split())


def data_objects(scope: Element, source: Source) -> tuple[str, ...]:
    """The variables that live and die with a sub-process: its named data objects (§10.4.1)."""
    found = (child.get("id", "") for child in bpmn_children(scope, "dataObject"))
    return tuple(sorted({source.data_names[name] for name in found if source.data_names.get(name, name) != name}))


def associations(element: Element, tag: str, source: Source) -> tuple[VariableMapping, ...]:
    """The copies that the data associations of an activity or event make, in their written order."""
    return tuple(copy for child in bpmn_children(element, tag) for copy in _copies(child, source))


def _copies(association: Element, source: Source) -> Iterator[VariableMapping]:
    given = [local_reference(text_of(child)) for child in bpmn_children(association, "sourceRef")]
    targets = [local_reference(text_of(child)) for child in bpmn_children(association, "targetRef")]
    target = source.data_names.get(targets[0], "") if targets else ""
    changed = [child for child in bpmn_children(association, "transformation") if text_of(child)]
    assignments = bpmn_children(association, "assignment")
    for assignment in assignments:
        yield _assignment(assignment, source)
    for name in (*given, *targets) if not assignments else ():
        if name not in source.data_names:
            why = f"There are no data {name!r}: nothing is copied."
            source.note("warning", "missing-reference", association, why, "Connect the association in the modeler.")
    if assignments or not target or target == _PLACEHOLDER:
        return
    if changed:
        yield VariableMapping(source.condition(changed[0], what="The transformation"), target)
    elif given and source.data_names.get(given[0], target) != target:
        yield VariableMapping(source.data_names[given[0]], target)


def _assignment(assignment: Element, source: Source) -> VariableMapping:
    origin, target = (next(iter(bpmn_children(assignment, tag)), None) for tag in ("from", "to"))
    name = text_of(target).removeprefix("=").strip()
    if origin is None or not name:
        source.error("data-assignment", assignment, "A data assignment needs `from` and `to`.", "Complete it.")
        return VariableMapping("null", "nothing")
    value = source.condition(origin, what="The assigned value")
    return VariableMapping(value, source.data_names.get(local_reference(name), name))
