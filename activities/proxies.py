"""What becomes of those who act for a patient when the patient may decide for themselves? Task type `proxy.confirm`.

`proxy_access` is what a young person answered: `unchanged`, `limited` (a proxy keeps dates, plan and messages, and no
longer reads the record) or `ended`.
"""

from collections.abc import Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.database import Database
from records.queries.own_record import proxies_for
from records.queries.patients import keyed_patient, same_patient
from records.tables import ProxyGrant
from records.writes.audit import append_audit
from records.writes.parties import give_proxy, withdraw_proxy
from workflows.contract.requests import Work, WorkResult

KEPT = {"unchanged": None, "limited": frozenset({"appointments", "plan", "messages"}), "ended": frozenset[str]()}
"""The classes of data that proxies keep; None: all that they have."""


class Proxies:
    """Proxies, as the steps of a pathway meet them."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="proxy.confirm")
    async def confirm(self, work: Work) -> WorkResult:
        """Let the proxies of a patient keep what the patient wishes; give how many were changed.

        Raises:
            ApplicationError: the case has no patient, or there is no such wish; the diagram must be corrected.
        """
        wish = work.variables.get("proxy_access")
        if wish not in KEPT:
            raise ApplicationError("Map the form's 'proxy_access'.", type="no proxy_access", non_retryable=True)
        kept = KEPT[wish]
        async with self._database.session() as session:
            granted = [each for each in await self._granted(session, work) if kept is not None]
            for grant in granted:
                await self._narrow(session, work, grant, kept or frozenset())
        return WorkResult({"proxies_changed": len(granted)})

    async def _granted(self, session: AsyncSession, work: Work) -> list[ProxyGrant]:
        patient_id = await keyed_patient(session, work.case_id) or work.variables.get("patient_id")
        if not isinstance(patient_id, str) or not patient_id:
            raise ApplicationError("The case has no patient_id.", type="no patient_id", non_retryable=True)
        found = await proxies_for(session, await same_patient(session, patient_id))
        return [each for each in found if each.withdrawn_at is None and not each.grant_id.startswith(_mark(work))]

    async def _narrow(self, session: AsyncSession, work: Work, grant: ProxyGrant, kept: frozenset[str]) -> None:
        """End a grant and, where something of it stays, give that anew: what was allowed when can still be read."""
        actor, now, stays = f"case:{work.case_id}", self._clock(), sorted(kept.intersection(grant.classes))
        await withdraw_proxy(session, grant, actor=actor, now=now)
        await _note(session, work, "proxy.withdrawn", grant, now)
        if stays:
            less = ProxyGrant(
                grant_id=f"{_mark(work)}{grant.grant_id}",
                patient_id=grant.patient_id,
                person=grant.person,
                classes=stays,
                since=now,
                until=grant.until,
                given_by=actor,
            )
            await _note(session, work, "proxy.given", await give_proxy(session, less), now)


def _mark(work: Work) -> str:
    return f"{work.idempotency_key}:"


async def _note(session: AsyncSession, work: Work, action: str, grant: ProxyGrant, now: datetime) -> None:
    detail = {"patient_id": grant.patient_id, "person": grant.person, "classes": grant.classes}
    await append_audit(
        session, actor=f"case:{work.case_id}", action=action, now=now, case_id=work.case_id, detail=detail
    )
