"""What may this person do with a task? Do it, hand it on, see that it is there; nothing where a case keeps them out."""

from dataclasses import dataclass

from api.access import names
from api.deps import Visit
from api.ids import case_and_activation
from api.own_record import side_of_patients
from api.problems import Problem
from api.seeing import how_they_stand
from api.sides import side_of, working_roles
from policy.matrix import matrix
from records.queries.own_record import patient_of
from records.queries.requesters import is_made_by, parted
from records.queries.task import TaskDetail, task_detail
from records.queries.withheld import is_withheld
from records.tables import Case, Task

PLAN = "plan"
"""Who sees this class of a patient's data does what is asked of the patient: nobody decides on a plan unseen."""

NEVER_SENT = (
    "This result was not sent to you: the patient does not share it, or no agreement lets it. A clinician who covers "
    "reads it here and closes the loop. Ask the coordinator of the case what you may be told; speak with your patient."
)


@dataclass(frozen=True, slots=True)
class TaskSight:
    """What somebody may do with a task: `do` it, `hand_on` as who oversees, `see` that it is there; else nothing.

    `at_work`: they do it as somebody who works here, not for their own record: such a task is theirs to hand on, too.
    `never_sent`: it would be theirs, but the result that it asks to acknowledge was withheld from them.
    """

    do: bool = False
    at_work: bool = False
    hand_on: bool = False
    see: bool = False
    exists: bool = False
    never_sent: bool = False


async def task_sight(asked: Visit, task: Task) -> TaskSight:
    """Say what somebody may do with a task. `exists` is false where they are told that there is none.

    It is theirs to do when it names them, is in the pool of a role of theirs in a case of their organisation (of
    referrers: when their organisation made the referral), or is in the pool of patients or carers in a case about their
    own patient; of such a pool it is not enough that it names them. Whom consent or agreements keep out of the case has
    none but what referrers are asked, and what they were handed since.
    """
    stands = await how_they_stand(asked, task.root_case_id)
    pool = (stands.party and await _in_pool(asked, task)) or (stands.referred and await _asks_who_referred(asked, task))
    officer = asked.me.has_any(asked.here.access.wrong_patients)
    hidden = (stands.kept_out and not stands.named) or (stands.sealed and not officer)
    by_name = asked.me.roles.isdisjoint(_patients_roles_of(task)) and names(asked.me, task)
    at_work = pool or (by_name and task.is_open and not hidden)
    never_sent = at_work and await _was_never_sent(asked, task)
    at_work = at_work and not never_sent
    do = at_work or await _own_record(asked, task)
    oversees = stands.party and asked.here.access.oversees(asked.me)
    was_theirs = stands.party and (by_name or (task.completed_by == asked.me.id and bool(working_roles(asked.me))))
    see = do or oversees or was_theirs or stands.opened
    exists = see or never_sent or (stands.party and bool(working_roles(asked.me)))
    return TaskSight(do, at_work, oversees, see, exists, never_sent)


async def _was_never_sent(asked: Visit, task: Task) -> bool:
    """Whether people of another organisation were never sent the result that a task asks to acknowledge."""
    if not asked.me.organisation:
        return False
    async with asked.here.database.reader() as session:
        return await is_withheld(session, task, asked.me.roles)


def only_for_patients(task: Task) -> bool:
    """Say whether a task is for patients and carers alone: what they are asked is theirs to answer."""
    return bool(task.groups) and _patients_roles_of(task) == set(task.groups)


def _patients_roles_of(task: Task) -> set[str]:
    return {role for role in task.groups if matrix().is_of_type(role, "patient")}


async def _in_pool(asked: Visit, task: Task) -> bool:
    """Whether a role of theirs may do a task; a referrer's, when their organisation made the referral."""
    side = side_of(asked)
    roles, requesters = parted(tuple(set(task.groups).intersection(working_roles(asked.me))), side)
    if roles or not requesters:
        return bool(roles)
    async with asked.here.database.reader() as session:
        return await is_made_by(session, task.case_id, side)


async def _asks_who_referred(asked: Visit, task: Task) -> bool:
    """Whether a task is for referrers, which they are, of a referral that their organisation made."""
    side = side_of(asked)
    _, requesters = parted(tuple(set(task.groups).intersection(working_roles(asked.me))), side)
    if not requesters:
        return False
    async with asked.here.database.reader() as session:
        return await is_made_by(session, task.case_id, side)


async def task_for(asked: Visit, identifier: str) -> tuple[TaskDetail, TaskSight]:
    """Give a task by its id in addresses, and what somebody may do with it.

    Raises:
        Problem: 404, there is none, or it is in another organisation's case; 403, it is not theirs to see, or the
            result that it is about was withheld from them.
    """
    named = case_and_activation(identifier)
    async with asked.here.database.reader() as session:
        found = await task_detail(session, *named, person=asked.me.id) if named else None
    sight = await task_sight(asked, found.task) if found else TaskSight()
    if found is None or not sight.exists:
        raise Problem("not-found", f"There is no task '{identifier[:64]}'.")
    if sight.never_sent and not sight.hand_on:
        raise Problem("result-withheld", NEVER_SENT, about=found.task.case_id)
    asked.require(allowed=sight.see, what="see this task")
    return found, sight


async def _own_record(asked: Visit, task: Task) -> bool:
    roles = asked.me.roles.intersection(task.groups).difference(working_roles(asked.me))
    side = await side_of_patients(asked, seeing=PLAN) if roles else None
    if side is None or not side.patients:
        return False
    async with asked.here.database.reader() as session:
        root = await session.get(Case, task.root_case_id)
        return root is not None and await patient_of(session, root) in side.patients
