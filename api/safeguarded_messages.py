"""What does a message change before any case hears of it? In the transaction that notes it: consent, merges, orders.

`consent.withdrawn` (key: the patient; `scope`): nothing leaves from now on. `patient.merged` (key: the patient that is
no more; `surviving_patient_id`): both are one. A final report makes its order final, so that a repeat is noticed.
A date that due times hang on has to be one: a word in its place would leave them without a time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from api.deps import Visit
from api.reach import within_reach
from api.report_patients import REPORTS
from policy.consent import SECONDARY, scope_of
from records.queries.orders import orders_numbered
from records.tables import Message
from records.writes.audit import append_audit
from records.writes.orders import change_order
from records.writes.patients import merge_patients
from records.writes.sharing import Said, join_consents, record_consent
from workflows.engine.errors import EventRejected

WITHDRAWN, MERGED = "consent.withdrawn", "patient.merged"
NOT_FINAL = frozenset({"registered", "partial", "preliminary"})
IN_ERROR = frozenset({"cancelled", "entered-in-error"})
DATED: Mapping[str, tuple[str, ...]] = {
    "treatment.date_changed": ("old_date", "new_date"),
    "treatment.started": ("start_date",),
    "treatment.completed": ("end_date",),
    "appointment.attended": ("seen_at",),
    "imaging.performed": ("performed_at",),
}
"""By message: what it may carry that has to be a date or a moment, ISO 8601."""


NO_SHARING = (
    "secondary_use is no sharing for care, so no case hears of it: put it on record with "
    "POST /patients/{patient_id}/consents and the status opted_out"
)

INDEX = frozenset({"integration", "coordinator", "privacy_officer"})
"""Roles that may say that two patients are one, beside administrators."""


def require_index(asked: Visit) -> None:
    """Go on only for whom may decide who is the same patient.

    Raises:
        Problem: 403.
    """
    allowed = asked.here.access.administers(asked.me) or asked.me.has_any(INDEX)
    asked.require(allowed=allowed, what="decide who is the same patient")


async def follow(
    session: AsyncSession, message: Message, *, actor: str, now: datetime, said_at: datetime | None = None
) -> None:
    """Do what a message that is new changes at once. `said_at`: when it first came, if that was earlier.

    Raises:
        EventRejected: a merge does not say who survives it, a date is none, or what is withdrawn is no sharing for
            care; the message is not noted.
    """
    _require_dates(message)
    if message.name == WITHDRAWN:
        await _withdraw(session, message, actor, now, said_at or now)
    elif message.name == MERGED:
        await _merge(session, message, actor, now)
    elif message.name in REPORTS:
        await _report(session, message, now)


def _require_dates(message: Message) -> None:
    carried = _variables(message)
    for name in DATED.get(message.name, ()):
        if carried.get(name) is not None and not _is_moment(carried[name]):
            raise EventRejected("invalid", f"'{name}' of {message.name} is no date: write it as 2026-12-01")


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


async def _withdraw(session: AsyncSession, message: Message, actor: str, now: datetime, said_at: datetime) -> None:
    scope = scope_of(_variables(message).get("scope"))
    if scope == SECONDARY:
        raise EventRejected("invalid", NO_SHARING)
    said = Said(
        id=f"message:{message.message_id}",
        patient_id=message.correlation_key,
        scope=scope,
        status="withdrawn",
        effective_at=said_at,
        recorded_by=actor,
        method="message",
    )
    await record_consent(session, said, now=now)
    detail = {"patient_id": message.correlation_key, "scope": scope, "message_id": message.message_id}
    await append_audit(session, actor=actor, action=WITHDRAWN, now=now, detail=detail)


async def _merge(session: AsyncSession, message: Message, actor: str, now: datetime) -> None:
    surviving = _variables(message).get("surviving_patient_id")
    if not isinstance(surviving, str) or not surviving:
        raise EventRejected("invalid", "patient.merged says who survives in the variable 'surviving_patient_id'")
    await merge(session, message.correlation_key, surviving, actor=actor, now=now, by=message.message_id)


async def merge(
    session: AsyncSession, merged_id: str, surviving_id: str, *, actor: str, now: datetime, by: str
) -> bool:
    """Let two patients be one, with the stricter consent of both; say whether anything changed. `by`: whose request."""
    await join_consents(session, merged_id, surviving_id, actor=actor, now=now)
    changed = await merge_patients(session, merged_id, surviving_id, actor=actor, now=now)
    about = {"patient_id": surviving_id, "merged": merged_id, "surviving": surviving_id}
    detail = {**about, "changed": changed, "by": by}
    await append_audit(session, actor=actor, action=MERGED, now=now, detail=detail)
    return changed


async def _report(session: AsyncSession, message: Message, now: datetime) -> None:
    """What a person brings changes the orders of their organisation only.

    Of two requesters' orders with one number that are both in reach, both are reported: what is held for nothing, a
    person lets go; what is not held is done twice.
    """
    report = _variables(message).get("report")
    known: Mapping[str, Any] = report if isinstance(report, Mapping) else {}
    status = str(known.get("status") or "final")
    if status in NOT_FINAL:
        return
    became = "entered_in_error" if status in IN_ERROR else "final"
    report_id = str(known.get("report_id") or "")
    orders = await orders_numbered(session, message.correlation_key)
    reached = await within_reach(session, message, [order.case_id for order in orders], any_age=True)
    for order in orders:
        if order.case_id in reached:
            await change_order(session, order.order_id, order.requester, became, now=now, report_id=report_id)


def _variables(message: Message) -> Mapping[str, Any]:
    found: Mapping[str, Any] = message.payload.get("variables", {})
    return found
