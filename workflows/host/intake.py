"""Which event does a request become? The host adds the time, the engine decides."""

from datetime import datetime
from typing import assert_never

from workflows.contract.requests import (
    CancelCase,
    ClaimTask,
    CompleteTask,
    DelegateTask,
    DeliverMessage,
    DeliverSignal,
    Modify,
    MoveTimer,
    ReleaseTask,
    Request,
    ResolveIncident,
    ResumeClock,
    SetVariables,
    Skip,
    StartCase,
    StopClock,
    ThrowError,
)
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CancelRequested,
    ClockResumed,
    ClockStopped,
    Event,
    IncidentResolved,
    MessageArrived,
    Modified,
    SignalArrived,
    Started,
    TimerMoved,
    UserTaskClaimed,
    UserTaskCompleted,
    UserTaskDelegated,
    UserTaskReleased,
    VariablesSet,
)


def event_of(request: Request, at: datetime) -> Event:
    """Give the event that `request`, received at `at`, means for the engine."""
    match request:
        case CompleteTask():
            return UserTaskCompleted(at, request.activation, request.variables, request.actor, request.on_behalf_of)
        case ClaimTask():
            return UserTaskClaimed(at, request.activation, request.actor)
        case ReleaseTask():
            return UserTaskReleased(at, request.activation, request.actor)
        case DelegateTask():
            return UserTaskDelegated(at, request.activation, request.to, request.actor)
        case DeliverMessage():
            return _message_arrived(request, at)
        case DeliverSignal():
            return SignalArrived(at, request.name, request.variables, request.actor)
        case ResolveIncident():
            return IncidentResolved(at, request.incident, request.variables, request.actor)
        case SetVariables():
            return VariablesSet(at, request.variables, request.actor)
        case MoveTimer():
            return TimerMoved(at, request.target, request.due_at, request.reason, request.actor)
        case StopClock():
            return ClockStopped(at, request.target, request.reason, request.actor)
        case ResumeClock():
            return ClockResumed(at, request.target, request.reason, request.actor)
        case Skip():
            return ActivitySkipped(at, request.activation, request.reason, request.variables, request.actor)
        case ThrowError():
            return _error_thrown(request, at)
        case Modify():
            return Modified(at, request.changes, request.reason, request.actor)
        case CancelCase():
            return CancelRequested(at, request.reason, request.actor)
        case _:
            assert_never(request)


def started(case: StartCase, at: datetime) -> Started:
    """Give the first event of a case. A detached call has no activation that waits, so it is not `called`."""
    return Started(
        occurred_at=at,
        case_id=case.case_id,
        variables=case.variables,
        process=case.process,
        message=case.message,
        start_event=case.start_event,
        part=case.part,
        called=case.caller_activation is not None,
        actor=case.actor,
    )


def _error_thrown(request: ThrowError, at: datetime) -> BpmnErrorThrown:
    return BpmnErrorThrown(
        occurred_at=at,
        activation=request.activation,
        code=request.code,
        message=request.message,
        variables=request.variables,
        actor=request.actor,
        reason=request.reason,
    )


def _message_arrived(request: DeliverMessage, at: datetime) -> MessageArrived:
    return MessageArrived(
        occurred_at=at,
        name=request.name,
        correlation_key=request.correlation_key,
        message_id=request.message_id,
        variables=request.variables,
        ttl=request.ttl,
        actor=request.actor,
    )
