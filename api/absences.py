"""What becomes of the tasks of somebody who is away? They go to who covers, else back to their pools; swept, once each.

Whoever covers is named in the absence, or is the deputy of the service whose contact is away; for one of them who is
away too, whoever covers them, each asked once. What somebody claims while they are away stays theirs; what was handed
over stays where it is when they are back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from activities.presence import deputies_of, present
from api.directory import directory_of
from api.handing_on import hand_on
from api.surroundings import Surroundings
from api.task_sight import only_for_patients
from api.turns import finish_left
from records.queries.inbox import told_already
from records.queries.people import absences, absent_in, absent_in_each, authorities, tasks_held_by
from records.tables import Absence, FactRecord, Notification, ServiceInbox, Task
from records.writes.handovers import notify
from workflows.contract.requests import DelegateTask, ReleaseTask

SWEEP = "system:absences"


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


async def grounds(session: AsyncSession, here: Surroundings, task: Task, *, actor: str, owner: str) -> str:
    """Say on which grounds `actor` may act for `owner` on a task: cover, deputy or standing authority; empty: none."""
    now = here.clock()
    for held, got in await tasks_held_by(session, {owner}):
        if (held.case_id, held.activation) == (task.case_id, task.activation) and is_own_answer(held, got):
            return ""
    covering = Covering(directory_of(here), await absent_in(session, task.case_id, at=now))
    if standing := covering.standing_of(actor, owner):
        return f"{standing}:{covering.absent[owner].absence_id}"
    given = await authorities(session, at=now, person=owner, delegate=actor)
    return f"authority:{given[0].authority_id}" if given else ""


async def standing_in(here: Surroundings, person: str, deliveries: Sequence[ServiceInbox]) -> Sequence[ServiceInbox]:
    """Give what a person answers of these because the contact is away: as the contact's cover, or the service's."""
    async with here.database.reader() as session:
        absent = await absent_in_each(session, {row.case_id for row in deliveries}, at=here.clock())
    coverings = {case_id: Covering(directory_of(here), away) for case_id, away in absent.items()}
    return [row for row in deliveries if _stands_in(coverings[row.case_id], person, row)]


def _stands_in(covering: Covering, person: str, delivery: ServiceInbox) -> bool:
    if delivery.named_contact not in covering.absent:
        return False
    there = present(covering.directory, delivery.service, absent=covering.absent)
    return person in (covering.cover_of(delivery.named_contact), there.person)


@dataclass(frozen=True, slots=True)
class Left:
    """A task whose holder is away for its case. `given`: the number of the fact by which they got it."""

    task: Task
    given: int
    absence: Absence
    cover: str

    @property
    def goes_on(self) -> bool:
        """Whether there is somebody to whom it can go: whoever covers, or a pool."""
        return bool(self.cover or self.task.groups or self.task.users)


async def hand_over_tasks(here: Surroundings) -> int:
    """Hand on the open tasks that people hold who are away; give the number. The next sweep tries what failed."""
    left = await _all_left(here)
    told = await _tell(here, [each for each in left if not each.goes_on])
    return told + await finish_left([partial(_hand_over, here, each) for each in left if each.goes_on])


async def _all_left(here: Surroundings) -> Sequence[Left]:
    now, directory = here.clock(), directory_of(here)
    async with here.database.reader() as session:
        away = {row.person for row in await absences(session, at=now)}
        held = await tasks_held_by(session, away) if away else ()
        absent = await absent_in_each(session, {task.case_id for task, _ in held}, at=now)
    found = [_left(task, given, Covering(directory, absent[task.case_id])) for task, given in held]
    return [each for each in found if each is not None]


def _left(task: Task, given: FactRecord, covering: Covering) -> Left | None:
    """None: its holder is there for its case, has taken it by themselves since they are away, or is its patient."""
    owner = task.assignee or ""
    absence = None if is_own_answer(task, given) else covering.absent.get(owner)
    if absence is None or (given.fact == "claimed" and given.at >= absence.since):
        return None
    return Left(task, given.seq, absence, covering.cover_of(owner))


def is_own_answer(task: Task, given: FactRecord) -> bool:
    """Say whether somebody has taken as a patient, or for one, what patients are asked: nobody answers it for them."""
    return only_for_patients(task) and given.fact == "claimed"


async def _hand_over(here: Surroundings, left: Left) -> bool:
    task, absence, cover = left.task, left.absence, left.cover
    signed = (SWEEP, absence.person, f"absence:{absence.absence_id}")
    request = DelegateTask(task.activation, cover, *signed) if cover else ReleaseTask(task.activation, *signed)
    return await hand_on(
        here,
        task.case_id,
        request,
        because=absence.absence_id,
        given=left.given,
        action="task.handed_over",
        to=cover or "pool",
        absence=absence.absence_id,
    )


async def _tell(here: Surroundings, stuck: Sequence[Left]) -> int:
    """A task that names one person only has no pool: the coordinator is told once."""
    notices = [_notice(here, each) for each in stuck]
    async with here.database.reader() as session:
        told = await told_already(session, [notice.idempotency_key for notice in notices])
    new = [notice for notice in notices if notice.idempotency_key not in told]
    if not new:
        return 0
    async with here.database.session() as session:
        return sum([await notify(session, notice) for notice in new])


def _notice(here: Surroundings, left: Left) -> Notification:
    return Notification(
        idempotency_key=f"absence:{left.absence.absence_id}:{left.task.case_id}:{left.task.activation}",
        case_id=left.task.case_id,
        activation=left.task.activation,
        recipient_kind="role",
        recipient="coordinator",
        level="warning",
        text="A task is held by somebody who is away, and nobody covers: delegate it.",
        created_at=here.clock(),
    )
