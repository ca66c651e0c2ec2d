"""What had a worker, a message or a called process brought, when only what was written of it is known?

Without output mappings the whole result was written. With them, a mapping that only copies is turned around; what one
computed is not guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pathways.bpmn.model import FlowNode
from workflows.engine.facts import Fact
from workflows.engine.multi_instance import collects

_COPY = re.compile(r"=?\s*([^\W\d]\w*(?:\.\w+)*)\s*")
"""A mapping's source that only names a variable, or something in it."""


def result_before(facts: Sequence[Fact], place: int, node: FlowNode | None) -> dict[str, Any]:
    """Give the result of a step that completes at `place`: its variables were written just before."""
    return _result(node, facts[place].activation, list(_written_before(facts, place))[::-1])


def result_until(facts: Sequence[Fact], place: int, node: FlowNode | None) -> dict[str, Any]:
    """Give what an event brought that was caught at `place`: it is written until the catching node completes."""
    return _result(node, "", list(_written_after(facts, place, node.id if node else "")))


def _written_before(facts: Sequence[Fact], place: int) -> Iterator[Fact]:
    for fact in reversed(facts[:place]):
        if fact.at != facts[place].at or fact.fact not in ("variable_set", "decision"):
            return
        if fact.fact == "variable_set" and not fact.detail.get("actor"):
            yield fact


def _written_after(facts: Sequence[Fact], place: int, node: str) -> Iterator[Fact]:
    for fact in facts[place + 1 :]:
        if fact.at != facts[place].at or (fact.fact == "completed" and fact.element == node):
            return
        if fact.fact == "variable_set":
            yield fact


def _result(node: FlowNode | None, activation: str, written: Sequence[Fact]) -> dict[str, Any]:
    if node is not None and node.loop is not None and (node.outputs or collects(node.loop)):
        return _values([fact for fact in written if fact.detail.get("scope") == activation])
    if node is None or not node.outputs:
        return _values(written)
    return _turned_around(node, _values(written))


def _values(written: Sequence[Fact]) -> dict[str, Any]:
    return {fact.detail["name"]: fact.detail.get("value") for fact in written}


def _turned_around(node: FlowNode, values: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for mapping in node.outputs:
        copied = _COPY.fullmatch(mapping.source)
        name, *path = mapping.target.split(".")
        if copied and name in values:
            _put(result, copied[1].split("."), _inside(values[name], path))
    return result


def _inside(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _put(into: dict[str, Any], path: Sequence[str], value: Any) -> None:
    *around, last = path
    for name in around:
        into = into.setdefault(name, {})
    into[last] = value
