"""Where is a case? What the read model and the world outside know of it, without times and ids: its shape.

Two cases that were treated alike have the same shape, whatever happened to the machines meanwhile.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import SQLModel, select

from records.database import Database
from records.tables import (
    Case,
    FactRecord,
    Handoff,
    Incident,
    Message,
    Notification,
    ScopeVariables,
    ServiceInbox,
    Task,
)
from tests.chaos.outside import Outside

Shape = dict[str, Any]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?")
NAMELESS = {"triage_by": "<who>", "patient_id": "<patient>"}
SEPARATOR = re.compile(r"[/#.]")


@dataclass(slots=True)
class Records:
    """Everything on record, by the root of the case it belongs to."""

    cases: dict[str, list[Case]] = field(default_factory=lambda: defaultdict(list))
    facts: dict[str, list[FactRecord]] = field(default_factory=lambda: defaultdict(list))
    tasks: dict[str, list[Task]] = field(default_factory=lambda: defaultdict(list))
    incidents: dict[str, list[Incident]] = field(default_factory=lambda: defaultdict(list))
    inbox: dict[str, list[ServiceInbox]] = field(default_factory=lambda: defaultdict(list))
    handoffs: dict[str, list[Handoff]] = field(default_factory=lambda: defaultdict(list))
    notifications: dict[str, list[Notification]] = field(default_factory=lambda: defaultdict(list))
    variables: dict[str, list[ScopeVariables]] = field(default_factory=lambda: defaultdict(list))
    messages: list[Message] = field(default_factory=list)


async def read_records(database: Database) -> Records:
    found = Records()
    tables: tuple[tuple[type[SQLModel], dict[str, list[Any]]], ...] = (
        (Case, found.cases),
        (FactRecord, found.facts),
        (Task, found.tasks),
        (Incident, found.incidents),
        (ServiceInbox, found.inbox),
        (Handoff, found.handoffs),
        (Notification, found.notifications),
        (ScopeVariables, found.variables),
    )
    async with database.reader() as session:
        for table, by_root in tables:
            for row in await session.exec(select(table)):
                by_root[row.case_id.partition("/")[0]].append(row)  # type: ignore[attr-defined]
        found.messages = list(await session.exec(select(Message)))
    return found


def shape_of(root: str, reference: str, records: Records, outside: Outside) -> Shape:
    """The shape of the case `root` with all that it called."""
    seen = {case.case_id.removeprefix(root) or "case": _one(case, records) for case in records.cases.get(root, ())}
    of_steps = [row for row in records.notifications[root] if row.activation]  # the watchdog tells of storms
    told = Counter(f"{row.activation} → {row.recipient}" for row in of_steps)
    shape = {
        **seen,
        "told": told,
        "inbox": Counter(row.service for row in records.inbox[root]),
        "handed over": Counter(row.recipient for row in records.handoffs[root]),
        "sent outside": _of(root, outside.effects),
        "mailed": _of(SEPARATOR.sub(".", root), outside.mails, start=1),
    }
    text = json.dumps(shape, sort_keys=True, default=str)
    return dict(json.loads(MOMENT.sub("<time>", text.replace(root, "<case>").replace(reference, "<referral>"))))


def _one(case: Case, records: Records) -> Shape:
    root, mine = case.root_case_id, case.case_id
    facts = [fact for fact in records.facts[root] if fact.case_id == mine]
    escalated = [fact for fact in facts if fact.fact == "escalated"]
    return {
        "status": case.status,
        "outcome": case.outcome,
        "ended": [fact.detail.get("ended") for fact in facts if fact.fact == "case_ended"],
        "completed": _count(facts, "completed"),
        "terminated": _count(facts, "terminated"),
        "offered": _count(facts, "offered"),
        "timers": Counter(fact.detail.get("node") for fact in facts if fact.fact == "timer_fired"),
        "escalated": Counter(f"{fact.activation} {fact.detail['rung']}" for fact in escalated),
        "messages": Counter(fact.detail.get("message") for fact in facts if fact.fact == "message_received"),
        "tasks": {row.activation: row.state for row in records.tasks[root] if row.case_id == mine},
        "incidents": [f"{row.activation} {row.reason}" for row in records.incidents[root] if row.case_id == mine],
        "variables": {row.scope: _chosen(row.variables) for row in records.variables[root] if row.case_id == mine},
    }


def _count(facts: Iterable[FactRecord], kind: str) -> Counter[str]:
    return Counter(fact.activation for fact in facts if fact.fact == kind)


def _chosen(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Who of two rivals was first is not decided by the plan; every case is about a patient of its own."""
    return {name: NAMELESS.get(name, value) for name, value in variables.items()}


def _of(root: str, counted: Mapping[str, int], *, start: int = 0) -> dict[str, int]:
    """What was done outside under keys of this case, each counted once: a careful receiver does it once."""
    return {key.replace(root, "<case>"): 1 for key in counted if key.startswith(root, start)}


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Say where two shapes differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        names = [*expected, *(name for name in found if name not in expected)]
        return [
            line
            for name in names
            for line in differences(expected.get(name), found.get(name), f"{where}.{name}" if where else name)
        ]
    return [] if expected == found else [f"{where}: {found!r} instead of {expected!r}"]
