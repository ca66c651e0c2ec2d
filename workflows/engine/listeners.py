"""When do listeners work? At their moment of an element's life, one after the other; the element waits for each.

    start        after the input mappings, before boundary events listen and the element itself acts
    end          after the output mappings, before a token leaves; of a process: when nothing of it is left
    creating     before a user task is offered
    assigning    before somebody holds it: who claims it, is given it, or is named in the diagram
    completing   before what a person has filled in takes effect

Each is work for a worker (zeebe:executionListeners, zeebe:taskListeners). What an end listener answers goes outward as
output mappings do, what any other answers is local to the element. `Activation.listening` says where it stands.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from pathways.bpmn.model import Listener, Moment
from workflows.engine import catching, lifecycle, progress, starting, timers, work
from workflows.engine.commands import CancelWork, PerformWork
from workflows.engine.events import BpmnErrorThrown, WorkCompleted, WorkFailed
from workflows.engine.expressions import Stopped
from workflows.engine.run import Run, Values
from workflows.engine.state import Activation, Listening
from workflows.engine.triggers import error

Answer = WorkCompleted | WorkFailed | BpmnErrorThrown


def begin(run: Run, at: Activation, listening: Listening) -> bool:
    """Ask the first listener of a moment to work; False when there is none, and nothing to wait for."""
    if not _heard(run, at, listening.moment):
        return False
    at = run.change(run.activations[at.id], listening=listening)
    if listening.moment == "start":
        at = run.change(at, stage="entering")
    elif listening.moment == "end":
        at = run.change(at, stage="completing")
        _stop_waiting(run, at)
    _ask(run, at)
    return True


def _heard(run: Run, at: Activation, moment: Moment) -> Sequence[Listener]:
    """Give the listeners of one moment in their written order."""
    node = run.definition.nodes.get(at.element)
    given = node.listeners if node else next((p.listeners for p in run.definition.processes if p.id == at.element), ())
    return [listener for listener in given if listener.moment == moment]


def _stop_waiting(run: Run, at: Activation) -> None:
    """What the element waited for has come: it must not come again. Its boundary events may still end it."""
    catching.stop_own_wait(run, at)
    for timer in run.timers_of(at.id):
        if timer.rung is not None:
            timers.cancel(run, timer)


def _ask(run: Run, at: Activation) -> None:
    """Ask the listener whose turn it is; asked again after an incident, its work keeps its id."""
    assert at.listening is not None
    moment, node = at.listening.moment, run.definition.nodes.get(at.element)
    spec = _heard(run, at, moment)[at.listening.done].work
    try:
        task_type = work.task_type_of(run, at, spec, f"type of the {moment} listener of {at.element!r}")
        attempts = work.attempts_of(run, at, spec)
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)
        return
    listening = replace(at.listening, work=at.listening.work or _name(run, at, at.listening), since=run.now)
    at = run.change(at, listening=listening, overdue=False)
    run.fact("waiting", at, wait="work", waits_for=task_type, listener=moment, lane=node.lane if node else None)
    run.commands.append(
        PerformWork(
            activation=listening.work,
            element=at.element,
            title=node.title if node else run.definition.name,
            task_type=task_type,
            attempts=attempts,
            headers={**_headers(run, at), **spec.headers},
            variables={**run.visible(at.id), **listening.result},
        )
    )


def _name(run: Run, at: Activation, listening: Listening) -> str:
    """Name the work, such as `a#1/start#1`; a task may be assigned many times."""
    name = f"{at.id}/{listening.moment}"
    return run.number(name) if listening.moment == "assigning" else f"{name}#{listening.done + 1}"


def _headers(run: Run, at: Activation) -> Mapping[str, str]:
    node = run.definition.nodes.get(at.element)
    if node is None or at.listening is None:
        return {}
    if at.listening.moment in ("creating", "assigning", "completing"):
        return _of_the_task(at, at.listening.assignee)
    return node.work.headers if node.work else {}


def _of_the_task(at: Activation, assignee: str | None) -> Mapping[str, str]:
    """Give what a listener is told of the task, under the names that Camunda 8 gives it."""
    task = at.task
    known = {
        "userTaskKey": at.id,
        "assignee": assignee or (task.assignee if task else None),
        "candidateGroups": json.dumps(task.groups) if task else None,
        "candidateUsers": json.dumps(task.users) if task else None,
        "dueDate": at.due_at.isoformat() if at.due_at else None,
        "followUpDate": task.follow_up_at.isoformat() if task and task.follow_up_at else None,
        "formKey": task.form_id if task else None,
        "priority": str(task.priority) if task else None,
    }
    return {f"io.camunda.zeebe:{name}": value for name, value in known.items() if value is not None}


def asked(run: Run, name: str) -> Activation | None:
    """Give the activation whose listener does this work now."""
    at = run.activations.get(name.rpartition("/")[0])
    return at if at and at.listening and at.listening.work == name else None


def hear(run: Run, at: Activation, event: Answer) -> None:
    """Take what a listener answers."""
    match event:
        case WorkCompleted():
            _answered(run, at, event.variables)
        case WorkFailed():
            run.fact("work_failed", at, reason=event.reason)
            lifecycle.raise_incident(run, at.id, Stopped("oversize" if event.oversize else "work-failed", event.reason))
        case BpmnErrorThrown():
            try:
                error.throw_error(run, at.id, event.code, event.message, event.variables)
            except Stopped as stop:
                lifecycle.raise_incident(run, at.id, stop)
        case _:
            assert_never(event)


def _answered(run: Run, at: Activation, variables: Values) -> None:
    """Write what the listener answered, then go on; an answer that comes late makes good its incident."""
    assert at.listening is not None
    for incident in [i for i in run.incidents.values() if i.activation == at.id]:
        lifecycle.close_incident(run, incident)
    if at.listening.moment == "end":
        run.set_outward(at.scope or at.id, variables)
    else:
        run.set_local(at, variables)
    answered = replace(at.listening, done=at.listening.done + 1, work="")
    proceed(run, run.change(run.activations[at.id], listening=answered, overdue=False))


def proceed(run: Run, at: Activation) -> None:
    """Ask the next listener; after the last one, let the activation go on."""
    assert at.listening is not None
    if at.listening.done < len(_heard(run, at, at.listening.moment)):
        _ask(run, at)
        return
    try:
        _go_on(run, at, at.listening)
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)


def _go_on(run: Run, at: Activation, listening: Listening) -> None:
    """Do what had to wait for the listeners of this moment."""
    match listening.moment:
        case "start" if listening.started is not None:
            starting.open_process(run, run.change(at, listening=None), listening.started)
        case "start":
            catching.stop_listening(run, at.id)
            lifecycle.enter(run, at, run.node(at.element), listening.fired)
        case "end" if at.id == run.root:
            progress.close_case(run)
        case "end":
            lifecycle.complete(run, at, listening.result, actor=listening.actor)
        case "creating" | "assigning" | "completing":
            heard = run.behaviours[run.node(at.element).type].heard
            assert heard is not None
            heard(run, at, listening)
        case _:
            assert_never(listening.moment)


def withdraw(run: Run, at: Activation) -> None:
    """Call off the work of a listener whose activation is over."""
    if at.listening is not None and at.listening.work:
        run.commands.append(CancelWork(at.listening.work))
