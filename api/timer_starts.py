"""When does the clock begin a case? When a timer start event of a published pathway is due; once for each time.

The timers of the active version are kept in a table with their next time. A sweep lets each one that is due go on to
its next time and notes the case in the same transaction, so that of several processes one begins it. What was missed
while nothing ran is made up for by one case, begun late; it says for when (`started_for`) and how many were left out.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from api.noted_starts import begun
from api.post import Post
from api.turns import finish_left
from pathways import codec
from pathways.bpmn.model import Definition, FlowNode, TimerTrigger
from records.database import one_at_a_time
from records.queries.library import active_definition, definition_by_sha256, parsed
from records.queries.starts import due_timers, timers_of, unplanned
from records.tables import NotedStart, PublishedDefinition, TimerPlan, TimerStart
from records.writes.starts import note_firing, replace_timers
from workflows.contract import names
from workflows.contract.requests import StartCase
from workflows.engine.errors import EventRejected
from workflows.engine.starting import entries, first_due
from workflows.engine.timers import Plan
from workflows.proof.starts import StartTimer

logger = structlog.get_logger(__name__)
ACTOR = "timer"


async def begin_by_timer(post: Post) -> int:
    """Follow the active versions, then begin every case that is due; give their number."""
    await plan_timers(post)
    async with post.database.reader() as session:
        due = await due_timers(session, now=post.clock())
    return await finish_left([partial(_fire, post, timer, plan) for timer, plan in due])


async def plan_timers(post: Post) -> None:
    """Let the timers be those of the active versions: new ones are planned, the same ones go on, the rest end."""
    async with post.database.reader() as session:
        keys = await unplanned(session)
    for key in keys:
        await _plan(post, key)


async def _plan(post: Post, key: str) -> None:
    now = post.clock()
    async with post.database.session() as session:
        await one_at_a_time(session, f"timers:{key}")
        active, plan = await active_definition(session, key), await session.get(TimerPlan, key)
        known = {(row.node, row.part): row for row in await timers_of(session, key)}
        timers = tuple(_planned(active, known, since=_since(active, plan, now))) if active else ()
        await replace_timers(session, key, active.sha256 if active else "", timers, now=now)


def _since(active: PublishedDefinition | None, plan: TimerPlan | None, now: datetime) -> datetime:
    """From when durations count: from the publication; for a version that is active again, from now."""
    is_new = active is not None and (plan is None or active.published_at > plan.planned_at)
    return active.published_at if active is not None and is_new else now


def _planned(
    active: PublishedDefinition, known: Mapping[tuple[str, int], TimerStart], *, since: datetime
) -> Iterator[TimerStart]:
    definition = parsed(active)
    for process in definition.processes:
        for node, part, trigger in entries(definition, process.id):
            if isinstance(trigger, TimerTrigger):
                row = TimerStart(
                    key=active.key,
                    node=node.id,
                    part=part,
                    process=process.id,
                    timing=_timing(definition, node, trigger),
                )
                same = known.get((node.id, part))
                yield _going_on(row, same) if same and same.timing == row.timing else _new(row, definition, since)


def _timing(definition: Definition, node: FlowNode, trigger: TimerTrigger) -> str:
    """What makes a timer the same in another version: its expression, and the calendar by which it counts."""
    calendar = definition.calendars.get(node.calendar)
    return hashlib.sha256(codec.dump(trigger) + codec.dump(calendar)).hexdigest()


def _going_on(row: TimerStart, same: TimerStart) -> TimerStart:
    return TimerStart(**{**same.model_dump(), "process": row.process})


def _new(row: TimerStart, definition: Definition, since: datetime) -> TimerStart:
    node = definition.nodes[row.node]
    triggers = {part: trigger for each, part, trigger in entries(definition, row.process) if each.id == row.node}
    trigger = triggers[row.part]
    assert isinstance(trigger, TimerTrigger)
    try:
        plan = first_due(definition, node, trigger, now=since, variables={})
    except EventRejected as refusal:
        logger.error("a timer starts no case", pathway=row.key, node=row.node, reason=str(refusal))
        row.problem = str(refusal)
        return row
    row.due_at, row.every, row.remaining, row.until = plan.due_at, plan.every, plan.remaining, plan.until
    row.first, row.done = plan.first or plan.due_at, plan.done
    return row


async def _fire(post: Post, timer: TimerStart, plan: TimerPlan) -> bool:
    async with post.database.reader() as session:
        published = await definition_by_sha256(session, plan.sha256)
    assert published is not None
    now = post.clock()
    firing = _firing(timer, parsed(published), now)
    start = _start(post, timer, published, firing, now)
    async with post.database.session() as session:
        is_ours = await note_firing(session, timer, firing.follows, start)
    return is_ours and await begun(post, start)


@dataclass(frozen=True, slots=True)
class _Firing:
    """For which time a case begins now, how many times before it were missed, and how the timer goes on."""

    due_at: datetime
    missed: int
    follows: Mapping[str, Any]


def _firing(timer: TimerStart, definition: Definition, now: datetime) -> _Firing:
    """The last time that is over by now: those before it were missed and are not made up for."""
    assert timer.due_at is not None
    plan = Plan(timer.due_at, timer.every, timer.remaining, timer.until)
    armed = StartTimer(plan, timer.key, timer.node, timer.part, {}, timer.first or timer.due_at, timer.done)
    missed = 0
    try:
        following = armed.following(definition)
        while following is not None and following.plan.due_at <= now:
            armed, missed = following, missed + 1
            following = armed.following(definition)
    except (ValueError, OverflowError) as error:
        return _Firing(armed.plan.due_at, missed, {"due_at": None, "problem": str(error)})
    return _Firing(armed.plan.due_at, missed, _follows(following))


def _follows(following: StartTimer | None) -> Mapping[str, Any]:
    if following is None:
        return {"due_at": None}
    return {"due_at": following.plan.due_at, "remaining": following.plan.remaining, "done": following.done}


def _start(post: Post, timer: TimerStart, published: PublishedDefinition, firing: _Firing, now: datetime) -> NotedStart:
    due = firing.due_at.isoformat()
    case_id = names.started_case_id(due, f"{timer.key}\x00{timer.node}\x00{timer.part}")
    told = {
        "case_id": case_id,
        "started_for": due,
        "started_late_seconds": int((now - firing.due_at).total_seconds()),
        "starts_missed": firing.missed,
    }
    start = StartCase(
        case_id=case_id,
        key=published.key,
        sha256=published.sha256,
        variables=told,
        process=timer.process,
        start_event=timer.node,
        part=timer.part,
        correlation_keys=(case_id,),
        actor=ACTOR,
        case_page=post.case_page.replace("{case_id}", case_id),
    )
    return NotedStart(
        case_id=case_id,
        cause="timer",
        pathway=published.key,
        node=timer.node,
        due_at=firing.due_at,
        start=codec.dump(start).decode(),
        noted_at=now,
        noted_by=ACTOR,
    )
