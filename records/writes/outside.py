"""Whom does a word about sharing keep out of a case, and whom does it let in again? Organisations outside of it.

Two are not outside: the organisation that a case was begun for, whose case it is, and the installation's own where it
takes part, since the record is here. All others a general objection keeps out, and one by name the organisation or
service that it names. Who made the referral and is objected to by name takes part no longer, where we do, but is asked
and told of it (`records/queries/access.py`). A later consent, and a legal basis for the case, let in again whom they
are about.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.consent import SHARING, Recipient, Refused, Statement, decide
from records.queries.access import FOR_THE_SEAL, OURS, REQUESTER, TREATING, WITHDRAWN
from records.queries.patients import keyed_patient
from records.queries.sharing import statements
from records.tables import Case, CaseParty, Notification
from records.writes.handovers import notify
from records.writes.parties import copy_parties, note_party, note_requester

WITHDRAWN_ROW = f"!{WITHDRAWN}"
"""As whose (`organisation`) a row of `case_party` says that a case is shared with nobody outside."""

TOLD = "coordinator"
TEXT = (
    "The patient objects to sharing: {who} this case no longer. What was asked of people there is for yours now. Look "
    "at its open tasks, and decide with the key worker how care goes on."
)


async def rescope(
    session: AsyncSession, root_case_ids: Collection[str], patient_ids: Collection[str], *, now: datetime
) -> None:
    """Keep out of these cases of a patient, known by these ids, whom what they have said keeps out; let in all others.

    The coordinator of a case is told when somebody is kept out of it.
    """
    said = await statements(session, *patient_ids)
    for root in sorted(root_case_ids) if said else ():
        parties = await _parties(session, root)
        out = [each for each in parties if _is_kept_out(each, _ends(said, _named(each, parties), root, now), now)]
        await _mark(session, root, _ends(said, Recipient((SHARING,)), root, now), now=now)
        if out and await _runs(session, root):
            await notify(session, _told(root, len(out), now))


async def let_in(
    session: AsyncSession, root_case_id: str, organisation: str, *, via: str, through: str, now: datetime
) -> None:
    """Let an organisation take part in a case, for as long as the patient shares it with them."""
    await note_party(session, root_case_id, organisation, via=via, through=through, now=now)
    await rescope(session, (root_case_id,), (await keyed_patient(session, root_case_id),), now=now)


async def bring_along(session: AsyncSession, of_root: str, to_root: str, *, now: datetime) -> None:
    """Let whoever takes part in a case take part in one that it began, as far as its patient shares that one."""
    await copy_parties(session, of_root, to_root, now=now)
    await rescope(session, (to_root,), (await keyed_patient(session, of_root),), now=now)


async def _runs(session: AsyncSession, root: str) -> bool:
    case = await session.get(Case, root)
    return case is not None and case.status == "running"


async def _parties(session: AsyncSession, root: str) -> Sequence[CaseParty]:
    """The organisations of a case, the longest one first; who only looks at a sealed case is none."""
    taking_part = select(CaseParty).where(
        CaseParty.root_case_id == root,
        col(CaseParty.via).in_((REQUESTER, *TREATING)),
        CaseParty.through != FOR_THE_SEAL,
    )
    return tuple(await session.exec(taking_part.order_by(col(CaseParty.since), col(CaseParty.organisation))))


def _named(party: CaseParty, parties: Sequence[CaseParty]) -> Recipient | None:
    """How the patient may have spoken of an organisation of a case; None: nothing that they say keeps it out."""
    by_name = f"organisation:{party.organisation}".lower()
    if party.organisation == OURS:
        return None
    if party.via == REQUESTER:
        return Recipient((by_name,)) if OURS in {each.organisation for each in parties} else None
    through = (party.through.lower(),) if party.through.startswith("service:") else ()
    return Recipient((SHARING, by_name, *through))


def _ends(said: Sequence[Statement], of: Recipient | None, root: str, now: datetime) -> datetime | None:
    """From when on the patient objects: now, or when a consent for a time ends; None: they do not."""
    if of is None:
        return None
    coming = {at for each in said for at in (each.effective_at, each.expires) if at is not None and at > now}
    return next((at for at in (now, *sorted(coming)) if _objects(said, of, root, at)), None)


def _objects(said: Sequence[Statement], of: Recipient, root: str, at: datetime) -> bool:
    answer = decide(said, of, case_id=root, now=at)
    return isinstance(answer, Refused) and answer.reason != "not_named"


def _is_kept_out(party: CaseParty, ends: datetime | None, now: datetime) -> bool:
    """Put down from when on an organisation is kept out; say whether it is from now on."""
    was_out = party.until is not None and party.until <= now
    if not was_out or ends is None or ends > now:
        party.until = ends
    return not was_out and ends is not None and ends <= now


async def _mark(session: AsyncSession, root: str, ends: datetime | None, *, now: datetime) -> None:
    """Note of a case that nobody outside is let in by name, from when on; or that they are again."""
    row = await session.get(CaseParty, (root, WITHDRAWN_ROW))
    if row is None and ends is not None:
        if not await _parties(session, root):
            await note_requester(session, root, OURS, through="consent", now=now)
        row = CaseParty(root_case_id=root, organisation=WITHDRAWN_ROW, via=WITHDRAWN, since=now)
    if row is not None:
        row.until = ends
        session.add(row)


def _told(root: str, count: int, now: datetime) -> Notification:
    return Notification(
        idempotency_key=f"kept-out:{root}:{now.isoformat()}",
        case_id=root,
        recipient_kind="role",
        recipient=TOLD,
        level="warning",
        text=TEXT.format(who="one organisation outside reads" if count == 1 else f"{count} organisations outside read"),
        created_at=now,
    )
