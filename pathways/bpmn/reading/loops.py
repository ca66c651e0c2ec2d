"""How often does an activity run? Multi-instance and standard loop characteristics (BPMN 2.0.2 §10.3.8)."""

from pathways.bpmn.model import Loop, MultiInstance, StandardLoop
from pathways.bpmn.reading.attributes import flag
from pathways.bpmn.reading.extensions import read_extensions
from pathways.bpmn.reading.source import Source
from pathways.bpmn.reading.xml import Element, bpmn_children, local_reference, text_of


def read_loop(element: Element, source: Source) -> Loop | None:
    """The one loop marker of an activity."""
    many = bpmn_children(element, "multiInstanceLoopCharacteristics")
    again = bpmn_children(element, "standardLoopCharacteristics")
    if len(many) + len(again) > 1:
        source.error("loop-twice", element, "An activity has at most one loop marker.", "Keep one.")
    if many:
        return _multi_instance(many[0], source)
    if again and source.executes(again[0], "marker.standardLoop", what="standard loop"):
        return _standard_loop(again[0], source)
    return None


def _standard_loop(loop: Element, source: Source) -> StandardLoop | None:
    condition = _expression(loop, "loopCondition", source)
    maximum = loop.get("loopMaximum", "").strip()
    if maximum and not maximum.isdecimal():
        source.error("bad-attribute", loop, f"loopMaximum is {maximum!r}, not a whole number.", "Write digits.")
    if condition is None and not maximum.isdecimal():
        message = "When does this loop end? It has neither condition nor maximum."
        source.error("loop-condition", loop, message, "Write a loopCondition or a loopMaximum.")
        return None
    return StandardLoop(
        condition=condition,
        test_before=flag(loop, "testBefore", source, default=False),
        maximum=int(maximum) if maximum.isdecimal() else None,
    )


def _expression(loop: Element, tag: str, source: Source) -> str | None:
    found = [child for child in bpmn_children(loop, tag) if text_of(child)]
    return source.condition(found[0], what=tag) if found else None


def _multi_instance(loop: Element, source: Source) -> MultiInstance | None:
    zeebe = read_extensions(loop, "multiInstanceLoopCharacteristics", source).get("loopCharacteristics")
    given = {} if zeebe is None else dict(zeebe.attrib)
    where = loop if zeebe is None else zeebe
    if given.get("inputCollection", "=").strip()[:1] not in ("", "="):
        message = f"inputCollection is the text {given['inputCollection']!r}, which is no list."
        source.error("loop-collection", where, message, "Write `=` before an expression.")
    collection = source.feel(where, given.get("inputCollection"), what="inputCollection") or _data(
        loop, "loopDataInputRef", source
    )
    cardinality = _expression(loop, "loopCardinality", source)
    if (collection is None) == (cardinality is None):
        message = "A multi-instance activity runs for the items of one collection, or for a loopCardinality."
        source.error("loop-collection", where, message, "Set either the input collection or the cardinality.")
        return None
    if given.get("outputElement") and not (given.get("outputCollection") or _data(loop, "loopDataOutputRef", source)):
        message = "The output element of each instance is collected nowhere."
        source.error("loop-output", where, message, "Name the output collection, or remove the output element.")
    item = _name(loop, "outputDataItem")
    return MultiInstance(
        sequential=flag(loop, "isSequential", source, default=False),
        input_collection=collection,
        input_element=given.get("inputElement") or _name(loop, "inputDataItem"),
        output_collection=given.get("outputCollection") or _data(loop, "loopDataOutputRef", source),
        output_element=source.feel(where, given.get("outputElement"), what="outputElement") or item,
        completion_condition=_expression(loop, "completionCondition", source),
        cardinality=cardinality,
    )


def _data(loop: Element, tag: str, source: Source) -> str | None:
    """The variable behind a reference to a data object, property, data input or output."""
    found = [local_reference(text_of(child)) for child in bpmn_children(loop, tag) if text_of(child)]
    if found and found[0] not in source.data_names:
        message = f"{tag} names {found[0]!r}, which is no data of the file: it is read as a variable of that name."
        source.note(
            "warning", "missing-reference", loop, message, "Name a data object, or use zeebe:loopCharacteristics."
        )
    return source.data_names.get(found[0], found[0]) if found else None


def _name(loop: Element, tag: str) -> str | None:
    found = bpmn_children(loop, tag)
    return (found[0].get("name") or found[0].get("id") or None) if found else None
