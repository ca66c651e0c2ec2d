"""What becomes of what a case had sent, when it was made for the wrong patient, and when it was not after all?

It is retracted as entered in error, once for each service, by a case of its own under the same seal (`wrong_patient`),
in which the privacy officer has a task as well; a diagram that hears of the mark does both itself. When the seal was a
mistake, a case (`seal_lifted`) gives the coordinator the task to have sent again what was retracted.
"""

import hashlib
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import Onward
from api.delivery import post_of
from api.deps import Change
from api.not_begun import Wanted, carry_on_or_tell, note_or_tell
from api.starting_onward import Noted
from pathways import codec
from pathways.bpmn.model import MessageTrigger
from policy.sealed import RETRACTIONS
from records.queries.case import process_variables
from records.queries.library import definition_by_sha256, parsed
from records.queries.sharing import sent_to_services
from records.tables import Case, Disclosure, Lineage, NotedStart
from workflows.contract.requests import CancelCase, StartCase
from workflows.engine.errors import EventRejected
from workflows.host.gateway import GatewayError

logger = structlog.get_logger(__name__)
RETRACTING, RETRACTED_BY = "wrong_patient", "retracted"
OFFERING, OFFERED_BY = "seal_lifted", "offered_again"
NOT_BEGUN = "What a case for the wrong patient has sent could not be retracted by itself: do it by hand."
NOT_OFFERED = "What was retracted of a case could not be listed by itself: look at the case, and send it again."
MISTAKEN = "It is the right patient after all."


@dataclass(frozen=True, slots=True)
class Sealed:
    """A case that is sealed since `since`; the cases in `hear` have diagrams that retract what they sent themselves.

    `officer`: whom it is told when what retracts the rest cannot begin.
    """

    root_case_id: str
    since: datetime
    officer: str
    hear: frozenset[str]


async def note_retracting(
    session: AsyncSession, change: Change, root_case_id: str, marked: str, *, officer: str, since: datetime
) -> Sealed:
    """Note what retracts all that a case has sent and its diagrams do not, in the transaction that seals it.

    `retract` begins it; when the process dies before, the sweep does. `marked`: the message that a diagram hears of it.
    """
    sealed = Sealed(root_case_id, since, officer, await hearing(session, root_case_id, marked))
    await _noted_anew(session, change, sealed)
    return sealed


async def retract(change: Change, sealed: Sealed) -> None:
    """Begin what retracts all that a case has sent, also what was on its way at the seal. Safe to repeat for a seal."""
    async with change.here.database.session() as session:
        wanted, noted = await _noted_anew(session, change, sealed)
    if noted is not None:
        await _or_later(wanted, carry_on_or_tell(post_of(change.here), wanted, noted))


async def _noted_anew(session: AsyncSession, change: Change, sealed: Sealed) -> tuple[Wanted, Noted | None]:
    """Note the case that retracts, or what has left since it was noted; nothing when diagrams retract all of it."""
    root = await session.get_one(Case, sealed.root_case_id)
    sent = await _sent(session, root.case_id, but=sealed.hear)
    onward = _onward(root, RETRACTING, RETRACTED_BY, sealed.since, {"sent": sent})
    wanted = Wanted(onward, onward.request, NOT_BEGUN, role=sealed.officer, level="incident", under_seal=True)
    noted = await note_or_tell(session, post_of(change.here), wanted) if sent or not sealed.hear else None
    if isinstance(noted, NotedStart) and noted.status == "noted":
        start = codec.load(StartCase, noted.start)
        noted.start = codec.dump(replace(start, variables={**start.variables, "sent": sent})).decode()
    return wanted, noted


@dataclass(frozen=True, slots=True)
class Offered:
    """What lets a coordinator send again what was retracted, so many things; `noted`: its start, if there is one."""

    retracted: int
    wanted: Wanted
    noted: Noted | None


async def note_offer(session: AsyncSession, change: Change, root_case_id: str, *, since: datetime, to: str) -> Offered:
    """Note what lets a coordinator send again what was retracted since `since`, in the transaction that lifts the seal.

    `begin_offered` begins it; when the process dies before, the sweep does.
    """
    root = await session.get_one(Case, root_case_id)
    retracted = await _sent(session, root_case_id, until=since)
    onward = _onward(root, OFFERING, OFFERED_BY, since, {"retracted": retracted})
    wanted = Wanted(onward, onward.request, NOT_OFFERED, role=to, level="incident")
    noted = await note_or_tell(session, post_of(change.here), wanted) if retracted else None
    return Offered(len(retracted), wanted, noted)


async def begin_offered(change: Change, offered: Offered) -> None:
    """Begin what was noted when a seal was lifted."""
    if offered.noted is not None:
        beginning = carry_on_or_tell(post_of(change.here), offered.wanted, offered.noted)
        await _or_later(offered.wanted, beginning)


async def hearing(session: AsyncSession, root_case_id: str, message: str) -> frozenset[str]:
    """Give the cases whose diagrams hear of it themselves, wherever they stand; one that has ended hears nothing."""
    found = await session.exec(select(Case).where(Case.root_case_id == root_case_id, Case.status == "running"))
    return frozenset([each.case_id for each in found.all() if await _hears(session, each, message)])


async def _hears(session: AsyncSession, case: Case, message: str) -> bool:
    published = await definition_by_sha256(session, case.sha256)
    nodes = parsed(published).nodes.values() if published else ()
    return any(isinstance(node.trigger, MessageTrigger) and node.trigger.name == message for node in nodes)


async def _sent(
    session: AsyncSession, root_case_id: str, *, but: frozenset[str] = frozenset(), until: datetime | None = None
) -> list[dict[str, str]]:
    """What has left for services, under which number, and no word of the patient; each message to each only once."""
    rows = await sent_to_services(session, root_case_id, but=RETRACTIONS, until=until)
    numbers = {case_id: await _numbers(session, case_id) for case_id in {row.case_id for row in rows}}
    told = [_line(row, numbers[row.case_id]) for row in rows if row.case_id not in but]
    return [each for number, each in enumerate(told) if each not in told[:number]]


def _line(row: Disclosure, numbers: dict[str, str]) -> dict[str, str]:
    return {"service": row.recipient, "message": row.message, **numbers}


async def _numbers(session: AsyncSession, case_id: str) -> dict[str, str]:
    case = await session.get_one(Case, case_id)
    variables = await process_variables(session, case)
    order = {"order_id": str(variables["order_id"])} if variables.get("order_id") else {}
    return {"referral_id": str(variables.get("referral_id") or case.business_key or case_id), **order}


def _onward(root: Case, pathway: str, kind: str, since: datetime, what: dict[str, list[dict[str, str]]]) -> Onward:
    request = f"{kind}:{root.case_id}:{since.isoformat()}"
    referral_id = f"{root.business_key}-{hashlib.sha256(request.encode()).hexdigest()[:12]}"
    return Onward(
        pathway=pathway,
        referral_id=referral_id,
        request=request,
        kind=kind,
        from_case=root.case_id,
        from_referral=root.business_key,
        variables={"referral_id": referral_id, "about_referral": root.business_key, **what},
        urgency=root.urgency,
    )


async def _or_later(wanted: Wanted, beginning: Awaitable[str | None]) -> None:
    try:
        await beginning
    except GatewayError as error:  # the start is noted, and is carried out without us
        logger.warning("a case begins later", pathway=wanted.onward.pathway, error=type(error).__name__)


async def stop_retracting(change: Change, root_case_id: str) -> None:
    """Nobody has a corrected case to open any more; what was retracted by then is named to the coordinator."""
    for case in await _retracting(change, root_case_id):
        key = hashlib.sha256(f"{change.update_id}:{case.case_id}".encode()).hexdigest()
        try:
            await change.here.gateway.send(case.case_id, CancelCase(MISTAKEN, change.me.id), key)
        except EventRejected as refusal:
            logger.info("a case was left alone", case_id=case.case_id, code=refusal.code)


async def _retracting(change: Change, root_case_id: str) -> Sequence[Case]:
    begun = (
        select(Case)
        .join(Lineage, col(Lineage.case_id) == col(Case.case_id))
        .where(Lineage.parent_case_id == root_case_id, Lineage.kind == RETRACTED_BY, Case.status == "running")
    )
    async with change.here.database.reader() as session:
        return tuple(await session.exec(begun))
