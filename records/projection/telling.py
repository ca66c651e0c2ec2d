"""Whom do the notices of rungs reach by name? For the role `key_worker`, the one who is named, looked up when noted.

Facts name roles; who looks after a case is no fact (docs/decisions/0024). The key of a notice stays that of its fact:
built anew, the read model keeps whom it reached.
"""

from collections.abc import AsyncIterator

from sqlmodel.ext.asyncio.session import AsyncSession

from records.projection.rows import CaseRows
from records.queries.people import KEY_WORKER, reached
from records.tables import Notification

ROLE = ("role", KEY_WORKER)


async def notices(session: AsyncSession, rows: CaseRows) -> AsyncIterator[Notification]:
    """Give the notices of a case as they are to be noted."""
    for notice in rows.notifications.values():
        if (notice.recipient_kind, notice.recipient) != ROLE:
            yield notice
            continue
        first, *further = await reached(session, rows.root_case_id, [ROLE], at=notice.created_at)
        yield _to(notice, first, notice.idempotency_key)
        for kind, name in further:
            about = notice.idempotency_key.removesuffix(":".join(ROLE))
            yield _to(notice, (kind, name), f"{about}{kind}:{name}")


def _to(notice: Notification, recipient: tuple[str, str], key: str) -> Notification:
    kind, name = recipient
    return Notification(**{**notice.model_dump(), "recipient_kind": kind, "recipient": name, "idempotency_key": key})
