"""Who looks at a decision anew when an amended report says another category? Whoever read the version it rested on.

The order is over by then, and with it the step that would ask: a case of its own (`category_changed`) gives the task to
the clinician by name, with the ladder of a red flag when it is suspicious or critical now.
"""

from collections.abc import Sequence

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import NotStartable, Onward
from api.amended_results import CATEGORY, CATEGORY_WAS, READ, REPORTS, handed_by
from api.post import Post
from api.starting_onward import begin_onward
from records.queries.patient_view import PATIENT_ROLES
from records.tables import Case, Handoff, Message, Task
from records.writes.handovers import tell_role
from workflows.engine.errors import EventRejected

logger = structlog.get_logger(__name__)
PATHWAY, KIND = "category_changed", "amended"
NOBODY = "clinical_lead"
"""Who looks at it when nobody has read the earlier version, and it was handed to no role of clinicians."""

NOT_BEGUN = (
    "An amended report says another category than the one on which a decision rests, and nobody could be given the "
    "task: find out who decided, and let them look at it."
)


async def revisit(post: Post, message: Message) -> None:
    """Begin the task of each case whose result was amended to another category. Safe to repeat for a message.

    Raises:
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    if message.name not in REPORTS:
        return
    async with post.database.reader() as session:
        wanted = [await _onward(session, message, rows) for rows in await _changed(session, message)]
    for onward in wanted:
        try:
            await begin_onward(post, onward)
        except (NotStartable, EventRejected) as error:
            logger.error("a case could not begin", pathway=PATHWAY, error=type(error).__name__)
            await _tell(post, onward)


async def _changed(session: AsyncSession, message: Message) -> Sequence[list[Handoff]]:
    """What was handed over anew with another category, by case."""
    found: dict[str, list[Handoff]] = {}
    for row in await handed_by(session, message):
        if CATEGORY_WAS in row.result:
            found.setdefault(row.case_id, []).append(row)
    return tuple(found.values())


async def _onward(session: AsyncSession, message: Message, rows: list[Handoff]) -> Onward:
    case = await session.get_one(Case, rows[0].case_id)
    readers = select(Task).where(Task.case_id == case.case_id, Task.ladder == READ, Task.completed_by != "")
    read = (await session.exec(readers.order_by(col(Task.closed_at).desc()))).first()
    roles = read.groups if read else [row.recipient for row in rows if row.recipient_kind == "role"]
    result = rows[0].result
    referral_id = f"{message.correlation_key}-{message.message_id}"
    return Onward(
        pathway=PATHWAY,
        referral_id=referral_id,
        request=f"amended:{message.message_id}:{case.case_id}",
        kind=KIND,
        from_case=case.case_id,
        from_referral=case.business_key,
        variables={
            "referral_id": referral_id,
            "order_id": message.correlation_key,
            "reader": read.completed_by if read else None,
            "roles": [each for each in roles if each not in PATIENT_ROLES] or [NOBODY],
            "report": result.get("report"),
            CATEGORY: result.get(CATEGORY),
            CATEGORY_WAS: result.get(CATEGORY_WAS),
        },
        urgency=case.urgency,
    )


async def _tell(post: Post, onward: Onward) -> None:
    async with post.database.session() as session:
        key = f"not-begun:{onward.request}"
        await tell_role(session, NOBODY, onward.from_case, NOT_BEGUN, level="warning", key=key, now=post.clock())
