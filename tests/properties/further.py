"""What few diagrams have: transactions, compensation, ad-hoc, loops, links, complex gateways, listeners."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from pathways.bpmn.model import (
    AdHoc,
    CancelTrigger,
    CompensationTrigger,
    ConditionalTrigger,
    ErrorTrigger,
    FlowNode,
    LinkTrigger,
    Listener,
    MessageTrigger,
    Moment,
    MultipleTrigger,
    SignalTrigger,
    StandardLoop,
    TimerTrigger,
    WorkSpec,
)

if TYPE_CHECKING:
    from tests.properties.processes import Drawing

Block = Callable[["Drawing", str, str, int], str]
WORK = WorkSpec('"work"', "3")
CATCHES = (
    SignalTrigger("s"),
    ConditionalTrigger("x > 1"),
    MultipleTrigger((SignalTrigger("s"), MessageTrigger("m", '"k"'))),
    MultipleTrigger((SignalTrigger("s"), MessageTrigger("m"), TimerTrigger("duration", '"PT1H"')), parallel=True),
)
THROWS = (SignalTrigger("s"), CompensationTrigger(), CompensationTrigger(waits=False))


def throw(drawing: "Drawing", scope: str, before: str, _depth: int) -> str:
    """A signal or a compensation is thrown."""
    event = drawing.node("intermediateThrowEvent", scope, trigger=drawing.draw(st.sampled_from(THROWS)))
    drawing.flow(before, event)
    return event


def catch(drawing: "Drawing", scope: str, before: str, _depth: int) -> str:
    """Something other than a timer or message is awaited."""
    event = drawing.node("intermediateCatchEvent", scope, trigger=drawing.draw(st.sampled_from(CATCHES)))
    drawing.flow(before, event)
    return event


def link(drawing: "Drawing", scope: str, before: str, _depth: int) -> str:
    """The token jumps."""
    trigger = LinkTrigger(f"link{len(drawing.nodes)}")
    drawing.flow(before, drawing.node("intermediateThrowEvent", scope, trigger=trigger))
    return drawing.node("intermediateCatchEvent", scope, trigger=trigger)


def compensable(drawing: "Drawing", scope: str, before: str, _depth: int) -> str:
    """Work that can be undone by other work, or at once."""
    quantity = drawing.draw(st.sampled_from((1, 1, 1, 2)))
    loop = drawing.draw(st.sampled_from((None, None, StandardLoop("x < 2", test_before=False, maximum=2))))
    step = drawing.node("serviceTask", scope, work=WORK, loop=loop, completion_quantity=quantity)
    kind = drawing.draw(st.sampled_from(("task", "serviceTask")))
    work = WORK if kind == "serviceTask" else None
    handler = drawing.node(kind, scope, for_compensation=True, work=work)
    drawing.node("boundaryEvent", scope, attached_to=step, trigger=CompensationTrigger())
    drawing.nodes[step] = replace(drawing.nodes[step], compensated_by=handler)
    drawing.flow(before, step)
    return step


def transaction(drawing: "Drawing", scope: str, before: str, depth: int) -> str:
    """A transaction that may be cancelled."""
    sub = drawing.node("transaction", scope)
    drawing.flow(before, sub)
    start = drawing.node("startEvent", sub)
    last = compensable(drawing, sub, start, depth)
    split = drawing.node("exclusiveGateway", sub)
    drawing.flow(last, split)
    drawing.flow(split, drawing.node("endEvent", sub, trigger=CancelTrigger()), "x > 0")
    drawing.flow(split, drawing.node("endEvent", sub))
    if drawing.draw(st.booleans()):
        event = drawing.node("boundaryEvent", scope, attached_to=sub, trigger=CancelTrigger())
        drawing.flow(event, drawing.end(scope))
    return sub


def ad_hoc(drawing: "Drawing", scope: str, before: str, depth: int) -> str:
    """Activities in any order."""
    condition = drawing.draw(st.sampled_from((None, "x > 0", "x > 5")))
    spec = AdHoc(drawing.draw(st.booleans()), condition, drawing.draw(st.booleans()))
    sub = drawing.node("adHocSubProcess", scope, ad_hoc=spec)
    drawing.flow(before, sub)
    first = drawing.wait(sub)
    drawing.flow(first, drawing.wait(sub))
    drawing.wait(sub)
    return sub


def again(drawing: "Drawing", scope: str, before: str, _depth: int) -> str:
    """Work in a standard loop."""
    loop = StandardLoop("x < 2", test_before=drawing.draw(st.booleans()), maximum=3)
    step = drawing.node("serviceTask", scope, work=WORK, loop=loop)
    drawing.flow(before, step)
    drawing.boundary(step, scope)
    return step


def some_of_many(drawing: "Drawing", scope: str, before: str, depth: int) -> str:
    """A complex gateway that goes on with the first tokens."""
    split = drawing.node("parallelGateway", scope)
    condition = drawing.draw(st.sampled_from(("activationCount >= 1", "activationCount >= 2")))
    join = drawing.node("complexGateway", scope, activation_condition=condition)
    drawing.flow(before, split)
    for _ in range(3):
        way = drawing.node("task", scope)
        drawing.flow(split, way)
        drawing.flow(drawing.block(scope, way, depth - 1), join)
    return join


FURTHER: Mapping[str, Block] = {
    "throw": throw,
    "catch": catch,
    "link": link,
    "compensable": compensable,
    "transaction": transaction,
    "ad_hoc": ad_hoc,
    "again": again,
    "some_of_many": some_of_many,
}


def around_process(draw: DrawFn) -> tuple[Listener, ...]:
    """Listeners of the process, sometimes."""
    return draw(st.sampled_from(((), (), (), (_listener("start"),), (_listener("end"), _listener("end")))))


def listened(draw: DrawFn, nodes: Mapping[str, FlowNode]) -> dict[str, FlowNode]:
    """Some nodes get listeners, where they may have them."""
    open_to_them = [node for node in nodes.values() if _moments(node)]
    chosen = draw(st.lists(st.sampled_from(open_to_them), max_size=3, unique_by=lambda node: node.id))
    return {**nodes, **{node.id: replace(node, listeners=_some(draw, node)) for node in chosen}}


def _some(draw: DrawFn, node: FlowNode) -> tuple[Listener, ...]:
    moments = draw(st.lists(st.sampled_from(_moments(node)), min_size=1, max_size=3))
    return tuple(map(_listener, moments))


def _listener(moment: Moment) -> Listener:
    return Listener(moment, WorkSpec('"listen"', "3"))


def _moments(node: FlowNode) -> tuple[Moment, ...]:
    """Where the reader allows a listener (pathways/bpmn/reading/listeners.py)."""
    if node.type == "complexGateway" or (isinstance(node.trigger, CompensationTrigger) and node.attached_to):
        return ()
    if node.type.endswith("Gateway"):
        return ("start",)
    if node.type in ("startEvent", "boundaryEvent"):
        return ("end",)
    if node.type == "endEvent" and isinstance(node.trigger, ErrorTrigger | CancelTrigger):
        return ("start",)
    return ("start", "end", *_OF_TASKS) if node.type == "userTask" else ("start", "end")


_OF_TASKS: tuple[Moment, ...] = ("creating", "assigning", "completing")
