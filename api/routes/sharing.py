"""What may be shared of a patient, who says so, and are two patients one? Consent, withdrawal, doubts, merges."""

from datetime import UTC, datetime, time
from functools import partial

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.delivery import Inbound, deliver, post_of
from api.deps import Answer, Asked, Change, Changing, Visit, said
from api.own_record import patients_for
from api.paging import Paged
from api.patients import require_their_patient
from api.problems import Problem
from api.safeguarded_messages import WITHDRAWN, merge, require_index
from api.seeing import case_for, those_of_mine
from api.shapes.base import case_link
from api.shapes.sharing import (
    ConsentBody,
    ConsentView,
    DoubtBody,
    DoubtPage,
    PartedView,
    Resolved,
    SharingView,
    UnmergeBody,
    WithdrawalBody,
    consent_view,
    disclosure_view,
    doubt_view,
)
from api.sides import side_of, treats, working_roles
from api.unmerging import unmerge
from policy.consent import SECONDARY, SHARING, ConsentError, Recipient, check_limits, may_be_counted, state
from policy.matrix import matrix
from records.queries.patients import cases_of, open_doubts
from records.queries.sharing import consents, disclosures, statements
from records.tables import Consent
from records.writes.patients import settle_doubt
from records.writes.sharing import Said, record_consent

router = APIRouter(prefix="/patients", tags=["Sharing"])
LAWFUL_CLASSES = frozenset({"consent", "demographics"})
"""Whoever sees one of these classes may read how consent stands."""


@router.get("/doubts", summary="Patients in doubt")
async def doubts(asked: Asked, paged: Paged) -> DoubtPage:
    """Give one page of the patients that share an identifier and were not linked, the oldest first."""
    require_index(asked)
    async with asked.here.database.reader() as session:
        found, total = await open_doubts(session, side_of(asked), limit=paged.size, offset=paged.offset)
    await asked.read("patient_doubts.read", patients=sorted({row.patient_id for row in found}))
    return DoubtPage(items=[doubt_view(row) for row in found], **paged.of(total))


@router.post("/{patient_id}/doubts", response_model=Resolved, summary="Settle a doubt")
async def settle(change: Changing, patient_id: str, body: DoubtBody) -> JSONResponse:
    """Say whether two patients are one: the same are merged, with the stricter consent of both."""
    require_index(change.visit)

    async def once() -> Answer:
        now = change.here.clock()
        await require_their_patient(change.visit, patient_id)
        async with change.here.database.session() as session:
            pair = {"one": patient_id, "other": body.other_id}
            if not await settle_doubt(
                session, patient_id, body.other_id, resolution=body.resolution, actor=change.me.id, now=now
            ):
                raise Problem("not-found", "There is no open doubt about these two patients.")
            about = {"patient_id": patient_id, "resolution": body.resolution, **pair}
            await change.visit.audit(session, "patient_doubt.settled", **about)
            if body.resolution == "same":
                by = change.visit.request_id
                await merge(session, patient_id, body.other_id, actor=change.me.id, now=now, by=by)
        surviving = body.other_id if body.resolution == "same" else None
        return said(Resolved(resolution=body.resolution, surviving_id=surviving))

    return await change.once(once, may=partial(require_their_patient, change.visit, patient_id))


@router.post("/{patient_id}/unmerge", response_model=PartedView, summary="Take back a merge")
async def take_back(change: Changing, patient_id: str, body: UnmergeBody) -> JSONResponse:
    """Say that a patient who was merged into another one is not the same: each stands for themselves again.

    Objections and limits of either hold for both until they say otherwise. Coordinators of the cases in doubt are told.
    """
    require_index(change.visit)

    async def once() -> Answer:
        await require_their_patient(change.visit, patient_id)
        parted = await unmerge(change, patient_id, body.reason)
        mine = await those_of_mine(change.visit, parted.cases)
        cases = [case_link(each) for each in parted.cases if each in mine]
        return said(PartedView(patient_id=parted.patient_id, other_id=parted.other_id, cases=cases))

    return await change.once(once, may=partial(require_their_patient, change.visit, patient_id))


@router.get("/{patient_id}/consents", summary="Consent of a patient, and what has left")
async def sharing(asked: Asked, patient_id: str) -> SharingView:
    """Give how consent stands, what was said, and what left or was withheld.

    What is about one case, and what left from it, is shown to the patient and to the organisations of that case.
    """
    is_own = await _require_reader(asked, patient_id)
    async with asked.here.database.reader() as session:
        said_by_all = await consents(session, patient_id)
        left = await disclosures(session, patient_id, None if is_own else side_of(asked, any_age=True))
        words = await statements(session, patient_id)
    mine = await those_of_mine(asked, {row.case_id for row in said_by_all if row.case_id}, any_age=True)
    rows = [row for row in said_by_all if is_own or not row.case_id or row.case_id in mine]
    await asked.read("consents.read", patient_id=patient_id)
    stands = state(words, Recipient((SHARING,)), case_id="", now=asked.here.clock())
    return SharingView(
        patient_id=patient_id,
        state=stands,
        counted=may_be_counted(words, now=asked.here.clock()),
        consents=[consent_view(row) for row in rows],
        disclosures=[disclosure_view(row) for row in left],
    )


@router.post("/{patient_id}/consents", status_code=201, response_model=ConsentView, summary="Record consent")
async def record(change: Changing, patient_id: str, body: ConsentBody) -> JSONResponse:
    """Put on record what a patient says about sharing, or a clinician's legal basis for one case."""
    await _require_writer(change.visit, patient_id)
    _require_general(body)
    if body.status == "legal_basis":
        await _require_basis(change.visit, body)
    if body.case_id:
        await _require_case(change.visit, patient_id, body.case_id)
    word = _said(change, patient_id, body)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            row = await record_consent(session, word, now=change.here.clock())
            await change.visit.audit(
                session, f"consent.{body.status}", body.case_id, patient_id=patient_id, scope=body.scope
            )
        return said(consent_view(row), 201)

    return await change.once(once)


@router.post(
    "/{patient_id}/consents/withdrawals", status_code=201, response_model=ConsentView, summary="Withdraw consent"
)
async def withdraw(change: Changing, patient_id: str, body: WithdrawalBody) -> JSONResponse:
    """Withdraw consent: nothing leaves from now on, and every case of the patient hears `consent.withdrawn`.

    Treatment goes on: a clinician decides how, without sharing.
    """
    await _require_writer(change.visit, patient_id)

    async def once() -> Answer:
        now, id_ = change.here.clock(), f"withdrawal:{change.update_id}"
        word = Said(
            id=f"message:{id_}",
            patient_id=patient_id,
            scope=body.scope,
            status="withdrawn",
            effective_at=now,
            recorded_by=change.me.id,
            given_by=body.given_by,
            method=body.method,
        )
        async with change.here.database.session() as session:
            row: Consent = await record_consent(session, word, now=now)
            await change.visit.audit(session, WITHDRAWN, patient_id=patient_id, scope=body.scope)
        told = {"scope": body.scope, "effective_at": now.isoformat(), "actor": change.me.id}
        await deliver(post_of(change.here), Inbound(WITHDRAWN, patient_id, id_, told), actor=change.me.id)
        return said(consent_view(row), 201)

    return await change.once(once)


def _said(change: Change, patient_id: str, body: ConsentBody) -> Said:
    try:
        limits = check_limits(body.limits)
    except ConsentError as error:
        raise Problem("invalid", str(error), errors=[{"where": "limits", "message": str(error)}]) from error
    return Said(
        id=f"api:{change.update_id}",
        patient_id=patient_id,
        scope=body.scope,
        status=body.status,
        effective_at=change.here.clock(),
        recorded_by=change.me.id,
        limits=limits,
        named=body.named,
        given_by=body.given_by,
        method=body.method,
        expires=datetime.combine(body.expires, time.max, UTC) if body.expires else None,
        legal_basis=body.legal_basis,
        case_id=body.case_id.partition("/")[0],
    )


async def _require_basis(asked: Visit, body: ConsentBody) -> None:
    """A duty to share is a clinician's word, for one case of theirs, with its reason."""
    asked.require(allowed=treats(asked.me), what="put a legal basis on record")
    if not body.legal_basis or not body.case_id:
        raise Problem("invalid", "A legal basis is for one case, with its reason: give `legal_basis` and `case_id`.")
    await case_for(asked, body.case_id, "consent.legal_basis")


def _require_general(body: ConsentBody) -> None:
    """Being counted is allowed or not, for the patient as a whole: nobody else's duty stands against it."""
    if body.scope == SECONDARY and (body.case_id or body.status == "legal_basis"):
        words = "secondary_use is the patient's word about all of their cases: leave out `case_id` and `legal_basis`."
        raise Problem("invalid", words, errors=[{"where": "scope", "message": words}])


async def _require_case(asked: Visit, patient_id: str, case_id: str) -> None:
    """A word for one case is for a case of this patient, which is theirs or of the organisation of who records it."""
    root = case_id.partition("/")[0]
    async with asked.here.database.reader() as session:
        cases = {case.case_id for case in await cases_of(session, patient_id)}
    if root not in cases or not (await _is_own(asked, patient_id) or await those_of_mine(asked, [root])):
        words = "The case is not about this patient."
        raise Problem("invalid", words, errors=[{"where": "case_id", "message": words}])


async def _require_reader(asked: Visit, patient_id: str) -> bool:
    """Go on only for who may read how consent stands; say whether it is their own record."""
    if await _is_own(asked, patient_id):
        return True
    await require_their_patient(asked, patient_id)
    sees = matrix().seen_by(working_roles(asked.me), asked.me.purpose)
    asked.require(allowed=bool(LAWFUL_CLASSES & sees), what="read the consent of this patient")
    return False


async def _require_writer(asked: Visit, patient_id: str) -> None:
    if await _is_own(asked, patient_id):
        return
    await require_their_patient(asked, patient_id)
    allowed = treats(asked.me) or "coordinator" in asked.me.roles
    asked.require(allowed=allowed, what="record the consent of this patient")


async def _is_own(asked: Visit, patient_id: str) -> bool:
    """Whether it is the person's own record; a carer acts for a patient only as far as consent is granted to them."""
    for sight in await patients_for(asked):
        if patient_id in (sight.patient_id, *sight.ids) and (not sight.proxy or "consent" in sight.classes):
            return True
    return False
