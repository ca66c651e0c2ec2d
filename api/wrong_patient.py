"""What happens to a case that was made for the wrong patient, and how does the right one begin?

It is sealed at once: nobody sees it but the officers of `wrong_patients` in `roles.yaml`, so nobody works on it. It
is then frozen: referrals that it sent are stopped and retracted by their diagrams, every other clock stands still. The
case for the right patient begins as a referral of its own; its lineage says which case it corrects.
"""

import hashlib
from dataclasses import dataclass

import structlog
from sqlmodel import col, select

from api.delivery import Inbound, deliver, post_of
from api.deps import Change
from records.queries.access import first_party
from records.queries.api_cases import waiting_in
from records.tables import Case, Lineage, Notification, Timer
from records.upsert import insert_missing
from records.writes.handovers import notify
from records.writes.parties import seal_case
from workflows.contract.requests import StopClock
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
MARKED = "referral.wrong_patient"
OFFICERS = ("privacy_officer", "safety_officer")
CORRECTED = "corrected"
TEXT = "A case was marked as made for the wrong patient: it is sealed and stands still."


@dataclass(frozen=True, slots=True)
class Mark:
    """Who marks which case, and why."""

    root_case_id: str
    referral_id: str
    reason: str


async def seal_and_freeze(change: Change, mark: Mark) -> None:
    """Seal a case, tell the officers, stop what runs in it. Safe to repeat."""
    now = change.here.clock()
    async with change.here.database.session() as session:
        await seal_case(session, mark.root_case_id, actor=change.me.id, now=now)
        for role in OFFICERS:
            await notify(session, _told(mark.root_case_id, role, change))
        await change.visit.audit(session, "case.sealed", mark.root_case_id, reason=mark.reason)
    await _stop_clocks(change, mark.root_case_id, but=await _stop_referrals(change, mark))


def _told(root_case_id: str, role: str, change: Change) -> Notification:
    return Notification(
        idempotency_key=f"{root_case_id}:{MARKED}:role:{role}",
        case_id=root_case_id,
        recipient_kind="role",
        recipient=role,
        level="incident",
        text=TEXT,
        created_at=change.here.clock(),
    )


async def _stop_referrals(change: Change, mark: Mark) -> frozenset[str]:
    """Every diagram of the case that knows what to do when it hears of it does that; give the cases that heard."""
    async with change.here.database.reader() as session:
        awaited = await waiting_in(session, mark.root_case_id, MARKED)
    if not awaited:
        return frozenset()
    message = Inbound(
        name=MARKED,
        correlation_key=mark.referral_id,
        message_id=f"{MARKED}:{mark.root_case_id}",
        variables={"wrong_reason": mark.reason, "marked_by": change.me.id},
        case_id=mark.root_case_id,
    )
    return frozenset((await deliver(post_of(change.here), message, actor=change.me.id)).cases)


async def _stop_clocks(change: Change, root_case_id: str, but: frozenset[str]) -> None:
    """Stop every clock of the cases that no diagram stopped; one that has just rung needs no stopping."""
    running = (
        select(Timer)
        .join(Case, col(Case.case_id) == col(Timer.case_id))
        .where(Case.root_case_id == root_case_id, Case.status == "running", col(Timer.paused_at).is_(None))
    )
    async with change.here.database.reader() as session:
        timers = [row for row in await session.exec(running) if row.case_id not in but]
    for timer in timers:
        request = StopClock(timer.timer, "made for the wrong patient", change.me.id)
        update_id = hashlib.sha256(f"{change.update_id}:{timer.timer}".encode()).hexdigest()
        try:
            await change.here.gateway.send(timer.case_id, request, update_id)
        except EventRejected as refusal:
            logger.info("a clock was not stopped", case_id=timer.case_id, code=refusal.code)


async def note_correction(change: Change, wrong: Case, case_id: str, referral_id: str, pathway: str) -> None:
    """Note which case a new one corrects."""
    row = Lineage(
        case_id=case_id,
        referral_id=referral_id,
        pathway=pathway,
        parent_case_id=wrong.root_case_id,
        parent_referral_id=wrong.business_key,
        kind=CORRECTED,
        recorded_at=change.here.clock(),
    )
    async with change.here.database.session() as session:
        await insert_missing(session, row)
        await change.visit.audit(session, "case.corrected", wrong.root_case_id, by=case_id)


async def organisation_of(change: Change, root_case_id: str) -> str:
    """Give the organisation for which the corrected case begins: that of the case that was wrong."""
    async with change.here.database.reader() as session:
        return await first_party(session, root_case_id)
