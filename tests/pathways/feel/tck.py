"""Reads the literal expressions of the DMN Technology Compatibility Kit with the values they have to give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from pathways.feel.moments import any_date, parse_moment, parse_time
from pathways.feel.values import Value, parse_duration

KIT = Path("/work/shared/data/dmn-tck")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_READERS = {
    "decimal": Decimal,
    "double": Decimal,
    "integer": Decimal,
    "date": any_date,
    "time": parse_time,
    "dateTime": parse_moment,
    "duration": parse_duration,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One expression, the variables it is given, and the value it has to have."""

    name: str
    text: str
    inputs: dict[str, Value]
    expected: Value


def cases(folder: Path) -> Iterator[Case]:
    """The cases of a folder whose decision is one literal expression without required decisions."""
    expressions: dict[str, str] = {}
    for model in folder.glob("*.dmn"):
        expressions |= _expressions(etree.parse(str(model)).getroot())
    for tests in sorted(folder.glob("*.xml")):
        for case in etree.parse(str(tests)).getroot().iter("{*}testCase"):
            yield from _cases_of(case, expressions, f"{folder.name}/{case.get('id')}")


def _expressions(model: etree._Element) -> dict[str, str]:
    return {
        decision.get("name", ""): (decision.findtext("{*}literalExpression/{*}text") or "").strip()
        for decision in model.iter("{*}decision")
        if decision.find("{*}literalExpression") is not None
        and decision.find(".//{*}requiredDecision") is None
        and decision.find(".//{*}requiredKnowledge") is None
    }


def _cases_of(case: etree._Element, expressions: dict[str, str], name: str) -> Iterator[Case]:
    inputs = {node.get("name", ""): _value(node) for node in case.findall("{*}inputNode")}
    for result in case.findall("{*}resultNode"):
        text = expressions.get(result.get("name", ""))
        expected = result.find("{*}expected")
        if text is not None and expected is not None:
            yield Case(name, text, inputs, _value(expected))


def _value(node: etree._Element) -> Value:
    """What a `value`, `list` or the `component`s inside the node stand for."""
    components = node.findall("{*}component")
    if components:
        return {component.get("name", ""): _value(component) for component in components}
    items = node.find("{*}list")
    if items is not None:
        return None if items.get(_NIL) == "true" else [_value(item) for item in items.findall("{*}item")]
    value = node.find("{*}value")
    return None if value is None or value.get(_NIL) == "true" else _simple(value)


def _simple(value: etree._Element) -> Value:
    kind, text = (value.get(_TYPE) or "string").rpartition(":")[2], value.text or ""
    if kind == "boolean":
        return text == "true"
    return _READERS[kind](text) if kind in _READERS else text
