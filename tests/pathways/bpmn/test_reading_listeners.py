"""Which listeners does an element have, and which are refused because they would never be heard?"""

import pytest

from pathways.bpmn.model import Listener, UserTaskSpec, WorkSpec
from tests.pathways.bpmn.diagrams import (
    END,
    FIRST,
    START,
    chain,
    definition_of,
    errors,
    extended,
    flow,
    node_of,
    read,
    rules,
)

ERROR = '<bpmn:errorEventDefinition errorRef="E"/>'
CANCEL = "<bpmn:cancelEventDefinition/>"
COMPENSATION = "<bpmn:compensateEventDefinition/>"


def listener(moment: str, task_type: str = "audit", *, tag: str = "execution", more: str = "", inside: str = "") -> str:
    one = f'<zeebe:{tag}Listener eventType="{moment}" type="{task_type}" {more}>{inside}</zeebe:{tag}Listener>'
    return f"<zeebe:{tag}Listeners>{one}</zeebe:{tag}Listeners>"


@pytest.mark.parametrize("moment", ["start", "end"])
@pytest.mark.parametrize(
    "tag",
    ["task", "manualTask", "userTask", "serviceTask", "sendTask", "callActivity", "subProcess", "adHocSubProcess"],
)
def test_an_activity_has_start_and_end_listeners(tag, moment):
    work = '<zeebe:taskDefinition type="x"/>' if tag in ("serviceTask", "sendTask") else ""
    called = 'calledElement="q"' if tag == "callActivity" else ""
    inside = '<bpmn:task id="inner"/>' if tag.endswith("Process") else ""
    node = node_of(extended(tag, "it", work + listener(moment), attributes=called, inside=inside))
    assert node.listeners == (Listener(moment, WorkSpec('"audit"', "3")),)


def test_a_listener_says_its_type_its_retries_and_its_headers():
    headers = '<zeebe:taskHeaders><zeebe:header key="channel" value="post"/></zeebe:taskHeaders>'
    node = node_of(extended("task", "it", listener("end", "=kind", more='retries="5"', inside=headers)))
    assert node.listeners == (Listener("end", WorkSpec("kind", "5", {"channel": "post"})),)


def test_listeners_keep_their_written_order():
    three = "".join(
        f'<zeebe:executionListener eventType="{moment}" type="{name}"/>'
        for moment, name in (("end", "b"), ("start", "c"), ("end", "a"))
    )
    node = node_of(extended("task", "it", f"<zeebe:executionListeners>{three}</zeebe:executionListeners>"))
    assert [(one.moment, one.work.task_type) for one in node.listeners] == [
        ("end", '"b"'),
        ("start", '"c"'),
        ("end", '"a"'),
    ]


@pytest.mark.parametrize("moment", ["creating", "assigning", "completing"])
def test_a_user_task_has_task_listeners(moment):
    node = node_of(extended("userTask", "it", listener(moment, tag="task")))
    assert node.listeners == (Listener(moment, WorkSpec('"audit"', "3")),)
    assert node.user == UserTaskSpec()


def test_a_process_has_listeners():
    held = f"<bpmn:extensionElements>{listener('start')}</bpmn:extensionElements>\n"
    (process,) = definition_of(held + chain(names=())).processes
    assert process.listeners == (Listener("start", WorkSpec('"audit"', "3")),)


@pytest.mark.parametrize(("tag", "moment"), [("task", "canceling"), ("task", "updating"), ("execution", "cancel")])
def test_a_moment_at_which_nothing_may_wait_is_refused_with_its_line(tag, moment):
    reading = read(chain("\n", extended("userTask", "it", listener(moment, tag=tag)), names=("it",)))
    (found,) = errors(reading)
    assert (found.rule, found.line, found.element) == ("listener-event", FIRST + 3, "it")
    assert moment in found.message
    assert found.remedy


def test_a_moment_of_another_kind_of_listener_is_refused():
    assert rules(read(chain(extended("userTask", "it", listener("start", tag="task")), names=("it",)))) == {
        "listener-event"
    }


def _end(definition: str) -> str:
    ending = extended("endEvent", "it", listener("end"), inside=definition)
    return "\n".join([START, ending, flow("start", "it")])


NEVER_HEARD = {
    "start of a start event": chain(names=()).replace(START, extended("startEvent", "start", listener("start"))),
    "start of a boundary event": chain(
        '<bpmn:task id="a"/>',
        extended("boundaryEvent", "it", listener("start"), inside=ERROR, attributes='attachedToRef="a"'),
        flow("it", "end"),
        names=("a",),
    ),
    "end of a gateway": chain(extended("parallelGateway", "it", listener("end")), names=("it",)),
    "end of an error end event": _end(ERROR),
    "on a compensation boundary event": chain(
        '<bpmn:task id="a"/>',
        extended("boundaryEvent", "it", listener("end"), inside=COMPENSATION, attributes='attachedToRef="a"'),
        '<bpmn:task id="undo" isForCompensation="true"/><bpmn:association sourceRef="it" targetRef="undo"/>',
        names=("a",),
    ),
    "start of a gateway that starts cases": "\n".join(
        [
            extended("eventBasedGateway", "it", listener("start"), attributes='instantiate="true"'),
            '<bpmn:receiveTask id="r" messageRef="M"/>',
            END,
            flow("it", "r"),
            flow("r", "end"),
        ]
    ),
}


@pytest.mark.parametrize("body", NEVER_HEARD.values(), ids=NEVER_HEARD.keys())
def test_a_listener_that_would_never_work_is_refused(body):
    assert rules(read(body)) == {"listener-place"}


def test_the_end_listener_of_a_cancel_end_event_is_refused():
    assert "listener-place" in rules(read(_end(CANCEL)))


def test_a_listener_without_type_is_refused():
    holder = '<zeebe:executionListeners><zeebe:executionListener eventType="end"/></zeebe:executionListeners>'
    assert rules(read(chain(extended("task", "it", holder), names=("it",)))) == {"task-type"}


def test_something_else_among_the_listeners_is_refused():
    holder = '<zeebe:executionListeners><zeebe:property name="a" value="b"/></zeebe:executionListeners>'
    assert rules(read(chain(extended("task", "it", holder), names=("it",)))) == {"unsupported-extension"}
