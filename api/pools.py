"""Who does a task for whose role no organisation of its case has people? Whom the directory names, if they may.

A pool that nobody sees would wait in silence, and so would an alert that pages (`policy/alerts.yaml`). `roles` of the
directory says whose people do what; where an objection of the patient, or a missing agreement, keeps such an
organisation out, the coordinator is told at once. So they are of a task whose roles the directory does not name, when
nobody has worked in one of them for an organisation of the case lately. Nobody is let in for a role of `requesters`:
its tasks are for those who made the referral, whoever else has such people.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.directory import Directory
from api.directory import directory_of
from api.surroundings import Surroundings
from policy.agreements import agreed
from policy.alerts import alert_rules
from policy.consent import SHARING, Recipient, Refused, decide
from policy.matrix import matrix
from records.queries.access import OURS, Side
from records.queries.patients import keyed_patient
from records.queries.pools import Pool, pages_of, pools_of, told_key, unknown_pools, worked_in
from records.queries.requesters import is_made_by
from records.queries.sharing import statements
from records.tables import Notification
from records.writes.audit import append_audit
from records.writes.handovers import notify
from records.writes.outside import let_in

ACTOR = "directory"
TOLD, INSTEAD = "coordinator", "admin"
"""Who is told, and who of a task that waits for a coordinator."""

TEXTS = {
    "task": "Nobody who takes part in this case can do the task, and consent or agreements keep out who could. "
    "Delegate it by name, or decide how care goes on.",
    "page": "An urgent alert was for people who take no part in this case, and consent or agreements keep them out. "
    "Call them by phone, now.",
    "unknown": "Nobody who takes part in this case has worked lately in the role that this task is for, and the "
    "directory names nobody. Delegate it by name, or decide how care goes on.",
}
PAGED_WITHIN = timedelta(days=1)
"""An older alert lets nobody in any more."""

LATELY = timedelta(days=30)
"""Who worked in a role within this time is taken to do so still [D]."""


async def open_pools(here: Surroundings) -> int:
    """Let in the organisations that tasks wait for, and tell of tasks that wait for nobody; give how many came in."""
    directory, let_in = directory_of(here), 0
    if not directory.roles:
        return 0
    async with here.database.reader() as session:
        since = here.clock() - PAGED_WITHIN
        roles = tuple(role for role in directory.roles if role not in here.access.requesters)
        found = [
            *await pools_of(session, roles, at=here.clock()),
            *await pages_of(session, roles, alert_rules().page_levels, since=since, at=here.clock()),
        ]
    pools = [_agreed_with(directory, pool, here.clock()) for pool in found]
    for pool in pools:
        if not _is_staffed(directory, pool.role, pool.parties):
            async with here.database.session() as session:
                let_in += await _open(session, directory, pool, here.clock())
    await _tell_of_nobodys(here, directory, roles)
    return let_in


def _agreed_with(directory: Directory, pool: Pool, now: datetime) -> Pool:
    """The same without the organisations whose agreement is over: they read the case no longer."""
    over = {name for name in pool.let_in if directory.agreed_services(name, on=now.date()) == ()}
    return replace(pool, parties=pool.parties - over) if over else pool


def _is_staffed(directory: Directory, role: str, parties: Collection[str]) -> bool:
    """Whether one of these organisations, which take part, has people who do this."""
    named = {directory.organisation if name == OURS else name for name in parties or {OURS}}
    return not named.isdisjoint(directory.roles.get(role, ()))


async def _tell_of_nobodys(here: Surroundings, directory: Directory, named: Collection[str]) -> None:
    """Tell the coordinator of each task that waits for roles in which nobody of its case is known to work."""
    patients = {role for role in matrix().roles if matrix().is_of_type(role, "patient")}
    waiting = defaultdict[tuple[str, str], list[Pool]](list)
    async with here.database.reader() as session:
        for pool in await unknown_pools(session, known=(*named, *patients), at=here.clock()):
            waiting[pool.case_id, pool.activation].append(_agreed_with(directory, pool, here.clock()))
        here.staffed.intersection_update(waiting)
        for task in waiting.keys() - here.staffed:
            if await _is_anybodys(session, here, directory, waiting[task]):
                here.staffed.add(task)
    for pools in (waiting[task] for task in waiting.keys() - here.staffed):
        told = INSTEAD if TOLD in {pool.role for pool in pools} else TOLD
        async with here.database.session() as session:
            await notify(session, _told(replace(pools[0], kind="unknown"), here.clock(), told))


async def _is_anybodys(session: AsyncSession, here: Surroundings, directory: Directory, pools: Sequence[Pool]) -> bool:
    """Whether somebody is known to work in one of the roles of a task, for an organisation that may do it."""
    now, requesters = here.clock(), tuple(here.access.requesters)
    for pool in pools:
        parties = pool.parties or {OURS}
        if pool.role in requesters:
            sides = {name: Side("", (name,), now, requesters=requesters) for name in parties}
            parties = {name for name, side in sides.items() if await is_made_by(session, pool.case_id, side)}
        known = bool(parties) and _is_staffed(directory, pool.role, parties)
        if known or await worked_in(session, pool.role, parties, since=now - LATELY):
            return True
    return False


async def _open(session: AsyncSession, directory: Directory, pool: Pool, now: datetime) -> bool:
    said = await statements(session, await keyed_patient(session, pool.root_case_id))
    for organisation in directory.roles[pool.role]:
        recipient = Recipient((SHARING, f"organisation:{organisation}".lower(), f"role:{pool.role}"), (organisation,))
        refused = isinstance(decide(said, recipient, case_id=pool.root_case_id, now=now), Refused)
        if not refused and _is_agreed(directory, organisation, now):
            await _let_in(session, pool, OURS if organisation == directory.organisation else organisation, now)
            return True
    await notify(session, _told(pool, now, TOLD))
    return False


def _is_agreed(directory: Directory, organisation: str, now: datetime) -> bool:
    """Whether what we keep may go to an organisation; to our own nothing goes, it is here."""
    ours = directory.organisation
    agreement = agreed(directory.agreements, sender=ours, recipients=(organisation,), on=now.date())
    return organisation == ours or agreement is not None


async def _let_in(session: AsyncSession, pool: Pool, organisation: str, now: datetime) -> None:
    through = f"{pool.case_id} {pool.activation}"
    await let_in(session, pool.root_case_id, organisation, via="role", through=through, now=now)
    await append_audit(
        session,
        actor=ACTOR,
        action="case.organisation_added",
        now=now,
        case_id=pool.root_case_id,
        detail={"organisation": organisation, "role": pool.role, "task": through},
    )


def _told(pool: Pool, now: datetime, recipient: str) -> Notification:
    return Notification(
        idempotency_key=told_key(pool.case_id, pool.activation),
        case_id=pool.case_id,
        activation=pool.activation,
        recipient_kind="role",
        recipient=recipient,
        level="warning",
        text=TEXTS[pool.kind],
        created_at=now,
    )
