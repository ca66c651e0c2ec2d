"""What happens to a case that was made for the wrong patient, how does the right one begin, what if it was none?

It is sealed at once: nobody sees it but the officers of `wrong_patients` in `roles.yaml`, so nobody works on it, and
nothing leaves (`activities/sending.py`). So is what it has begun for the same patient. Where its organisation has no
privacy officer, those come in who review for it that somebody broke the glass (`activities/reviewers.py`), until the
seal is off. It is then frozen: referrals that it sent are stopped and retracted by their diagrams, every other clock
stands still. The case for the right patient begins as a referral of its own; its lineage says which case it corrects.
An officer who did not set the seal takes it off: then the clocks run on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.breaking_glass import let_reviewers_in
from api.delivery import Inbound, deliver, post_of
from api.deps import Change
from api.frozen_clocks import MARKED, SEALING, mark_id, run_on, stop_clocks
from api.problems import Problem
from api.retracting import begin_offered, note_offer, note_retracting, retract, stop_retracting
from policy.sealed import OFFICERS, SEALED
from records.queries.access import FOR_THE_SEAL
from records.queries.api_cases import waiting_in
from records.queries.parties import first_party
from records.queries.referral_chain import begun_by
from records.queries.sharing import withheld_for
from records.tables import Case, Lineage
from records.upsert import insert_missing
from records.writes.handovers import tell_role
from records.writes.parties import lift_seal, seal_case, sealed_by, sealed_since
from workflows.host.gateway import GatewayError

logger = structlog.get_logger(__name__)
RIGHT = "referral.right_patient"
CORRECTED = "corrected"
TOLD = "coordinator"
TEXT = "A case was marked as made for the wrong patient: it is sealed and stands still."
LIFTED = (
    "A case is not for the wrong patient after all: its seal is off and its clocks run on. "
    "What was retracted is in a task for the coordinator; what was withheld was not sent: look at the case."
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Who marks which case, and why."""

    root_case_id: str
    referral_id: str
    reason: str


async def seal_and_freeze(change: Change, mark: Mark) -> None:
    """Seal a case and what it has begun for its patient, tell the officers, stop what runs. Safe to repeat."""
    async with change.here.database.reader() as session:
        begun = await begun_by(session, mark.root_case_id)
    for each in (mark, *(Mark(row.case_id, row.referral_id, mark.reason) for row in begun)):
        await _seal_and_freeze(change, each)


async def _seal_and_freeze(change: Change, mark: Mark) -> None:
    now = change.here.clock()
    async with change.here.database.session() as session:
        since, was_open = await seal_case(session, mark.root_case_id, actor=change.me.id, now=now)
        root = mark.root_case_id
        await let_reviewers_in(session, change.here, root, of=root, through=FOR_THE_SEAL)
        if was_open:
            await _tell(session, change, root, MARKED, OFFICERS, TEXT)
        sealed = await note_retracting(session, change, root, MARKED, officer=OFFICERS[0], since=since)
        await change.visit.audit(session, SEALING, root, reason=mark.reason)
    hear = await _stop_referrals(change, mark, since)
    await stop_clocks(post_of(change.here), root, but=hear, by=change.me.id, request=change.update_id)
    await retract(change, sealed)


async def _tell(
    session: AsyncSession, change: Change, root_case_id: str, what: str, roles: Iterable[str], text: str
) -> None:
    for role in roles:
        key = f"{root_case_id}:{what}:{change.update_id}:role:{role}"
        await tell_role(session, role, root_case_id, text, level="incident", key=key, now=change.here.clock())


async def _stop_referrals(change: Change, mark: Mark, since: datetime) -> frozenset[str]:
    """Every diagram of the case that knows what to do when it hears of it does that; give the cases that heard.

    They hear of every seal, also of one that was set after another was taken off.
    """
    async with change.here.database.reader() as session:
        awaited = await waiting_in(session, mark.root_case_id, MARKED)
    if not awaited:
        return frozenset()
    message = Inbound(
        name=MARKED,
        correlation_key=mark.referral_id,
        message_id=mark_id(mark.root_case_id, since),
        variables={"wrong_reason": mark.reason, "marked_by": change.me.id},
        case_id=mark.root_case_id,
    )
    return frozenset((await deliver(post_of(change.here), message, actor=change.me.id)).cases)


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What came of taking a seal off: so many clocks run on, so much was withheld meanwhile and is not sent now.

    `retracted`: so much was retracted; the coordinator has the task to have it sent again.
    """

    clocks: int
    withheld: int
    retracted: int


async def lift(change: Change, root_case_id: str, reason: str) -> Unsealed:
    """Let the clocks of a case run on, take its seal off, tell officers and coordinator. Safe to repeat.

    What was sealed with it is opened before it: so a request that is sent again finds what is left.

    Raises:
        Problem: 403, whoever asks has set the seal: somebody else has to agree.
    """
    async with change.here.database.reader() as session:
        if await sealed_by(session, root_case_id) == change.me.id:
            raise Problem("second-signer", "You have set the seal: somebody else has to take it off.")
        sealed = [*await _sealed_with(session, root_case_id), root_case_id]
    done = [await _lift(change, each, reason) for each in sealed]
    return Unsealed(
        clocks=sum(each.clocks for each in done),
        withheld=sum(each.withheld for each in done),
        retracted=sum(each.retracted for each in done),
    )


async def _sealed_with(session: AsyncSession, root_case_id: str) -> list[str]:
    """What a case has begun and was sealed with it: by the same person, and not before it."""
    by, since = await sealed_by(session, root_case_id), await sealed_since(session, root_case_id)
    begun = [row.case_id for row in await begun_by(session, root_case_id)]
    seals = [(each, await sealed_by(session, each), await sealed_since(session, each)) for each in begun]
    return [each for each, who, when in seals if who == by and since is not None and when is not None and when >= since]


async def _lift(change: Change, root_case_id: str, reason: str) -> Unsealed:
    me, post = change.me.id, post_of(change.here)
    clocks = await run_on(post, root_case_id, reason=reason, by=me, request=change.update_id)
    await stop_retracting(change, root_case_id)
    async with change.here.database.session() as session:
        since = await sealed_since(session, root_case_id)
        await lift_seal(session, root_case_id, now=change.here.clock())
        await _tell(session, change, root_case_id, "unsealed", (*OFFICERS, TOLD), LIFTED)
        withheld = await withheld_for(session, root_case_id, SEALED)
        offered = await note_offer(session, change, root_case_id, since=since, to=TOLD) if since else None
        await change.visit.audit(session, "case.unsealed", root_case_id, reason=reason, withheld=withheld)
    if offered is not None:
        await begin_offered(change, offered)
    await _tell_diagrams(change, root_case_id, since)
    return Unsealed(clocks, withheld, offered.retracted if offered else 0)


async def _tell_diagrams(change: Change, root_case_id: str, since: datetime | None) -> None:
    """A diagram that has an officer open the corrected case hears that there is none to open."""
    async with change.here.database.reader() as session:
        awaited = await waiting_in(session, root_case_id, RIGHT)
    if not awaited:
        return
    message_id = f"{RIGHT}:{root_case_id}:{since.isoformat() if since else ''}"
    message = Inbound(RIGHT, awaited[0].correlation_key, message_id, case_id=root_case_id)
    try:
        await deliver(post_of(change.here), message, actor=change.me.id)
    except GatewayError as error:  # the message is noted, and the sweep brings it
        logger.warning("a diagram hears later", case_id=root_case_id, error=type(error).__name__)


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
