"""Which patients' records are somebody's own: theirs as a patient, and others' as a carer?"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from api.deps import Visit
from api.seeing import no_case
from api.sides import patient_roles, side_of
from policy.matrix import BY_PROXY, matrix
from records.queries.access import Side
from records.queries.case import CaseDetail, case_detail
from records.queries.own_record import patient_of, proxies_of
from records.queries.patients import same_patient
from records.tables import Case


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


async def side_of_patients(asked: Visit, *, seeing: str = "") -> Side:
    """Give who looks, with the patients whose records are theirs; `seeing`: of whom they see this class of data."""
    sights = [sight for sight in await patients_for(asked) if not seeing or seeing in sight.classes]
    return replace(side_of(asked), patients=tuple(each for sight in sights for each in sight.ids))


def _granted(classes: Collection[str]) -> frozenset[str]:
    """What a proxy grant opens: of what a patient sees, never more."""
    return matrix().expanded(classes) & matrix().sees("patient")
