"""What becomes of the tasks that people hold whose organisation is kept out of the case? They go back to their pools.

Consent or an agreement keeps it out (`records/writes/outside.py`, `policy/agreements.py`). Its people leave the care
team, too: a key worker who reads nothing of the case answers for nothing. What who referred is asked stays theirs, and
what patients and carers are asked. Swept, once each.
"""

from collections.abc import Collection
from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession

from api.directory import directory_of
from api.handing_on import hand_on
from api.surroundings import Surroundings
from api.task_sight import only_for_patients
from api.turns import finish_left
from records.queries.access import Side
from records.queries.outside import held_where_some_are_out, organisation_of, others_taking_part
from records.queries.people import tasks_held_by
from records.queries.requesters import is_made_by
from records.queries.standing import Standing, standing
from records.tables import CareTeamMember, FactRecord, Notification, Task
from records.writes.audit import append_audit
from records.writes.handovers import notify
from records.writes.people import leave_care_team
from workflows.contract.requests import ReleaseTask

SWEEP, GROUNDS = "system:consent", "consent:kept-out"
COORDINATOR = "coordinator"
TEXTS = {
    "task": "A task is held by somebody whose organisation is kept out of this case by consent or agreements, and is "
    "for nobody else: delegate it.",
    "team": "Somebody of the care team was of an organisation that is kept out of this case by consent or agreements, "
    "and has left it. Name who looks after the patient now.",
}


async def give_back_tasks(here: Surroundings) -> int:
    """Give back what people hold in cases that their organisation is kept out of, and let them leave the care team."""
    now = here.clock()
    async with here.database.reader() as session:
        lapsed = await _lapsed(session, here)
        held, team = await held_where_some_are_out(session, lapsed=lapsed, now=now)
        tasks = [
            task
            for task in held
            if not only_for_patients(task) and await is_kept_out(session, here, task.assignee or "", task)
        ]
        members = [each for each in team if (await _sided(session, here, each.person, each.root_case_id))[1].kept_out]
        given = {(task.case_id, task.activation): fact for task, fact in await tasks_held_by(session, _holders(tasks))}
    for member in members:
        await _leave(here, member)
    known = [(task, given[at]) for task in tasks if (at := (task.case_id, task.activation)) in given]
    return len(members) + await finish_left([partial(_give_back, here, task, fact) for task, fact in known])


async def is_kept_out(session: AsyncSession, here: Surroundings, person: str, task: Task) -> bool:
    """Say whether a task is not for somebody, as far as it is known for which organisation they were last here.

    One that somebody has handed to them since their organisation was kept out is theirs.
    """
    side, found = await _sided(session, here, person, task.root_case_id)
    if side is None or not found.kept_out or found.named:
        return False
    asks_them = found.referred and not set(task.groups).isdisjoint(side.requesters)
    return not (asks_them and await is_made_by(session, task.case_id, side))


async def _sided(
    session: AsyncSession, here: Surroundings, person: str, root_case_id: str
) -> tuple[Side | None, Standing]:
    organisation, now = await organisation_of(session, person, root_case_id), here.clock()
    if organisation is None:
        return None, Standing()
    names = (organisation,) if organisation else ("", here.settings.claims.home)
    agreed = directory_of(here).agreed_services(organisation, on=now.date())
    side = Side(person, names, now, requesters=tuple(sorted(here.access.requesters)), agreed=agreed)
    return side, await standing(session, root_case_id, side)


async def _lapsed(session: AsyncSession, here: Surroundings) -> Collection[str]:
    directory, today = directory_of(here), here.clock().date()
    if directory.agreements is None:
        return ()
    others = await others_taking_part(session)
    return [name for name in others if directory.agreed_services(name, on=today) is not None]


def _holders(tasks: Collection[Task]) -> set[str]:
    return {task.assignee for task in tasks if task.assignee}


async def _give_back(here: Surroundings, task: Task, given: FactRecord) -> bool:
    """Ask the engine once for each time that the holder got the task (`given`)."""
    owner = task.assignee or ""
    if not task.groups and not {*task.users} - {owner}:
        async with here.database.session() as session:
            return await notify(session, _told(here, task.case_id, "task", f"{task.activation}:{given.seq}"))
    return await hand_on(
        here,
        task.case_id,
        ReleaseTask(task.activation, SWEEP, owner, GROUNDS),
        because=GROUNDS,
        given=given.seq,
        action="task.given_back",
        grounds=GROUNDS,
    )


async def _leave(here: Surroundings, member: CareTeamMember) -> None:
    async with here.database.session() as session:
        await leave_care_team(session, member, now=here.clock())
        await notify(session, _told(here, member.root_case_id, "team", member.member_id))
        await append_audit(
            session,
            actor=SWEEP,
            action="care_team.left",
            now=here.clock(),
            case_id=member.root_case_id,
            detail={"person": member.person, "role": member.role, "grounds": GROUNDS},
        )


def _told(here: Surroundings, case_id: str, what: str, which: str) -> Notification:
    return Notification(
        idempotency_key=f"kept-out:{case_id}:{which}",
        case_id=case_id,
        recipient_kind="role",
        recipient=COORDINATOR,
        level="warning",
        text=TEXTS[what],
        created_at=here.clock(),
    )
