"""What becomes of a running case when its pathway changes? The plan from one definition to another, by element id.

`plan_of` compares two definitions and knows no case. A step that has no counterpart in the plan is no error: only a
case that waits there cannot migrate, and the engine says so when the plan is applied to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pathways.bpmn.model import Definition, FlowNode, parts
from pathways.counterparts import Parts, flows_of, is_leaf, parts_of, rungs_of, what_differs

FindingKind = Literal["removed", "type", "scope", "added", "trigger", "ladder", "call", "kept"]


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """What the plan means for cases at one element (its old id, or its new id when it is `added`)."""

    kind: FindingKind
    element: str
    message: str


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """How the ids that a case's state holds become ids of another definition.

    `elements`: nodes and processes, old id → new id; what is missing has no counterpart. `flows`: the same for
    sequence flows. `rungs`: by old element with a ladder, the new number of each rung, None when it is gone. `parts`:
    by old element with a trigger, the new number of each event definition, None when it is gone or of another kind.
    """

    old_sha256: str
    new_sha256: str
    elements: Mapping[str, str]
    flows: Mapping[str, str]
    rungs: Mapping[str, Parts] = field(default_factory=dict)
    parts: Mapping[str, Parts] = field(default_factory=dict)
    findings: tuple[PlanFinding, ...] = ()

    def for_case(self) -> "MigrationPlan":
        """Give the plan as a case is sent it: without the texts for people."""
        return replace(self, findings=())


class PlanRefused(ValueError):
    """An element cannot be mapped as somebody asked; `reasons` say each why, and what to do."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(reasons))


def plan_of(old: Definition, new: Definition, overrides: Mapping[str, str] | None = None) -> MigrationPlan:
    """Plan by ids; `overrides` say what was renamed (old id → new id of a node or flow), or "" for nothing.

    Raises:
        PlanRefused: an override names an unknown element, one of another kind, or one that is taken.
    """
    asked = dict(overrides or {})
    reasons = [*_senseless(old, new, asked)]
    elements = {process.id: process.id for process in old.processes if process.id in _processes(new)}
    elements |= {node: other for node, other in _nodes(old, new, asked).items() if not _cut_off(old, new, asked, node)}
    reasons += _taken(old, elements, asked)
    if reasons:
        raise PlanRefused(reasons)
    kept = [(old.nodes[node], new.nodes[other]) for node, other in elements.items() if node in old.nodes]
    plan = MigrationPlan(
        old_sha256=old.sha256,
        new_sha256=new.sha256,
        elements=elements,
        flows=flows_of(old, new, elements, {flow: asked[flow] for flow in asked if flow in old.flows}),
        rungs={before.id: rungs_of(before, after) for before, after in kept if before.rungs},
        parts={before.id: parts_of(before, after) for before, after in kept if before.trigger},
    )
    return replace(plan, findings=tuple(_findings(old, new, plan)))


def _processes(definition: Definition) -> frozenset[str]:
    return frozenset(process.id for process in definition.processes)


def _nodes(old: Definition, new: Definition, asked: Mapping[str, str]) -> dict[str, str]:
    """Every old node with its counterpart: as asked, else of the same id and a type that can take over."""
    wanted = {node: asked.get(node, node) for node in old.nodes}
    return {
        node: other
        for node, other in wanted.items()
        if other in new.nodes and not what_differs(old.nodes[node], new.nodes[other])
    }


def _cut_off(old: Definition, new: Definition, asked: Mapping[str, str], node: str) -> bool:
    """Whether a boundary event sits on another activity now: it is not the one that a case has armed."""
    host = old.nodes[node].attached_to
    return host is not None and new.nodes[asked.get(node, node)].attached_to != asked.get(host, host)


def _senseless(old: Definition, new: Definition, asked: Mapping[str, str]) -> Iterator[str]:
    for before, after in asked.items():
        if before not in old.nodes and before not in old.flows:
            yield f"'{before}' is no element of the old version: name an id of its diagram."
        elif after and after not in (new.nodes if before in old.nodes else new.flows):
            kind = "step" if before in old.nodes else "sequence flow"
            yield f"'{after}' is no {kind} of the new version: '{before}' cannot become it."
        elif after and before in old.nodes and (why := what_differs(old.nodes[before], new.nodes[after])):
            yield f"'{before}' cannot become '{after}': {why}. Map it to an element of the same kind."
        elif after and before in old.nodes and _cut_off(old, new, asked, before):
            yield f"'{before}' cannot become '{after}': it sits on another activity. Map that activity as well."


def _taken(old: Definition, elements: Mapping[str, str], asked: Mapping[str, str]) -> Iterator[str]:
    """Only steps that hold nothing may become one: scopes, joins and events would be mixed up."""
    for before in asked:
        others = [node for node, after in elements.items() if after == elements.get(before) and node != before]
        if others and before in elements and not all(is_leaf(old.nodes[node]) for node in (before, *others)):
            yield (
                f"'{before}' cannot become '{elements[before]}', for '{others[0]}' becomes it too. "
                f"Only tasks may become one; or give '{others[0]}' another counterpart, or none ('{others[0]}=')."
            )


def _findings(old: Definition, new: Definition, plan: MigrationPlan) -> Iterator[PlanFinding]:
    for node in old.nodes.values():
        if node.id in plan.elements:
            yield from _of_kept(old, new, plan, node)
        else:
            yield _of_gone(new, node)
    taken = frozenset(plan.elements.values())
    for node in new.nodes.values():
        if node.id not in taken and (node.attached_to in taken or (node.triggered_by_event and node.scope in taken)):
            where = node.attached_to or node.scope
            yield PlanFinding("added", node.id, f"{_named(node)} is new: cases in '{where}' begin to wait for it.")


def _of_gone(new: Definition, node: FlowNode) -> PlanFinding:
    other = new.nodes.get(node.id)
    why = what_differs(node, other) if other else ""
    if why:
        return PlanFinding("type", node.id, f"{_named(node)}: {why}; a case that waits there cannot migrate.")
    if node.attached_to is not None:
        return PlanFinding("removed", node.id, f"{_named(node)} is gone: cases stop waiting for it.")
    return PlanFinding("removed", node.id, f"{_named(node)} is gone: a case that waits there cannot migrate.")


def _of_kept(old: Definition, new: Definition, plan: MigrationPlan, node: FlowNode) -> Iterator[PlanFinding]:
    other = new.nodes[plan.elements[node.id]]
    if other.scope != plan.elements.get(node.scope):
        yield PlanFinding("scope", node.id, f"{_named(node)} moved from '{node.scope}' to '{other.scope}'.")
    if None in plan.parts.get(node.id, ()):
        yield PlanFinding("trigger", node.id, f"{_named(node)} waits for something else now: cases wait for that.")
    elif node.trigger != other.trigger:
        waits = "what already runs keeps its time" if _is_timer(node) else "cases wait for it as it is written now"
        yield PlanFinding("kept", node.id, f"{_named(node)} is written differently: {waits}.")
    gone = plan.rungs.get(node.id, ()).count(None)
    if gone:
        yield PlanFinding("ladder", node.id, f"{_named(node)} loses {gone} of its rungs.")
    if other.call and old.calls.get(node.call.process_id if node.call else "") != new.calls.get(other.call.process_id):
        yield PlanFinding("call", node.id, f"{_named(node)} calls another version: called cases migrate to it too.")


def _is_timer(node: FlowNode) -> bool:
    return any(trigger.kind == "timer" for trigger in parts(node.trigger))


def _named(node: FlowNode) -> str:
    return f"'{node.name}' ({node.id})" if node.name else f"'{node.id}'"
