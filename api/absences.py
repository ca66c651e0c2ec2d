"""What becomes of the tasks of somebody who is away? They go to who covers, else back to their pools; swept, once each.

Whoever covers is named in the absence, or is the deputy of the service whose contact is away; for one of them who is
away too, whoever covers them, each asked once. What somebody claims while they are away stays theirs; what was handed
over stays where it is when they are back.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.presence import deputies_of, present
from api.directory import directory_of
from api.surroundings import Surroundings
from records.queries.people import absences, absent_in, authorities, tasks_held_by
from records.tables import Absence, FactRecord, Notification, ServiceInbox, Task
from records.writes.audit import append_audit
from records.writes.handovers import notify
from workflows.contract.requests import DelegateTask, ReleaseTask
from workflows.engine.errors import EventRejected
from workflows.host.gateway import GatewayError

logger = structlog.get_logger(__name__)
SWEEP = "system:absences"
GIVEN = ("offered", "claimed", "delegated", "released")
"""The facts by which somebody may get a task: a rung may take it from one and leave it to another."""


@dataclass(frozen=True, slots=True)
class Covering:
    """Who is away, and who would stand in."""

    directory: Directory
    absent: Mapping[str, Absence]

    def cover_of(self, person: str) -> str:
        """Give who does the tasks of somebody who is away; empty: their pools."""
        return self._there(person, set())

    def standing_of(self, actor: str, owner: str) -> Literal["cover", "deputy", ""]:
        """Say as what somebody stands in for a person now; empty: the person is there, or others stand in."""
        absence = self.absent.get(owner)
        if absence is None:
            return ""
        is_deputy = actor in deputies_of(self.directory, owner)
        if actor == absence.cover or (actor == self.cover_of(owner) and not is_deputy):
            return "cover"
        return "deputy" if is_deputy else ""

    def _there(self, person: str, asked: set[str]) -> str:
        """The person, when they are there; else the first of their cover and deputies for whom that finds anybody."""
        asked.add(person)
        if person not in self.absent:
            return person
        named = (self.absent[person].cover, *deputies_of(self.directory, person))
        found = (self._there(each, asked) for each in named if each and each not in asked)
        return next(filter(None, found), "")


async def covering_in(session: AsyncSession, here: Surroundings, case_id: str, now: datetime) -> Covering:
    """Give who is away now for a case."""
    return Covering(directory_of(here), await absent_in(session, case_id, at=now))


async def grounds(session: AsyncSession, here: Surroundings, case_id: str, *, actor: str, owner: str) -> str:
    """Say on which grounds `actor` may act for `owner` in a case: cover, deputy or standing authority; empty: none."""
    now = here.clock()
    covering = await covering_in(session, here, case_id, now)
    if standing := covering.standing_of(actor, owner):
        return f"{standing}:{covering.absent[owner].absence_id}"
    given = await authorities(session, at=now, person=owner, delegate=actor)
    return f"authority:{given[0].authority_id}" if given else ""


async def stands_in(here: Surroundings, person: str, delivery: ServiceInbox) -> bool:
    """Say whether a person answers for a service now because its contact is away: their cover, or its cover."""
    async with here.database.reader() as session:
        covering = await covering_in(session, here, delivery.case_id, here.clock())
    if delivery.named_contact not in covering.absent:
        return False
    there = present(covering.directory, delivery.service, absent=covering.absent)
    return person in (covering.cover_of(delivery.named_contact), there.person)


async def hand_over_tasks(here: Surroundings) -> int:
    """Hand on the open tasks that people hold who are away; give the number. The next sweep tries what failed."""
    now = here.clock()
    async with here.database.reader() as session:
        away = {row.person for row in await absences(session, at=now)}
        held = await tasks_held_by(session, away) if away else ()
        given = [
            (task, await _given(session, task), await covering_in(session, here, task.case_id, now)) for task in held
        ]
    left = [(task, fact.seq, covering) for task, fact, covering in given if fact and _is_left(task, fact, covering)]
    return sum([await _hand_over(here, *each) for each in left])


async def _given(session: AsyncSession, task: Task) -> FactRecord | None:
    """The fact by which its holder got the task; None when the read model is being made anew."""
    given = select(FactRecord).where(
        FactRecord.case_id == task.case_id,
        FactRecord.activation == task.activation,
        col(FactRecord.fact).in_(GIVEN),
    )
    return (await session.exec(given.order_by(col(FactRecord.seq).desc()).limit(1))).first()


def _is_left(task: Task, given: FactRecord, covering: Covering) -> bool:
    """Whether the holder of a task is away for its case, and has not taken it by themselves since."""
    absence = covering.absent.get(task.assignee or "")
    return absence is not None and not (given.fact == "claimed" and given.at >= absence.since)


async def _hand_over(here: Surroundings, task: Task, given: int, covering: Covering) -> bool:
    """Ask the engine once for each time that the holder got the task (`given`): it may come back to them."""
    owner = task.assignee or ""
    absence, cover = covering.absent[owner], covering.cover_of(owner)
    if not cover and not (task.groups or task.users):
        return await _nobody_left(here, task, absence)
    signed = (SWEEP, owner, f"absence:{absence.absence_id}")
    request = DelegateTask(task.activation, cover, *signed) if cover else ReleaseTask(task.activation, *signed)
    named = f"{absence.absence_id}\x00{task.case_id}\x00{task.activation}\x00{given}"
    key = hashlib.sha256(named.encode()).hexdigest()
    try:
        await here.gateway.send(task.case_id, request, key)
    except EventRejected:  # done, released or taken by somebody since the read model was asked
        return False
    except GatewayError as error:
        logger.warning("a task could not be handed over yet", case_id=task.case_id, error=type(error).__name__)
        return False
    async with here.database.session() as session:
        await append_audit(
            session,
            actor=SWEEP,
            action="task.handed_over",
            now=here.clock(),
            case_id=task.case_id,
            detail={"activation": task.activation, "from": owner, "to": cover or "pool", "absence": absence.absence_id},
        )
    return True


async def _nobody_left(here: Surroundings, task: Task, absence: Absence) -> bool:
    """A task that names one person only has no pool: the coordinator is told once."""
    told = Notification(
        idempotency_key=f"absence:{absence.absence_id}:{task.case_id}:{task.activation}",
        case_id=task.case_id,
        activation=task.activation,
        recipient_kind="role",
        recipient="coordinator",
        level="warning",
        text="A task is held by somebody who is away, and nobody covers: delegate it.",
        created_at=here.clock(),
    )
    async with here.database.session() as session:
        return await notify(session, told)
