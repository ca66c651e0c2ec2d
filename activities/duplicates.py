"""Is this order or referral the same again? Task types `duplicate.check` and `order.record`.

An order is noted when it is checked: held when it repeats another, else active. A held one becomes active when it is
sent all the same; a final report makes it final (`api/safeguarded_messages.py`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.fhir_message import service_name
from policy.duplicates import Earlier, OrderKey, duplicates, order_key
from records.database import Database, one_at_a_time
from records.queries.orders import orders_of
from records.queries.parties import requester_of
from records.queries.patients import keyed_patient
from records.tables import OrderRecord
from records.writes.orders import change_order, note_order
from workflows.contract.requests import Work, WorkResult

STATUSES = ("active", "final", "cancelled", "entered_in_error")
NOTHING = {"duplicate_found": False, "existing_case": None, "prior_study": None}


class Duplicates:
    """The search for what was ordered before."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="duplicate.check")
    async def check(self, work: Work) -> WorkResult:
        """Look for the same order of the same patient, and note this one.

        Without a patient nothing can be compared: then there is no duplicate.

        Raises:
            ApplicationError: the order has no id, or neither a modality nor a service.
        """
        order_id, key = _order_id(work), _key(work)
        async with self._database.session() as session:
            patient_id = await keyed_patient(session, work.case_id) or _text(work.variables.get("patient_id"))
            if not patient_id:
                return WorkResult(NOTHING)
            await one_at_a_time(session, f"orders:{patient_id}")
            row = self._row(work, order_id, patient_id, key)
            row.requester = await _requester(session, work)
            found = await self._found(session, row)
            row.status = "held" if found else "active"
            await note_order(session, row)
        return WorkResult(self._said(found) if found else NOTHING)

    @activity.defn(name="order.record")
    async def record(self, work: Work) -> WorkResult:
        """Note what became of this order.

        Raises:
            ApplicationError: the header `status` is missing or unknown.
        """
        status = work.headers.get("status", "")
        if status not in STATUSES:
            raise ApplicationError(
                f"Give the header 'status': {', '.join(STATUSES)}.", type="no status", non_retryable=True
            )
        async with self._database.session() as session:
            requester = await _requester(session, work)
            await change_order(session, _order_id(work), requester, status, now=self._clock())
        return WorkResult()

    async def _found(self, session: AsyncSession, new: OrderRecord) -> OrderRecord | None:
        but = (new.order_id, new.requester)
        rows = await orders_of(session, new.patient_id, new.code_family, without=but)
        earlier = {
            Earlier(row.order_id, _key_of(row), row.status, is_running, row.reported_at): row
            for row, is_running in rows
        }
        same = duplicates(_key_of(new), earlier, now=self._clock())
        return earlier[same[0]] if same else None

    def _row(self, work: Work, order_id: str, patient_id: str, key: OrderKey) -> OrderRecord:
        return OrderRecord(
            order_id=order_id,
            patient_id=patient_id,
            code_family=key.code_family,
            body_site=key.body_site,
            laterality=key.laterality,
            case_id=work.case_id,
            requested_by=_text(work.variables.get("requester_role")),
            ordered_at=self._clock(),
        )

    def _said(self, found: OrderRecord) -> dict[str, Any]:
        since = found.reported_at or found.ordered_at
        prior = {
            "order_id": found.order_id,
            "case_id": found.case_id,
            "code_family": found.code_family,
            "body_site": found.body_site,
            "laterality": found.laterality,
            "status": found.status,
            "ordered_at": found.ordered_at.isoformat(),
            "reported_at": found.reported_at.isoformat() if found.reported_at else None,
            "age_days": (self._clock() - since).days,
            "report_id": found.report_id,
        }
        return {"duplicate_found": True, "existing_case": found.case_id, "prior_study": prior}


async def _requester(session: AsyncSession, work: Work) -> str:
    """The organisation that the whole case was begun for: the number of the order is theirs."""
    return await requester_of(session, work.case_id.partition("/")[0])


def _order_id(work: Work) -> str:
    order_id = _text(work.variables.get("order_id")) or _text(work.variables.get("referral_id")) or work.business_key
    if not order_id:
        raise ApplicationError("The order has no order_id or referral_id.", type="no order_id", non_retryable=True)
    return order_id


def _key(work: Work) -> OrderKey:
    what = _text(work.variables.get("modality")) or service_name(work.variables)
    if not what:
        raise ApplicationError(
            "It cannot be said what is ordered: map 'modality' or 'service'.", type="no modality", non_retryable=True
        )
    variables = work.variables
    return order_key(
        what,
        body_site=_text(variables.get("body_site")),
        laterality=_text(variables.get("laterality")) or _text(variables.get("side")),
    )


def _key_of(row: OrderRecord) -> OrderKey:
    return OrderKey(row.code_family, row.body_site, row.laterality)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
