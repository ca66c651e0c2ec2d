"""When may a case's key be erased? When the case and all it called are over; then its history is gone for good.

NotErasable   not now, or not under this id; the message says why
Counts stay: the read model keeps what it has (docs/privacy.md says what that is).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from records.database import Database
from records.tables import Case, DataKey
from records.writes.audit import append_audit
from records.writes.keys import erase_data_key
from workflows.host.gateway import CaseGateway, CaseNotFound
from workflows.host.keys import key_name

RUNNING = "running"
ERASED = "case.key_erased"
"""The action in the audit."""


class NotErasable(Exception):
    """The key of this case cannot be erased now: nothing was changed."""


async def erase_key(
    database: Database,
    gateway: CaseGateway,
    case_id: str,
    *,
    actor: str,
    reason: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    organisation: str = "",
    context: Mapping[str, Any] | None = None,
) -> DataKey:
    """Erase the key of a case that is over, and note it in the audit; again changes nothing and notes nothing.

    `detail`: what else the audit keeps. `organisation`, `context`: for whom the actor acts, in which roles, from where.
    A process that has the key at hand forgets it within 15 seconds.

    Raises:
        CaseNotFound: there is no such case, or it has no key.
        NotErasable: it was called by another case, or something of it still runs.
        HostUnavailable: Temporal did not answer.
    """
    if key_name(case_id) != case_id:
        raise NotErasable(f"'{case_id}' was called by another case and shares its key: erase '{key_name(case_id)}'.")
    await _be_over(database, gateway, case_id)
    async with database.session() as session:
        before = await session.get(DataKey, case_id)
        was_erased = before is not None and before.erasure is not None
        row = await erase_data_key(session, case_id, actor=actor, now=now)
        if row is None:
            raise CaseNotFound(case_id)
        if not was_erased:
            noted = {"reason": reason, **(detail or {})}
            await append_audit(
                session,
                actor=actor,
                action=ERASED,
                now=now,
                case_id=case_id,
                detail=noted,
                organisation=organisation,
                context=context,
            )
        return row


async def _be_over(database: Database, gateway: CaseGateway, case_id: str) -> None:
    """Ask the read model, then Temporal: a workflow that still has to take its last step needs the key.

    One that was called last may run and not be in the read model yet.
    """
    async with database.reader() as session:
        tree = list(await session.exec(select(Case).where(col(Case.root_case_id) == case_id).order_by("case_id")))
    if not tree:
        raise CaseNotFound(case_id)
    for case in tree:
        if case.status == RUNNING or await _runs(gateway, case.case_id):
            raise _still_runs(case.case_id)
    if called := await gateway.running_below(case_id):
        raise _still_runs(called[0])


def _still_runs(case_id: str) -> NotErasable:
    return NotErasable(f"'{case_id}' still runs: cancel it or let it end, then erase the key.")


async def _runs(gateway: CaseGateway, case_id: str) -> bool:
    """Whether the workflow still runs; one that Temporal no longer keeps does not."""
    try:
        return (await gateway.describe(case_id)).status == RUNNING
    except CaseNotFound:
        return False
