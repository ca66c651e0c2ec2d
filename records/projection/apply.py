"""What does each fact change in the rows of its case? One small function per kind of fact, and no I/O."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from records.projection.people import escalated
from records.projection.rows import CaseRows, MessageStatus, made, title
from records.projection.task_facts import assigned, offered, released
from records.projection.time_facts import (
    clock_resumed,
    due_changed,
    overdue,
    timer_armed,
    timer_gone,
    timer_paused,
    timer_resumed,
)
from records.projection.values import instant
from records.tables import (
    AwaitedKey,
    Case,
    CaseKey,
    Incident,
    ScopeVariables,
    Subscription,
)
from workflows.contract.urgency import VARIABLE, urgency_of
from workflows.engine.facts import Fact, FactKind


def apply(rows: CaseRows, fact: Fact) -> None:
    """Change the rows as one fact says. Facts come in order, each once.

    Raises:
        ValueError: the first fact of a case is not `case_started`.
    """
    if rows.case is None and fact.fact != "case_started":
        raise ValueError(f"case {rows.case_id} begins with {fact.fact} instead of case_started")
    HANDLERS[fact.fact](rows, fact)
    if rows.case is not None:
        rows.case.last_seq = fact.seq


def case_started(rows: CaseRows, fact: Fact) -> None:
    """A case began: its row, the keys that messages find it by, its first variables."""
    start, detail = rows.start, fact.detail
    rows.case = Case(
        case_id=rows.case_id,
        root_case_id=rows.root_case_id,
        caller=start.caller,
        caller_activation=start.caller_activation,
        key=detail.get("key", start.key),
        name=fact.name or start.key,
        version_tag=detail.get("version_tag", ""),
        sha256=detail.get("sha256", start.sha256),
        urgency=start.urgency,
        business_key=start.business_key,
        started_by=detail.get("actor", start.actor),
        started_at=fact.at,
        process_scope=fact.activation,
    )
    rows.keys.extend(CaseKey(case_id=rows.case_id, correlation_key=key) for key in _carried(rows))
    rows.activation(fact)
    _set_variables(rows, fact.activation, detail.get("variables", {}))


def activated(rows: CaseRows, fact: Fact) -> None:
    """A flow node began to run."""
    rows.activation(fact).scope = fact.detail.get("scope", "")


def completed(rows: CaseRows, fact: Fact) -> None:
    """A flow node ran to its end."""
    task = rows.tasks.get(fact.activation)
    if task is not None:
        task.completed_by = fact.detail.get("actor", "")
        task.outcome = dict(fact.detail.get("variables", {}))
    activation = rows.activations.get(fact.activation)
    if rows.case is not None and activation is not None and activation.flag == rows.case.flag:
        rows.case.flag = ""  # what it could not do before is done
    _close(rows, fact.activation, fact.at, task_state="completed")
    if fact.type != "process":
        rows.scopes.pop(fact.activation, None)


def terminated(rows: CaseRows, fact: Fact) -> None:
    """A flow node was ended from outside."""
    _close(rows, fact.activation, fact.at, task_state="cancelled")
    if fact.type != "process":
        rows.scopes.pop(fact.activation, None)


def variable_set(rows: CaseRows, fact: Fact) -> None:
    """A variable of a scope has a new value."""
    _set_variables(rows, fact.detail["scope"], {fact.detail.get("name", ""): fact.detail.get("value")})


def waiting(rows: CaseRows, fact: Fact) -> None:
    """An activation waits for something that is not a person; an offered task stays its person's meanwhile."""
    activation = rows.activation(fact)
    activation.overdue = ""
    if fact.activation in rows.tasks:
        activation.failure = ""
        return
    activation.wait = fact.detail["wait"]
    activation.waiting_for = fact.detail.get("waits_for") or activation.title
    activation.role = fact.detail.get("lane", "")
    activation.since, activation.until = fact.at, instant(fact.detail.get("due_at"))
    activation.failure = ""


def work_failed(rows: CaseRows, fact: Fact) -> None:
    """A worker gave up: the activation is stuck."""
    rows.activation(fact).failure = fact.detail.get("reason") or "the work failed without a reason"


def subscribed(rows: CaseRows, fact: Fact) -> None:
    """The case waits for a message or a signal."""
    event = "signal" if "signal" in fact.detail else "message"
    key = fact.detail.get("key", "")
    if key and key not in _carried(rows):
        rows.awaited[key] = AwaitedKey(correlation_key=key, case_id=rows.case_id)
    rows.subscriptions[fact.detail["subscription"]] = Subscription(
        case_id=rows.case_id,
        subscription=fact.detail["subscription"],
        root_case_id=rows.root_case_id,
        activation=fact.activation,
        element=fact.element,
        event=event,
        name=fact.detail.get(event, ""),
        correlation_key=key,
        since=fact.at,
    )


def unsubscribed(rows: CaseRows, fact: Fact) -> None:
    """The case no longer waits for a message or a signal."""
    rows.subscriptions.pop(fact.detail["subscription"], None)


def message(status: MessageStatus) -> "Handler":
    """Give the handler that notes what became of an inbound message."""

    def noted(rows: CaseRows, fact: Fact) -> None:
        if fact.detail.get("reason") != "duplicate":
            rows.messages[fact.detail["message_id"]] = status

    return noted


def incident_raised(rows: CaseRows, fact: Fact) -> None:
    """Something needs a person before the activation can go on."""
    incident = fact.detail["incident"]
    rows.incidents[incident] = Incident(
        case_id=rows.case_id,
        incident=incident,
        root_case_id=rows.root_case_id,
        activation=fact.activation,
        element=fact.element,
        title=title(fact),
        kind=fact.detail.get("kind", ""),
        reason=fact.detail.get("reason", ""),
        read=dict(fact.detail.get("read", {})),
        raised_at=fact.at,
    )


def incident_resolved(rows: CaseRows, fact: Fact) -> None:
    """A person repaired what was stuck; the activation is tried again."""
    incident = rows.incidents.get(fact.detail["incident"])
    if incident is None:
        return
    incident.resolved_at, incident.resolved_by = fact.at, fact.detail.get("actor", "")
    incident.resolution = fact.detail.get("how", "")
    if incident.activation in rows.activations:
        rows.activations[incident.activation].failure = ""


def compensating(rows: CaseRows, fact: Fact) -> None:
    """Something completed is being undone: a sub-process without a handler is open again while its inside is undone."""
    if not fact.detail.get("handler"):
        rows.activation(fact)


def compensated(rows: CaseRows, fact: Fact) -> None:
    """Something completed was undone."""
    _close(rows, fact.activation, fact.at, task_state="cancelled")
    rows.scopes.pop(fact.activation, None)


def migrated(rows: CaseRows, fact: Fact) -> None:
    """The case goes on with another version of its pathway, or back to the one before."""
    assert rows.case is not None
    rows.case.sha256 = fact.detail["sha256"]
    rows.case.version_tag = fact.detail.get("version_tag", "")
    rows.case.name = fact.name or rows.case.name


def carried_over(rows: CaseRows, fact: Fact) -> None:
    """An open activation belongs to an element of another version."""
    activation = rows.activation(fact)
    activation.element, activation.title, activation.type = fact.element, title(fact), fact.type
    task = rows.tasks.get(fact.activation)
    if task is not None:
        task.element, task.title = fact.element, title(fact)
        task.form_id = fact.detail.get("form_id", "")
        activation.waiting_for = task.title if activation.wait == "task" else activation.waiting_for


def case_ended(rows: CaseRows, fact: Fact) -> None:
    """The case is over: nothing of it stays open."""
    assert rows.case is not None
    for activation in {*rows.activations, *rows.tasks, *(i.activation for i in rows.incidents.values())}:
        _close(rows, activation, fact.at, task_state="cancelled")
    rows.timers.clear()
    rows.subscriptions.clear()
    rows.case.status = fact.detail["outcome"]
    rows.case.outcome = ", ".join(fact.detail.get("ended", ()))
    rows.case.error_code = fact.detail.get("error_code", "")
    rows.case.ended_at = fact.at


def only_told(rows: CaseRows, fact: Fact) -> None:
    """A fact that the timeline tells and that changes no row."""


def _carried(rows: CaseRows) -> dict[str, None]:
    """The keys that a case began with, each once."""
    return dict.fromkeys(key for key in (rows.start.business_key, *rows.start.correlation_keys) if key)


def _close(rows: CaseRows, activation: str, at: datetime, *, task_state: str) -> None:
    """Leave nothing open of an activation: its task, incidents, timers and subscriptions end with it."""
    rows.activations.pop(activation, None)
    task = rows.tasks.get(activation)
    if task is not None and task.is_open:
        task.state, task.closed_at = task_state, at
    for incident in rows.incidents.values():
        if incident.activation == activation and incident.resolved_at is None:
            incident.resolved_at = at
    for timer in [t.timer for t in rows.timers.values() if t.activation == activation]:
        del rows.timers[timer]
    for subscription in [s.subscription for s in rows.subscriptions.values() if s.activation == activation]:
        del rows.subscriptions[subscription]


def _set_variables(rows: CaseRows, scope: str, values: dict[str, Any]) -> None:
    row = rows.scopes.get(scope) or rows.scopes.setdefault(
        scope, made(ScopeVariables, case_id=rows.case_id, scope=scope)
    )
    row.variables = {**row.variables, **values}
    if rows.case is not None and scope == rows.case.process_scope and VARIABLE in values:
        _set_urgency(rows, rows.case)


def _set_urgency(rows: CaseRows, case: Case) -> None:
    case.urgency = urgency_of(rows.start.urgency, rows.scopes[case.process_scope].variables)
    for task in rows.tasks.values():
        task.urgency = case.urgency


Handler = Callable[[CaseRows, Fact], None]

HANDLERS: dict[FactKind, Handler] = {
    "case_started": case_started,
    "activated": activated,
    "completed": completed,
    "terminated": terminated,
    "taken": only_told,
    "variable_set": variable_set,
    "offered": offered,
    "claimed": assigned,
    "released": released,
    "delegated": assigned,
    "waiting": waiting,
    "work_failed": work_failed,
    "timer_started": timer_armed,
    "timer_moved": timer_armed,
    "timer_fired": timer_gone,
    "timer_cancelled": timer_gone,
    "timer_paused": timer_paused,
    "timer_resumed": timer_resumed,
    "clock_stopped": only_told,
    "clock_resumed": clock_resumed,
    "overdue": overdue,
    "trouble": only_told,
    "skipped": only_told,
    "modified": only_told,
    "migrated": migrated,
    "migration_undone": migrated,
    "carried_over": carried_over,
    "subscribed": subscribed,
    "unsubscribed": unsubscribed,
    "message_received": message("delivered"),
    "message_buffered": message("buffered"),
    "message_expired": message("expired"),
    "message_given_up": message("given_up"),
    "message_ignored": message("ignored"),
    "message_sent": only_told,
    "signal_thrown": only_told,
    "signal_received": only_told,
    "condition_met": only_told,
    "compensating": compensating,
    "compensated": compensated,
    "escalated": escalated,
    "due_changed": due_changed,
    "error_thrown": only_told,
    "escalation_thrown": only_told,
    "called": only_told,
    "call_ended": only_told,
    "incident_raised": incident_raised,
    "incident_resolved": incident_resolved,
    "decision": only_told,
    "case_ended": case_ended,
}
