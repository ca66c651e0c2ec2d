"""Who works on a batch, and what happens to each item? One process under a lease, some items at a time, until it rests.

Begun at once by the request that starts or resumes a batch, and taken up by the sweep when that process died.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from traceback import extract_tb
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession

from api.batches import Job, Kind, Outcome, Target, job_of
from api.batches_kinds import KINDS
from api.foreseeing import words_of
from api.surroundings import Surroundings
from records.queries.batches import context_of_planner, unattended
from records.tables import Batch, BatchItem
from records.writes.audit import REFUSED, SUCCESS, UNKNOWN, append_audit
from records.writes.batches import Turn, left_unanswered, let_go, set_aside, take_turn
from workflows.engine.errors import EventRejected
from workflows.host.gateway import CaseNotFound, HostUnavailable

logger = structlog.get_logger(__name__)
AT_ONCE = 8
"""Items that are acted on at the same time."""

TRIES = 3
"""How often a case that does not answer is asked before its item has failed."""

OUTCOMES = {"refused": REFUSED, "kept": REFUSED, "failed": UNKNOWN}
"""What the audit says of an item by its status."""

NO_ANSWER = "the case did not answer"
LEFT = "the case had not answered when the batch ended: it may have been done then"
UNSURE = " (it was asked before, and its answer was lost: it may have been done then)"


async def take_up_batches(here: Surroundings) -> int:
    """Go on, in the background, with every batch that is under way and that nobody works on; give their number."""
    async with here.database.reader() as session:
        waiting = await unattended(session, now=here.clock())
    for batch_id in waiting:
        here.background.start(run_batch(here, batch_id))
    return len(waiting)


async def run_batch(here: Surroundings, batch_id: str) -> int:
    """Work on a batch until nothing is left, it is paused, or no case answers; give the number of items acted on.

    One that this build does not understand rests, and says so: another build may have planned it.
    """
    if why := await _not_understood(here, batch_id):
        logger.error("a batch was set aside", batch=batch_id, reason=why)
        async with here.database.session() as session:
            await set_aside(session, batch_id, why, now=here.clock())
        return 0
    holder, acted, answered = secrets.token_hex(8), 0, True
    try:
        while answered and not here.background.stopping:
            async with here.database.session() as session:
                turn = await take_turn(session, batch_id, holder=holder, now=here.clock(), limit=AT_ONCE)
            if turn is None:
                break
            answered = await _act_on_all(here, turn)
            acted += len(turn.items)
    finally:
        async with here.database.session() as session:
            await let_go(session, batch_id, holder=holder)
            await _settle(session, batch_id, now=here.clock())
    return acted


async def _settle(session: AsyncSession, batch_id: str, *, now: datetime) -> None:
    """Say of items that were begun, have not answered and are not asked again that nobody knows what came of them."""
    items = await left_unanswered(session, batch_id, now=now)
    batch = await session.get_one(Batch, batch_id)
    by = Planner(batch.organisation, await context_of_planner(session, batch)) if items else None
    for item in items:
        item.status, item.reason, item.at = "failed", LEFT, now
        assert by is not None
        await _audit(session, item, Acted(batch.kind, batch.actor, by, UNKNOWN), now=now)


async def _not_understood(here: Surroundings, batch_id: str) -> str:
    """Say why this build cannot work on a batch; empty where it can."""
    async with here.database.reader() as session:
        batch = await session.get_one(Batch, batch_id)
    if batch.kind not in KINDS:
        return f"This build has no batches of the kind '{batch.kind}': let one go on with it that has."
    try:
        job_of(KINDS[batch.kind], batch)
    except ValidationError as error:
        places = sorted({".".join(map(str, each["loc"])) for each in error.errors()})
        return f"This build cannot read what the batch shall do ({', '.join(places)}): plan it anew."
    return ""


async def _act_on_all(here: Surroundings, turn: Turn) -> bool:
    """Act on the items of a turn; say whether any case answered."""
    kind = KINDS[turn.batch.kind]
    job = job_of(kind, turn.batch)
    async with here.database.reader() as session:
        by = Planner(turn.batch.organisation, await context_of_planner(session, turn.batch))
    attempts = [
        _Attempt(here, kind, job, by, item, turn.undoing, item.number in turn.again).made() for item in turn.items
    ]
    answers = await asyncio.gather(*attempts, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return any(answers)


@dataclass(frozen=True, slots=True)
class Planner:
    """As whom somebody planned a batch. `context`: of the audit, roles and purposes."""

    organisation: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Acted:
    """What the audit says of an act on an item: which, of whom, as whom, and what came of it."""

    action: str
    actor: str
    by: Planner
    outcome: str


async def _audit(session: AsyncSession, item: BatchItem, act: Acted, *, now: datetime) -> None:
    detail = {"batch": item.batch, "item": item.number, "target": item.target, "outcome": item.status}
    await append_audit(
        session,
        actor=act.actor,
        action=act.action,
        now=now,
        case_id=item.case_id,
        detail=detail,
        organisation=act.by.organisation,
        outcome=act.outcome,
        context=act.by.context,
    )


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try to do, or to undo, one item; `again`: it was begun before, and nobody knows what came of it."""

    here: Surroundings
    kind: Kind
    job: Job
    by: Planner
    item: BatchItem
    undoing: bool
    again: bool

    async def made(self) -> bool:
        """Try, and note what came of it; False when the case did not answer."""
        try:
            outcome = await outcome_of(self.item.case_id, self._acting)
        except HostUnavailable:
            await self._note_no_answer()
            return False
        except SQLAlchemyError:
            raise
        except Exception as error:
            _log(self.job.batch, error)
            await self._note("kept" if self.undoing else "failed", _mistake(error))
            return True
        done, refused = ("undone", "kept") if self.undoing else ("done", "refused")
        unsure = UNSURE if self.again and outcome.status == "refused" else ""
        await self._note(done if outcome.status == "done" else refused, outcome.reason + unsure, dict(outcome.result))
        return True

    async def _acting(self) -> Outcome:
        if not self.undoing:
            return await self.kind.act(self.here, self.job, target_of(self.item), self.item.update_id)
        assert self.kind.undo is not None
        return await self.kind.undo(self.here, self.job, self.item, f"{self.item.update_id}-undo")

    async def _note_no_answer(self) -> None:
        tries = self.item.tries + 1
        if tries >= TRIES:
            await self._note("kept" if self.undoing else "failed", f"{NO_ANSWER} {TRIES} times")
            return
        async with self.here.database.session() as session:
            (await session.get_one(BatchItem, (self.item.batch, self.item.number))).tries = tries

    async def _note(self, status: str, reason: str, result: dict[str, Any] | None = None) -> None:
        """Write what became of the item, with the audit of it, in one transaction."""
        now = self.here.clock()
        async with self.here.database.session() as session:
            item = await session.get_one(BatchItem, (self.item.batch, self.item.number))
            item.status, item.reason, item.tries, item.at = status, reason, 0, now
            item.result = {**item.result, **(result or {})}
            outcome = UNKNOWN if self.again and status == "refused" else OUTCOMES.get(status, SUCCESS)
            await _audit(session, item, Acted(self.kind.name, self.job.actor, self.by, outcome), now=now)


def target_of(item: BatchItem) -> Target:
    """Give what an item acts on."""
    return Target(item.case_id, item.target)


async def outcome_of(case_id: str, acting: Any) -> Outcome:
    """Act, or foresee; a refusal of the case is an outcome too.

    Raises:
        HostUnavailable: the case did not answer.
    """
    try:
        outcome: Outcome = await acting()
    except EventRejected as refusal:
        return Outcome("refused", words_of(refusal, case_id))
    except CaseNotFound:
        return Outcome("refused", "there is no such case")
    return outcome


def _mistake(error: Exception) -> str:
    return f"we made a mistake ({type(error).__name__}): the API's log says where"


def _log(batch_id: str, error: Exception) -> None:
    """Log where, never what: an exception's message may be a patient's."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.error("an item of a batch failed", batch=batch_id, error=type(error).__name__, where=places)
