"""Does the reason of an incident name the kind of value that an expression gave, and never the value of a patient?"""

from datetime import timedelta
from typing import Any

import pytest

from pathways import codec
from pathways.bpmn.model import (
    CallSpec,
    DecisionSpec,
    FlowNode,
    Ladder,
    Listener,
    MessageTrigger,
    MultiInstance,
    MultipleTrigger,
    Rung,
    ScriptSpec,
    SignalTrigger,
    TimerTrigger,
    UserTaskSpec,
    WorkSpec,
)
from tests.engine.interventions import NOW, after, drawn, node, started, task
from workflows.engine.commands import SendMessage
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CancelRequested,
    IncidentResolved,
    MessageArrived,
    SignalArrived,
    Started,
    UserTaskCompleted,
    VariablesSet,
)
from workflows.engine.state import State
from workflows.engine.step import Step, step
from workflows.engine.unsent import ThrowFailed

NAME = "Testina Beispiel, MRN 7734"
LADDER = Ladder("SLOW", (Rung("d", ("lead",), level="breach"),))
SERVICE = WorkSpec('"fetch"', "3")


def catch(form: Any, expression: str) -> FlowNode:
    return node("step", "intermediateCatchEvent", trigger=TimerTrigger(form, expression))


STEPS: dict[str, FlowNode] = {
    "a process that is called": node("step", "callActivity", call=CallSpec("", process_expression="name")),
    "a decision": node("step", "businessRuleTask", decision=DecisionSpec("name", "r")),
    "a task type": node("step", "serviceTask", work=WorkSpec("name", "3")),
    "the task type of a listener": task("step", listeners=(Listener("start", WorkSpec("name", "3")),)),
    "the date of a timer": catch("date", "name"),
    "the duration of a timer": catch("duration", "duration(name)"),
    "a cycle": catch("cycle", "name"),
    "a cycle of many parts": catch("cycle", '"R3/" + name'),
    "a cron of too many fields": catch("cycle", '"0 0 8 * * 1 " + name'),
    "a cycle without time": catch("cycle", '"R3/PT" + string(mrn - mrn) + "S/" + name'),
    "a cycle that is over": catch("cycle", '"R3/PT1H/" + past'),
    "a due date": node("step", "userTask", user=UserTaskSpec(due_date="date and time(name)")),
    "an expected duration": task("step", expected_duration="name"),
    "a ladder": task("step", ladder_choice="name", ladders=(LADDER,)),
    "a correlation key": node("step", "receiveTask", trigger=MessageTrigger("m", "[name]")),
    "a number of instances": task("step", loop=MultiInstance(sequential=False, cardinality="name")),
    "a collection": task("step", loop=MultiInstance(sequential=False, input_collection="name")),
    "a script": node("step", "scriptTask", script=ScriptSpec("name", "")),
    "an entry of a context": node("step", "scriptTask", script=ScriptSpec("get value({a: 1}, name)", "")),
}


def pathway(step: FlowNode) -> Any:
    return drawn([node("start", "startEvent"), step, node("end", "endEvent")], ["start>step", "step>end"])


def reasons(found: Step) -> list[str]:
    return [str(fact.detail["reason"]) for fact in found.facts if fact.fact == "incident_raised"]


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_reason_says_what_kind_of_value_was_read_and_not_the_value(step: FlowNode) -> None:
    (reason,) = reasons(started(pathway(step), name=NAME, mrn=7734, past="2020-07-07T07:34:00Z"))
    assert not any(part in reason for part in ("Testina", "Beispiel", "7734", "MRN", "2020"))


TOO_LONG: dict[str, FlowNode] = {
    "a correlation key": node("step", "receiveTask", trigger=MessageTrigger("m", "name")),
    "who may do a task": node("step", "userTask", user=UserTaskSpec(candidate_groups="name")),
    "who else may": node("step", "userTask", user=UserTaskSpec(candidate_users='["a", name]')),
    "who gets a task": node("step", "userTask", user=UserTaskSpec(assignee="name")),
}


@pytest.mark.parametrize("step", TOO_LONG.values(), ids=TOO_LONG.keys())
def test_a_name_that_no_index_keeps_is_an_incident_and_one_that_fits_is_none(step: FlowNode) -> None:
    (reason,) = reasons(started(pathway(step), name="ü" * 501))
    assert "more than 500 characters" in reason
    assert "üü" not in reason
    assert reasons(started(pathway(step), name="ü" * 500)) == []


def test_what_is_drawn_is_named() -> None:
    assert reasons(started(pathway(node("step", "callActivity", call=CallSpec("nowhere"))))) == [
        "process 'nowhere' was not published with this pathway"
    ]


def test_what_a_worker_says_about_its_error_is_in_no_reason() -> None:
    definition = pathway(node("step", "serviceTask", work=SERVICE))
    thrown = BpmnErrorThrown(NOW, "step#1", "NOT_FOUND", f"{NAME} is not known")
    assert reasons(after(definition, started(definition).state, thrown)) == ["nobody catches the error 'NOT_FOUND'"]


def test_what_could_not_be_sent_is_an_incident_of_the_case_that_is_sent_again_or_skipped() -> None:
    definition = pathway(task("step"))
    sent = SendMessage("case:tell#1", "lab.asked", "R-1", {"name": NAME})
    failed = after(
        definition, started(definition).state, ThrowFailed(NOW, sent, "lab.asked could not be sent: NoRoute")
    )
    assert reasons(failed) == ["lab.asked could not be sent: NoRoute"]
    assert codec.load(State, codec.dump(failed.state)) == failed.state
    assert list(failed.state.activations) == list(started(definition).state.activations)
    later = NOW + timedelta(hours=1)
    again = after(definition, failed.state, IncidentResolved(later, "incident#1"))
    assert (again.commands, again.state.incidents) == ((sent,), {})
    skipped = after(definition, failed.state, ActivitySkipped(later, "incident#1", "told by telephone"))
    assert (skipped.commands, skipped.state.incidents) == ((), {})


def test_what_could_not_be_sent_is_sent_again_when_the_case_ends_unless_it_is_called_off() -> None:
    definition = pathway(task("step"))
    sent = SendMessage("case:tell#1", "lab.asked", "R-1", {"name": NAME})
    failed = after(definition, started(definition).state, ThrowFailed(NOW, sent, "could not be sent")).state
    ended = after(definition, failed, UserTaskCompleted(NOW, "step#1", actor="p1"))
    assert (ended.state.status, ended.commands.count(sent)) == ("completed", 1)
    cancelled = after(definition, failed, CancelRequested(NOW, "entered in error"))
    assert sent not in cancelled.commands


BOTH = MultipleTrigger((SignalTrigger("s"), MessageTrigger("m", "key")), parallel=True)


def test_what_cannot_be_awaited_a_second_time_is_an_incident_of_the_case() -> None:
    both = node("both", "boundaryEvent", attached_to="a", interrupting=False, trigger=BOTH)
    nodes = [node("start", "startEvent"), task("a"), node("end", "endEvent"), both, node("told", "endEvent")]
    definition = drawn(nodes, ["start>a", "a>end", "both>told"])
    came = (SignalArrived(NOW, "s"), VariablesSet(NOW, {"key": None}), MessageArrived(NOW, "m", "K", "m1"))
    found = after(definition, started(definition, key="K").state, *came)
    (reason,) = reasons(found)
    assert reason.startswith("correlation key of 'both'")
    assert ("a#1" in found.state.activations, "told#1" in {fact.activation for fact in found.facts}) == (True, True)


def test_what_cannot_be_awaited_when_a_case_begins_is_an_incident_of_the_case() -> None:
    nodes = [node("start", "startEvent", trigger=BOTH), task("a"), node("end", "endEvent")]
    definition = drawn(nodes, ["start>a", "a>end"])
    assert reasons(step(definition, None, Started(NOW, "case", {}, start_event="start")))
