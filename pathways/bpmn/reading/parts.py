"""Is every element and attribute of a file one that `schema.py` knows at its place? One walk over what is executed."""

from collections.abc import Collection, Iterator

from pathways.bpmn.reading.attributes import check_attributes
from pathways.bpmn.reading.foreign import meet_element
from pathways.bpmn.reading.owners import ROLES
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import BPMN, Element, text_of
from pathways.bpmn.schema import ONLY_DOCUMENTATION, parts_of
from pathways.bpmn.schema_parts import Part

_RUNS = frozenset(
    {"process", "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask"}
)
"""Roots that are looked into only when they are executed or called: else they are documentation as a whole."""
_ONCE_NAMES = (
    "conditionExpression loopCardinality completionCondition loopCondition activationCondition loopDataInputRef "
    "loopDataOutputRef inputDataItem outputDataItem script dataPath transformation from to resourceRef "
    "resourceAssignmentExpression operationRef ioSpecification"
)
_ONCE = frozenset(_ONCE_NAMES.split())
"""Elements of which the schema has one, and one is read."""
_IN_BPMN = f"{{{BPMN}}}"


def check_parts(root: Element, executed: Collection[str], source: Source) -> None:
    """Tell or refuse what is not executed at its place, and what the schema does not have there.

    `executed`: the ids of the processes and global tasks that run.
    """
    waiting = [root]
    while waiting:
        element = waiting.pop()
        check_attributes(element, source)
        _check_once(element, source)
        waiting.extend(reversed([*_looked_into(element, executed, source)]))


def _looked_into(element: Element, executed: Collection[str], source: Source) -> Iterator[Element]:
    known = parts_of(element.local)
    for child in element:
        part = known.get(child.local)
        if not child.tag.startswith(_IN_BPMN):
            meet_element(child, source)
        elif part is None:
            _refuse_misplaced(element, child, source)
        elif part.use == "executed":
            if child.local != "extensionElements" and (child.local not in _RUNS or child.get("id") in executed):
                yield child
        elif part.use != "documentation" and part.name not in ROLES:
            _say(part, child, source)


def _say(part: Part, child: Element, source: Source) -> None:
    if part.use == "refused":
        source.incomplete = True
        message = f"{part.name} is not executed by this build: {part.says}."
        source.error("unsupported-element", child, message, "Remove it.")
    else:
        message = f"This {part.name} has no effect: {part.says}."
        source.note("warning", "without-effect", child, message, "Remove it.")


def _refuse_misplaced(element: Element, child: Element, source: Source) -> None:
    """Refuse what would be executed elsewhere, or nowhere; what changes nothing at its own place is told."""
    message = f"BPMN's {element.local} has no {child.local}: it is not executed."
    if child.local not in ONLY_DOCUMENTATION:
        source.incomplete = True
        source.error("unknown-element", child, message, "Remove it, or put it where it belongs.")
    else:
        source.note("warning", "unknown-element", child, message, "Remove it.")


def _check_once(element: Element, source: Source) -> None:
    """Only one of these would be read: refuse a second one that says something else."""
    said: dict[str, str] = {}
    for child in element:
        text = text_of(child)
        if child.local in _ONCE and text and said.setdefault(child.local, text) != text:
            message = f"{child.local} stands here twice, and says two things."
            source.error("duplicate-element", child, message, "Keep one.")
