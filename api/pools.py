"""Who does a task for whose role no organisation of its case has people? Whom the directory names, if they may.

A pool that nobody sees would wait in silence, and so would an alert that pages (`policy/alerts.yaml`). `roles` of the
directory says whose people do what; where an objection of the patient, or a missing agreement, keeps such an
organisation out, the coordinator is told at once.
"""

from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from api.directory import directory_of
from api.surroundings import Surroundings
from policy.agreements import agreed
from policy.alerts import alert_rules
from policy.consent import SHARING, Recipient, Refused, decide
from records.queries.access import OURS
from records.queries.patients import keyed_patient
from records.queries.pools import Pool, pages_of, pools_of
from records.queries.sharing import statements
from records.tables import Notification
from records.writes.audit import append_audit
from records.writes.handovers import notify
from records.writes.parties import note_party

ACTOR = "directory"
TOLD = "coordinator"
TEXTS = {
    "task": "Nobody who takes part in this case can do the task, and consent or agreements keep out who could. "
    "Delegate it by name, or decide how care goes on.",
    "page": "An urgent alert was for people who take no part in this case, and consent or agreements keep them out. "
    "Call them by phone, now.",
}
PAGED_WITHIN = timedelta(days=1)
"""An older alert lets nobody in any more."""


async def open_pools(here: Surroundings) -> int:
    """Let in the organisations that tasks wait for; give how many."""
    directory, let_in = directory_of(here), 0
    if not directory.roles:
        return 0
    async with here.database.reader() as session:
        roles, since = tuple(directory.roles), here.clock() - PAGED_WITHIN
        pools = [
            *await pools_of(session, roles),
            *await pages_of(session, roles, alert_rules().page_levels, since=since),
        ]
    for pool in pools:
        if not _is_staffed(directory, pool):
            async with here.database.session() as session:
                let_in += await _open(session, directory, pool, here.clock())
    return let_in


def _is_staffed(directory: Directory, pool: Pool) -> bool:
    """Whether an organisation takes part whose people do this."""
    parties = {directory.organisation if name == OURS else name for name in pool.parties or {OURS}}
    return not parties.isdisjoint(directory.roles[pool.role])


async def _open(session: AsyncSession, directory: Directory, pool: Pool, now: datetime) -> bool:
    said = await statements(session, await keyed_patient(session, pool.root_case_id))
    for organisation in directory.roles[pool.role]:
        recipient = Recipient((SHARING, f"organisation:{organisation}".lower(), f"role:{pool.role}"), (organisation,))
        refused = isinstance(decide(said, recipient, case_id=pool.root_case_id, now=now), Refused)
        if not refused and _is_agreed(directory, organisation, now):
            await _let_in(session, pool, OURS if organisation == directory.organisation else organisation, now)
            return True
    await notify(session, _told(pool, now))
    return False


def _is_agreed(directory: Directory, organisation: str, now: datetime) -> bool:
    """Whether what we keep may go to an organisation; to our own nothing goes, it is here."""
    ours = directory.organisation
    agreement = agreed(directory.agreements, sender=ours, recipients=(organisation,), on=now.date())
    return organisation == ours or agreement is not None


async def _let_in(session: AsyncSession, pool: Pool, organisation: str, now: datetime) -> None:
    through = f"{pool.case_id} {pool.activation}"
    await note_party(session, pool.root_case_id, organisation, via="role", through=through, now=now)
    await append_audit(
        session,
        actor=ACTOR,
        action="case.organisation_added",
        now=now,
        case_id=pool.root_case_id,
        detail={"organisation": organisation, "role": pool.role, "task": through},
    )


def _told(pool: Pool, now: datetime) -> Notification:
    return Notification(
        idempotency_key=f"pool:{pool.case_id}:{pool.activation}",
        case_id=pool.case_id,
        activation=pool.activation,
        recipient_kind="role",
        recipient=TOLD,
        level="warning",
        text=TEXTS[pool.kind],
        created_at=now,
    )
