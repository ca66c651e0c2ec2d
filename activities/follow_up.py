"""How is a later review planned? Task type `follow.up`: who is responsible is told when; the diagram gets the date.

Variables: `on` (date, or date and time), `what`, `role` (roles or persons). The result `follow_up_at` is the
moment that a timer of the diagram can wait for. From whom consent withholds it, the coordinator gets it: a review that
nobody knows of is not planned.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.recipients import Recipient, recipients
from activities.sending import Gate, Withheld
from policy.sealed import SEALED
from records.database import Database
from records.queries.people import COORDINATOR, reached
from records.tables import Notification
from records.writes.handovers import notify
from workflows.contract.requests import Work, WorkResult

INSTEAD: Recipient = ("role", COORDINATOR)
"""Who plans a review that may not be told to whoever it is for."""


class FollowUps:
    """The planning of later reviews."""

    def __init__(self, database: Database, gate: Gate, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._gate = gate
        self._clock = clock

    @activity.defn(name="follow.up")
    async def plan(self, work: Work) -> WorkResult:
        """Tell each responsible role, or the named key worker, once what is due when; give the moment.

        Raises:
            ApplicationError: the date or the role is missing; the diagram must be corrected.
        """
        moment = _moment(work.variables.get("on"))
        what = str(work.variables.get("what") or work.title)
        async with self._database.reader() as session:
            named = await reached(session, work.case_id, recipients(work, "role"), at=self._clock())
        asked = await self._gate.ask_each(work, named, "follow_up")
        open_to = {each: answer for each, answer in asked.items() if answer != Withheld(SEALED)}
        told = [INSTEAD if isinstance(answer, Withheld) else each for each, answer in open_to.items()]
        async with self._database.session() as session:
            for kind, name in dict.fromkeys(told):
                await notify(session, self._notification(work, kind, name, f"{moment:%Y-%m-%d}: {what}"))
        await self._gate.each_sent(asked.values())
        return WorkResult({"follow_up_at": moment.isoformat()})

    def _notification(self, work: Work, kind: str, name: str, text: str) -> Notification:
        return Notification(
            idempotency_key=f"{work.idempotency_key}:{kind}:{name}",
            case_id=work.case_id,
            activation=work.activation,
            recipient_kind=kind,
            recipient=name,
            level="follow_up",
            text=text,
            created_at=self._clock(),
        )


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ApplicationError(
            "There is no date to follow up on: map an ISO 8601 date to the variable 'on'.",
            type="no follow-up date",
            non_retryable=True,
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
