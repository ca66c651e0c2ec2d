"""Is every decision complete and clear? Rules about the conditions behind gateways and activities."""

from collections.abc import Iterator
from dataclasses import dataclass

from pathways.bpmn.model import FlowNode, SequenceFlow
from pathways.feel.regions import Box
from pathways.rules.cover import Coverage, coverage, never_true, overlap
from pathways.rules.domains import known_kinds, known_values
from pathways.rules.subject import Remark, Rule, Subject, remark

_MOST_FLOWS = 30


@dataclass(frozen=True, slots=True)
class _Choice:
    """A node that decides by conditions, its flows that have one, what is known of the variables, and their kinds."""

    node: FlowNode
    flows: tuple[SequenceFlow, ...]
    known: Box
    kinds: Box

    @property
    def texts(self) -> list[str]:
        return [flow.condition or "" for flow in self.flows]


def _choices(subject: Subject) -> Iterator[_Choice]:
    """Every node that decides by conditions alone: each flow has one, but for the default."""
    for choice in _conditions(subject):
        flows = [flow for flow in subject.graph.flows_out(choice.node) if flow.id != choice.node.default]
        if len(flows) == len(choice.flows):
            yield choice


def _conditions(subject: Subject) -> Iterator[_Choice]:
    """Every node with flows that have a condition, whether or not others of it are always taken."""
    found: tuple[Box, Box] | None = None
    for node in subject.nodes:
        flows = [flow for flow in subject.graph.flows_out(node) if flow.id != node.default and flow.condition]
        if flows and (node.type in ("exclusiveGateway", "inclusiveGateway") or node.is_activity):
            found = found or (known_values(subject), known_kinds(subject))
            yield _Choice(node, tuple(flows), *found)


def _undefaulted(subject: Subject) -> Iterator[tuple[_Choice, Coverage]]:
    """Every decision without a default, with what its conditions cover."""
    for choice in _choices(subject):
        if choice.node.default is None:
            yield choice, coverage(choice.texts, choice.known)


def conditions_leave_a_gap(subject: Subject) -> Iterator[Remark]:
    """Without a default flow, the conditions cover every value."""
    for choice, covered in _undefaulted(subject):
        if covered.verdict == "gap":
            what = f"No condition behind {choice.node.title!r} is true when {covered.example}: the case stops there."
            yield remark(choice.node, what, "Mark one flow as default, or widen a condition.")


def no_default(subject: Subject) -> Iterator[Remark]:
    """A decision whose conditions nobody can foresee has a default flow."""
    for choice, covered in _undefaulted(subject):
        if covered.verdict == "undecided":
            what = f"{choice.node.title!r} has no default flow: when no condition is true, the case stops there."
            yield remark(choice.node, what, "Mark one flow as default.")


def order_decides(subject: Subject) -> Iterator[Remark]:
    """The conditions of an exclusive gateway exclude each other; else the order of its flows decides."""
    for choice in _choices(subject):
        if choice.node.type != "exclusiveGateway" or len(choice.flows) > _MOST_FLOWS:
            continue
        for number, one in enumerate(choice.flows):
            for other in choice.flows[number + 1 :]:
                example = overlap(one.condition or "", other.condition or "", choice.known)
                if example:
                    yield _order_remark(choice.node, one, other, example)


def _order_remark(node: FlowNode, one: SequenceFlow, other: SequenceFlow, example: str) -> Remark:
    names = f"{one.name or one.id!r} and {other.name or other.id!r}"
    what = f"The conditions of {names} behind {node.title!r} are both true when {example}: the first flow wins."
    return remark(other, what, "Let one condition exclude the other.")


def condition_never_true(subject: Subject) -> Iterator[Remark]:
    """A condition can be true for some value that its variables can have."""
    for choice in _conditions(subject):
        for flow in choice.flows:
            if never_true(flow.condition or "", choice.kinds):
                what = f"The condition `{flow.condition}` behind {choice.node.title!r} is never true."
                yield remark(flow, what, "Compare it with the values of the form or decision that it asks about.")


RULES = (
    Rule("conditions-leave-a-gap", "warning", conditions_leave_a_gap),
    Rule("no-default", "warning", no_default),
    Rule("order-decides", "warning", order_decides),
    Rule("condition-never-true", "warning", condition_never_true),
)
