"""Which diagrams does each rule of validation refuse or doubt, and at which element? Which neighbours are sound?"""

from tests.pathways.bpmn.diagrams import END, START, chain, event_sub_process, extended, flow, prop
from tests.pathways.bpmn.pieces import (
    ADHOC,
    CATCHES,
    CIRCLE,
    INNER,
    TASK,
    behind,
    boundary,
    gateway,
    handler,
    inside_event_sub_process,
    joined,
    linked,
    sub,
)
from tests.pathways.bpmn.triggers import CANCEL, COMPENSATION, ERROR, LINK, MESSAGE, TERMINATE, TIMER

NO = 'attachedToRef="it" cancelActivity="false"'

REFUSED: dict[str, list[tuple[str, str]]] = {
    "dangling-flow": [
        ("start_nowhere", START + END + flow("start", "end") + flow("start", "nowhere")),
        ("nowhere_end", START + END + flow("start", "end") + flow("nowhere", "end")),
        ("half", chain(names=()) + '\n<bpmn:sequenceFlow id="half" sourceRef="start"/>'),
    ],
    "flow-crosses-border": [
        ("it_t2", sub(INNER) + flow("it", "t2") + TASK),
        ("t2_end", sub(INNER + flow("t2", "end"))),
        (
            "end_qs",
            chain(TASK, names=("it",))
            + flow("it", "qs", name="end_qs")
            + '</bpmn:process><bpmn:process id="q" isExecutable="true"><bpmn:task id="qs"/>',
        ),
    ],
    "flow-ends": [
        ("start", chain(TASK, names=("it",)) + flow("it", "start")),
        ("end", chain(TASK, names=("it",)) + flow("end", "it")),
        ("b", chain(TASK, boundary(TIMER), names=("it",)) + flow("b", "end") + flow("it", "b")),
        ("esp", event_sub_process(TIMER) + flow("start", "esp")),
        ("esp", event_sub_process(TIMER) + flow("esp", "end")),
    ],
    "scope-without-start": [
        ("p", TASK + '<bpmn:task id="b"/>' + flow("it", "b") + flow("b", "it")),
        ("sub", sub('<bpmn:task id="a"/><bpmn:task id="b"/>' + flow("a", "b") + flow("b", "a"))),
        ("it", chain(extended("transaction", "it", inside=CIRCLE), names=("it",))),
        ("p", extended("intermediateCatchEvent", "it", inside=LINK)),
    ],
    "embedded-start": [
        ("sub", sub(INNER + '<bpmn:startEvent id="s3"/>' + flow("s3", "t2"))),
        ("s2", sub(extended("startEvent", "s2", inside=TIMER) + '<bpmn:task id="t2"/>' + flow("s2", "t2"))),
        (
            "s2",
            chain(
                extended("transaction", "it", inside=extended("startEvent", "s2", inside=MESSAGE) + "<bpmn:task/>"),
                names=("it",),
            ),
        ),
    ],
    "event-sub-process-start": [
        ("esp", inside_event_sub_process('<bpmn:task id="t2"/>')),
        ("esp", inside_event_sub_process("".join(extended("startEvent", name, inside=TIMER) for name in ("a", "b")))),
    ],
    "error-interrupts": [
        ("b", chain(TASK, boundary(ERROR, NO), names=("it",)) + flow("b", "end")),
        ("b", chain(TASK, boundary(TIMER + ERROR, NO), names=("it",)) + flow("b", "end")),
        ("it", event_sub_process(ERROR, 'isInterrupting="false"')),
    ],
    "attached-to-activity": [
        ("b", chain(TASK, boundary(TIMER, f'attachedToRef="{host}"'), names=("it",)) + flow("b", "end"))
        for host in ("start", "gone", "start_it", "")
    ]
    + [
        ("b", sub(INNER) + boundary(TIMER, 'attachedToRef="t2"') + flow("b", "end")),
        ("b", event_sub_process(TIMER) + boundary(TIMER, 'attachedToRef="esp"') + flow("b", "end")),
    ],
    "default-flow": [
        ("g", gateway(flow("g", "end", "x"), flow("g", "it", "y"), attributes='default="start_g"')),
        ("g", gateway(flow("g", "end", "x"), flow("g", "it", "y"), attributes='default="gone"')),
        ("it", chain('<bpmn:task id="it" default="start_it"/>', names=("it",))),
    ],
    "undecided-gateway": [
        ("g_end", gateway(flow("g", "end"), flow("g", "it"))),
        ("g_end", gateway(flow("g", "end"), flow("g", "it", "x"), flow("g", "b"), extra='<bpmn:task id="b"/>')),
        ("g_end", gateway(flow("g", "end"), flow("g", "it"), attributes='default="g_it"')),
    ],
    "event-gateway-targets": [
        ("it", behind(TASK)),
        ("it", behind('<bpmn:subProcess id="it"/>')),
        ("it", behind(extended("intermediateThrowEvent", "it", inside=MESSAGE))),
        ("it", behind(extended("intermediateCatchEvent", "it", inside=LINK))),
        ("it", behind(extended("endEvent", "it", inside=TERMINATE))),
    ],
    "link-pairs": [
        ("throw", linked(("throw", "A"))),
        ("throw", linked(("throw", "A"), ("catch", "A")) + flow("throw", "end")),
        ("throw", linked(("throw", "A"), ("catch", "B"))),
        ("c1", linked(("throw", "A"), ("c1", "A"), ("c2", "A"))),
        (
            "t1",
            sub('<bpmn:startEvent id="s2"/>' + extended("intermediateThrowEvent", "t1", inside=LINK) + flow("s2", "t1"))
            + extended("intermediateCatchEvent", "c1", inside=LINK)
            + flow("c1", "end"),
        ),
    ],
    "compensation-target": [
        (
            "e",
            START
            + extended("endEvent", "e", inside=COMPENSATION.replace("/>", f' activityRef="{name}"/>'))
            + flow("start", "e"),
        )
        for name in ("gone", "start", "start_e")
    ],
    "compensation-handler": [
        ("undo", handler(extra=flow("undo", "end"))),
        ("undo", handler(extra=flow("it", "undo"))),
        ("undo", handler(mark="", extra=flow("undo", "end"))),
    ],
    "compensation-of-a-process": [("esp", event_sub_process(COMPENSATION))],
    "cancel-in-transaction": [
        ("e", START + extended("endEvent", "e", inside=CANCEL) + flow("start", "e")),
        ("e", sub('<bpmn:startEvent id="s2"/>' + extended("endEvent", "e", inside=CANCEL) + flow("s2", "e"))),
        ("b", chain(TASK, boundary(CANCEL), names=("it",)) + flow("b", "end")),
        ("b", sub(INNER) + boundary(CANCEL, 'attachedToRef="sub"') + flow("b", "end")),
        ("b", chain(TASK, boundary(CANCEL + TIMER), names=("it",)) + flow("b", "end")),
    ],
    "complex-gateway-condition": [("g", joined("complexGateway"))],
    "property-without-effect": [
        ("it", chain(extended("task", "it", prop("escalation", "LAD-TEST")), names=("it",))),
        ("it", chain(extended("subProcess", "it", prop("expectedDuration", "P1D"), inside=INNER), names=("it",))),
        (
            "it",
            behind(extended("intermediateCatchEvent", "it", prop("expectedDuration", "P1D"), inside=MESSAGE)),
        ),
    ],
}

DOUBTED: dict[str, list[tuple[str, str]]] = {
    "start-without-flow": [
        ("start", START + END),
        ("b", chain(TASK, boundary(TIMER), names=("it",))),
    ],
    "scope-without-start": [
        ("p", ""),
        ("sub", sub("")),
    ],
    "embedded-start": [("s2", chain(extended("adHocSubProcess", "it", inside=INNER), names=("it",)))],
    "default-flow": [
        ("g_it", gateway(flow("g", "end", "x"), flow("g", "it", "y"), attributes='default="g_it"')),
    ],
    "undecided-gateway": [
        ("g_it", gateway(flow("g", "end", "x"), flow("g", "it"))),
        ("g_it", gateway(flow("g", "end", "x"), flow("g", "it"), tag="inclusiveGateway")),
    ],
    "useless-condition": [
        ("start_end", START + END + flow("start", "end", "x")),
        ("g_end", gateway(flow("g", "end", "x"), flow("g", "it"), tag="parallelGateway")),
        ("g_c", gateway(flow("g", "c", "x"), flow("g", "t"), tag="eventBasedGateway", extra=CATCHES)),
    ],
    "event-gateway-targets": [
        ("g", gateway(flow("g", "c"), tag="eventBasedGateway", extra=CATCHES)),
        ("c", gateway(flow("g", "c"), flow("g", "t"), flow("it", "c"), tag="eventBasedGateway", extra=CATCHES)),
        ("it", behind('<bpmn:receiveTask id="it" messageRef="M"/>' + boundary(TIMER) + flow("b", "end"))),
    ],
    "link-pairs": [
        ("catch", linked(("catch", "A"))),
        ("catch", linked(("throw", "A"), ("catch", "A")) + flow("g", "catch")),
    ],
    "compensation-handler": [
        ("b", chain(TASK, boundary(COMPENSATION), names=("it",))),
        ("b", handler(extra=flow("b", "end"))),
    ],
    "instantiating-node": [
        ("it", chain('<bpmn:receiveTask id="it" messageRef="M" instantiate="true"/>', names=("it",))),
        (
            "g",
            gateway(
                flow("g", "c"), flow("g", "t"), tag="eventBasedGateway", attributes='instantiate="true"', extra=CATCHES
            ),
        ),
        ("t2", sub('<bpmn:receiveTask id="t2" messageRef="M" instantiate="true"/>')),
    ],
}

SOUND: dict[str, list[str]] = {
    "dangling-flow": [chain(TASK, names=("it",))],
    "flow-crosses-border": [sub(INNER)],
    "flow-ends": [event_sub_process(TIMER)],
    "start-without-flow": [handler(), chain(TASK, boundary(TIMER), names=("it",)) + flow("b", "end")],
    "scope-without-start": [
        TASK,
        sub('<bpmn:task id="a"/>'),
        # elements that are chosen by the case need no beginning
        chain(ADHOC, names=("it",)),
        extended("intermediateThrowEvent", "t1", inside=LINK)
        + extended("intermediateCatchEvent", "c1", inside=LINK)
        + TASK,
    ],
    "embedded-start": [
        sub('<bpmn:task id="a"/><bpmn:task id="b"/>'),
        chain(extended("adHocSubProcess", "it", inside='<bpmn:task id="a"/>'), names=("it",)),
    ],
    "event-sub-process-start": [event_sub_process(TIMER + MESSAGE)],
    "error-interrupts": [
        event_sub_process(ERROR),
        chain(TASK, boundary(TIMER, NO), names=("it",)) + flow("b", "end"),
    ],
    "attached-to-activity": [
        sub(INNER) + boundary(TIMER, 'attachedToRef="sub"') + flow("b", "end"),
        sub(INNER + boundary(TIMER, 'attachedToRef="t2"') + '<bpmn:endEvent id="e2"/>' + flow("b", "e2")),
        chain('<bpmn:callActivity id="it" calledElement="q"/>', boundary(TIMER), names=("it",)) + flow("b", "end"),
    ],
    "default-flow": [gateway(flow("g", "end", "x"), flow("g", "it"), attributes='default="g_it"')],
    "undecided-gateway": [
        gateway(flow("g", "end", "x"), flow("g", "it"), attributes='default="g_it"'),
        gateway(flow("g", "it")),
        joined("exclusiveGateway"),
        gateway(flow("g", "end", "x"), flow("g", "it", "not(x)"), tag="inclusiveGateway"),
    ],
    "useless-condition": [
        chain('<bpmn:task id="it"/>', names=("it",)).replace(flow("it", "end"), flow("it", "end", "x")),
        gateway(flow("g", "end", "x"), flow("g", "it", "y"), tag="complexGateway"),
    ],
    "event-gateway-targets": [
        behind('<bpmn:receiveTask id="it" messageRef="M"/>'),
        behind(extended("intermediateCatchEvent", "it", inside=MESSAGE + TIMER)),
    ],
    "link-pairs": [linked(("throw", "A"), ("catch", "A")), linked(("throw", "A"), ("throw2", "A"), ("catch", "A"))],
    "compensation-target": [
        handler(throw=COMPENSATION),
        handler(throw=COMPENSATION.replace("/>", ' activityRef="it"/>')),
    ],
    "compensation-handler": [handler(), handler(mark=""), handler(line=("undo", "b"))],
    "compensation-of-a-process": [
        chain(
            extended(
                "subProcess",
                "it",
                inside=INNER + event_sub_process(COMPENSATION, start="es").partition("\n")[0],
            ),
            names=("it",),
        ),
    ],
    "cancel-in-transaction": [
        chain(
            extended(
                "transaction",
                "it",
                inside='<bpmn:startEvent id="s2"/>' + extended("endEvent", "e", inside=CANCEL) + flow("s2", "e"),
            ),
            boundary(CANCEL),
            names=("it",),
        )
        + flow("b", "end"),
        # a sub-process of a transaction may call it off as well
        chain(
            extended(
                "transaction",
                "it",
                inside=extended(
                    "subProcess",
                    "sub",
                    inside='<bpmn:startEvent id="s2"/>' + extended("endEvent", "e", inside=CANCEL) + flow("s2", "e"),
                ),
            ),
            boundary(CANCEL),
            names=("it",),
        )
        + flow("b", "end"),
    ],
    "complex-gateway-condition": [
        joined("complexGateway", "<bpmn:activationCondition>activationCount &gt;= 2</bpmn:activationCondition>"),
        gateway(flow("g", "end", "x"), flow("g", "it", "y"), tag="complexGateway"),
    ],
    "instantiating-node": [
        '<bpmn:receiveTask id="it" messageRef="M" instantiate="true"/>' + END + flow("it", "end"),
        extended("eventBasedGateway", "g", attributes='instantiate="true"') + CATCHES + flow("g", "c") + flow("g", "t"),
    ],
    "property-without-effect": [
        chain(
            extended("receiveTask", "it", prop("escalation", "LAD-TEST"), attributes='messageRef="M"'), names=("it",)
        ),
        chain(extended("intermediateCatchEvent", "c", prop("expectedDuration", "P3D"), inside=MESSAGE), names=("c",)),
        gateway(
            flow("g", "c"),
            flow("g", "t"),
            tag="eventBasedGateway",
            extra=CATCHES,
            extensions=prop("escalation", "LAD-TEST"),
        ),
    ],
}
