"""Which values of a case does this person see? Those of the classes that the matrix gives them there.

What was sent to somebody is shown to them by the same table. A clinician to whom it is addressed also sees the class
of the thing itself: a referral to their service is their own referral, a result handed to them their letter.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.seeing import classes_in, patients_for, working_roles
from api.surroundings import Surroundings
from pathways.bpmn.model import Definition
from policy.data_classes import Visible, classes_of, visible
from policy.matrix import matrix
from records.queries.access import patient_of
from records.queries.library import definition_by_sha256, forms_of, parsed
from records.tables import Case, Handoff, ServiceInbox

KEPT_DEFINITIONS = 64
REFERRAL, RESULT = "own_referral", "outcome_letter"
"""Of which class a referral is to whoever answers for its service, and a result to whom it is handed."""

KIND_OF_MESSAGE = "message"
"""The member of a delivery that says what it is: a referral, a cancellation, …"""

_declared: dict[str, Mapping[str, str]] = {}


async def shown(
    asked: Visit, case: Case, values: Mapping[str, Any], *, form: Collection[str] = (), classes: Collection[str] = ()
) -> Visible:
    """Give the values that somebody sees of a case. `form`: fields that they fill in; `classes`: instead of theirs."""
    seen = classes or await classes_in(asked, case)
    return visible(values, seen, await declared(asked.here, case.sha256), asked=form)


async def referral_shown(asked: Visit, row: ServiceInbox, *, addressed: bool) -> Visible:
    """Give what somebody sees of a delivery. `addressed`: they answer for the service."""
    classes = _sent_to(asked, REFERRAL if addressed else "")
    said = await _declared_in(asked.here, row.case_id)
    return visible(row.referral, classes, said, asked=(KIND_OF_MESSAGE,), within=REFERRAL)


async def result_shown(asked: Visit, row: Handoff) -> Visible:
    """Give what somebody to whom a result was handed sees of it: as a clinician, as its patient, as their carer."""
    classes = _sent_to(asked, RESULT) | await _of_own_record(asked, row.case_id)
    return visible(row.result, classes, await _declared_in(asked.here, row.case_id), within=RESULT)


def _sent_to(asked: Visit, also: str) -> frozenset[str]:
    """The classes of the roles in which somebody works for their purpose; for clinicians, that of what was sent."""
    sees = {role: matrix().sees(role, asked.me.purpose) for role in working_roles(asked.me)}
    treats = any(seen and matrix().is_of_type(role, "clinician") for role, seen in sees.items())
    return frozenset[str]().union(*sees.values(), (also,) if also and treats else ())


async def _of_own_record(asked: Visit, case_id: str) -> frozenset[str]:
    sights = await patients_for(asked)
    if not sights:
        return frozenset()
    async with asked.here.database.reader() as session:
        root = await session.get(Case, case_id.partition("/")[0])
        about = await patient_of(session, root) if root else ""
    return frozenset[str]().union(*(sight.classes for sight in sights if about and about in sight.ids))


async def _declared_in(here: Surroundings, case_id: str) -> Mapping[str, str]:
    async with here.database.reader() as session:
        case = await session.get(Case, case_id)
    return await declared(here, case.sha256) if case else {}


async def declared(here: Surroundings, sha256: str) -> Mapping[str, str]:
    """Give the classes that a definition declares for its variables; a definition never changes, so some are kept."""
    if sha256 not in _declared:
        async with here.database.reader() as session:
            published = await definition_by_sha256(session, sha256)
            found = await _classes(session, parsed(published)) if published else {}
        while len(_declared) >= KEPT_DEFINITIONS:
            _declared.pop(next(iter(_declared)))
        _declared[sha256] = found
    return _declared[sha256]


async def _classes(session: AsyncSession, definition: Definition) -> Mapping[str, str]:
    forms = await forms_of(session, definition)
    return classes_of(definition, [json.loads(form.form_schema) for form in forms.values()])
