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
    Migrate,
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
    UndoMigration,
)
from workflows.engine.errors import EventRejected
from workflows.engine.events import (
    ActivitySkipped,
    BpmnErrorThrown,
    CancelRequested,
    ClockResumed,
    ClockStopped,
    Event,
    IncidentResolved,
    MessageArrived,
    Migrated,
    MigrationUndone,
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
from workflows.host.versions import Former


def event_of(request: Request, at: datetime, back: Former | None = None) -> Event:
    """Give the event that `request`, received at `at`, means for the engine; `back` is the way back from a migration.

    Raises:
        EventRejected: a migration is to be undone, and none is remembered.
    """
    match request:
        case CompleteTask():
            return _completed(request, at)
        case ClaimTask():
            return UserTaskClaimed(at, request.activation, request.actor)
        case ReleaseTask():
            return UserTaskReleased(at, request.activation, request.actor, request.on_behalf_of, request.grounds)
        case DelegateTask():
            return _delegated(request, at)
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
        case Migrate():
            return Migrated(at, request.plan, request.reason, request.actor)
        case UndoMigration():
            return _undone(request, at, back)
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


def _completed(request: CompleteTask, at: datetime) -> UserTaskCompleted:
    return UserTaskCompleted(
        occurred_at=at,
        activation=request.activation,
        variables=request.variables,
        actor=request.actor,
        on_behalf_of=request.on_behalf_of,
        grounds=request.grounds,
    )


def _delegated(request: DelegateTask, at: datetime) -> UserTaskDelegated:
    return UserTaskDelegated(
        occurred_at=at,
        activation=request.activation,
        to=request.to,
        actor=request.actor,
        on_behalf_of=request.on_behalf_of,
        grounds=request.grounds,
    )


def _undone(request: UndoMigration, at: datetime, back: Former | None) -> MigrationUndone:
    if back is None:
        raise EventRejected(
            "not-open", "the case has moved on since it was migrated, or its history began anew: migrate it back"
        )
    return MigrationUndone(at, back.state, back.migrated_seq, request.reason, request.actor)


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
