"""Whom does a round go through? The open tasks of a worklist, one entry for each patient, the most urgent first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.data_sight import classes_in_each
from api.deps import Asked, Visit
from api.ids import task_id
from api.one_plan import DateAhead, itinerary, visible_cases
from api.paging import Paged
from api.problems import Problem
from api.shapes.base import OnePage, Shape, case_link
from api.shapes.tasks import TaskLine, line
from api.sides import never_sent_to, overseeing, side_of, working_roles
from policy.matrix import EVERYTHING
from records.queries.bookings import Fields, Named, booking_fields, named
from records.queries.one_plan import cases_of_each
from records.queries.rounds import AboutPatient, about_patients
from records.queries.worklist import WorklistFilter, WorklistItem, worklist
from records.tables import Case
from workflows.contract.urgency import URGENCIES

router = APIRouter(tags=["Tasks"])
MOST = 1_000
"""Open tasks of one round."""

DEMOGRAPHICS = "demographics"


class RoundEntry(Shape):
    """One patient of a round. `name`: where I may see who it is; `cases`: what is open is in, by referral."""

    name: str
    urgency: str
    next_due: AwareDatetime | None
    overdue: int = Field(description="tasks that are")
    cases: dict[str, str] = Field(description="case id → its address")
    tasks: list[TaskLine]
    dates: list[DateAhead] = Field(
        description="what is booked for the patient in every case that I may see: the rest may be booked beside it"
    )
    to_book: list[str] = Field(description="ids of those of `tasks` that book an appointment")
    links: dict[str, str] = Field(description="`joint_times` and `bookings`: where several are booked together")


class RoundPage(OnePage):
    """One page of a round."""

    items: list[RoundEntry]


@router.get("/rounds", summary="A worklist by patient, for a round")
async def rounds(
    asked: Asked,
    paged: Paged,
    role: Annotated[list[str] | None, Query(description="tasks of these roles of mine; overseers: of any")] = None,
    team: Annotated[str | None, Query(description="a lane of the diagram")] = None,
    pathway: str | None = None,
) -> RoundPage:
    """Give the patients with open tasks of my roles, whoever holds them: the most urgent first, then what is due first.

    For staff. At most 1000 tasks are gone through: narrow it down by `role`, `team` or `pathway`.
    """
    asked.require(allowed=bool(working_roles(asked.me)), what="read the list of a round")
    side = overseeing(asked, side_of(asked), role or [])
    wanted = WorklistFilter(
        roles=_roles(asked, role or []), team=team, pathway=pathway, side=side, never_sent=never_sent_to(asked)
    )
    async with asked.here.database.reader() as session:
        found = await worklist(session, wanted, limit=MOST)
        about = await about_patients(session, {item.task.root_case_id for item in found.items})
    if found.total > MOST:
        raise Problem("invalid", f"{found.total} tasks are open: narrow it down by `role`, `team` or `pathway`.")
    entries = _by_patient(found.items, about)
    page = await _shown(asked, paged.cut(entries))
    await asked.read("rounds.read", cases=sorted(case_id for entry in page for case_id in entry.cases))
    return RoundPage(items=page, **paged.of(len(entries)))


def _roles(asked: Visit, wanted: Sequence[str]) -> tuple[str, ...]:
    oversees, roles = asked.here.access.oversees(asked.me), working_roles(asked.me)
    asked.require(allowed=oversees or set(roles).issuperset(wanted), what="read the round of this role")
    return tuple(wanted) or roles


Entry = tuple[Sequence[AboutPatient], Sequence[WorklistItem]]


def _by_patient(items: Iterable[WorklistItem], about: Iterable[AboutPatient]) -> list[Entry]:
    """Put together what is about one patient; a case that names none is by itself."""
    known: Mapping[str, AboutPatient] = {each.case.case_id: each for each in about}
    cases: defaultdict[str, dict[str, AboutPatient]] = defaultdict(dict)
    tasks: defaultdict[str, list[WorklistItem]] = defaultdict(list)
    for item in items:
        found = known.get(item.task.root_case_id)
        if found is not None:
            patient = found.patient_id or found.case.case_id
            cases[patient][found.case.case_id] = found
            tasks[patient].append(item)
    entries = [(tuple(cases[patient].values()), tuple(tasks[patient])) for patient in cases]
    return sorted(entries, key=lambda entry: (-_rank(_urgency(entry[0])), _first_due(entry[1]) is None, _due(entry[1])))


def _urgency(cases: Sequence[AboutPatient]) -> str:
    return max((each.case.urgency for each in cases), key=_rank)


def _rank(urgency: str) -> int:
    return URGENCIES.index(urgency) if urgency in URGENCIES else 0


def _first_due(items: Sequence[WorklistItem]) -> datetime | None:
    return min((item.task.due_at for item in items if item.task.due_at), default=None)


def _due(items: Sequence[WorklistItem]) -> str:
    due = _first_due(items)
    return due.isoformat() if due else items[0].task.created_at.isoformat()


async def _shown(asked: Visit, entries: Sequence[Entry]) -> list[RoundEntry]:
    """Show entries; what is asked of the database does not grow with them."""
    known = await _known(asked, entries)
    now = asked.here.clock()
    return [_entry(entry, known, now=now) for entry in entries]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of all entries of a page. `classes`, `dates`: by case; `beside`: every case, by patient."""

    classes: Mapping[str, frozenset[str]]
    beside: Mapping[str, Sequence[Case]]
    dates: Mapping[str, Sequence[DateAhead]]
    books: Mapping[Named, Fields]


async def _known(asked: Visit, entries: Sequence[Entry]) -> _Known:
    of_entries = [each for cases, _ in entries for each in cases]
    async with asked.here.database.reader() as session:
        patients = {each.patient_id for each in of_entries if each.patient_id}
        beside = await cases_of_each(session, patients, visible_cases(asked))
        books = await booking_fields(session, [item.task for _, items in entries for item in items])
    every = {case.case_id: case for cases in beside.values() for case in cases}
    every |= {each.case.case_id: each.case for each in of_entries}
    dates = defaultdict[str, list[DateAhead]](list)
    for each in await itinerary(asked, tuple(every.values())):
        dates[each.case_id].append(each)
    return _Known(await classes_in_each(asked, {each.case.case_id for each in of_entries}), beside, dates, books)


def _entry(entry: Entry, known: _Known, *, now: datetime) -> RoundEntry:
    cases, items = entry
    to_book = [task_id(*named(item.task)) for item in items if named(item.task) in known.books]
    return RoundEntry(
        name=_name(cases, known.classes),
        urgency=_urgency(cases),
        next_due=_first_due(items),
        overdue=sum(item.task.is_overdue(now) for item in items),
        cases={each.case.case_id: case_link(each.case.case_id) for each in cases},
        tasks=[line(item, now=now) for item in items],
        dates=_dates(cases, known),
        to_book=to_book,
        links=_links(cases[0].patient_id) if to_book and cases[0].patient_id else {},
    )


def _links(patient_id: str) -> dict[str, str]:
    about = f"/patients/{quote(patient_id, safe='')}"
    return {"joint_times": f"{about}/joint-times", "bookings": f"{about}/bookings"}


def _dates(cases: Sequence[AboutPatient], known: _Known) -> list[DateAhead]:
    """The dates of every case of the patient that I may see; a case that names no patient is by itself."""
    every = known.beside[cases[0].patient_id] if cases[0].patient_id else [each.case for each in cases]
    return sorted((date for case in every for date in known.dates.get(case.case_id, ())), key=lambda date: date.at)


def _name(cases: Sequence[AboutPatient], classes: Mapping[str, frozenset[str]]) -> str:
    """The name, from the first case in which it is theirs to see."""
    seen = (each.name for each in cases if not classes[each.case.case_id].isdisjoint((DEMOGRAPHICS, EVERYTHING)))
    return next(seen, "")
