"""Is every row of the coverage table read as what it is? One small diagram per row, at its place in the standard."""

from typing import Any

import pytest

from pathways.bpmn import support
from pathways.bpmn.model import (
    AdHoc,
    DecisionSpec,
    FlowNode,
    MessageTrigger,
    MultiInstance,
    MultipleTrigger,
    StandardLoop,
    parts,
)
from tests.pathways.bpmn.diagrams import (
    END,
    START,
    chain,
    definition_of,
    event,
    event_sub_process,
    extended,
    flow,
    read,
    rules,
    within,
)
from tests.pathways.bpmn.pieces import sub
from tests.pathways.bpmn.triggers import CANCEL, COMPENSATION, KINDS, LINK, MESSAGE, SIGNAL, TIMER

WORK = '<zeebe:taskDefinition type="x"/>'
INNER = '<bpmn:task id="inner"/>'
PARALLEL = 'parallelMultiple="true"'


def _one(tag: str, extensions: str = "", *, inside: str = "", attributes: str = "") -> str:
    return chain(extended(tag, "it", extensions, inside=inside, attributes=attributes), names=("it",))


def _split(tag: str, attributes: str = "") -> str:
    ways = [flow("it", "a", "x = 1"), flow("it", "end", "x = 2")]
    gateway = f'<bpmn:{tag} id="it" {attributes}/><bpmn:task id="a"/>'
    return "\n".join([START, END, gateway, flow("start", "it"), *ways, flow("a", "end")])


def _join(tag: str) -> str:
    nodes = f'{START}{END}<bpmn:parallelGateway id="g"/><bpmn:task id="a"/><bpmn:task id="b"/><bpmn:{tag} id="it"/>'
    ways = [("start", "g"), ("g", "a"), ("g", "b"), ("a", "it"), ("b", "it"), ("it", "end")]
    return nodes + "".join(flow(*way) for way in ways)


def _event_gateway() -> str:
    catches = "".join(
        extended("intermediateCatchEvent", name, inside=inside) for name, inside in (("a", TIMER), ("b", MESSAGE))
    )
    ways = [("start", "it"), ("it", "a"), ("it", "b"), ("a", "end"), ("b", "end")]
    return START + END + extended("eventBasedGateway", "it") + catches + "".join(flow(*way) for way in ways)


def _starting_receive() -> str:
    task = '<bpmn:receiveTask id="it" messageRef="M" instantiate="true"/>'
    return task + END + flow("it", "end")


def _compensated(border: str = "b", handler: str = "it") -> str:
    event = extended("boundaryEvent", border, inside=COMPENSATION, attributes='attachedToRef="host"')
    undo = f'<bpmn:task id="{handler}" isForCompensation="true"/>'
    line = f'<bpmn:association sourceRef="{border}" targetRef="{handler}"/>'
    return chain('<bpmn:task id="host"/>', event, undo, line, names=("host",))


def _linked(tag: str) -> str:
    ends = {"intermediateThrowEvent": ("it", "other"), "intermediateCatchEvent": ("other", "it")}[tag]
    throw, catch = (
        extended(kind, name, inside=LINK)
        for kind, name in zip(("intermediateThrowEvent", "intermediateCatchEvent"), ends, strict=True)
    )
    return START + END + throw + catch + flow("start", ends[0]) + flow(ends[1], "end")


def _cancelled(end: str, border: str) -> str:
    inside = '<bpmn:startEvent id="s2"/>' + extended("endEvent", end, inside=CANCEL) + flow("s2", end)
    event = extended("boundaryEvent", border, inside=CANCEL, attributes='attachedToRef="host"')
    return chain(extended("transaction", "host", inside=inside), event, names=("host",)) + flow(border, "end")


CONSTRUCTS: dict[str, tuple[str, dict[str, Any]]] = {
    "task.undefined": (_one("task"), {"type": "task"}),
    "task.service": (_one("serviceTask", WORK), {"type": "serviceTask"}),
    "task.user": (_one("userTask"), {"type": "userTask"}),
    "task.manual": (_one("manualTask"), {"type": "manualTask"}),
    "task.script": (_one("scriptTask", '<zeebe:script expression="=1" resultVariable="r"/>'), {"type": "scriptTask"}),
    "task.businessRule": (
        _one("businessRuleTask", '<zeebe:calledDecision decisionId="d" resultVariable="r"/>'),
        {"type": "businessRuleTask", "decision": DecisionSpec('"d"', "r"), "work": None},
    ),
    "task.send": (
        _one("sendTask", attributes='messageRef="M"'),
        {"type": "sendTask", "trigger": MessageTrigger("report", "orderId"), "work": None},
    ),
    "task.receive": (_one("receiveTask", attributes='messageRef="M"'), {"type": "receiveTask", "instantiate": False}),
    "task.instantiatingReceive": (
        _starting_receive(),
        {"type": "receiveTask", "instantiate": True, "trigger": MessageTrigger("report", "orderId")},
    ),
    "marker.parallelMultiInstance": (
        _one(
            "task",
            inside="<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>",
        ),
        {"loop": MultiInstance(sequential=False, cardinality="3")},
    ),
    "marker.sequentialMultiInstance": (
        _one(
            "task",
            inside='<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopCardinality>3'
            "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>",
        ),
        {"loop": MultiInstance(sequential=True, cardinality="3")},
    ),
    "marker.standardLoop": (
        _one("task", inside='<bpmn:standardLoopCharacteristics loopMaximum="3"/>'),
        {"loop": StandardLoop(condition=None, test_before=False, maximum=3)},
    ),
    "marker.compensationHandler": (_compensated(), {"for_compensation": True}),
    "subProcess.embedded": (_one("subProcess", inside=INNER), {"type": "subProcess", "triggered_by_event": False}),
    "subProcess.event": (
        event_sub_process(TIMER, start="s2", name="it"),
        {"triggered_by_event": True},
    ),
    "subProcess.transaction": (_one("transaction", inside=INNER), {"type": "transaction"}),
    "subProcess.adHoc": (_one("adHocSubProcess", inside=INNER), {"type": "adHocSubProcess", "ad_hoc": AdHoc()}),
    "subProcess.callActivity": (_one("callActivity", attributes='calledElement="q"'), {"type": "callActivity"}),
    "gateway.exclusive": (_split("exclusiveGateway"), {"type": "exclusiveGateway"}),
    "gateway.parallel": (_join("parallelGateway"), {"type": "parallelGateway"}),
    "gateway.inclusiveSplit": (_split("inclusiveGateway"), {"type": "inclusiveGateway"}),
    "gateway.inclusiveJoin": (_join("inclusiveGateway"), {"type": "inclusiveGateway"}),
    "gateway.eventBased": (_event_gateway(), {"type": "eventBasedGateway", "instantiate": False}),
    "gateway.complex": (_split("complexGateway"), {"type": "complexGateway"}),
    "catch.link": (_linked("intermediateCatchEvent"), {"trigger": KINDS["link"][1]}),
    "throw.link": (_linked("intermediateThrowEvent"), {"trigger": KINDS["link"][1]}),
    "eventSubProcess.compensation": (
        sub(INNER + within(COMPENSATION)),
        {"type": "startEvent", "trigger": KINDS["compensation"][1]},
    ),
    "boundary.compensation": (_compensated("it", "undo"), {"trigger": KINDS["compensation"][1]}),
    "boundary.cancel": (_cancelled("c", "it"), {"trigger": KINDS["cancel"][1]}),
    "end.cancel": (_cancelled("it", "b"), {"trigger": KINDS["cancel"][1]}),
}
PLACES = {
    "start": "startEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "end": "endEvent",
}


def _event_row(row: str) -> tuple[str, dict[str, Any]]:
    """A diagram of an event row, and the trigger that it is read as."""
    place, _, kind = row.partition(".")
    if kind == "none":
        inside, trigger = "", None
    elif kind in ("multiple", "parallelMultiple"):
        throws = place in ("throw", "end")
        inside = (SIGNAL if throws else TIMER) + MESSAGE
        both = (KINDS["signal" if throws else "timer"][1], KINDS["message"][1])
        trigger = MultipleTrigger(both, parallel=kind == "parallelMultiple")
    else:
        inside, trigger = KINDS[kind]
    attributes = PARALLEL if kind == "parallelMultiple" else ""
    if place == "eventSubProcess":
        return event_sub_process(inside, attributes), {"type": "startEvent", "trigger": trigger}
    return event(PLACES[place], inside, attributes), {"type": PLACES[place], "trigger": trigger}


FLOWS = ("flow.conditionalFromGateway", "flow.conditionalFromActivity", "flow.default")
EVENT_ROWS = [
    row for row in support.ROWS if row not in CONSTRUCTS and row.partition(".")[0] in (*PLACES, "eventSubProcess")
]
ROWS = {**CONSTRUCTS, **{row: _event_row(row) for row in EVENT_ROWS}}


def test_every_row_of_the_coverage_table_is_read_here():
    assert {*ROWS, *FLOWS} == support.ROWS.keys()


def test_the_coverage_table_counts_the_72_rows_of_the_contract_and_names_three_more():
    assert sum(row.counted for row in support.ROWS.values()) == 72
    assert {row.id for row in support.ROWS.values() if not row.counted} == {
        "eventSubProcess.multiple",
        "eventSubProcess.parallelMultiple",
        "throw.multiple",
        "boundary.parallelMultiple",
    }


def test_every_row_is_executed():
    assert {row.status for row in support.ROWS.values()} == {"executed"}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_read_without_any_doubt(row):
    body, said = ROWS[row]
    reading = read(body)
    assert reading.definition, reading.findings
    assert not rules(reading, "warning")
    node = reading.definition.nodes["it"]
    assert {name: getattr(node, name) for name in said} == said


def test_a_condition_out_of_a_gateway_and_a_default_flow_are_read():
    body = _split("exclusiveGateway", 'default="it_a"').replace("x = 1", "")
    found = definition_of(body)
    assert (found.flows["it_end"].condition, found.nodes["it"].default) == ("x = 2", "it_a")


def test_a_condition_out_of_an_activity_is_read():
    found = definition_of(_split("task", 'default="it_a"').replace("x = 1", ""))
    assert (found.flows["it_end"].condition, found.nodes["it"].default) == ("x = 2", "it_a")


INTERRUPTS_OR_NOT = ("timer", "message", "signal", "conditional", "escalation")


@pytest.mark.parametrize("kind", INTERRUPTS_OR_NOT)
@pytest.mark.parametrize("interrupting", [True, False])
def test_a_boundary_event_and_an_event_sub_process_interrupt_or_not(kind, interrupting):
    said = "true" if interrupting else "false"
    inside, trigger = KINDS[kind]
    border = definition_of(event("boundaryEvent", inside, f'cancelActivity="{said}"')).nodes["it"]
    start = definition_of(event_sub_process(inside, f'isInterrupting="{said}"')).nodes["it"]
    for node in (border, start):
        assert (node.interrupting, node.trigger) == (interrupting, trigger)
    assert (border.attached_to, start.scope) == ("host", "esp")


def _positions() -> list[tuple[str, str]]:
    places = (*PLACES, "eventSubProcess")
    return [(place, kind) for place in places for kind in KINDS if f"{place}.{kind}" not in support.ROWS]


@pytest.mark.parametrize(("place", "kind"), _positions())
def test_what_the_standard_has_not_at_this_place_is_refused(place, kind):
    inside = KINDS[kind][0]
    body = event_sub_process(inside) if place == "eventSubProcess" else event(PLACES[place], inside)
    assert rules(read(body)) == {"impossible-element"}


@pytest.mark.parametrize("place", ["catch", "boundary", "eventSubProcess"])
def test_an_event_that_catches_has_a_trigger(place):
    body = event_sub_process("") if place == "eventSubProcess" else event(PLACES[place], "")
    assert rules(read(body)) == {"impossible-element"}


def test_the_parts_of_a_trigger_are_in_their_written_order():
    node = definition_of(event("intermediateCatchEvent", MESSAGE + SIGNAL + TIMER)).nodes["it"]
    assert isinstance(node, FlowNode)
    assert [part.kind for part in parts(node.trigger)] == ["message", "signal", "timer"]
