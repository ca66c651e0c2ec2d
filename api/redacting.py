"""Which values of a case does this person see? Those of the classes that the matrix gives them there.

What was sent to somebody is shown to them by the same table. A clinician to whom it is addressed also sees the class
of the thing itself: a referral to their service is their own referral, a result handed to them their letter. So is the
referral behind a task that they may do: nobody examines a patient without knowing why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.data_sight import classes_in, classes_in_each, kept_back_in_each
from api.deps import Visit
from api.offered import offered
from api.own_record import patients_for
from api.sides import treats, working_roles
from policy.data_classes import Visible, class_of, fields_of, shown_fields_of, visible
from policy.matrix import matrix
from records.queries.case import process_variables
from records.queries.data_classes import declared, declared_in_each
from records.queries.own_record import patient_of
from records.tables import Case, Handoff, ServiceInbox, Task

REFERRAL, RESULT = "own_referral", "outcome_letter"
"""Of which class a referral is to whoever answers for its service, and a result to whom it is handed."""

TELLS_WHOSE = frozenset({"demographics", "status", "dates", "risk_flags"})
"""What whoever decides without treating reads of the case beside their form: whose it is and how it stands."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the cases of what was sent. `declared`: of which class each variable is, by case.

    `never`: by case, the classes that consent and agreements keep from whoever looks.
    """

    declared: Mapping[str, Mapping[str, str]]
    never: Mapping[str, frozenset[str]]


KIND_OF_MESSAGE, STATUS = "message", "status"
"""The member of a delivery that says what it is (a referral, a cancellation, …), and of which class that is."""


async def shown(asked: Visit, case: Case, values: Mapping[str, Any]) -> Visible:
    """Give the values that somebody sees of a case."""
    return (await shown_in_each(asked, [(case, values)]))[0]


async def shown_in_each(asked: Visit, held: Sequence[tuple[Case, Mapping[str, Any]]]) -> list[Visible]:
    """Give the values that somebody sees of each of these cases, in order; the questions do not grow with the cases."""
    seen = await classes_in_each(asked, {case.root_case_id for case, _ in held})
    async with asked.here.database.reader() as session:
        said = {sha256: await declared(session, sha256) for sha256 in {case.sha256 for case, _ in held}}
    return [visible(values, seen[case.root_case_id], said[case.sha256]) for case, values in held]


async def asked_shown(asked: Visit, case: Case, task: Task, form: Mapping[str, Any] | None) -> Visible:
    """Give the values that somebody sees who may do a task: what was mapped for it, what its form shows or offers.

    A clinician also reads what the referral asks, and why, where the form does not ask for it anew; whoever decides
    without treating (a clinical lead, a coordinator) whose case it is, as far as the matrix says.
    """
    fields, kept = (fields_of(form), shown_fields_of(form)) if form else (frozenset[str](), frozenset[str]())
    async with asked.here.database.reader() as session:
        said, variables = await declared(session, case.sha256), await process_variables(session, case)
    never = (await kept_back_in_each(asked, (case.root_case_id,)))[case.root_case_id]
    classes = (await classes_in(asked, case) | _addressed(asked, REFERRAL)) - never
    whose = {} if treats(asked.me) else await _whose(asked, case, classes & TELLS_WHOSE)
    asks = {name for name in variables if class_of(name, said) == REFERRAL} - fields if REFERRAL in classes else set()
    known = {name: variables[name] for name in variables if name in kept or name in asks}
    beside = {name: value for name, value in whose.items() if name not in fields}
    found = visible({**known, **task.inputs}, classes, said, asked=fields, never=never)
    offers = await offered(asked.here.database, case.case_id, form) if form else {}
    return replace(found, values={**beside, **found.values, **offers})


async def _whose(asked: Visit, case: Case, classes: frozenset[str]) -> dict[str, Any]:
    """Of the case that began it all, what is of these classes."""
    async with asked.here.database.reader() as session:
        root = await session.get_one(Case, case.root_case_id)
        said, variables = await declared(session, root.sha256), await process_variables(session, root)
    return {name: value for name, value in variables.items() if class_of(name, said) in classes}


async def known_of(asked: Visit, rows: Collection[ServiceInbox | Handoff]) -> Known:
    """Give what has to be known to show what was sent, for many at once."""
    cases = {row.case_id for row in rows}
    async with asked.here.database.reader() as session:
        said = await declared_in_each(session, cases)
    never = await kept_back_in_each(asked, {_root(case_id) for case_id in cases})
    return Known(said, {case_id: never[_root(case_id)] for case_id in cases})


def referral_shown(asked: Visit, row: ServiceInbox, known: Known, *, addressed: bool) -> Visible:
    """Give what somebody sees of a delivery. `addressed`: they answer for the service."""
    never, said = known.never[row.case_id], {**known.declared[row.case_id], KIND_OF_MESSAGE: STATUS}
    classes = _sent_to(asked, REFERRAL if addressed else "") - never
    return visible(row.referral, classes, said, asked=(KIND_OF_MESSAGE,), never=never, within=REFERRAL)


async def result_shown(asked: Visit, row: Handoff, known: Known) -> Visible:
    """Give what somebody to whom a result was handed sees of it: as a clinician, as its patient, as their carer."""
    own, said = await _of_own_record(asked, row.case_id), known.declared[row.case_id]
    never = frozenset[str]() if own else known.never[row.case_id]
    return visible(row.result, (_sent_to(asked, RESULT) - never) | own, said, never=never, within=RESULT)


def _sent_to(asked: Visit, also: str) -> frozenset[str]:
    """The classes of the roles in which somebody works for their purpose; for clinicians, that of what was sent."""
    return matrix().seen_by(working_roles(asked.me), asked.me.purpose) | _addressed(asked, also)


def _addressed(asked: Visit, what: str) -> frozenset[str]:
    """The class of what is addressed to somebody, for clinicians who see something for their purpose."""
    treating = (role for role in working_roles(asked.me) if matrix().is_of_type(role, "clinician"))
    return frozenset((what,)) if what and matrix().seen_by(treating, asked.me.purpose) else frozenset()


async def _of_own_record(asked: Visit, case_id: str) -> frozenset[str]:
    sights = await patients_for(asked)
    if not sights:
        return frozenset()
    async with asked.here.database.reader() as session:
        root = await session.get(Case, _root(case_id))
        about = await patient_of(session, root) if root else ""
    return frozenset[str]().union(*(sight.classes for sight in sights if about and about in sight.ids))


def _root(case_id: str) -> str:
    return case_id.partition("/")[0]
