"""How does a pathway note what it did? Task type `audit.write`: codes only, in the chain that nobody can change.

Headers: `event` (a code such as `consent.withdrawn`), `detail` (names of variables, with commas between). Of their
values only what is a code, a number, a yes or no is kept: free text may be about a patient.
"""

import re
from collections.abc import Callable
from datetime import datetime

from sqlmodel import select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from records.database import Database, one_at_a_time
from records.tables import Audit
from records.writes.audit import append_audit
from workflows.contract.requests import Work, WorkResult

DETAIL = "scope,continue_mode,explained_to_patient"
CODE = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class Audits:
    """The writing of a pathway's own entries."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    @activity.defn(name="audit.write")
    async def write(self, work: Work) -> WorkResult:
        """Append one entry, once.

        Raises:
            ApplicationError: the step names no event; the diagram must be corrected.
        """
        event = work.headers.get("event", "")
        if not CODE.fullmatch(event):
            raise ApplicationError(
                "There is nothing to note: give the header 'event', a code.", type="no event", non_retryable=True
            )
        async with self._database.session() as session:
            await one_at_a_time(session, "audit")
            written = select(Audit).where(Audit.case_id == work.case_id, Audit.action == event)
            if not any(row.detail.get("step") == work.activation for row in await session.exec(written)):
                detail = {"step": work.activation, **_codes(work)}
                actor, now = f"case:{work.case_id}", self._clock()
                await append_audit(session, actor=actor, action=event, now=now, case_id=work.case_id, detail=detail)
        return WorkResult()


def _codes(work: Work) -> dict[str, object]:
    names = [name.strip() for name in work.headers.get("detail", DETAIL).split(",")]
    return {name: work.variables[name] for name in names if _is_code(work.variables.get(name))}


def _is_code(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and CODE.fullmatch(value) is not None)
