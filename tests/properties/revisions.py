"""How may a pathway be redrawn under a running case? Random revisions of a random process, each a small change."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    Ladder,
    MessageTrigger,
    Rung,
    SequenceFlow,
    SignalTrigger,
    TimerTrigger,
    WorkSpec,
)

LADDER = Ladder("other", (Rung("c+PT2H", ("assignee",)), Rung("d", ("lead",), level="breach"), Rung("c+P9D", ("all",))))
TRIGGERS = (TimerTrigger("duration", '"PT45M"'), MessageTrigger("other", '"k"'), SignalTrigger("s"))
Nodes = Mapping[str, FlowNode]


@st.composite
def revisions(draw: DrawFn, definition: Definition) -> tuple[Definition, dict[str, str]]:
    """Give the definition after one to three changes, and what was renamed."""
    renamed: dict[str, str] = {}
    for number in range(draw(st.integers(1, 3))):
        change = draw(st.sampled_from(CHANGES))
        definition = change(draw, definition, f"new{number}", renamed)
    return replace(definition, sha256="n" * 64), renamed


def _drawn(draw: DrawFn, definition: Definition, fits: Callable[[FlowNode], bool]) -> FlowNode | None:
    found = [node for node in definition.nodes.values() if fits(node)]
    return draw(st.sampled_from(found)) if found else None


def _with(definition: Definition, *nodes: FlowNode) -> Definition:
    return replace(definition, nodes={**definition.nodes, **{node.id: node for node in nodes}})


def _rename(draw: DrawFn, definition: Definition, name: str, renamed: dict[str, str]) -> Definition:
    """Give an element another id everywhere; sometimes nobody says so."""
    node = _drawn(draw, definition, lambda node: node.id not in renamed.values())
    if node is None:
        return definition
    old = node.id
    if draw(st.booleans()):
        renamed[old] = name

    def now(id: str | None) -> str | None:
        return name if id == old else id

    nodes = [
        replace(
            each,
            id=now(each.id) or "",
            scope=now(each.scope) or "",
            attached_to=now(each.attached_to),
            compensated_by=now(each.compensated_by),
        )
        for each in definition.nodes.values()
    ]
    flows = {
        flow.id: replace(
            flow, source=now(flow.source) or "", target=now(flow.target) or "", scope=now(flow.scope) or ""
        )
        for flow in definition.flows.values()
    }
    return replace(definition, nodes={each.id: each for each in nodes}, flows=flows)


def _drop_boundary(draw: DrawFn, definition: Definition, _name: str, renamed: dict[str, str]) -> Definition:
    node = _drawn(draw, definition, lambda node: node.attached_to is not None and node.id not in renamed.values())
    if node is None:
        return definition
    gone = frozenset(node.outgoing)
    nodes = {
        each.id: replace(each, incoming=tuple(flow for flow in each.incoming if flow not in gone))
        for each in definition.nodes.values()
        if each.id != node.id
    }
    flows = {flow.id: flow for flow in definition.flows.values() if flow.id not in gone}
    return replace(definition, nodes=nodes, flows=flows)


def _add_boundary(draw: DrawFn, definition: Definition, name: str, _renamed: dict[str, str]) -> Definition:
    host = _drawn(draw, definition, lambda node: node.type in ("userTask", "serviceTask", "subProcess"))
    if host is None or host.triggered_by_event or host.for_compensation:
        return definition
    flow = SequenceFlow(f"{name}_flow", f"{name}_at", f"{name}_end", host.scope)
    about = {"name": "", "line": 1, "scope": host.scope}
    trigger, interrupting = draw(st.sampled_from(TRIGGERS)), draw(st.booleans())
    event = FlowNode(id=flow.source, type="boundaryEvent", outgoing=(flow.id,), **about)  # type: ignore[arg-type]
    end = FlowNode(id=flow.target, type="endEvent", incoming=(flow.id,), **about)  # type: ignore[arg-type]
    event = replace(event, attached_to=host.id, trigger=trigger, interrupting=interrupting)
    return replace(_with(definition, event, end), flows={**definition.flows, flow.id: flow})


def _retrigger(draw: DrawFn, definition: Definition, _name: str, _renamed: dict[str, str]) -> Definition:
    node = _drawn(draw, definition, _catches)
    return definition if node is None else _with(definition, replace(node, trigger=draw(st.sampled_from(TRIGGERS))))


def _catches(node: FlowNode) -> bool:
    """Whether it waits for a timer, message or signal: a timer cannot be thrown."""
    throws = node.type in ("intermediateThrowEvent", "endEvent")
    return not throws and node.trigger is not None and node.trigger.kind in ("timer", "message", "signal")


def _other_ladder(draw: DrawFn, definition: Definition, _name: str, _renamed: dict[str, str]) -> Definition:
    node = _drawn(draw, definition, lambda node: node.type == "userTask")
    return (
        definition if node is None else _with(definition, replace(node, ladder=draw(st.sampled_from((LADDER, None)))))
    )


def _other_people(draw: DrawFn, definition: Definition, _name: str, _renamed: dict[str, str]) -> Definition:
    node = _drawn(draw, definition, lambda node: node.user is not None)
    if node is None or node.user is None:
        return definition
    due = draw(st.sampled_from((node.user.due_date, 'duration("P3D")', "y")))
    return _with(definition, replace(node, user=replace(node.user, candidate_groups='"surgeon"', due_date=due)))


def _retype(draw: DrawFn, definition: Definition, _name: str, _renamed: dict[str, str]) -> Definition:
    node = _drawn(draw, definition, lambda node: node.type == "userTask")
    if node is None:
        return definition
    return _with(definition, replace(node, type="serviceTask", user=None, ladder=None, work=WorkSpec('"work"', "3")))


CHANGES = (_rename, _rename, _drop_boundary, _add_boundary, _retrigger, _other_ladder, _other_people, _retype)
