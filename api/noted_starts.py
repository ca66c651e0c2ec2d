"""How does a case begin that was noted first? Once, whoever carries it out; what a dead call left is finished later."""

from datetime import timedelta
from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from api.post import Post
from api.turns import finish_left
from pathways import codec
from records.queries.library import definition_by_sha256
from records.queries.starts import unfinished_starts
from records.tables import Case, NotedStart
from records.writes.starts import finish_start
from workflows.contract.requests import Receipt, StartCase
from workflows.engine.errors import EventRejected
from workflows.host.gateway import AlreadyStarted

logger = structlog.get_logger(__name__)
UNDER_WAY = timedelta(minutes=1)
"""After this time, a start that was noted and not carried out is carried out by whoever finds it."""


async def carry_out(post: Post, noted: NotedStart) -> Receipt | None:
    """Start the case of a noted start; None when another call has started it.

    Raises:
        EventRejected: the process cannot begin this way; the start is noted as refused.
        GatewayError: no answer in time; carrying it out again is safe.
    """
    start = codec.load(StartCase, noted.start)
    try:
        receipt = await post.gateway.start(start, pathway=await _name(post, start))
    except AlreadyStarted:
        receipt = None
    except EventRejected as refusal:
        async with post.database.session() as session:
            await finish_start(session, noted.case_id, "refused", reason=str(refusal))
        raise
    async with post.database.session() as session:
        await finish_start(session, noted.case_id, "begun")
    return receipt


async def finish_noted_starts(post: Post) -> int:
    """Start the cases whose start was noted by a call that died; give their number."""
    async with post.database.reader() as session:
        noted = await unfinished_starts(session, before=post.clock() - UNDER_WAY)
    return await finish_left([partial(begun, post, start) for start in noted])


async def begun(post: Post, noted: NotedStart) -> bool:
    """Carry out a noted start for which nobody waits; say whether that was possible.

    Raises:
        GatewayError: no answer in time; the next sweep carries it out.
    """
    try:
        await carry_out(post, noted)
    except EventRejected as refusal:
        logger.warning("a noted start cannot begin", case_id=noted.case_id, code=refusal.code)
        return False
    return True


async def holder(session: AsyncSession, newest: NotedStart | None) -> str:
    """Give the case that has the business key of a start: one that runs or is being started; empty when it ended."""
    if newest is None or newest.status == "refused":
        return ""
    begun = await session.get(Case, newest.case_id)
    return newest.case_id if begun is None or begun.status == "running" else ""


async def _name(post: Post, start: StartCase) -> str:
    """The name of the pathway, which is what the case is called in the Temporal UI."""
    async with post.database.reader() as session:
        published = await definition_by_sha256(session, start.sha256)
    return published.name if published else start.key
