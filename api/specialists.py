"""Who of those who may do a task is the right expert? Who has the specialty that it needs is told of it at once.

A diagram says with the property `specialty` of a user task what whoever does it should know (several with commas: one
is enough); the directory says who has it (PractitionerRole.specialty, HealthcareService.specialty). The pool stays
whole: they see the task first, everybody else of its roles sees what it needs. When nobody who has it is there, the
coordinator is told at once; due times and ladder go on as drawn.
"""

from dataclasses import replace
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from api.directory import directory_of
from api.surroundings import Surroundings
from records.queries.people import COORDINATOR, Recipient, absent_in
from records.queries.pools import Pool, called_key, specialist_pools
from records.queries.task import TaskDetail
from records.queries.worklist import specialties_of
from records.tables import Notification
from records.writes.handovers import notify

CALLED = "A task needs a specialty that you have: {specialty}."
NOBODY = (
    "A task needs a specialty that nobody has who is there: {specialty}. Delegate it by name, or decide with those who "
    "may do it how it is done."
)


def specialties_of_person(here: Surroundings, person: str) -> tuple[str, ...] | None:
    """Give the specialties that somebody has; None where the directory names none at all."""
    directory = directory_of(here)
    known = directory.known_specialties
    return tuple(name for name in known if person in directory.specialists(name)) if known else None


async def with_needs(here: Surroundings, found: TaskDetail) -> TaskDetail:
    """Give a task with the specialties that it needs, where the directory names any."""
    if not directory_of(here).known_specialties:
        return found
    async with here.database.reader() as session:
        return replace(found, needs=(await specialties_of(session, [found.task]))(found.task))


async def call_specialists(here: Surroundings) -> int:
    """Tell of each open task that needs a specialty who has it, or the coordinator; give of how many tasks."""
    async with here.database.reader() as session:
        waiting = await specialist_pools(session)
    tasks = [tuple(pools) for _, pools in groupby(waiting, key=lambda pool: (pool.case_id, pool.activation))]
    for pools in tasks:
        async with here.database.session() as session:
            await _tell(session, here, pools)
    return len(tasks)


async def _tell(session: AsyncSession, here: Surroundings, pools: tuple[Pool, ...]) -> None:
    task, directory, now = pools[0], directory_of(here), here.clock()
    away = await absent_in(session, task.case_id, at=now)
    known = dict.fromkeys(person for pool in pools for person in directory.specialists(pool.role))
    there = [person for person in known if person not in away]
    told: list[Recipient] = [("person", person) for person in there] or [("role", COORDINATOR)]
    text = (CALLED if there else NOBODY).format(specialty=", ".join(pool.role for pool in pools))
    key = called_key(task.case_id, task.activation)
    for place, (kind, name) in enumerate(told):
        row = Notification(
            idempotency_key=f"{key}:{name}" if place else key,
            case_id=task.case_id,
            activation=task.activation,
            recipient_kind=kind,
            recipient=name,
            level="information" if there else "warning",
            text=text,
            created_at=now,
        )
        await notify(session, row)
