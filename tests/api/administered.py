"""Which pathway do the tests of clocks and modification run? A split with a ladder, an error that is caught, a join."""

from dataclasses import replace

from api.surroundings import system_clock
from pathways.bpmn.model import Definition, ErrorTrigger, FlowNode, Process, SequenceFlow, TimerTrigger
from records.writes.publications import publish
from tests.api.conftest import Office
from tests.host.diagrams import LADDER, node, user_task, work

KEY = "administered"
_FLOWS = {
    "f0": ("start", "split"),
    "f1": ("split", "examine"),
    "f2": ("split", "book"),
    "f3": ("examine", "join"),
    "f4": ("book", "join"),
    "f5": ("join", "choose"),
    "f6": ("choose", "treat"),
    "f7": ("treat", "end"),
    "f8": ("late", "remind"),
    "f9": ("remind", "told"),
    "f10": ("refused", "refer"),
    "f11": ("refer", "elsewhere"),
}


def pathway() -> Definition:
    """Examine and book at once; then a choice that reads `fit`; booking may be refused, examining be late."""
    nodes = (
        node("start", "startEvent", KEY),
        node("split", "parallelGateway", KEY),
        user_task("examine", KEY, name="Examine", ladder=LADDER),
        replace(work("book", KEY, "nobody.books"), name="Book"),
        node("join", "parallelGateway", KEY),
        node("choose", "exclusiveGateway", KEY, name="Fit?"),
        user_task("treat", KEY, name="Treat"),
        node("end", "endEvent", KEY),
        _boundary("late", "examine", TimerTrigger("duration", '"P7D"'), interrupting=False),
        user_task("remind", KEY, name="Remind"),
        node("told", "endEvent", KEY),
        _boundary("refused", "book", ErrorTrigger("no-slot"), interrupting=True),
        user_task("refer", KEY, name="Refer elsewhere"),
        node("elsewhere", "endEvent", KEY),
    )
    flows = {name: SequenceFlow(name, *ends, KEY) for name, ends in _FLOWS.items()}
    flows["f6"] = replace(flows["f6"], condition="fit = true")
    linked = {each.id: _linked(each, flows) for each in nodes}
    process = Process(KEY, "Administered", executable=True)
    return Definition(KEY, "Administered", "1", f"sha-{KEY}", (process,), linked, flows)


def _boundary(name: str, attached_to: str, trigger: TimerTrigger | ErrorTrigger, *, interrupting: bool) -> FlowNode:
    return node(name, "boundaryEvent", KEY, attached_to=attached_to, trigger=trigger, interrupting=interrupting)


def _linked(drawn: FlowNode, flows: dict[str, SequenceFlow]) -> FlowNode:
    incoming = tuple(flow.id for flow in flows.values() if flow.target == drawn.id)
    outgoing = tuple(flow.id for flow in flows.values() if flow.source == drawn.id)
    return replace(drawn, incoming=incoming, outgoing=outgoing)


async def publish_administered(office: Office) -> None:
    """Publish the pathway, once."""
    async with office.database.session() as session:
        await publish(session, pathway(), bpmn="<none/>", forms={}, actor="test", now=system_clock())
