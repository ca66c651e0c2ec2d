"""When could all services that are to see a patient do so, as far as that is known here?"""

from asyncio import to_thread
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from activities.outbound import ORDERS
from api.data_sight import classes_in_each
from api.deps import Asked, Visit
from api.directory import directory_of
from api.joint_times import Sought, joint_times
from api.moments import Moment, moment_in
from api.one_plan import cases_seen, itinerary, visits_ahead
from api.problems import Problem
from api.shapes.base import task_link
from api.shapes.joint_times import JointTimes
from api.sides import side_of
from api.task_sight import task_sight
from api.windows import Window
from pathways.one_plan import plan_names
from policy.data_classes import APPOINTMENT
from records.queries.bookings import booking_fields, named, open_tasks_of, services_of
from records.queries.people import absences_between
from records.tables import Case, Task

router = APIRouter(prefix="/patients", tags=["Tasks"])
MOST_SERVICES = 5
MOST_DAYS = 60


@router.get("/{patient_id}/joint-times", summary="When several services could see a patient")
async def times(
    asked: Asked,
    patient_id: str,
    service: Annotated[
        list[str] | None,
        Query(max_length=MOST_SERVICES, description="of the directory; left out: those of my open tasks that book"),
    ] = None,
    since: Annotated[Moment | None, Query(description="left out: now")] = None,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 14,
    minutes: Annotated[int | None, Query(ge=5, le=480, description="of one visit; left out: as the site says")] = None,
) -> JointTimes:
    """Give when all these services could see the patient, at once or one after the other on one day.

    Known here are hours and holidays, absences of contact, deputy and cover, and what is booked for the patient in the
    cases that I may see. No clinic's diary is asked, and nothing is held: `note` says so. For staff.
    """
    cases = await cases_seen(asked, patient_id, what="look for times for a patient")
    known = await _to_book(asked, cases)
    wanted = _services(asked, service, known)
    begins = max(since or asked.here.clock(), asked.here.clock())
    within = Window(begins, begins + timedelta(days=days))
    sought = await _sought(asked, cases, within, minutes, anew={each.task.case_id for each in known})
    found = await to_thread(joint_times, directory_of(asked.here), wanted, sought)
    classes = await classes_in_each(asked, {case.case_id for case in cases})
    await asked.read("joint_times.read", cases=[case.case_id for case in cases], services=wanted)
    return JointTimes(
        patient_id=patient_id,
        since=within.since,
        until=within.until,
        minutes=int(sought.length.total_seconds() // 60),
        travel_minutes=int(sought.way.total_seconds() // 60),
        services=found.services,
        tasks=[task_link(*named(each.task)) for each in known],
        without_service=[task_link(*named(each.task)) for each in known if not each.service],
        booked=[each for each in await itinerary(asked, cases) if _lies(each.at, within)],
        knows_visits=all(APPOINTMENT in each for each in classes.values()),
        days=found.days,
    )


@dataclass(frozen=True, slots=True)
class _ToBook:
    """An open task that books. `service`: of the directory; empty: nothing says one that is there."""

    task: Task
    service: str


async def _to_book(asked: Visit, cases: Sequence[Case]) -> list[_ToBook]:
    """The open tasks of these cases that somebody may do and that book."""
    async with asked.here.database.reader() as session:
        tasks = await open_tasks_of(session, {case.case_id for case in cases})
        books = await booking_fields(session, tasks)
        tasks = [task for task in tasks if named(task) in books]
        with_whom = await services_of(session, tasks, plan_names().booked_with, orders=ORDERS)
    mine = [task for task in tasks if (await task_sight(asked, task)).do]
    services = directory_of(asked.here).services
    return [_ToBook(task, found if (found := with_whom[named(task)]) in services else "") for task in mine]


def _services(asked: Visit, wanted: Sequence[str] | None, known: Sequence[_ToBook]) -> list[str]:
    """The services that are meant, each once.

    Raises:
        Problem: 422, there is no such service, nothing says which are meant, or too many are.
    """
    found = list(dict.fromkeys(wanted or [each.service for each in known if each.service]))
    unknown = [each for each in found if each not in directory_of(asked.here).services]
    if unknown:
        raise Problem("invalid", f"service: there is no '{unknown[0][:100]}' in the directory: see GET /directory.")
    if not found:
        raise Problem("invalid", "service: none of my open tasks says with which service it books: name some.")
    if len(found) > MOST_SERVICES:
        raise Problem("invalid", f"service: {len(found)} are meant; name at most {MOST_SERVICES}.")
    return found


async def _sought(
    asked: Visit, cases: Sequence[Case], within: Window, minutes: int | None, *, anew: Collection[str]
) -> Sought:
    """What is looked for. `anew`: cases whose visit is to be booked anew, and takes no time."""
    visits = directory_of(asked.here).visits
    async with asked.here.database.reader() as session:
        heard_by = side_of(asked).organisations
        away = await absences_between(session, within.since, within.until, heard_by=heard_by)
    return Sought(
        within=within,
        length=timedelta(minutes=minutes or visits.minutes),
        stay=timedelta(minutes=visits.minutes),
        way=timedelta(minutes=visits.travel_minutes),
        visits=[at for dated, at in await visits_ahead(asked, cases) if dated.case.case_id not in anew],
        absences=away,
    )


def _lies(text: str, within: Window) -> bool:
    """Whether a date, or a date and time, lies in this time; a date by its day."""
    moment = moment_in(text)
    if moment is not None:
        return within.since <= moment < within.until
    return f"{within.since:%Y-%m-%d}" <= text[:10] <= f"{within.until:%Y-%m-%d}"
