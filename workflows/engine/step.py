"""What does an event do to a case? `step`: the pure function that is the engine.

    step(definition, state, event) -> Step(state, commands, facts)

The only time is `event.occurred_at`; nothing here reads a clock, a random number or the world. An event that fits
nothing that waits raises EventRejected and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from pathways.bpmn.model import Definition, FlowNode
from workflows.engine import (
    clock,
    intervening,
    lifecycle,
    listeners,
    migrating,
    modifying,
    overdue,
    progress,
    redating,
    starting,
    throwing,
)
from workflows.engine.authority import Acting, acting
from workflows.engine.commands import Command
from workflows.engine.elements import user_task
from workflows.engine.errors import EngineBug, EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CalledProcessEnded,
    CalledProcessEscalated,
    CancelRequested,
    ClockResumed,
    ClockStopped,
    EscalationThrown,
    Event,
    IncidentResolved,
    MessageArrived,
    Migrated,
    MigrationUndone,
    Modified,
    SignalArrived,
    Started,
    TimerFired,
    TimerMoved,
    UserTaskClaimed,
    UserTaskCompleted,
    UserTaskDelegated,
    UserTaskReleased,
    VariablesSet,
    WaitOverdue,
    WorkCompleted,
    WorkFailed,
)
from workflows.engine.expressions import Stopped
from workflows.engine.facts import Fact
from workflows.engine.given_up import MessageGivenUp
from workflows.engine.registry import BEHAVIOURS
from workflows.engine.run import Run, thaw
from workflows.engine.state import SEMANTICS, Activation, IncidentKind, State
from workflows.engine.triggers import error, escalation, message, signal, timer
from workflows.engine.trouble import TroubleNoted
from workflows.engine.unsent import ThrowFailed


@dataclass(frozen=True, slots=True)
class Step:
    """What one event did: the new state, what the world is asked to do, and what happened."""

    state: State
    commands: tuple[Command, ...]
    facts: tuple[Fact, ...]


def step(definition: Definition, state: State | None, event: Event) -> Step:
    """Apply one event to a case.

    `state` is None for `Started` only.

    Raises:
        EventRejected: the event fits nothing that waits; the state is unchanged.
        EngineBug: the engine is wrong; fail loudly.
    """
    run = _start(definition, state, event) if isinstance(event, Started) else _continue(definition, state, event)
    _settle(run)
    if isinstance(event, Modified | Migrated):
        modifying.judge(run, state)
    return Step(run.freeze(), tuple(run.commands), tuple(run.facts))


def _start(definition: Definition, state: State | None, event: Started) -> Run:
    if state is not None:
        raise EventRejected("not-open", f"case {state.case_id} has already started")
    process = event.process or definition.key
    run = Run(definition, BEHAVIOURS, event.occurred_at, event.case_id, process, event.called, SEMANTICS, 0)
    root = Activation(run.number(process), process, "", run.now)
    run.add(root)
    run.fact(
        "case_started",
        root,
        key=definition.key,
        version_tag=definition.version_tag,
        sha256=definition.sha256,
        process=process,
        called=event.called,
        actor=event.actor,
    )
    root = run.set_local(root, event.variables)
    starting.begin(run, root, event)
    return run


def _continue(definition: Definition, state: State | None, event: Event) -> Run:
    if state is None:
        raise EventRejected("not-running", "the case has not started")
    if state.status != "running":
        raise EventRejected("not-running", f"case {state.case_id} is over: {state.status}")
    if isinstance(event, Migrated):
        return migrating.migrate(definition, state, event, BEHAVIOURS)
    if isinstance(event, MigrationUndone):
        return migrating.undo(definition, state, event, BEHAVIOURS)
    if state.sha256 != definition.sha256:
        raise EngineBug(f"case {state.case_id} runs {state.sha256}, the definition given is {definition.sha256}")
    run = thaw(definition, state, BEHAVIOURS, event.occurred_at)
    _apply(run, event)
    return run


def _apply(run: Run, event: Event) -> None:
    match event:
        case WorkCompleted() | WorkFailed() | BpmnErrorThrown() if at := listeners.asked(run, event.activation):
            listeners.hear(run, at, event)
        case WorkCompleted():
            lifecycle.finish(run, _open(run, event.activation, _is_work).id, event.variables)
        case WorkFailed():
            _fail(run, event)
        case BpmnErrorThrown():
            _throw_error(run, event)
        case EscalationThrown():
            at = _open(run, event.activation, _may_throw)
            escalation.throw_escalation(run, at.id, event.code, event.variables)
        case CalledProcessEscalated():
            at = _open(run, event.activation, _is_call)
            escalation.throw_escalation(run, at.id, event.code, event.variables)
        case UserTaskCompleted():
            at = _task(run, event.activation, event.on_behalf_of or event.actor)
            user_task.submit(run, at, event.variables, acting(event))
        case UserTaskClaimed():
            user_task.hold(run, _task(run, event.activation, event.actor), Acting(event.actor), event.actor)
        case UserTaskReleased():
            at = _task(run, event.activation, event.on_behalf_of or event.actor)
            user_task.hold(run, at, acting(event), None)
        case UserTaskDelegated():
            at = _task(run, event.activation, event.on_behalf_of or event.actor)
            user_task.hold(run, at, acting(event), event.to)
        case TimerFired():
            timer.fire(run, event)
        case TimerMoved():
            clock.move(run, event)
        case ClockStopped():
            clock.stop(run, event)
        case ClockResumed():
            clock.resume(run, event)
        case WaitOverdue():
            overdue.note(run, event)
        case ActivitySkipped():
            intervening.skip(run, event)
        case Modified():
            modifying.modify(run, event)
        case MessageArrived():
            message.arrive(run, event)
        case MessageGivenUp():
            message.give_up(run, event)
        case SignalArrived():
            signal.arrive(run, event)
        case CalledProcessEnded():
            _end_call(run, event)
        case ThrowFailed():
            throwing.fail(run, event)
        case IncidentResolved():
            _resolve(run, event)
        case VariablesSet():
            run.set_outward(run.root, event.variables, actor=event.actor, reason=event.reason)
        case TroubleNoted():
            _note_trouble(run, event)
        case CancelRequested():
            progress.end_case(run, "cancelled", reason=event.reason, actor=event.actor)
        case Started() | Migrated() | MigrationUndone():
            raise EventRejected("not-open", f"case {run.case_id} has already started")
        case _:
            assert_never(event)


def _note_trouble(run: Run, event: TroubleNoted) -> None:
    """Keep what the watchdog found; what is known already is noted once."""
    if event.reason != run.trouble:
        run.trouble = event.reason
        run.fact("trouble", run.activations[run.root], reason=event.reason, how="" if event.reason else "over")


def _settle(run: Run) -> None:
    """Move tokens, deliver kept messages and re-date anchored waits until nothing changes any more."""
    while run.status == "running":
        progress.drain(run)
        if run.status == "running" and run.changed_names:
            names = frozenset(run.changed_names)
            run.changed_names.clear()
            redating.redate(run, names)
            continue
        if run.status != "running" or not message.deliver_buffered(run):
            break
    if run.status == "running":
        redating.forget(run)
        _never_stand_still(run)


def _never_stand_still(run: Run) -> None:
    """Raise an incident when nothing would ever move this case again: no wait, only tokens at joins."""
    waits = run.timers or run.subscriptions or run.incidents or any(_waits(run, at) for at in run.activations.values())
    if not waits:
        held = ", ".join(sorted({flow for flows in run.tokens.values() for flow in flows}))
        lifecycle.raise_incident(run, run.root, Stopped("deadlock", f"tokens wait for ever at a join: {held}"))


def _waits(run: Run, at: Activation) -> bool:
    node = run.definition.nodes.get(at.element)
    if at.listening is not None:
        return True
    return node is not None and (_is_work(node) or _is_user_task(node) or _is_call(node))


def _is_work(node: FlowNode) -> bool:
    return node.work is not None


def _is_call(node: FlowNode) -> bool:
    return node.type == "callActivity"


def _is_user_task(node: FlowNode) -> bool:
    return node.type == "userTask"


def _may_throw(node: FlowNode) -> bool:
    return not node.is_scope


def _open(run: Run, activation: str, fits: Callable[[FlowNode], bool]) -> Activation:
    """Give an activation that has begun and whose node fits the event."""
    at = run.activations.get(activation)
    node = run.definition.nodes.get(at.element) if at else None
    if at is not None and at.listening is not None:
        raise EventRejected("not-open", f"{activation} waits for its {at.listening.moment} listener")
    if at is None or node is None or at.items is not None or at.stage == "entering" or not fits(node):
        raise EventRejected("not-open", f"{activation} is not open in case {run.case_id}: it ended or never began")
    return at


def _fail(run: Run, event: WorkFailed) -> None:
    at = _open(run, event.activation, lambda node: _is_work(node) or _is_call(node))
    run.fact("work_failed", at, reason=event.reason)
    failed: IncidentKind = "call-failed" if _is_call(run.node(at.element)) else "work-failed"
    kind: IncidentKind = "oversize" if event.oversize else failed
    lifecycle.raise_incident(run, at.id, Stopped(kind, event.reason))


def _throw_error(run: Run, event: BpmnErrorThrown) -> None:
    if event.actor:
        intervening.throw_error(run, event)
        return
    at = _open(run, event.activation, _may_throw)
    try:
        error.throw_error(run, at.id, event.code, event.message, event.variables)
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)


def _task(run: Run, activation: str, actor: str) -> Activation:
    at = _open(run, activation, _is_user_task)
    if at.task is None:
        raise EventRejected("not-open", f"{activation} is stopped by an incident")
    if at.task.assignee not in (None, actor):
        raise EventRejected("not-yours", f"{activation} is held by {at.task.assignee}; ask for it to be released")
    return at


def _end_call(run: Run, event: CalledProcessEnded) -> None:
    at = _open(run, event.activation, _is_call)
    run.fact("call_ended", at, outcome=event.outcome)
    call = run.node(at.element).call
    try:
        if event.outcome == "error":
            error.throw_error(run, at.id, event.error_code, "", event.variables)
        elif event.outcome == "cancelled":
            raise Stopped("call-failed", f"the called process of {at.id} was cancelled from outside")
        else:
            propagated = call is None or call.propagate_all_child_variables or run.node(at.element).outputs
            lifecycle.finish(run, at.id, event.variables if propagated else {})
    except Stopped as stop:
        lifecycle.raise_incident(run, at.id, stop)


def _resolve(run: Run, event: IncidentResolved) -> None:
    incident = run.incidents.get(event.incident)
    if incident is None:
        raise EventRejected("not-open", f"incident {event.incident} is not open in case {run.case_id}")
    lifecycle.close_incident(run, incident, actor=event.actor, how="retried", reason=event.reason)
    run.set_outward(incident.activation, event.variables, actor=event.actor)
    if incident.unsent is not None:
        run.commands.append(incident.unsent)
        return
    root = run.activations[run.root]
    if incident.activation != run.root or root.listening is not None:
        lifecycle.resume(run, incident.activation)
    elif root.stage == "entering":
        starting.listen_for_event_sub_processes(run)
    elif incident.kind == "expression":
        run.changed_names.update(dict.fromkeys(run.index.due_anchors))
