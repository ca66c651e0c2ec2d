"""How are several appointments of one patient booked as one? All are looked at before the first is booked.

A case decides by itself and nothing can be taken back from it, so that "all or nothing" holds as far as it can be
foreseen: forms, rights, visits that are too close, and what each case would answer now. Should one refuse at its turn
all the same, those before it are booked, those after it are not tried, and the answer says which.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from api.completing import asked_of_task, completed_values
from api.deps import Visit
from api.directory import directory_of
from api.foreseeing import foresee, words_of
from api.ids import task_id
from api.moments import moment_in
from api.one_plan import visits_ahead
from api.patients import require_patient
from api.problems import Problem
from api.second_signer import second_signature
from api.shapes.base import task_link
from api.shapes.bookings import Became, Booking, WantedBooking
from api.shapes.tasks import opened
from api.task_sight import task_for
from records.queries.audit import is_noted
from records.queries.bookings import booking_fields, named
from records.tables import Case, Task
from workflows.contract.requests import CompleteTask, Receipt
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, HostUnavailable

COMPLETED = "task.completed"
DONE_BEFORE = "You completed it before this request came again; its case says with which values."
PERHAPS_DONE = " It was asked before, and the answer was lost: it may have been booked then."


@dataclass(frozen=True, slots=True)
class Chosen:
    """A task that somebody may do and that books. `place`: in the request; `signed`: what the audit notes beside it."""

    place: str
    task: Task
    fields: tuple[str, ...]
    values: Mapping[str, Any]
    signed: Mapping[str, str]

    @property
    def at(self) -> list[str]:
        """The appointments in its form, as they were written."""
        return [value for name in self.fields if isinstance(value := self.values.get(name), str) and value]

    @property
    def moments(self) -> list[datetime]:
        """The same as moments."""
        return [moment for text in self.at if (moment := moment_in(text)) is not None]


async def chosen_tasks(asked: Visit, roots: Collection[str], wanted: Sequence[WantedBooking]) -> list[Chosen]:
    """Give the tasks that somebody names, each once, each theirs to do and of these cases.

    Raises:
        Problem: 404, there is no such task; 403, it is not theirs to do; 422, it is of another patient, stands twice,
            or does not book.
    """
    found = [(await _to_do(asked, each.task)) for each in wanted]
    async with asked.here.database.reader() as session:
        fields = await booking_fields(session, found)
    chosen = [
        Chosen(f"bookings[{number}]", task, fields.get(named(task), ()), each.values, {})
        for number, (task, each) in enumerate(zip(found, wanted, strict=True))
    ]
    _refuse([(each, words) for each in chosen if (words := _unfit(each, chosen, roots))])
    return chosen


async def _to_do(asked: Visit, identifier: str) -> Task:
    found, sight = await task_for(asked, identifier)
    asked.require(allowed=sight.do, what="do this task")
    return found.task


def _unfit(each: Chosen, chosen: Sequence[Chosen], roots: Collection[str]) -> str:
    """Say why a task cannot be booked in this request; empty when it can."""
    if each.task.root_case_id not in roots:
        return "this task is about another patient"
    if any(named(other.task) == named(each.task) for other in chosen[: chosen.index(each)]):
        return "this task stands twice"
    return "" if each.fields else "this task books no appointment: complete it by itself"


def _refuse(errors: Sequence[tuple[Chosen, str]], kind: str = "invalid", **members: Any) -> None:
    """Go on only when there are no errors.

    Raises:
        Problem: of this kind, with every place.
    """
    if errors:
        said = [{"where": each.place, "message": words} for each, words in errors]
        words = "; ".join(f"{each.place}: {words}" for each, words in errors)
        raise Problem(kind, f"Nothing was booked. {words}.", errors=said, about=errors[0][0].task.case_id, **members)


def is_done(asked: Visit, each: Chosen) -> bool:
    """Say whether somebody has completed a task already: when a request comes again, perhaps by it."""
    return each.task.state == "completed" and each.task.completed_by == asked.me.id


async def filled_in(asked: Visit, chosen: Sequence[Chosen]) -> list[Chosen]:
    """Give the tasks with the values that their forms read; all are read before any is refused.

    Raises:
        Problem: 422, with the wrong fields of every task; 403, 409 or 422 as of a second signature.
    """
    read, errors = list[Chosen](), list[dict[str, str]]()
    for each in chosen:
        try:
            values = await completed_values(asked.here, each.task, each.values)
        except Problem as refused:
            errors += [{**error, "where": f"{each.place}.{error['where']}"} for error in refused.members["errors"]]
            continue
        await require_patient(asked, values)
        read.append(replace(each, values=values, signed=await second_signature(asked, each.task, values, "")))
    if errors:
        words = "; ".join(f"{error['where']} {error['message']}" for error in errors)
        raise Problem("form-invalid", f"Nothing was booked. {words}.", errors=errors)
    return read


async def require_way_between(asked: Visit, cases: Sequence[Case], chosen: Sequence[Chosen]) -> None:
    """Go on only when a patient comes from each visit to the next, as far as somebody sees their visits.

    What the case of a task holds is the visit that the task books anew.

    Raises:
        Problem: 422, with every visit that is too close to another one.
    """
    visits = directory_of(asked.here).visits
    apart = timedelta(minutes=visits.minutes + visits.travel_minutes)
    booked = [(dated.case.case_id, at) for dated, at in await visits_ahead(asked, cases)]
    errors = [
        (each, f"less than {visits.minutes + visits.travel_minutes} minutes from what is booked already")
        for each in chosen
        if any(_closer(each.moments, at, apart) for case_id, at in booked if case_id != each.task.case_id)
    ]
    errors += [
        (second, f"less than {visits.minutes + visits.travel_minutes} minutes from {first.place}")
        for first, second in combinations(chosen, 2)
        if any(_closer(second.moments, at, apart) for at in first.moments)
    ]
    _refuse([(each, f"{words}; say `close_together` when that is meant") for each, words in errors])


def _closer(moments: Sequence[datetime], other: datetime, apart: timedelta) -> bool:
    return any(abs(moment - other) < apart for moment in moments)


async def require_all_accepted(asked: Visit, chosen: Sequence[Chosen]) -> None:
    """Go on only when every case would accept its completion now.

    Raises:
        Problem: 409, with every case that would refuse, and why.
        HostUnavailable: a case does not answer.
    """
    errors = []
    for each in chosen:
        try:
            await foresee(asked.here, each.task.case_id, _completion(asked, each))
        except EventRejected as refusal:
            errors.append((each, words_of(refusal, each.task.case_id).rstrip(".")))
        except CaseNotFound:
            errors.append((each, "the case has ended"))
    _refuse(errors, "not-now")


def _completion(asked: Visit, each: Chosen) -> CompleteTask:
    return CompleteTask(each.task.activation, asked.me.id, each.values)


async def booked(asked: Visit, chosen: Sequence[Chosen], update_id: str, *, again: bool) -> list[Booking]:
    """Book one after the other until one is refused, and say what became of each.

    `update_id`: of the whole; booking the same again with it has no second effect. `again`: it was begun before.

    Raises:
        Problem: 409, the first was refused, nothing is booked; 503, a case did not answer: it says what is booked.
    """
    made = list[Booking]()
    for number, each in enumerate(chosen, start=1):
        made.append(await _tried(asked, each, update_id, of=len(chosen), again=again))
        if made[-1].became != "booked":
            made += [_became(left, "not_tried") for left in chosen[number:]]
            break
    _require_answer(made)
    return made


def _require_answer(made: Sequence[Booking]) -> None:
    if any(each.became == "unknown" for each in made):
        number = sum(each.became == "booked" for each in made)
        words = f"{number} of {len(made)} are booked, then a case did not answer: send it again with the same key."
        raise Problem("unavailable", words, bookings=made)
    if made[0].became == "refused":
        raise Problem("not-now", f"Nothing was booked. {made[0].reason}", bookings=made, about=made[0].case_id)


async def _tried(asked: Visit, each: Chosen, update_id: str, *, of: int, again: bool) -> Booking:
    try:
        return _became(each, "booked", receipt=await _book(asked, each, update_id, of=of, again=again))
    except HostUnavailable:
        return _became(each, "unknown")
    except Problem as silence:
        if silence.kind != "unavailable":
            raise
        return _became(each, "unknown")
    except CaseNotFound:
        words = "The case has ended."
    except EventRejected as refusal:
        words = words_of(refusal, each.task.case_id)
    if again and is_done(asked, each):
        return _became(each, "booked", DONE_BEFORE)
    return _became(each, "refused", words + (PERHAPS_DONE if again else ""))


async def _book(asked: Visit, each: Chosen, update_id: str, *, of: int, again: bool) -> Receipt:
    """Complete one task; what the audit has from the time before is not noted twice."""
    own = hashlib.sha256("\x00".join((update_id, *named(each.task))).encode()).hexdigest()
    async with asked.here.database.reader() as session:
        noted = again and await is_noted(session, asked.me.id, COMPLETED, *named(each.task))
    if noted:
        return await asked.here.gateway.send(each.task.case_id, _completion(asked, each), own)
    about = {**each.signed, "bundle": f"{each.place} of {of}"}
    return await asked_of_task(asked, each.task, _completion(asked, each), own, COMPLETED, **about)


def _became(each: Chosen, became: Became, reason: str = "", *, receipt: Receipt | None = None) -> Booking:
    return Booking(
        task=task_id(*named(each.task)),
        case_id=each.task.case_id,
        title=each.task.title,
        became=became,
        at=each.at,
        reason=reason,
        opened=[opened(task) for task in receipt.opened] if receipt else [],
        link=task_link(*named(each.task)),
    )
