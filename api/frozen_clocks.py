"""Do the clocks of a case for the wrong patient stand still, also of what it calls only after its seal?

The seal is what is on record: a case that it called and that nobody had read yet stops its clocks as soon as it arms
them (the worker hears of it), and what a process that died has left the sweep stops. A diagram that hears of the mark
itself, and what it calls, keep their clocks; one that began too late to be told hears of it when it is there. Whose
seal is taken off runs on, and so does what was stopped in the same moment.
"""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.post import Post
from api.retracting import RETRACTED_BY, hearing
from api.turns import finish_left
from records.queries.api_cases import waiting_in
from records.tables import Audit, Case, CaseParty, FactRecord, Lineage, Subscription, Timer
from records.writes.parties import LIFTED, SEAL_ROW, sealed_by, sealed_since
from workflows.contract.requests import CaseFacts, DeliverMessage, ResumeClock, StopClock
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
MARKED = "referral.wrong_patient"
SEALING = "case.sealed"
"""What the audit calls the sealing of a case; it has the reason."""

FROZEN = "made for the wrong patient"
"""Why the clocks of such a case stand still: those that stand still for another reason are left alone."""

RIGHT = "it is the right patient after all"
ARMED, WAITS, HEARD = "timer_started", "subscribed", "message_received"
UNDER_WAY = timedelta(minutes=1)
"""So long whoever has sealed a case, or taken its seal off, is about to ask its clocks itself."""


def mark_id(root_case_id: str, since: datetime) -> str:
    """Give the id of the message by which diagrams hear that a case was sealed; each seal has one of its own."""
    return f"{MARKED}:{root_case_id}:{since.isoformat()}"


async def stop_clocks(post: Post, root_case_id: str, *, but: Collection[str], by: str, request: str) -> int:
    """Stop every clock of a case and those it called, without the cases in `but`; give the number."""
    running = await _clocks(post, root_case_id, col(Timer.paused_at).is_(None))
    stopping = [(each, StopClock(each.timer, FROZEN, by)) for each in running if each.case_id not in but]
    return await _ask(post, stopping, request)


async def run_on(post: Post, root_case_id: str, *, reason: str, by: str, request: str) -> int:
    """Let the clocks run on that a seal has stopped, and no others; give the number."""
    still = await _clocks(post, root_case_id, col(Timer.paused_at).is_not(None))
    async with post.database.reader() as session:
        why = await _newest(session, root_case_id, "timer_paused") if still else {}
    frozen = [each for each in still if (fact := why.get((each.case_id, each.timer))) and _is_ours(fact)]
    return await _ask(post, [(each, ResumeClock(each.timer, reason, by)) for each in frozen], request)


def concerns_a_seal(batch: CaseFacts) -> bool:
    """Say whether a called case has armed clocks, or waits to hear of the mark: its caller may be sealed by now."""
    return batch.case.caller is not None and any(
        fact.fact == ARMED or (fact.fact == WAITS and fact.detail.get("message") == MARKED) for fact in batch.facts
    )


async def stop_called(post: Post, case_id: str) -> None:
    """Stop the clocks of a called case that has just come on record, when the case that began it all is sealed."""
    root = case_id.partition("/")[0]
    async with post.database.reader() as session:
        is_sealed = bool(await sealed_by(session, root))
    if is_sealed:
        await _keep_still(post, root)


async def keep_still(post: Post) -> int:
    """Stop what runs in sealed cases, and let run on what stands still though its seal is off; give the number."""
    before = post.clock() - UNDER_WAY
    async with post.database.reader() as session:
        sealed = await _with_clocks(session, col(CaseParty.via) != LIFTED, col(Timer.paused_at).is_(None), before)
        lifted = await _with_clocks(session, col(CaseParty.via) == LIFTED, col(Timer.paused_at).is_not(None), before)
    return await finish_left(
        [*(partial(_keep_still, post, root) for root in sealed), *(partial(_let_run, post, root) for root in lifted)]
    )


async def _keep_still(post: Post, root_case_id: str) -> int:
    """Tell who waits to hear of the mark, and stop the clocks of all others, but what was set going since."""
    async with post.database.reader() as session:
        since, by = await sealed_since(session, root_case_id), await sealed_by(session, root_case_id)
        if since is None or await _retracts(session, root_case_id):
            return 0
        hear, message_id = await hearing(session, root_case_id, MARKED), mark_id(root_case_id, since)
        untold, reason = await _untold(session, root_case_id, message_id), await _reason(session, root_case_id)
        resumed = await _newest(session, root_case_id, "timer_resumed")
    for wait in untold:
        await _tell(post, wait, message_id, reason=reason, by=by)
    running = await _clocks(post, root_case_id, col(Timer.paused_at).is_(None))
    since_set_going = {clock for clock, fact in resumed.items() if fact.at >= since}
    stopping = [
        (each, StopClock(each.timer, FROZEN, by))
        for each in running
        if not _within(each.case_id, hear) and (each.case_id, each.timer) not in since_set_going
    ]
    done = await _ask(post, stopping, f"sealed:{root_case_id}:{since.isoformat()}")
    async with post.database.reader() as session:
        is_lifted = bool(done) and await sealed_since(session, root_case_id) != since
    if is_lifted:
        await _let_run(post, root_case_id)
    return done


async def _let_run(post: Post, root_case_id: str) -> int:
    async with post.database.reader() as session:
        lifted = await session.get_one(CaseParty, (root_case_id, SEAL_ROW))
    if lifted.via != LIFTED:
        return 0
    request = f"lifted:{root_case_id}:{lifted.until}"
    return await run_on(post, root_case_id, reason=RIGHT, by=lifted.through, request=request)


async def _untold(session: AsyncSession, root_case_id: str, message_id: str) -> list[Subscription]:
    """Who waits to hear of the mark and has not heard of this one: whose diagram came to its wait after all others."""
    heard = select(FactRecord).where(FactRecord.root_case_id == root_case_id, FactRecord.fact == HEARD)
    told = {fact.case_id for fact in await session.exec(heard) if fact.detail.get("message_id") == message_id}
    return [each for each in await waiting_in(session, root_case_id, MARKED) if each.case_id not in told]


async def _reason(session: AsyncSession, root_case_id: str) -> str:
    """Why a case was sealed, as whoever did it has said."""
    sealing = select(Audit).where(Audit.case_id == root_case_id, Audit.action == SEALING)
    newest = (await session.exec(sealing.order_by(col(Audit.id).desc()).limit(1))).first()
    return str(newest.detail.get("reason", "")) if newest else ""


async def _tell(post: Post, wait: Subscription, message_id: str, *, reason: str, by: str) -> None:
    """Under the id under which all others have heard of it, so that nobody takes it twice."""
    about = {"wrong_reason": reason, "marked_by": by}
    message = DeliverMessage(MARKED, wait.correlation_key, message_id, about, actor=by)
    update_id = hashlib.sha256(f"message\x00{message_id}\x00{wait.correlation_key}".encode()).hexdigest()
    try:
        await post.gateway.send(wait.case_id, message, update_id)
    except EventRejected as refusal:
        logger.info("a case had ended before it heard", case_id=wait.case_id, code=refusal.code)


def _within(case_id: str, cases: Collection[str]) -> bool:
    """Whether a case is one of these, or was called by one."""
    return any(case_id == each or case_id.startswith(f"{each}/") for each in cases)


def _is_ours(fact: FactRecord) -> bool:
    return fact.detail.get("reason") == FROZEN


async def _retracts(session: AsyncSession, root_case_id: str) -> bool:
    """Whether a case is there to take back what another has sent: its officers work on it under the same seal."""
    begun = select(Lineage).where(Lineage.case_id == root_case_id, Lineage.kind == RETRACTED_BY)
    return (await session.exec(begun.limit(1))).first() is not None


async def _with_clocks(
    session: AsyncSession, seal: ColumnElement[bool], clocks: ColumnElement[bool], before: datetime
) -> tuple[str, ...]:
    """The cases that are, or were, sealed since before a moment, and in which such clocks are armed."""
    found = (
        select(CaseParty.root_case_id)
        .join(Case, col(Case.root_case_id) == col(CaseParty.root_case_id))
        .join(Timer, col(Timer.case_id) == col(Case.case_id))
        .where(CaseParty.organisation == SEAL_ROW, seal, col(CaseParty.until) <= before)
        .where(Case.status == "running", clocks)
    )
    return tuple(await session.exec(found.distinct().order_by(col(CaseParty.root_case_id))))


async def _newest(session: AsyncSession, root_case_id: str, what: str) -> dict[tuple[str, str], FactRecord]:
    """By case and clock the newest fact of a kind."""
    facts = select(FactRecord).where(FactRecord.root_case_id == root_case_id, FactRecord.fact == what)
    found = (await session.exec(facts.order_by(col(FactRecord.seq)))).all()
    return {(fact.case_id, fact.detail["timer"]): fact for fact in found}


async def _clocks(post: Post, root_case_id: str, which: ColumnElement[bool]) -> Sequence[Timer]:
    running = (
        select(Timer)
        .join(Case, col(Case.case_id) == col(Timer.case_id))
        .where(Case.root_case_id == root_case_id, Case.status == "running", which)
    )
    async with post.database.reader() as session:
        return tuple(await session.exec(running))


async def _ask(post: Post, asked: Sequence[tuple[Timer, StopClock | ResumeClock]], request: str) -> int:
    """Ask cases about their clocks; give how many of them it was. One that has rung or runs by now is left alone."""
    done = 0
    for timer, about in asked:
        update_id = hashlib.sha256(f"{request}:{timer.timer}".encode()).hexdigest()
        try:
            await post.gateway.send(timer.case_id, about, update_id)
            done += 1
        except EventRejected as refusal:
            logger.info("a clock was left alone", case_id=timer.case_id, code=refusal.code)
    return done
