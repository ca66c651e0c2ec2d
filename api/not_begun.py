"""How does a case begin that the engine itself wants? When it cannot, whoever has to know of it hears it, once."""

from dataclasses import dataclass

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import NotStartable, Onward
from api.post import Post
from api.starting_onward import Noted, carry_on, note_onward
from records.writes.handovers import tell_role
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
COORDINATOR = "coordinator"
CANNOT = (
    "{what} could not begin: its pathway is not published here, or the case that asks for it is sealed. "
    "Do by hand what it was to do."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case that is to begin, and which words whom are told, once under the key, when it cannot.

    `words`: no data of the patient. `under_seal`: the case that wants it is sealed, and so is what it begins.
    """

    onward: Onward
    key: str
    words: str
    role: str = COORDINATOR
    level: str = "warning"
    under_seal: bool = False


async def begin_or_tell(post: Post, wanted: Wanted) -> str | None:
    """Begin a case and give its id; None when it cannot begin, which is told then. Safe to repeat.

    Raises:
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    async with post.database.session() as session:
        noted = await note_or_tell(session, post, wanted)
    return None if noted is None else await carry_on_or_tell(post, wanted, noted)


async def note_or_tell(session: AsyncSession, post: Post, wanted: Wanted) -> Noted | None:
    """Note the case in the transaction of what wants it; None when it cannot begin, which is told then."""
    try:
        return await note_onward(session, post, wanted.onward, under_seal=wanted.under_seal)
    except NotStartable as error:
        await _tell(session, post, wanted, error)
        return None


async def carry_on_or_tell(post: Post, wanted: Wanted, noted: Noted) -> str | None:
    """Begin a case that was noted and give its id; None when its process refuses to begin, which is told then.

    Raises:
        GatewayError: no answer in time; the sweep carries it out.
    """
    try:
        return await carry_on(post, noted)
    except EventRejected as error:
        async with post.database.session() as session:
            await _tell(session, post, wanted, error)
        return None


async def _tell(session: AsyncSession, post: Post, wanted: Wanted, error: Exception) -> None:
    key, from_case = f"not-begun:{wanted.key}", wanted.onward.from_case
    told = await tell_role(session, wanted.role, from_case, wanted.words, level=wanted.level, key=key, now=post.clock())
    if told:
        pathway, kind = wanted.onward.pathway, type(error).__name__
        logger.error("a case could not begin", case_id=from_case, pathway=pathway, error=kind)
