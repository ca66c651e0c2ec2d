"""Which pathways do the host's tests run? Small definitions, written as data."""

from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

from pathways.bpmn.model import (
    CallSpec,
    Definition,
    EscalationTrigger,
    FlowNode,
    Ladder,
    MessageTrigger,
    Process,
    Rung,
    SequenceFlow,
    SignalTrigger,
    SingleTrigger,
    TerminateTrigger,
    TimerTrigger,
    UserTaskSpec,
    WorkSpec,
)


def line(key: str, *nodes: FlowNode, calls: dict[str, str] | None = None) -> Definition:
    """Draw start → nodes… → end in one line.

    Its hash is of what is drawn: a process keeps definitions by it, also those of other tests with the same key.
    """
    chain = (node("start", "startEvent", key), *nodes, node("end", "endEvent", key))
    flows = {f"f{i}": SequenceFlow(f"f{i}", a.id, b.id, key) for i, (a, b) in enumerate(pairwise(chain))}
    linked = [
        replace(n, incoming=(f"f{i - 1}",) if i else (), outgoing=(f"f{i}",) if f"f{i}" in flows else ())
        for i, n in enumerate(chain)
    ]
    return Definition(
        key=key,
        name=f"Pathway {key}",
        version_tag="1.0.0",
        sha256=sha256(repr((key, linked, calls)).encode()).hexdigest(),
        processes=(Process(key, f"Pathway {key}", executable=True),),
        nodes={n.id: n for n in linked},
        flows=flows,
        calls=calls or {},
    )


def node(id: str, type: str, scope: str, **fields: object) -> FlowNode:
    return FlowNode(id=id, type=type, name=fields.pop("name", ""), line=1, scope=scope, **fields)  # type: ignore[arg-type]


def user_task(id: str, key: str, **fields: object) -> FlowNode:
    return node(id, "userTask", key, user=UserTaskSpec(candidate_groups='["dentist"]'), **fields)


def work(id: str, key: str, task_type: str, retries: str = "2", **headers: str) -> FlowNode:
    spec = WorkSpec(f'"{task_type}"', retries, {"backoff": "PT0.01S", **headers})
    return node(id, "serviceTask", key, work=spec)


def wait_for(id: str, key: str, duration: str) -> FlowNode:
    return node(id, "intermediateCatchEvent", key, trigger=TimerTrigger("duration", f'"{duration}"'))


def message(id: str, key: str, name: str) -> FlowNode:
    return node(id, "intermediateCatchEvent", key, trigger=MessageTrigger(name, "referral_id"))


def begun_by(trigger: SingleTrigger, drawn: Definition) -> Definition:
    """Let what is drawn begin with an event instead of a plain start."""
    return replace(drawn, nodes={**drawn.nodes, "start": replace(drawn.nodes["start"], trigger=trigger)})


LADDER = Ladder(
    "urgent",
    (
        Rung("c+PT24H", ("assignee",), level="reminder"),
        Rung("c+P2D", ("clinical_lead",), level="escalation"),
    ),
)

ONE_TASK = line("one_task", user_task("examine", "one_task", name="Examine the patient"))
TWO_TASKS = line("two_tasks", user_task("first", "two_tasks"), user_task("second", "two_tasks"))
WORK = line("work", work("fetch", "work", "test.fetch"), user_task("read", "work"))
UNKNOWN_WORK = line("unknown_work", work("fetch", "unknown_work", "nobody.serves.this"))
WAIT = line("wait", wait_for("pause", "wait", "P30D"), user_task("after", "wait"))
LADDERED = line("laddered", user_task("examine", "laddered", name="Examine", ladder=LADDER))
MESSAGE = line("message", message("report", "message", "imaging.report"), user_task("read", "message"))
CALLED = line("called", user_task("inner", "called"))
CALLING = line(
    "calling",
    node("call", "callActivity", "calling", call=CallSpec("called")),
    user_task("outer", "calling"),
    calls={"called": CALLED.sha256},
)
_CALLED_OFF = line(
    "called_off",
    node("fork", "parallelGateway", "called_off"),
    node("call", "callActivity", "called_off", call=CallSpec("called")),
    calls={"called": CALLED.sha256},
)
CALLED_OFF = replace(
    _CALLED_OFF,
    nodes={
        **_CALLED_OFF.nodes,
        "fork": replace(_CALLED_OFF.nodes["fork"], outgoing=("f1", "stopping")),
        "stop": node("stop", "endEvent", "called_off", incoming=("stopping",), trigger=TerminateTrigger()),
    },
    flows={**_CALLED_OFF.flows, "stopping": SequenceFlow("stopping", "fork", "stop", "called_off")},
)
"""Its call is called off in the very step that calls."""

DETACHED = line(
    "detached",
    node("call", "callActivity", "detached", call=CallSpec("called", detached=True)),
    calls={"called": CALLED.sha256},
)
ESCALATING = line(
    "escalating",
    node("raise", "intermediateThrowEvent", "escalating", trigger=EscalationTrigger("late")),
    user_task("inner", "escalating"),
)
CALLING_LATE = line(
    "calling_late",
    node("call", "callActivity", "calling_late", call=CallSpec("escalating")),
    calls={"escalating": ESCALATING.sha256},
)
LOOPING = line("looping", *[user_task(f"task{i}", "looping") for i in range(30)], wait_for("pause", "looping", "PT1S"))
CLOSED = SignalTrigger("theatre.closed")
THROWING_SIGNAL = line(
    "throwing_signal",
    user_task("close", "throwing_signal"),
    node("tell", "intermediateThrowEvent", "throwing_signal", trigger=CLOSED),
    user_task("reopen", "throwing_signal"),
)
CATCHING_SIGNAL = line(
    "catching_signal",
    node("closed", "intermediateCatchEvent", "catching_signal", trigger=CLOSED),
    user_task("rebook", "catching_signal"),
    wait_for("pause", "catching_signal", "P30D"),
)
ASKED = MessageTrigger("lab.asked", "referral_id")
_CLOSING = line("closing", user_task("close", "closing"))
CLOSING = replace(_CLOSING, nodes={**_CLOSING.nodes, "end": replace(_CLOSING.nodes["end"], trigger=ASKED)})
"""It ends by throwing a message."""

CATCHING_LONG = line(
    "catching_long",
    node("closed", "intermediateCatchEvent", "catching_long", trigger=CLOSED),
    *[user_task(f"task{i}", "catching_long") for i in range(30)],
)
BEGUN_BY_SIGNAL = begun_by(CLOSED, line("begun_by_signal", user_task("inform", "begun_by_signal")))
BEGUN_BY_MESSAGE = begun_by(
    MessageTrigger("audit.requested"), line("begun_by_message", user_task("audit", "begun_by_message"))
)
_RECEIVED = line(
    "receiving",
    node("receive", "receiveTask", "receiving", trigger=MessageTrigger("lab.opened"), instantiate=True),
    user_task("plan", "receiving"),
)
BEGUN_BY_RECEIVING = replace(
    _RECEIVED,
    nodes={
        **{name: drawn for name, drawn in _RECEIVED.nodes.items() if name != "start"},
        "receive": replace(_RECEIVED.nodes["receive"], incoming=()),
    },
    flows={name: flow for name, flow in _RECEIVED.flows.items() if flow.source != "start"},
)

ALL = (
    ONE_TASK,
    TWO_TASKS,
    WORK,
    UNKNOWN_WORK,
    WAIT,
    LADDERED,
    MESSAGE,
    CALLED,
    CALLING,
    CALLED_OFF,
    DETACHED,
    ESCALATING,
    CALLING_LATE,
    LOOPING,
    THROWING_SIGNAL,
    CATCHING_SIGNAL,
    CATCHING_LONG,
    BEGUN_BY_SIGNAL,
    BEGUN_BY_MESSAGE,
)
