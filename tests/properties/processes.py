"""Which processes do the properties run on? Random block-structured ones, and random graphs without any structure.

They are built as `Definition` objects, so that no reader and no drawing stands between a property and the engine.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from pathways.bpmn.model import (
    Definition,
    ErrorTrigger,
    EscalationTrigger,
    FlowNode,
    Ladder,
    MessageTrigger,
    MultiInstance,
    Process,
    Rung,
    ScriptSpec,
    SequenceFlow,
    TerminateTrigger,
    TimerTrigger,
    UserTaskSpec,
    VariableMapping,
    WorkSpec,
)
from tests.properties.further import CATCHES, FURTHER, THROWS, around_process, listened

PROCESS = "p"
LADDER = Ladder("ladder", (Rung("c+PT1H", ("assignee",)), Rung("d", ("lead",), level="breach")))
CONDITIONS = ("x > 0", "x > 1", "y", "not(y)", "x = null")
CODES = ("E1", "E2")


@dataclass(slots=True)
class Drawing:
    """A process while it is drawn; a `calm` one holds only work whose order does not matter."""

    draw: DrawFn
    calm: bool = False
    nodes: dict[str, FlowNode] = field(default_factory=dict)
    flows: dict[str, SequenceFlow] = field(default_factory=dict)

    def node(self, type: Any, scope: str, **fields: Any) -> str:
        name = f"{type}{len(self.nodes)}"
        self.nodes[name] = FlowNode(id=name, type=type, name="", line=1, scope=scope, **fields)
        return name

    def flow(self, source: str, target: str, condition: str | None = None) -> str:
        name = f"flow{len(self.flows)}"
        self.flows[name] = SequenceFlow(name, source, target, self.nodes[source].scope, condition)
        return name

    def definition(self) -> Definition:
        """Give the drawing as a definition: every node knows its flows."""
        nodes = {
            node.id: replace(
                node,
                incoming=tuple(flow.id for flow in self.flows.values() if flow.target == node.id),
                outgoing=tuple(flow.id for flow in self.flows.values() if flow.source == node.id),
            )
            for node in self.nodes.values()
        }
        nodes = nodes if self.calm else listened(self.draw, nodes)
        process = Process(PROCESS, "P", True, listeners=() if self.calm else around_process(self.draw))
        return Definition(PROCESS, "P", "", "s" * 64, (process,), nodes, self.flows)

    def wait(self, scope: str) -> str:
        """Draw a step that waits, or a script that does not."""
        if self.calm:
            return self.node("serviceTask", scope, work=WorkSpec('"work"', "3"))
        kinds = ("user", "user", "service", "service", "receive", "timer", "script", "throw")
        match self.draw(st.sampled_from(kinds)):
            case "user":
                user = UserTaskSpec(candidate_groups='"nurse"', due_date='duration("PT4H")')
                return self.node("userTask", scope, user=user, ladder=LADDER, due_anchor="x")
            case "service":
                outputs = (VariableMapping("x + 1", "x"),) if self.draw(st.booleans()) else ()
                return self.node("serviceTask", scope, work=WorkSpec('"work"', "3"), outputs=outputs)
            case "receive":
                return self.node("receiveTask", scope, trigger=MessageTrigger("m", '"k"'))
            case "timer":
                return self.node("intermediateCatchEvent", scope, trigger=TimerTrigger("duration", '"PT1H"'))
            case "script":
                return self.node("scriptTask", scope, script=ScriptSpec("x + 1", "x"))
            case _:
                code = self.draw(st.sampled_from(CODES))
                return self.node("intermediateThrowEvent", scope, trigger=EscalationTrigger(code))

    def trigger(self) -> Any:
        """Draw what a boundary event or event sub-process catches."""
        code = self.draw(st.sampled_from((*CODES, None)))
        if self.calm:
            return TimerTrigger("duration", '"PT30M"')
        return self.draw(
            st.sampled_from(
                (
                    TimerTrigger("cycle", '"R2/PT1H"'),
                    TimerTrigger("duration", '"PT30M"'),
                    MessageTrigger("m", '"k"'),
                    ErrorTrigger(code),
                    EscalationTrigger(code),
                    *CATCHES,
                )
            )
        )

    def end(self, scope: str) -> str:
        """Draw an end event, sometimes one that throws."""
        code = self.draw(st.sampled_from(CODES))
        triggers = (
            (None,)
            if self.calm
            else (None, None, None, ErrorTrigger(code), EscalationTrigger(code), TerminateTrigger(), *THROWS)
        )
        return self.node("endEvent", scope, trigger=self.draw(st.sampled_from(triggers)))

    def block(self, scope: str, before: str, depth: int) -> str:
        """Draw one block after a node and give the block's last node."""
        kinds: tuple[str, ...] = ("wait", "wait", "wait", "parallel", "inclusive", "exclusive", "sub", "many")
        kinds = kinds if self.calm else (*kinds, "loop", "event", *FURTHER)
        match self.draw(st.sampled_from(kinds if depth else ("wait",))):
            case "parallel" | "inclusive" as kind:
                return self.split_and_join(f"{kind}Gateway", scope, before, depth)
            case "exclusive":
                return self.choice(scope, before, depth)
            case "loop":
                return self.loop(scope, before, depth)
            case "sub":
                return self.sub_process(scope, before, depth)
            case "many":
                return self.many(scope, before)
            case "event":
                return self.first_event(scope, before)
            case other if other in FURTHER:
                return FURTHER[other](self, scope, before, depth)
            case _:
                step = self.wait(scope)
                self.flow(before, step)
                self.boundary(step, scope)
                return step

    def split_and_join(self, kind: str, scope: str, before: str, depth: int) -> str:
        split, join = self.node(kind, scope), self.node(kind, scope)
        self.flow(before, split)
        for number in range(self.draw(st.integers(2, 3))):
            way = self.node("task", scope)
            condition = self.draw(st.sampled_from(CONDITIONS)) if kind == "inclusiveGateway" and number else None
            self.flow(split, way, condition)
            self.flow(self.block(scope, way, depth - 1), join)
        return join

    def choice(self, scope: str, before: str, depth: int) -> str:
        split, merge = self.node("exclusiveGateway", scope), self.node("exclusiveGateway", scope)
        self.flow(before, split)
        for condition in (self.draw(st.sampled_from(CONDITIONS)), None):
            way = self.node("task", scope)
            self.flow(split, way, condition)
            self.flow(self.block(scope, way, depth - 1), merge)
        return merge

    def loop(self, scope: str, before: str, depth: int) -> str:
        merge, split = self.node("exclusiveGateway", scope), self.node("exclusiveGateway", scope)
        self.flow(before, merge)
        self.flow(self.block(scope, merge, depth - 1), split)
        self.flow(split, merge, "x < 2")
        after = self.node("task", scope)
        self.flow(split, after)
        return after

    def sub_process(self, scope: str, before: str, depth: int) -> str:
        loop = self.draw(st.sampled_from((None, None, MultiInstance(self.draw(st.booleans()), "[1, 2]", "item"))))
        sub = self.node("subProcess", scope, loop=loop)
        self.flow(before, sub)
        self.content(sub, depth - 1)
        self.boundary(sub, scope)
        return sub

    def many(self, scope: str, before: str) -> str:
        until = None if self.calm else self.draw(st.sampled_from((None, "numberOfCompletedInstances > 0", "x > 1")))
        items = self.draw(st.sampled_from(("[1, 2]", "[]", "xs")))
        loop = MultiInstance(self.draw(st.booleans()), items, "item", "all", "item", until)
        step = self.node("serviceTask", scope, work=WorkSpec('"work"', "3"), loop=loop)
        self.flow(before, step)
        self.boundary(step, scope)
        return step

    def first_event(self, scope: str, before: str) -> str:
        gateway, merge = self.node("eventBasedGateway", scope), self.node("exclusiveGateway", scope)
        self.flow(before, gateway)
        for trigger in (TimerTrigger("duration", '"PT1H"'), MessageTrigger("m", '"k"')):
            event = self.node("intermediateCatchEvent", scope, trigger=trigger)
            self.flow(gateway, event)
            self.flow(event, merge)
        return merge

    def boundary(self, host: str, scope: str) -> None:
        """Attach a boundary event sometimes; what follows it ends."""
        if self.nodes[host].type not in ("userTask", "serviceTask", "subProcess") or self.draw(st.booleans()):
            return
        trigger = self.trigger()
        interrupting = isinstance(trigger, ErrorTrigger) or self.draw(st.booleans())
        event = self.node("boundaryEvent", scope, attached_to=host, trigger=trigger, interrupting=interrupting)
        self.flow(event, self.end(scope))

    def content(self, scope: str, depth: int) -> None:
        """Draw start, some blocks, end, and sometimes an event sub-process."""
        last = self.node("startEvent", scope)
        for _ in range(self.draw(st.integers(1, 3))):
            last = self.block(scope, last, depth)
        self.flow(last, self.end(scope))
        if self.draw(st.booleans()):
            self.event_sub_process(scope)

    def event_sub_process(self, scope: str) -> None:
        trigger = self.trigger()
        interrupting = isinstance(trigger, ErrorTrigger) or self.draw(st.booleans())
        sub = self.node("subProcess", scope, triggered_by_event=True)
        start = self.node("startEvent", sub, trigger=trigger, interrupting=interrupting)
        step = self.wait(sub)
        self.flow(start, step)
        self.flow(step, self.end(sub))


@st.composite
def structured(draw: DrawFn) -> Definition:
    """Give a process of nested blocks."""
    drawing = Drawing(draw)
    drawing.content(PROCESS, 2)
    return drawing.definition()


@st.composite
def calm(draw: DrawFn) -> Definition:
    """Give a process of nested blocks in which the order of completions cannot matter."""
    drawing = Drawing(draw, calm=True)
    drawing.content(PROCESS, 2)
    return drawing.definition()


GRAPH_NODES = ("task", "exclusiveGateway", "parallelGateway", "inclusiveGateway", "wait", "wait", "end")


@st.composite
def unstructured(draw: DrawFn) -> Definition:
    """Give a process whose nodes are connected at random: loops, dead ends, joins that never fill."""
    drawing = Drawing(draw)
    start = drawing.node("startEvent", PROCESS)
    kinds = draw(st.lists(st.sampled_from(GRAPH_NODES), min_size=3, max_size=9))
    nodes = [_graph_node(drawing, kind) for kind in kinds]
    drawing.flow(start, nodes[0])
    for node in nodes:
        for target in _targets(drawing, node, nodes):
            deciding = drawing.nodes[node].type in ("exclusiveGateway", "inclusiveGateway")
            drawing.flow(node, target, draw(st.sampled_from((*CONDITIONS, None))) if deciding else None)
    return drawing.definition()


def _graph_node(drawing: Drawing, kind: str) -> str:
    if kind == "wait":
        step = drawing.wait(PROCESS)
        drawing.boundary(step, PROCESS)
        return step
    return drawing.end(PROCESS) if kind == "end" else drawing.node(kind, PROCESS)


def _targets(drawing: Drawing, node: str, nodes: list[str]) -> list[str]:
    if drawing.nodes[node].type == "endEvent":
        return []
    limit = 2 if drawing.nodes[node].type.endswith("Gateway") else 1
    return drawing.draw(st.lists(st.sampled_from(nodes), min_size=0, max_size=limit))


processes = st.one_of(structured(), structured(), unstructured())
