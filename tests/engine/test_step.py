"""What does `step` refuse, and what of its promises do diagrams not show? One small definition per test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from pathways.bpmn.model import (
    Definition,
    FlowNode,
    Ladder,
    MessageTrigger,
    MultiInstance,
    Process,
    Rung,
    ScriptSpec,
    SequenceFlow,
    TimerTrigger,
    UserTaskSpec,
    WorkSpec,
)
from workflows.engine.commands import CancelWork, EndCase, Notify, PerformWork, StartTimer
from workflows.engine.errors import EngineBug, EventRejected
from workflows.engine.events import (
    BpmnErrorThrown,
    CancelRequested,
    Event,
    IncidentResolved,
    MessageArrived,
    Started,
    TimerFired,
    UserTaskClaimed,
    UserTaskCompleted,
    UserTaskDelegated,
    UserTaskReleased,
    VariablesSet,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.state import State
from workflows.engine.step import Step, step

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LADDER = Ladder("red", (Rung("c+PT1H", ("assignee",)), Rung("d", ("lead",), level="breach")))


def node(id: str, type: str, **fields: Any) -> FlowNode:
    return FlowNode(id=id, type=type, name="", line=1, scope="p", **fields)  # type: ignore[arg-type]


def chain(*nodes: FlowNode) -> Definition:
    """Give a process start → nodes → end."""
    steps = (node("start", "startEvent"), *nodes, node("end", "endEvent"))
    flows = {f"f{n}": SequenceFlow(f"f{n}", a.id, b.id, "p") for n, (a, b) in enumerate(pairwise(steps))}
    wired = {
        step.id: replace(
            step,
            incoming=tuple(flow.id for flow in flows.values() if flow.target == step.id),
            outgoing=tuple(flow.id for flow in flows.values() if flow.source == step.id),
        )
        for step in steps
    }
    return Definition("p", "P", "", "s" * 64, (Process("p", "P", True),), wired, flows)


USER = chain(node("task", "userTask", user=UserTaskSpec(candidate_groups='"nurse"')))
WORK = chain(node("task", "serviceTask", work=WorkSpec('"book"', "3")))


def started(definition: Definition, **variables: Any) -> Step:
    return step(definition, None, Started(NOW, "case", variables))


def after(definition: Definition, *events: Event, **variables: Any) -> Step:
    result = started(definition, **variables)
    for event in events:
        result = step(definition, result.state, event)
    return result


@pytest.mark.parametrize(
    "event",
    [
        WorkCompleted(NOW, "task#1"),
        WorkFailed(NOW, "task#1", "no"),
        UserTaskCompleted(NOW, "task#2", {}, "ann"),
        UserTaskCompleted(NOW, "p#1", {}, "ann"),
        TimerFired(NOW, "timer#1"),
        IncidentResolved(NOW, "incident#1"),
        BpmnErrorThrown(NOW, "p#1", "E"),
        Started(NOW, "case"),
        MessageArrived(NOW, "m", "k", "id", ttl="soon"),
    ],
    ids=lambda event: f"{event.kind}",
)
def test_event_that_fits_nothing_is_rejected(event: Event) -> None:
    with pytest.raises(EventRejected):
        after(USER, event)


def test_nothing_happens_to_a_case_that_is_over() -> None:
    with pytest.raises(EventRejected) as rejection:
        after(USER, CancelRequested(NOW, "moved"), VariablesSet(NOW, {"x": 1}))
    assert rejection.value.code == "not-running"


def test_state_of_another_definition_is_our_bug() -> None:
    with pytest.raises(EngineBug):
        step(replace(USER, sha256="t" * 64), started(USER).state, VariablesSet(NOW, {}))


def test_task_held_by_one_person_is_not_completed_by_another() -> None:
    with pytest.raises(EventRejected) as rejection:
        after(USER, UserTaskClaimed(NOW, "task#1", "ann"), UserTaskCompleted(NOW, "task#1", {}, "bob"))
    assert rejection.value.code == "not-yours"


def test_task_goes_from_hand_to_hand() -> None:
    result = after(
        USER,
        UserTaskClaimed(NOW, "task#1", "ann"),
        UserTaskDelegated(NOW, "task#1", "bob", "ann"),
        UserTaskReleased(NOW, "task#1", "bob"),
        UserTaskCompleted(NOW, "task#1", {}, "eve"),
    )
    assert result.state.status == "completed"
    assert next(fact for fact in result.facts if fact.fact == "completed").detail["actor"] == "eve"


def test_a_task_for_which_the_diagram_names_nobody_is_an_incident_until_it_does() -> None:
    lone = chain(node("task", "userTask", user=UserTaskSpec(candidate_groups="team", candidate_users='""')))
    nobody = after(lone)
    assert [(i.kind, i.activation) for i in nobody.state.incidents.values()] == [("expression", "task#1")]
    assert "people `team` gave null, somebody is needed" in nobody.state.incidents["incident#1"].reason
    found = step(lone, nobody.state, IncidentResolved(NOW, "incident#1", {"team": ["dentist"]})).state
    hold = found.activations["task#1"].task
    assert (found.incidents, hold and hold.groups) == ({}, ("dentist",))


def test_a_variable_without_a_name_is_told_like_any_other() -> None:
    done = after(USER, UserTaskCompleted(NOW, "task#1", {"": 1}, "ann"))
    told = [fact.detail for fact in done.facts if fact.fact == "variable_set"]
    assert told == [{"name": "", "value": 1, "scope": done.state.root}]


def test_timer_that_has_moved_later_does_not_fire_at_its_old_time() -> None:
    wait = chain(node("wait", "intermediateCatchEvent", trigger=TimerTrigger("date", "t"), due_anchor="t"))
    result = after(wait, VariablesSet(NOW, {"t": "2026-01-05T12:00:00Z"}), t="2026-01-05T10:00:00Z")
    assert [command.due_at for command in result.commands if isinstance(command, StartTimer)] == [NOW + 3 * HOUR]
    with pytest.raises(EventRejected):
        step(wait, result.state, TimerFired(NOW + HOUR, "timer#1"))
    assert step(wait, result.state, TimerFired(NOW + 3 * HOUR, "timer#1")).state.status == "completed"


def test_failed_work_can_be_asked_for_again_and_cancelled() -> None:
    failed = after(WORK, WorkFailed(NOW, "task#1", "down"))
    again = step(WORK, failed.state, IncidentResolved(NOW, "incident#1"))
    assert [type(command) for command in again.commands] == [PerformWork]
    cancelled = step(WORK, again.state, CancelRequested(NOW, "moved"))
    assert [type(command) for command in cancelled.commands] == [CancelWork, EndCase]


def test_work_that_never_began_is_not_completed() -> None:
    broken = chain(node("task", "serviceTask", work=WorkSpec('"book"', "3"), loop=None, inputs=()))
    result = started(_with_unreadable_boundary(broken))
    assert [incident.kind for incident in result.state.incidents.values()] == ["expression"]
    with pytest.raises(EventRejected):
        step(_with_unreadable_boundary(broken), result.state, WorkCompleted(NOW, "task#1"))


def _with_unreadable_boundary(definition: Definition) -> Definition:
    late = node("late", "boundaryEvent", attached_to="task", trigger=TimerTrigger("date", "missing"))
    return replace(definition, nodes={**definition.nodes, "late": late})


def test_loop_without_a_wait_is_an_incident_and_keeps_its_token() -> None:
    turning = chain(node("a", "task"), node("b", "task"))
    back = replace(turning.flows["f2"], target="a")
    endless = replace(turning, flows={**turning.flows, "f2": back})
    result = started(endless)
    assert [incident.kind for incident in result.state.incidents.values()] == ["loop"]
    resolved = step(endless, result.state, IncidentResolved(NOW, "incident#1"))
    assert len(resolved.state.incidents) == 1, "a person may let it turn on, and it stops again"


def test_sequence_of_many_instances_does_not_exhaust_the_stack() -> None:
    loop = MultiInstance(True, "for i in 1..1500 return i", "i")
    many = chain(node("a", "scriptTask", script=ScriptSpec("i", "x"), loop=loop))
    assert started(many).state.status == "completed"


def test_expression_that_is_no_feel_is_an_incident() -> None:
    wrong = chain(node("a", "scriptTask", script=ScriptSpec("1 +", "x")))
    assert [incident.kind for incident in started(wrong).state.incidents.values()] == ["expression"]


def test_expression_that_costs_too_much_is_an_incident() -> None:
    wait = node("w", "intermediateCatchEvent", trigger=TimerTrigger("date", "for i in 1..9999999 return i"))
    assert [incident.kind for incident in started(chain(wait)).state.incidents.values()] == ["expression"]


def test_each_rung_tells_its_roles_once_with_an_id_of_its_own() -> None:
    task = node("task", "userTask", user=UserTaskSpec(due_date='duration("PT2H")'), ladder=LADDER)
    definition = chain(task)
    first = after(definition, TimerFired(NOW + HOUR, "timer#1"))
    second = step(definition, first.state, TimerFired(NOW + 2 * HOUR, "timer#2"))
    told = [command for result in (first, second) for command in result.commands if isinstance(command, Notify)]
    assert [(command.notification, command.tell) for command in told] == [
        ("case:task#1:rung1", ("assignee",)),
        ("case:task#1:rung2", ("lead",)),
    ]
    with pytest.raises(EventRejected):
        step(definition, second.state, TimerFired(NOW + 2 * HOUR, "timer#2"))


def test_case_ends_with_its_variables_and_its_error() -> None:
    result = after(USER, UserTaskCompleted(NOW, "task#1", {"fit": True}, "ann"), referral="R1")
    end = next(command for command in result.commands if isinstance(command, EndCase))
    assert (end.outcome, end.variables) == ("completed", {"referral": "R1", "fit": True})


def test_message_that_is_thrown_has_an_id_of_its_own() -> None:
    throw = chain(node("t", "intermediateThrowEvent", trigger=MessageTrigger("hello", '"k"')))
    sent = [command for command in started(throw).commands if command.kind == "SendMessage"]
    assert [command.message_id for command in sent] == ["case:t#1"]


def test_state_given_to_step_is_never_changed() -> None:
    before = started(USER, seen=[1]).state
    copy = State(**{name: getattr(before, name) for name in State.__dataclass_fields__})
    step(USER, before, UserTaskCompleted(NOW, "task#1", {"seen": [2]}, "ann"))
    assert before == copy
