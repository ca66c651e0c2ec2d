"""May this person see this case, and which classes of its data? Asked of the read model before anything is shown.

A case is somebody's by their organisation (`case_party`), by a broken glass, or as its patient or carer. Within it,
they must oversee it or take part; what they see is what the matrix says of their roles for their purpose. Whom consent
or agreements keep out of a case sees nothing of it; who made the referral sees what it says, and what they are asked.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from api.access import names
from api.claims import Person
from api.deps import Visit
from api.directory import directory_of
from api.ids import case_and_activation
from api.narrowing import kept_back_outside
from api.problems import Problem
from policy.matrix import BREAK_GLASS, BY_PROXY, EVERYTHING, matrix
from records.queries.access import Side, referred
from records.queries.api_cases import taken_part_in, takes_part
from records.queries.case import CaseDetail, case_detail
from records.queries.own_record import patient_of, proxies_of
from records.queries.patients import same_patient
from records.queries.requesters import is_made_by, parted
from records.queries.standing import Standing, reachable, standing, standing_in_each, theirs
from records.queries.task import TaskDetail, task_detail
from records.queries.withheld import is_withheld
from records.tables import Case, Task

PLAN = "plan"
"""Who sees this class of a patient's data does what is asked of the patient: nobody decides on a plan unseen."""

NEVER_SENT = (
    "This result was not sent to you: the patient does not share it, or no agreement lets it. A clinician who covers "
    "reads it here and closes the loop. Ask the coordinator of the case what you may be told; speak with your patient."
)
LETTER = "outcome_letter"
"""Of which class a result is that is sent to who referred: what was not sent to them they do not read in the case."""

OWN_WORDS = frozenset({"own_referral", "demographics"})
"""What somebody goes on reading who made a referral, when the patient shares no more with them: what they wrote."""

READING = frozenset({"GET", "HEAD"})
"""By these methods nothing is changed."""


@dataclass(frozen=True, slots=True)
class PatientSight:
    """What somebody may see of one patient: as the patient (`proxy` is empty) or by the grant that `proxy` names.

    `classes`: of data. `ids`: every id under which the patient is known.
    """

    patient_id: str
    classes: frozenset[str]
    proxy: str = ""
    ids: tuple[str, ...] = field(default=(), compare=False)


async def patients_for(asked: Visit) -> tuple[PatientSight, ...]:
    """Give the patients whose records are somebody's own: theirs as a patient, others' as a carer by proxy consent."""
    roles = patient_roles(asked.me)
    if not roles:
        return ()
    sees = matrix().seen_by(roles, asked.me.purpose)
    if not sees:
        return ()
    own = {asked.me.patient_id: PatientSight(asked.me.patient_id, sees)} if asked.me.patient_id else {}
    async with asked.here.database.reader() as session:
        granted = await proxies_of(session, asked.me.id, now=asked.here.clock()) if BY_PROXY in sees else ()
        found = [PatientSight(each.patient_id, _granted(each.classes), each.grant_id) for each in granted]
        return tuple(
            [
                replace(sight, ids=await same_patient(session, sight.patient_id))
                for sight in (*own.values(), *(each for each in found if each.patient_id not in own))
            ]
        )


async def patient_case_for(asked: Visit, case_id: str, action: str) -> tuple[CaseDetail, PatientSight]:
    """Give a case, any that it called among them, to its patient or their carer, and note in the audit what they do.

    Raises:
        Problem: 404, there is no such case, or it is not about a patient of theirs: both are answered alike.
    """
    sights = await patients_for(asked)
    async with asked.here.database.reader() as session:
        found = await case_detail(session, case_id)
        root = await session.get(Case, found.case.root_case_id) if found else None
        about = await patient_of(session, root) if root else ""
    sight = next((each for each in sights if about and about in each.ids), None)
    if found is None or sight is None:
        raise no_case(case_id)
    await asked.read(action, case_id, proxy=sight.proxy)
    return found, sight


def side_of(asked: Visit, *, any_age: bool = False) -> Side:
    """Give who looks, for the queries: the person and their organisation, at this time, as agreements stand."""
    now = asked.here.clock()
    own = (asked.me.organisation,) if asked.me.organisation else ("", asked.here.settings.claims.home)
    sealed_too = asked.me.has_any(asked.here.access.wrong_patients)
    organisations = tuple(dict.fromkeys(own))
    requesters = tuple(sorted(asked.here.access.requesters))
    return Side(
        asked.me.id,
        organisations,
        now,
        any_age=any_age,
        sealed_too=sealed_too,
        requesters=requesters,
        own_roles=patient_roles(asked.me),
        agreed=directory_of(asked.here).agreed_services(asked.me.organisation, on=now.date()),
    )


async def side_of_patients(asked: Visit, *, seeing: str = "") -> Side:
    """Give who looks, with the patients whose records are theirs; `seeing`: of whom they see this class of data."""
    sights = [sight for sight in await patients_for(asked) if not seeing or seeing in sight.classes]
    return replace(side_of(asked), patients=tuple(each for sight in sights for each in sight.ids))


def overseeing(asked: Visit, side: Side, roles: Collection[str]) -> Side:
    """Give who looks at the tasks of roles that they name: who oversees sees all of a role, whoever referred."""
    return replace(side, requesters=()) if roles and asked.here.access.oversees(asked.me) else side


def never_sent_to(asked: Visit) -> tuple[str, ...]:
    """Give the roles of who looks at tasks to whom a result may have been withheld: of another organisation, not ours.

    Who oversees a task sees that it is there.
    """
    if not asked.me.organisation or asked.here.access.oversees(asked.me):
        return ()
    return working_roles(asked.me)


def scope_of(asked: Visit) -> str:
    """Give what stands before the ids that another organisation gives its messages: they never meet those of others."""
    return f"{asked.me.organisation}|" if asked.me.organisation else ""


def working_roles(person: Person) -> tuple[str, ...]:
    """Give the roles in which somebody works: a patient's and a carer's lead to their own record only."""
    return tuple(sorted(person.roles.difference(patient_roles(person))))


def treats(person: Person) -> bool:
    """Say whether somebody works as a clinician."""
    return any(matrix().is_of_type(role, "clinician") for role in working_roles(person))


def patient_roles(person: Person) -> tuple[str, ...]:
    """Give the roles in which somebody is a patient or cares for one."""
    return tuple(sorted(role for role in person.roles if matrix().is_of_type(role, "patient")))


async def case_for(asked: Visit, case_id: str, action: str, *, who_referred: bool = False) -> CaseDetail:
    """Give a case to someone who oversees or takes part in it, and note in the audit what they do.

    `who_referred`: also to who made its referral and is kept out of it, without its steps.

    Raises:
        Problem: 404, there is no such case or it is another organisation's; 403, it is not theirs to see.
    """
    async with asked.here.database.reader() as session:
        found = await case_detail(session, case_id)
    if found is None:
        raise no_case(case_id)
    stands = await _stands(asked, found.case.root_case_id)
    only_referred = who_referred and stands.referred and not (stands.opened or stands.named)
    if not stands.opened:
        await _require_part(asked, found.case, stands, is_of_mine=stands.party or stands.named or only_referred)
    await asked.read(action, case_id, **({"purpose": BREAK_GLASS} if stands.opened else {}))
    return replace(found, called=(), waits=(), tasks=(), subscriptions=(), incidents=()) if only_referred else found


async def _require_part(asked: Visit, case: Case, stands: Standing, *, is_of_mine: bool) -> None:
    if not is_of_mine or not working_roles(asked.me):
        raise no_case(case.case_id)
    officer = stands.sealed and asked.me.has_any(asked.here.access.wrong_patients)
    allowed = officer or stands.named or asked.here.access.oversees(asked.me) or await _takes_part(asked, case)
    asked.require(allowed=allowed, what="see this case")


@contextmanager
def as_absent(words: str) -> Iterator[None]:
    """Where a case that is not theirs stands behind an id, answer about that id, as if nothing were there."""
    try:
        yield
    except Problem as refusal:
        if refusal.kind != "not-found":
            raise
        raise Problem("not-found", words, about=refusal.about) from refusal


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
    stands = await _stands(asked, task.root_case_id)
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


async def require_theirs(asked: Visit, *case_ids: str, any_age: bool = False, who_referred: bool = False) -> None:
    """Go on only when every case is of the person's own organisation, or (`who_referred`) was referred by it.

    Raises:
        Problem: 404, as for a case that does not exist.
    """
    side = side_of(asked, any_age=any_age)
    async with asked.here.database.reader() as session:
        found = await theirs(session, case_ids, side)
        if who_referred:
            found |= await theirs(session, case_ids, side, whose=referred)
    for case_id in case_ids:
        if case_id not in found:
            raise no_case(case_id)


async def those_of_mine(asked: Visit, case_ids: Collection[str], *, any_age: bool = False) -> frozenset[str]:
    """Give those of these cases that are of the person's own organisation."""
    async with asked.here.database.reader() as session:
        return await theirs(session, case_ids, side_of(asked, any_age=any_age))


async def is_of_mine(asked: Visit, root_case_id: str) -> bool:
    """Say whether a case that began it all is of the person's own organisation, also while it is only being started."""
    async with asked.here.database.reader() as session:
        return bool(await reachable(session, [root_case_id], side_of(asked)))


async def classes_in(asked: Visit, case: Case) -> frozenset[str]:
    """Give the classes of data that somebody sees in a case which they may see: by their roles and purpose."""
    return (await classes_in_each(asked, (case.root_case_id,)))[case.root_case_id]


async def classes_in_each(asked: Visit, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Give the classes that somebody sees in each of these cases that began it all, in two questions for all of them.

    Raises:
        Problem: 403, they would change one that nothing but a broken glass opens to them.
    """
    if not roots:
        return {}
    async with asked.here.database.reader() as session:
        side, roles = side_of(asked), working_roles(asked.me)
        stands = {
            root: _as_asked(asked, found) for root, found in (await standing_in_each(session, roots, side)).items()
        }
        theirs = [root for root, found in stands.items() if found.party and not found.named]
        taken = await taken_part_in(session, theirs, side, roles=roles) if theirs else frozenset[str]()
    kept = await _kept_back(asked, side, stands)
    return {root: _classes(asked, found, takes_part=root in taken) - kept[root] for root, found in stands.items()}


async def kept_back_in_each(asked: Visit, roots: Collection[str]) -> Mapping[str, frozenset[str]]:
    """Give the classes that consent and agreements keep from somebody in each of these cases that began it all."""
    if not roots:
        return {}
    side = side_of(asked)
    async with asked.here.database.reader() as session:
        return await _kept_back(asked, side, await standing_in_each(session, roots, side))


async def _kept_back(asked: Visit, side: Side, stands: Mapping[str, Standing]) -> Mapping[str, frozenset[str]]:
    """Of a case that they have opened by breaking the glass nothing."""
    limited = [root for root, found in stands.items() if found.outside and not found.opened]
    found = await kept_back_outside(asked, side, limited, roles=working_roles(asked.me))
    return {root: found.get(root, frozenset()) for root in stands}


def _classes(asked: Visit, stands: Standing, *, takes_part: bool) -> frozenset[str]:
    opened = matrix().seen_by(asked.me.roles, BREAK_GLASS, granted=True) if stands.opened else frozenset[str]()
    if stands.referred and not (stands.party or stands.named):
        return opened | (matrix().seen_by(working_roles(asked.me), asked.me.purpose) & OWN_WORDS)
    if stands.named or takes_part:
        seen = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
        return opened | (seen - {LETTER} if stands.unsent and EVERYTHING not in seen else seen)
    overseen = matrix().seen_by(asked.me.roles & asked.here.access.overseers, asked.me.purpose)
    return opened | overseen if stands.party else opened


async def sees_variables(asked: Visit, case: Case) -> bool:
    """Say whether all of a case is theirs to see."""
    return matrix().expanded((EVERYTHING,)) <= await classes_in(asked, case)


def no_case(case_id: str) -> Problem:
    """Give the answer about a case that does not exist for whoever asks."""
    return Problem("not-found", f"There is no case '{case_id[:200]}'.", about=case_id)


async def _takes_part(asked: Visit, case: Case) -> bool:
    async with asked.here.database.reader() as session:
        return await takes_part(session, case.root_case_id, side_of(asked), roles=working_roles(asked.me))


async def _stands(asked: Visit, root_case_id: str) -> Standing:
    """Say how somebody stands to a case for what they ask: a broken glass opens it for reading only.

    Raises:
        Problem: 403, they would change what nothing but a broken glass opens to them.
    """
    async with asked.here.database.reader() as session:
        return _as_asked(asked, await standing(session, root_case_id, side_of(asked)))


def _as_asked(asked: Visit, found: Standing) -> Standing:
    if not found.opened or asked.context.get("method") in READING:
        return found
    asked.require(allowed=found.party or found.named, what="change a case that only a broken glass opens")
    return replace(found, opened=False)


def _granted(classes: Collection[str]) -> frozenset[str]:
    """What a proxy grant opens: of what a patient sees, never more."""
    return matrix().expanded(classes) & matrix().sees("patient")
