"""Who did what, when? Appended to a chain in which every row seals the one before, and which can be checked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from records.audit_keys import AuditKeyError, AuditKeys
from records.audit_seal import DOUBTED, FIRST, PLAIN, head_holds, head_seal, seal_of
from records.tables import Audit, AuditHead

SUCCESS, REFUSED, UNKNOWN = "0", "4", "8"
"""What came of it, as FHIR says it (AuditEvent.outcome). Unknown: it failed on our side, and may have been done."""

HEAD = 1
_TABLES = SQLModel.metadata.tables
_APPEND = insert(_TABLES["audit"])
_LIST = insert(_TABLES["audited_case"])
_MOVE_HEAD = update(_TABLES["audit_head"]).where(col(AuditHead.head) == bindparam("which"))
_LAST = select(col(Audit.id), col(Audit.hash)).order_by(col(Audit.id).desc()).limit(1)
_SEAL = select(col(AuditHead.seal))
_THE_HEAD = select(col(AuditHead.last_id), col(AuditHead.last_hash), col(AuditHead.seal))
_READ_HEAD = _THE_HEAD.where(col(AuditHead.head) == HEAD).with_for_update()


async def append_audit(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    now: datetime,
    case_id: str = "",
    detail: Mapping[str, Any] | None = None,
    organisation: str = "",
    outcome: str = SUCCESS,
    context: Mapping[str, Any] | None = None,
) -> Audit:
    """Append one row. Its seal covers the row before; writers wait for each other until their transaction ends.

    `detail`: of what was done, opaque ids and codes only; `cases` in it are found again as what was read.
    `organisation`, `context`: for whom the actor acted, in which roles, for which purpose, from where.
    """
    connection, keys = await session.connection(), keys_of(session)
    last_id, last_hash = await _last(connection, keys)
    row = Audit(
        id=last_id + 1,
        at=now,
        actor=actor,
        action=action,
        case_id=case_id,
        detail=dict(detail or {}),
        organisation=organisation,
        outcome=outcome,
        context=dict(context or {}),
        prev_hash=last_hash,
        hash="",
    )
    row.hash = seal_of(row, keys)
    await connection.execute(_APPEND, row.model_dump())
    await _index(connection, row)
    await _move_head(connection, row, keys)
    return row


async def require_key(session: AsyncSession) -> None:
    """Go on only where this process can append: the newest row was sealed without a key, or by one that is here.

    Raises:
        AuditKeyError: it was sealed by another key; what followed it would be found for good.
    """
    head = (await (await session.connection()).execute(_SEAL)).scalar()
    name = str(head or "").rpartition(":")[0]
    if name not in ("", PLAIN, *keys_of(session).secrets):
        raise AuditKeyError(
            f"The audit is sealed by the key '{name}', which is not here: a row without it would be found for good. "
            "Nothing was done. Set PATHWAYS_AUDIT_KEY or PATHWAYS_AUDIT_KEY_FILE as for the API and the worker."
        )


def keys_of(session: AsyncSession) -> AuditKeys:
    """Give the keys of the database that a session is of."""
    keys: AuditKeys = session.info["audit_keys"]
    return keys


async def _last(connection: AsyncConnection, keys: AuditKeys) -> tuple[int, str]:
    """Give what the next row follows, and let nobody else append until this transaction ends.

    A head that was not sealed by us is doubted for good: the next row says so, whatever is sealed after it.
    """
    head = (await connection.execute(_READ_HEAD)).first()
    if head is not None and (head_holds(*head, keys) or tuple(head) == (0, FIRST, "")):
        return head.last_id, head.last_hash
    last = (await connection.execute(_LAST)).first()
    if head is None:
        await connection.execute(insert(_TABLES["audit_head"]).values(head=HEAD, last_id=0, last_hash=FIRST, seal=""))
    return (last.id, f"{DOUBTED}{last.hash}") if last else (0, DOUBTED + FIRST)


async def _index(connection: AsyncConnection, row: Audit) -> None:
    listed = cases_listed(row.detail)
    if listed:
        await connection.execute(_LIST, [{"audit_id": row.id, "case_id": case_id} for case_id in listed])


def cases_listed(detail: Mapping[str, Any]) -> list[str]:
    """Give the cases that a row lists beside the one that it is about."""
    listed = detail.get("cases")
    return sorted({each for each in listed if isinstance(each, str)}) if isinstance(listed, list) else []


async def _move_head(connection: AsyncConnection, row: Audit, keys: AuditKeys) -> None:
    last_id = row.id or 0
    moved = {"last_id": last_id, "last_hash": row.hash, "seal": head_seal(last_id, row.hash, keys)}
    await connection.execute(_MOVE_HEAD, {"which": HEAD, **moved})
