"""What happened in a case, in order and in words? The facts of the case and of those it called, and the concerns."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from records.tables import FactRecord, Thread, ThreadMessage

QUIET = (
    "activated",
    "taken",
    "variable_set",
    "timer_started",
    "timer_cancelled",
    "subscribed",
    "unsubscribed",
    "decision",
    "carried_over",
)
"""Facts that only an administrator wants to see; of variables, but those that somebody has set for a reason."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One fact, with a sentence for people. `seq` counts within `case_id`; it is 0 of what is no fact: a concern."""

    case_id: str
    seq: int
    at: datetime
    fact: str
    element: str
    title: str
    text: str
    actor: str
    detail: Mapping[str, Any]


async def timeline(session: AsyncSession, case_id: str, *, quiet: bool = True) -> tuple[TimelineEntry, ...]:
    """Give the entries of a case and of the cases it called, the oldest first; `quiet` leaves out the mechanics."""
    facts = select(FactRecord).where(
        FactRecord.root_case_id == case_id.partition("/")[0],  # has an index; what follows only narrows it
        or_(FactRecord.case_id == case_id, col(FactRecord.case_id).startswith(f"{case_id}/", autoescape=True)),
    )
    if quiet:
        told = and_(FactRecord.fact == "variable_set", col(FactRecord.detail)["reason"].as_string() != "")
        facts = facts.where(or_(col(FactRecord.fact).not_in(QUIET), told))
    in_order = facts.order_by(col(FactRecord.at), col(FactRecord.case_id), col(FactRecord.seq))
    entries = [_entry(record) for record in await session.exec(in_order)]
    concerns = await _concerns(session, case_id)
    return tuple(sorted((*entries, *concerns), key=lambda entry: entry.at) if concerns else entries)


async def _concerns(session: AsyncSession, case_id: str) -> tuple[TimelineEntry, ...]:
    """The concerns about tasks of these cases: that they were raised and answered, and whether somebody disagrees."""
    inside = or_(Thread.task_case_id == case_id, col(Thread.task_case_id).startswith(f"{case_id}/", autoescape=True))
    said = select(Thread, ThreadMessage).where(
        Thread.root_case_id == case_id.partition("/")[0],
        Thread.kind == "concern",
        inside,
        ThreadMessage.thread_id == Thread.thread_id,
    )
    return tuple(_said(thread, message) for thread, message in await session.exec(said))


def _said(thread: Thread, message: ThreadMessage) -> TimelineEntry:
    fact = f"concern_{message.kind}"
    detail = {"severity": thread.severity, "actor": message.author, "thread": thread.thread_id}
    return TimelineEntry(
        case_id=thread.task_case_id,
        seq=0,
        at=message.sent_at,
        fact=fact,
        element=thread.activation.partition("#")[0],
        title=thread.subject,
        text=sentence(fact, thread.subject, detail),
        actor=message.author,
        detail={**detail, "text": message.text},
    )


def _entry(record: FactRecord) -> TimelineEntry:
    title = record.name or record.element
    return TimelineEntry(
        case_id=record.case_id,
        seq=record.seq,
        at=record.at,
        fact=record.fact,
        element=record.element,
        title=title,
        text=sentence(record.fact, title, record.detail),
        actor=record.detail.get("actor", ""),
        detail=record.detail,
    )


def retold(entry: TimelineEntry, title: str) -> TimelineEntry:
    """Tell an entry with another title, without anything that says what it is about but who, when and by when."""
    detail = {name: value for name, value in entry.detail.items() if name in NEUTRAL}
    text = sentence(entry.fact, title, detail)
    return replace(entry, element="", title=title, text=text, detail=detail)


def sentence(fact: str, title: str, detail: Mapping[str, Any]) -> str:
    """Say a fact in one sentence; a fact without words of its own is named."""
    pattern = VARIANTS.get(_variant(fact, detail)) or SENTENCES.get(fact, "{title}: {fact}")
    return pattern.format_map(_Words(detail, title=title or "The case", fact=fact.replace("_", " ")))


def _variant(fact: str, detail: Mapping[str, Any]) -> str:
    """What the fact says here: who acts for another, how tokens were moved, what ended an incident."""
    if detail.get("on_behalf_of"):
        return "done on behalf" if detail.get("assignee") == detail.get("actor") else f"{fact} on behalf"
    return f"{fact} {detail.get('change') or detail.get('how') or ''}"


class _Words(dict[str, Any]):
    """The words of a sentence: lists (tuples, of what is only foreseen) joined, what is absent left out."""

    def __init__(self, detail: Mapping[str, Any], **more: str) -> None:
        detail = _in_words(detail)
        super().__init__({**detail, **more})
        because = detail.get("because", "")
        self |= {
            word: pattern.format(detail[name]) if detail.get(name) else "" for word, (name, pattern) in PARTS.items()
        }
        self["late"] = late_by(detail.get("late_seconds", 0))
        self["ground"] = GROUNDS.get(detail.get("grounds", "").partition(":")[0], "")
        self["since"] = f" because {because} changed" if because not in ("", "a person") else ""

    def __missing__(self, key: str) -> str:
        if key == "waits_for":
            return WAITS.get(self.get("wait", ""), "–")
        return "nobody" if key in ("assignee", "actor", "tell") else "–"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _in_words(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Say why a called case was cancelled in words of ours: Temporal's name a run, which tells nobody anything."""
    by_caller = str(detail.get("reason") or "").startswith(BY_CALLER)
    return {**detail, "reason": "with what had called it"} if by_caller else detail


def late_by(seconds: int) -> str:
    """Say how late something is, in the largest unit of which there are two; nothing when it is in time."""
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    name, size = next((unit for unit in units if seconds >= 2 * unit[1]), units[-1])
    return f", {seconds // size} {name} late" if seconds else ""


NEUTRAL = frozenset(
    {"actor", "assignee", "change", "due_at", "grounds", "groups", "how", "late_seconds", "level", "of"}
    | {"on_behalf_of", "rung", "severity", "tell", "thread", "was"}
)
"""Details that say who and by when, and not what."""

BY_CALLER = "Cancel requested by workflow"
"""How Temporal begins its reason for a cancellation that a caller has asked for."""

PARTS: Mapping[str, tuple[str, str]] = {
    "due": ("due_at", ", due {}"),
    "until": ("due_at", ", until {}"),
    "now": ("due_at", ", now due {}"),
    "from": ("was", " from {}"),
    "by": ("actor", " by {}"),
    "why": ("reason", ": {}"),
}
"""Parts of sentences that are left out when the fact does not have the detail they are about."""

WAITS: Mapping[str, str] = {
    "timer": "its time",
    "message": "a message",
    "signal": "a signal",
    "conditional": "a condition to hold",
    "event": "an event",
    "multiple": "an event",
}
"""What a step waits for that names nothing, by the kind of its wait."""

SENTENCES: Mapping[str, str] = {
    "case_started": "{title} was started",
    "completed": "{title} was completed",
    "terminated": "{title} was ended from outside",
    "variable_set": "{name} was set{by}{why}",
    "offered": "{title} was offered to {groups}{due}",
    "claimed": "{title} was claimed by {assignee}",
    "released": "{title} was given back to its pool",
    "delegated": "{title} was delegated to {assignee}",
    "waiting": "{title} waits for {waits_for}{until}",
    "work_failed": "{title} failed: {reason}",
    "timer_moved": "The timer of {title} was moved{by}{from} to {due_at}{why}",
    "timer_paused": "A timer of {title} was stopped{by}{why}",
    "timer_resumed": "A timer of {title} runs again{now}{why}",
    "clock_stopped": "The clock of {title} was stopped{by}{why}",
    "clock_resumed": "The clock of {title} runs again{now}{why}",
    "overdue": "{title} is overdue{why}",
    "trouble": "The case is stuck{why}",
    "skipped": "{title} was skipped{by}{why}",
    "modified": "The case was changed{by}{why}",
    "migrated": "The case goes on with another version of its pathway{by}{why}",
    "migration_undone": "The case went back to the version before{by}{why}",
    "carried_over": "{title} goes on in the other version",
    "timer_fired": "The timer of {title} fired{late}",
    "message_received": "Message {message} was received",
    "message_buffered": "Message {message} came before anyone waited for it and is kept",
    "message_expired": "Message {message} expired: nobody ever waited for it",
    "message_given_up": "Message {message} is kept no longer: it was dealt with{by}{why}",
    "message_ignored": "Message {message} was ignored: {reason}",
    "message_sent": "Message {message} was sent",
    "signal_thrown": "Signal {signal} was thrown",
    "signal_received": "Signal {signal} was received",
    "condition_met": "A condition that {title} watches came true",
    "compensating": "{title} is being undone",
    "compensated": "{title} was undone",
    "escalated": "{title} escalated ({level}, rung {rung} of {of}): {tell} told",
    "due_changed": "The due time of {title} moved{from} to {due_at}{since}{by}{why}",
    "error_thrown": "{title} reported the error {code}{by}{why}",
    "escalation_thrown": "{title} reported the escalation {code}",
    "called": "{title} started {process_id}",
    "call_ended": "{title}: the called case ended, {outcome}",
    "incident_raised": "{title} is stopped by an incident: {reason}",
    "incident_resolved": "{title}: the incident was resolved{by}",
    "case_ended": "{title} ended: {outcome}{why}",
    "concern_message": "A concern about {title} was raised{by} ({severity})",
    "concern_answer": "The concern about {title} was answered{by}",
    "concern_dissent": "A disagreement about {title} remains and is kept",
}

GROUNDS: Mapping[str, str] = {
    "cover": ", who is away, as cover",
    "deputy": ", who is away, as deputy",
    "absence": " because of an absence",
    "authority": " with their standing authority",
    "rank": " by rank",
}
"""On what grounds somebody acts for another, in words (`workflows.engine.authority`)."""

VARIANTS: Mapping[str, str] = {
    "done on behalf": "{assignee} acts on {title} on behalf of {on_behalf_of}{ground}",
    "delegated on behalf": "{title} went from {on_behalf_of} to {assignee}{by}{ground}",
    "released on behalf": "{title} went from {on_behalf_of} back to its pool{by}{ground}",
    "released raised": "{title} became more urgent",
    "modified CancelActivation": "{title} was ended{by}{why}",
    "modified CancelToken": "A token was taken off {element}{by}{why}",
    "modified StartAt": "A token was put into {element}{by}{why}",
    "modified MoveToken": "The token of {title} was moved to {element}{by}{why}",
    "modified CompleteActivation": "{title} was completed from outside{by}{why}",
    "modified SetScopeVariables": "Variables of {title} were changed{by}{why}",
    "modified RestartAt": "{title} was begun again at {element}{by}{why}",
    "trouble over": "The case goes on again",
    "incident_resolved retried": "{title} is tried again{by}{why}",
    "incident_resolved skipped": "{title}: the incident is over, it was skipped{by}{why}",
    "incident_resolved error": "{title}: the incident is over, an error was thrown instead{by}",
    "incident_resolved corrected": "{title}: the incident is over, what could not be computed can be again",
    "incident_resolved replaced": "{title}: it still cannot go on, and the next incident says why",
    "incident_resolved gone": "{title}: the incident is over, what it stopped was ended",
}
"""Sentences of one fact that says several things."""
