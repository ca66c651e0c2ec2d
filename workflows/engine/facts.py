"""What happened, for the record? Facts, numbered per case: the only input of the read model and of golden traces.

`detail` by fact (keys absent when empty):

| fact | detail |
|---|---|
| case_started | key, version_tag, sha256, process, called, actor |
| activated | scope |
| completed, terminated | actor, variables (of user tasks: the form) |
| skipped | reason, actor, variables |
| modified | change, element, reason, actor |
| migrated, migration_undone | sha256, version_tag, was (the sha256 before), reason, actor |
| carried_over | was (its element before), scope, form_id (of a migrated case's open activation) |
| taken | flow |
| variable_set | name, value, scope, actor |
| offered | groups, users, assignee, due_at, follow_up_at, priority, form_id, lane, ladder, inputs |
| offered also | patient_text, specialty (properties of the element) |
| claimed, released, delegated | assignee, actor, on_behalf_of (the holder), grounds; of a rung groups, priority |
| released also | how: raised, with groups, priority (its priority follows its `dueAnchor`) |
| waiting | wait (work, message, timer, call, event), waits_for, due_at, ladder, lane, listener (its moment) |
| work_failed | reason |
| timer_started, timer_moved | timer, due_at, node; moved also was, until, and of a person reason, actor |
| timer_fired, timer_cancelled | timer; fired also due_at, late_seconds |
| timer_paused | timer, due_at, reason, actor; since (of one that stood still before) |
| timer_resumed | timer, due_at, until (of a step that is due with it), reason, actor |
| clock_stopped, clock_resumed | due_at, reason, actor (of a step whose due time stands still) |
| overdue | due_at, reason |
| trouble | reason: what the watchdog found; how: over, when it is |
| subscribed | subscription, message, key; unsubscribed: subscription |
| message_received, message_buffered, message_expired, message_ignored | message, key, message_id, reason |
| message_given_up | message, key, message_id, reason, actor |
| message_sent | message, key, message_id |
| signal_thrown | signal; signal_received: signal, node |
| condition_met | condition, node, read |
| compensating, compensated | handler (of the activation that is undone) |
| escalated | rung, of, level, tell, channel, due_at, breached_on_arrival, begin (a process), flag (of the case) |
| due_changed | due_at, was, because, reason, actor |
| error_thrown, escalation_thrown | code, caught_by, reason, actor |
| called | process_id, sha256, detached; call_ended: outcome |
| incident_raised | incident, kind, reason, read |
| incident_resolved | incident, actor, how (retried, skipped, error, corrected, replaced, gone), reason |
| decision | what, expression, value, read; of a DMN decision also matched (rules per table) |
| case_ended | outcome, error_code, reason, actor, ended (end events reached), variables |
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

FactKind = Literal[
    "case_started",
    "activated",
    "completed",
    "terminated",
    "taken",
    "variable_set",
    "offered",
    "claimed",
    "released",
    "delegated",
    "waiting",
    "work_failed",
    "timer_started",
    "timer_moved",
    "timer_fired",
    "timer_cancelled",
    "timer_paused",
    "timer_resumed",
    "clock_stopped",
    "clock_resumed",
    "overdue",
    "trouble",
    "skipped",
    "modified",
    "migrated",
    "migration_undone",
    "carried_over",
    "subscribed",
    "unsubscribed",
    "message_received",
    "message_buffered",
    "message_expired",
    "message_given_up",
    "message_ignored",
    "message_sent",
    "signal_thrown",
    "signal_received",
    "condition_met",
    "compensating",
    "compensated",
    "escalated",
    "due_changed",
    "error_thrown",
    "escalation_thrown",
    "called",
    "call_ended",
    "incident_raised",
    "incident_resolved",
    "decision",
    "case_ended",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened. (case, seq) is unique: projecting a fact twice changes nothing."""

    seq: int
    at: datetime
    fact: FactKind
    element: str = ""
    name: str = ""
    type: str = ""
    activation: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
