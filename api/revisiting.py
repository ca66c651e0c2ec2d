"""Who looks at a decision anew when an amended report says another category? Whoever read the version it rested on.

The order is over by then, or its case has gone on, and with it the step that would ask: a case of its own
(`category_changed`) gives the task to the clinician by name, with the ladder of a red flag when it is suspicious or
critical now. It rests on what was handed over; of what was handed to nobody, on the version that the case had taken. Of
that nobody else hears, so a new version that says no category is a task, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.pathway_start import Onward
from api.amended_results import CATEGORY_WAS, READ, REPORTS, handed_by, version_before
from api.not_begun import Wanted, begin_or_tell
from api.post import Post
from api.reach import within_reach
from api.report_categories import CATEGORY, UNCLASSIFIED, category_of
from records.queries.patient_view import PATIENT_ROLES
from records.tables import Case, Handoff, Message, Task

PATHWAY, KIND = "category_changed", "amended"
NOBODY = "clinical_lead"
"""Who looks at it when nobody has read the earlier version, and it was handed to no role of clinicians."""

NOT_BEGUN = (
    "An amended report says another category than the one on which a decision rests, and nobody could be given the "
    "task: find out who decided, and let them look at it."
)


async def revisit(post: Post, message: Message, *, is_heeded: bool) -> None:
    """Begin the task of each case whose result was amended to another category. Safe to repeat for a message.

    `is_heeded`: a case has taken the new version, and has it read.

    Raises:
        GatewayError: no answer in time; the start is noted and will be carried out.
    """
    if message.name not in REPORTS:
        return
    async with post.database.reader() as session:
        handed = await handed_by(session, message)
        changed = [row for row in handed if CATEGORY_WAS in row.result]
        wanted = [await _handed(session, message, rows) for rows in _by_case(changed)]
        if not handed and not is_heeded:
            wanted += await _taken(session, message)
    for onward in wanted:
        await begin_or_tell(post, Wanted(onward, onward.request, NOT_BEGUN, role=NOBODY))


def _by_case(rows: Sequence[Handoff]) -> Sequence[list[Handoff]]:
    found: dict[str, list[Handoff]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return tuple(found.values())


async def _handed(session: AsyncSession, message: Message, rows: list[Handoff]) -> Onward:
    case, result = await session.get_one(Case, rows[0].case_id), rows[0].result
    readers = select(Task).where(Task.case_id == case.case_id, Task.ladder == READ, Task.completed_by != "")
    read = (await session.exec(readers.order_by(col(Task.closed_at).desc()))).first()
    roles = read.groups if read else [row.recipient for row in rows if row.recipient_kind == "role"]
    said = {"report": result.get("report"), CATEGORY: result.get(CATEGORY), CATEGORY_WAS: result.get(CATEGORY_WAS)}
    return _onward(message, case, read, roles, said)


async def _taken(session: AsyncSession, message: Message) -> list[Onward]:
    """The case that had taken the version before, when the new one says another category, or none."""
    before = await version_before(session, message)
    variables = message.payload.get("variables", {})
    if before is None or not before.case_id:
        return []
    now, was = await category_of(session, message), await category_of(session, before)
    if now == was != UNCLASSIFIED:
        return []
    if not await within_reach(session, message, [before.case_id], any_age=True):
        return []
    case = await session.get_one(Case, before.case_id)
    reading = select(Task).where(
        Task.case_id == case.case_id, Task.ladder == READ, col(Task.created_at) >= before.received_at
    )
    read = (await session.exec(reading.order_by(col(Task.created_at)))).first()
    said = {"report": variables.get("report"), CATEGORY: now, CATEGORY_WAS: was}
    return [_onward(message, case, read, read.groups if read else [], said)]


def _onward(message: Message, case: Case, read: Task | None, roles: Sequence[str], said: Mapping[str, Any]) -> Onward:
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
            "reader": (read.completed_by or read.assignee) if read else None,
            "roles": [each for each in roles if each not in PATIENT_ROLES] or [NOBODY],
            **said,
        },
        urgency=case.urgency,
    )
