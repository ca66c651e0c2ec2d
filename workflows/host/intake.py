"""Which event does a request become? The host adds the time, the engine decides."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime

from workflows.contract.handover import Former
from workflows.contract.requests import (
    CancelCase,
    ClaimTask,
    CompleteTask,
    DelegateTask,
    DeliverMessage,
    DeliverSignal,
    GiveUpMessage,
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
from workflows.engine.given_up import MessageGivenUp

EVENTS: Mapping[type[Request], Callable[..., Event]] = {
    CompleteTask: UserTaskCompleted,
    ClaimTask: UserTaskClaimed,
    ReleaseTask: UserTaskReleased,
    DelegateTask: UserTaskDelegated,
    DeliverMessage: MessageArrived,
    GiveUpMessage: MessageGivenUp,
    ResolveIncident: IncidentResolved,
    SetVariables: VariablesSet,
    MoveTimer: TimerMoved,
    StopClock: ClockStopped,
    ResumeClock: ClockResumed,
    Skip: ActivitySkipped,
    ThrowError: BpmnErrorThrown,
    Modify: Modified,
    Migrate: Migrated,
    CancelCase: CancelRequested,
}
"""Requests that have the very fields of their event, but for its time."""

_NAMES = {kind: tuple(each.name for each in fields(kind)) for kind in EVENTS}


def event_of(request: Request, at: datetime, back: Former | None = None) -> Event:
    """Give the event that `request`, received at `at`, means for the engine; `back` is the way back from a migration.

    Raises:
        EventRejected: a migration is to be undone, and none is remembered.
    """
    match request:
        case DeliverSignal():
            return SignalArrived(at, request.name, request.variables, request.actor)
        case UndoMigration():
            return _undone(request, at, back)
        case _:
            kind = type(request)
            return EVENTS[kind](at, **{name: getattr(request, name) for name in _NAMES[kind]})


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


def _undone(request: UndoMigration, at: datetime, back: Former | None) -> MigrationUndone:
    if back is None:
        raise EventRejected(
            "not-open", "the case has moved on since it was migrated, or was not migrated: migrate it back"
        )
    return MigrationUndone(at, back.state, back.migrated_seq, request.reason, request.actor)
