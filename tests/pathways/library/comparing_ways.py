"""Does a case take the way that its specification says, whatever the answer? Both are followed with the same answers.

The conditions of the YAML name the variables and values that matter: every combination of them is tried. On the drawn
side the answer passes the outputs of the step, then gateways, past everything that the specification does not know.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any

from pathways.bpmn.model import FlowNode
from pathways.feel import compile_expression
from tests.pathways.library.drawn import Drawn
from tests.pathways.library.specified import Specification, Step

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OTHER = "something_else"
STOPS = frozenset({"eventBasedGateway", "endEvent"})
MOST = 300
"""Combinations of answers that are tried for one step."""

Answer = Mapping[str, Any]


def way_differences(wanted: Specification, got: Drawn) -> Iterator[str]:
    """Answers with which the diagram leads elsewhere than the specification."""
    for step in wanted.steps.values():
        ways = [way for way in step.given.get("next") or [] if isinstance(way, dict)]
        if step.id in got.nodes and any("when" in way for way in ways):
            yield from _differences(step, ways, wanted, got)


def _differences(step: Step, ways: Sequence[Mapping[str, Any]], wanted: Specification, got: Drawn) -> Iterator[str]:
    conditions = {way["to"]: str(way["when"]) for way in ways if "when" in way}
    try:
        answers = list(
            islice(combinations(conditions.values(), {each.key: each.options for each in step.fields}), MOST)
        )
    except ValueError as reason:
        yield f"ways of {step.id}: not compared: {reason}"
        return
    for answer in answers:
        expected = chosen(step, ways, answer)
        found = led_to(got, step.id, answer, wanted)
        if expected != found:
            said = ", ".join(f"{name} {value}" for name, value in sorted(answer.items(), key=lambda item: item[0]))
            yield f"ways of {step.id}: {said}: to {_named(found)}, not {_named(expected)}"


def _named(steps: frozenset[str]) -> str:
    return " and ".join(sorted(steps)) or "nowhere"


def chosen(step: Step, ways: Sequence[Mapping[str, Any]], answer: Answer) -> frozenset[str]:
    """Where the specification leads: to the first way that holds, or the default; from an inclusive split to all."""
    held = [way["to"] for way in ways if "when" in way and holds(str(way["when"]), answer)]
    otherwise = [way["to"] for way in ways if way.get("default")]
    if step.type == "or_split":
        return frozenset(held or otherwise)
    return frozenset(held[:1] or otherwise)


def holds(condition: str, answer: Answer) -> bool:
    """Evaluate a condition of the specification: a small part of Python."""
    return bool(eval(condition, {"__builtins__": {}, "count": len}, dict(answer)))


def combinations(conditions: Iterable[str], options: Mapping[str, frozenset[str]]) -> Iterator[dict[str, Any]]:
    """Every combination of the values that the conditions tell apart; of a field with options, of these.

    Raises:
        ValueError: a condition asks for more than values.
    """
    values: dict[str, list[Any]] = {}
    for condition in conditions:
        for name, found in _told_apart(ast.parse(condition, mode="eval").body):
            given = sorted(options.get(name) or ()) if any(isinstance(value, str) for value in found) else []
            kept = values.setdefault(name, [])
            kept.extend(value for value in given or found if not any(_same(value, had) for had in kept))
    for picked in product(*values.values()):
        yield dict(zip(values, picked, strict=True))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _told_apart(part: ast.expr) -> Iterator[tuple[str, list[Any]]]:
    match part:
        case ast.BoolOp(values=parts):
            for each in parts:
                yield from _told_apart(each)
        case ast.Compare(left=ast.Constant(value=item), ops=[ast.In()], comparators=[ast.Name(id=name)]):
            yield name, [[], [item]]
        case ast.Compare(left=ast.Name(id=name), ops=[_], comparators=[right]):
            yield name, _around(ast.literal_eval(right))
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="count"), args=[ast.Name(id=name)]), comparators=[ast.Constant(value=int(n))]
        ):
            yield name, [[OTHER] * (n - 1), [OTHER] * n]
        case ast.Constant():
            return
        case _:
            raise ValueError(f"'{ast.unparse(part)}' asks for more than the value of a variable")


def _around(value: Any) -> list[Any]:
    match value:
        case bool():
            return [True, False]
        case int() | float():
            return [value - 1, value, value + 1]
        case str():
            return [value, OTHER]
        case tuple():
            return [*value, OTHER]
        case list():
            return [value, [OTHER]]
        case _:
            raise ValueError(f"{value!r} is no value of a field")


def led_to(got: Drawn, start: str, answer: Answer, wanted: Specification) -> frozenset[str]:
    """The next steps of the specification to which an answer leads in the diagram."""
    node = got.nodes[start]
    site = {name: _number(json.loads(value)) for name, value in got.parameters.items()}
    known = {"times": site, "settings": site, **_known_before(start, wanted)}
    variables = {**known, **_put_out(node, {**known, **answer}), **answer}
    to_see, seen, found = _onward(got, node, variables), set[str](), set[str]()
    while to_see:
        here = got.nodes[to_see.pop()]
        if here.id in wanted.steps or (here.type in STOPS and not _around_it(got, here)):
            found.add(here.id)
        elif here.id not in seen:
            seen.add(here.id)
            to_see.extend(_onward(got, here, variables))
    return frozenset(found)


def _known_before(step: str, wanted: Specification) -> dict[str, Any]:
    """What holds where the only way to a step is a condition of one value."""
    ways = [
        way
        for each in wanted.steps.values()
        if step in each.next
        for way in each.given["next"]
        if isinstance(way, dict)
    ]
    asked = [ast.parse(str(way.get("when", "0")), mode="eval").body for way in ways if way["to"] == step]
    match asked:
        case [ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant(value=value)])]:
            return {name: value}
        case _:
            return {}


def _number(text: str) -> Any:
    return float(text) if text.replace(".", "", 1).isdigit() else text


def _put_out(node: FlowNode, answer: Answer) -> dict[str, Any]:
    """What a step makes of the answer: variables may get another name."""
    found = {mapping.target: _evaluated(mapping.source, answer) for mapping in node.outputs}
    return {name: value for name, value in found.items() if value is not None}


def _onward(got: Drawn, node: FlowNode, variables: Answer) -> list[str]:
    inside = [each.id for each in got.nodes.values() if each.scope == node.id and each.type == "startEvent"]
    if inside:
        return inside
    around = _around_it(got, node)
    if node.type == "endEvent" and around:
        return [got.definition.flows[id].target for id in got.nodes[around].outgoing]
    flows = [got.definition.flows[id] for id in node.outgoing]
    if node.type not in ("exclusiveGateway", "inclusiveGateway") or len(flows) < 2:
        return [flow.target for flow in flows]
    held = [flow for flow in flows if flow.condition and _evaluated(flow.condition, variables) is True]
    otherwise = [flow for flow in flows if flow.id == node.default]
    taken = held if node.type == "inclusiveGateway" else held[:1]
    return [flow.target for flow in taken or otherwise]


def _around_it(got: Drawn, node: FlowNode) -> str:
    """The sub-process of the main line in which a node stands; empty on the main line itself."""
    around = got.nodes.get(node.scope)
    return around.id if around is not None and not around.triggered_by_event else ""


def _evaluated(source: str, variables: Answer) -> Any:
    return compile_expression(source.removeprefix("=")).evaluate(variables, now=NOW).value


def added_ways(wanted: Specification, got: Drawn) -> Iterator[str]:
    """Ways of the main line from one step of the specification to another that it does not name."""
    for step in wanted.steps.values():
        if step.id not in got.nodes:
            continue
        to_see, seen = _all_onward(got, got.nodes[step.id]), set[str]()
        while to_see:
            here = to_see.pop()
            if here in wanted.steps:
                if here not in (*step.next, step.id) and here not in seen:
                    yield f"flow {step.id} → {here}: not in the specification"
            elif here not in seen:
                to_see.extend(_all_onward(got, got.nodes[here]))
            seen.add(here)


def _all_onward(got: Drawn, node: FlowNode) -> list[str]:
    flows = [got.definition.flows[id].target for id in node.outgoing]
    return flows if node.type in ("exclusiveGateway", "inclusiveGateway") else _onward(got, node, {}) or flows
