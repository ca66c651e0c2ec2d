"""Whom does a patient let see what they may see themselves? Proxy consent, given and withdrawn."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.deps import Answer, Asked, Changing, Visit, said
from api.own_record import patients_for
from api.problems import Problem
from api.seeing import those_of_mine
from api.shapes.access import ProxyBody, ProxyView, proxy_view
from policy.matrix import matrix
from records.queries.own_record import proxies_for
from records.queries.patients import cases_of, same_patient
from records.tables import ProxyGrant
from records.writes.parties import give_proxy, withdraw_proxy

router = APIRouter(prefix="/patients", tags=["Proxies"])


@router.get("/{patient_id}/proxies", summary="Who acts for a patient")
async def listed(asked: Asked, patient_id: str) -> list[ProxyView]:
    """Give everybody whom a patient has let see their record, those that were withdrawn too, the newest first."""
    ids = await _require(asked, patient_id)
    async with asked.here.database.reader() as session:
        found = await proxies_for(session, ids)
    await asked.read("proxies.read", patient_id=patient_id)
    return [proxy_view(grant) for grant in found]


@router.post(
    "/{patient_id}/proxies", status_code=201, response_model=ProxyView, summary="Let somebody act for a patient"
)
async def give(change: Changing, patient_id: str, body: ProxyBody) -> JSONResponse:
    """Let a carer see what the patient sees, as far as the classes go; by the patient, or who records it for them."""
    await _require(change.visit, patient_id)
    change.visit.require(allowed=body.person != change.me.id, what="let themselves act for a patient")
    unknown = sorted(set(body.classes) - matrix().sees("patient"))
    if unknown:
        raise Problem("invalid", f"classes: {unknown} is not what a patient sees: {sorted(matrix().sees('patient'))}.")
    if body.until is not None and body.until <= change.here.clock():
        raise Problem("invalid", "until: is over already; leave it out, or give a time that is to come.")
    grant = ProxyGrant(
        grant_id=change.update_id[:32],
        patient_id=patient_id,
        person=body.person,
        classes=sorted(set(body.classes)),
        since=change.here.clock(),
        until=body.until,
        given_by=change.me.id,
    )

    async def once() -> Answer:
        async with change.here.database.session() as session:
            stored = await give_proxy(session, grant)
            await change.visit.audit(
                session, "proxy.given", patient_id=patient_id, person=body.person, classes=grant.classes
            )
            return said(proxy_view(stored), 201)

    return await change.once(once)


@router.post("/{patient_id}/proxies/{grant_id}/withdraw", response_model=ProxyView, summary="End a proxy")
async def withdraw(change: Changing, patient_id: str, grant_id: str) -> JSONResponse:
    """End a proxy at once: by the patient, by who records it for them, or by the carer."""
    async with change.here.database.reader() as session:
        found = await session.get(ProxyGrant, grant_id)
    if found is None or found.person != change.me.id:
        ids = await _require(change.visit, patient_id)
        found = found if found and found.patient_id in ids else None
    if found is None or found.patient_id != patient_id:
        raise Problem("not-found", "There is no such proxy.")
    grant = found

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await withdraw_proxy(session, grant, actor=change.me.id, now=change.here.clock())
            await change.visit.audit(session, "proxy.withdrawn", patient_id=patient_id, person=row.person)
            return said(proxy_view(row))

    return await change.once(once)


async def _require(asked: Visit, patient_id: str) -> tuple[str, ...]:
    """Go on only for the patient, or for who records such things in a case of the patient; give the patient's ids.

    Raises:
        Problem: 404, whoever else asks, and whether or not there is such a patient.
    """
    sights = await patients_for(asked)
    is_patient = any(patient_id in sight.ids and not sight.proxy for sight in sights)
    async with asked.here.database.reader() as session:
        ids = await same_patient(session, patient_id)
        records_it = asked.me.has_any(asked.here.access.record_proxies)
        cases = await cases_of(session, patient_id) if records_it and not is_patient else ()
    if not is_patient and not await those_of_mine(asked, [case.case_id for case in cases]):
        raise Problem("not-found", "There is no such patient.")
    return ids
