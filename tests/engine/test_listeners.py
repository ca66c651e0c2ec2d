"""How is the work of listeners asked for, answered and called off? What the golden traces do not show: the commands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    Listener,
    Moment,
    Process,
    SequenceFlow,
    SignalTrigger,
    UserTaskSpec,
    WorkSpec,
)
from pathways.codec import dump, load
from workflows.engine.commands import CancelWork, PerformWork
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    CancelRequested,
    EscalationThrown,
    Event,
    IncidentResolved,
    SignalArrived,
    Started,
    UserTaskClaimed,
    UserTaskCompleted,
    UserTaskDelegated,
    UserTaskReleased,
    WaitOverdue,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.overdue import WORK, late_waits
from workflows.engine.state import State
from workflows.engine.step import Step, step

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def listener(moment: Moment, **headers: str) -> Listener:
    return Listener(moment, WorkSpec(f'"{moment}.it"', "2", headers))


def around(task: FlowNode, *, process: tuple[Listener, ...] = ()) -> Definition:
    """Start, the task, end."""
    flows = {
        "in": SequenceFlow("in", "start", task.id, "p"),
        "out": SequenceFlow("out", task.id, "end", "p"),
    }
    nodes = {
        "start": FlowNode("start", "startEvent", "", 1, "p", outgoing=("in",)),
        task.id: replace(task, incoming=("in",), outgoing=("out",)),
        "end": FlowNode("end", "endEvent", "", 1, "p", incoming=("out",)),
    }
    return Definition("p", "P", "", "s", (Process("p", "P", True, listeners=process),), nodes, flows)


def service(*listeners: Listener) -> FlowNode:
    return FlowNode(
        "a",
        "serviceTask",
        "Send",
        1,
        "p",
        work=WorkSpec('"send"', "3", {"how": "post", "who": "all"}),
        listeners=listeners,
    )


def person(*listeners: Listener) -> FlowNode:
    user = UserTaskSpec(candidate_groups='"nurse"', priority="80")
    return FlowNode("a", "userTask", "See", 1, "p", user=user, listeners=listeners)


def play(definition: Definition, *events: Event) -> list[Step]:
    """Take the events one after the other; the state goes through JSON in between."""
    steps = [step(definition, None, Started(NOW, "case"))]
    for event in events:
        steps.append(step(definition, load(State, dump(steps[-1].state)), event))
    return steps


def asked(result: Step) -> list[PerformWork]:
    return [command for command in result.commands if isinstance(command, PerformWork)]


def test_each_piece_of_work_has_an_id_of_its_own():
    definition = around(service(listener("start"), listener("start"), listener("end")))
    steps = play(
        definition,
        WorkCompleted(NOW, "a#1/start#1"),
        WorkCompleted(NOW, "a#1/start#2"),
        WorkCompleted(NOW, "a#1", {"x": 1}),
        WorkCompleted(NOW, "a#1/end#1"),
    )
    assert [command.activation for result in steps for command in asked(result)] == [
        "a#1/start#1",
        "a#1/start#2",
        "a#1",
        "a#1/end#1",
    ]
    assert steps[-1].state.status == "completed"


def test_the_worker_is_told_type_attempts_headers_and_what_the_element_sees():
    (command,) = asked(play(around(service(listener("start", who="one"))))[0])
    assert (command.task_type, command.attempts, command.element, command.title) == ("start.it", 2, "a", "Send")
    assert command.headers == {"how": "post", "who": "one"}


def test_work_is_done_once_although_it_is_answered_twice():
    definition = around(service(listener("start")))
    state = play(definition, WorkCompleted(NOW, "a#1/start#1"))[-1].state
    with pytest.raises(EventRejected):
        step(definition, state, WorkCompleted(NOW, "a#1/start#1"))


def test_the_work_of_the_element_itself_is_not_open_while_a_listener_works():
    state = play(around(service(listener("start"))))[-1].state
    for event in (WorkCompleted(NOW, "a#1"), WorkFailed(NOW, "a#1", "down"), EscalationThrown(NOW, "a#1", "E")):
        with pytest.raises(EventRejected, match="waits for its start listener"):
            step(around(service(listener("start"))), state, event)


def test_work_that_is_tried_again_after_an_incident_keeps_its_id():
    definition = around(service(listener("end")))
    steps = play(
        definition,
        WorkCompleted(NOW, "a#1", {"x": 1}),
        WorkFailed(NOW, "a#1/end#1", "down"),
        IncidentResolved(NOW, "incident#1"),
    )
    assert [command.activation for command in asked(steps[-1])] == ["a#1/end#1"]


def test_an_answer_that_comes_after_all_makes_good_the_incident():
    steps = play(
        around(service(listener("start"))), WorkFailed(NOW, "a#1/start#1", "slow"), WorkCompleted(NOW, "a#1/start#1")
    )
    assert not steps[-1].state.incidents
    assert [command.activation for command in asked(steps[-1])] == ["a#1"]


def test_the_work_of_a_listener_is_called_off_with_its_element():
    definition = around(service(listener("start")))
    watch = FlowNode("watch", "subProcess", "", 1, "p", triggered_by_event=True)
    told = FlowNode("told", "startEvent", "", 1, "watch", trigger=SignalTrigger("s"))
    definition = replace(definition, nodes={**definition.nodes, "watch": watch, "told": told})
    commands = play(definition, SignalArrived(NOW, "s"))[-1].commands
    assert [command for command in commands if isinstance(command, CancelWork)] == [CancelWork("a#1/start#1")]


@pytest.mark.parametrize("moment", ["start", "end"])
def test_the_work_of_a_listener_of_the_process_is_called_off_with_the_case(moment):
    task = FlowNode("a", "task", "", 1, "p")
    commands = play(around(task, process=(listener(moment),)), CancelRequested(NOW, "enough"))[-1].commands
    assert CancelWork(f"p#1/{moment}#1") in commands


def test_a_completion_keeps_its_actor_and_what_was_filled_in():
    definition = around(person(listener("completing"), listener("end")))
    later = NOW + timedelta(hours=1)
    steps = play(
        definition,
        UserTaskCompleted(NOW, "a#1", {"finding": "fine"}, "ann"),
        WorkCompleted(later, "a#1/completing#1", {"checked": True}),
        WorkCompleted(later, "a#1/end#1"),
    )
    assert asked(steps[1])[0].variables["finding"] == "fine"
    (done,) = [fact for fact in steps[-1].facts if (fact.fact, fact.element) == ("completed", "a")]
    assert done.detail == {"actor": "ann", "variables": {"finding": "fine"}}
    assert steps[-1].state.status == "completed"


def test_a_task_is_held_when_those_who_listen_for_that_have_answered():
    definition = around(person(listener("assigning")))
    steps = play(definition, UserTaskClaimed(NOW, "a#1", "ann"))
    (command,) = asked(steps[-1])
    assert command.headers["io.camunda.zeebe:assignee"] == "ann"
    assert command.headers["io.camunda.zeebe:priority"] == "80"
    assert command.headers["io.camunda.zeebe:candidateGroups"] == '["nurse"]'
    assert _holder(steps[-1].state) is None
    assert _holder(step(definition, steps[-1].state, WorkCompleted(NOW, command.activation)).state) == "ann"


def test_each_assignment_asks_for_work_of_its_own():
    steps = play(
        around(person(listener("assigning"))),
        UserTaskClaimed(NOW, "a#1", "ann"),
        WorkCompleted(NOW, "a#1/assigning#1"),
        UserTaskDelegated(NOW, "a#1", "bob", "ann"),
        WorkCompleted(NOW, "a#1/assigning#2"),
        UserTaskReleased(NOW, "a#1", "bob"),
        UserTaskClaimed(NOW, "a#1", "eve"),
    )
    assert [command.activation for command in asked(steps[-1])] == ["a#1/assigning#3"]
    assert _holder(steps[4].state) == "bob"
    assert _holder(steps[5].state) is None


def test_nobody_else_takes_a_task_while_its_listener_works():
    definition = around(person(listener("assigning"), listener("completing")))
    state = play(definition, UserTaskClaimed(NOW, "a#1", "ann"))[-1].state
    for event in (UserTaskClaimed(NOW, "a#1", "bob"), UserTaskCompleted(NOW, "a#1", {}, "bob")):
        with pytest.raises(EventRejected, match="waits for its assigning listener"):
            step(definition, state, event)


def _holder(state: State) -> str | None:
    task = state.activations["a#1"].task
    assert task is not None
    return task.assignee


def test_a_listener_is_late_an_hour_after_it_was_asked_however_long_the_task_was_open():
    definition, day = around(person(listener("completing"))), timedelta(days=1)
    state = play(definition, UserTaskCompleted(NOW + day, "a#1", actor="ann"))[-1].state
    assert late_waits(definition, state) == [(NOW + day + WORK, "a#1")]


def test_a_listener_that_was_late_does_not_make_its_task_late():
    definition = around(person(listener("creating"), listener("assigning")))
    late = NOW + WORK
    steps = play(definition, WaitOverdue(late, "a#1"), WorkCompleted(late, "a#1/creating#1"))
    assert not steps[-1].state.activations["a#1"].overdue
