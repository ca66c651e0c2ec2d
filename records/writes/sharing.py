"""How is a word about sharing recorded, and what follows at once? In one transaction: what waited is stopped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from policy.consent import CONTACT, OBJECTIONS, SECONDARY, Statement, newest, stricter
from records.queries.patients import cases_of, same_patient
from records.queries.sharing import statements
from records.tables import Consent, Disclosure
from records.upsert import insert_missing
from records.writes.outside import rescope


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about sharing. `id`: the same for the same word, however often it comes."""

    id: str
    patient_id: str
    scope: str
    status: str
    effective_at: datetime
    recorded_by: str
    limits: Sequence[str] = ()
    named: Sequence[str] = ()
    given_by: str = ""
    method: str = ""
    expires: datetime | None = None
    legal_basis: str = field(default="", repr=False)
    case_id: str = ""


async def record_consent(session: AsyncSession, said: Said, *, now: datetime) -> Consent:
    """Put a word about sharing on record, once; an objection cancels what of the patient waits to leave.

    Whom it is about takes part in cases of the patient no longer, or again (`records/writes/outside.py`).
    Cancelling is a note: whether something leaves is asked anew before every try (`activities/sending.py`).
    """
    row = Consent(
        consent_id=hashlib.sha256(f"{said.patient_id}\x00{said.id}".encode()).hexdigest()[:32],
        patient_id=said.patient_id,
        scope=said.scope,
        status=said.status,
        limits=list(said.limits),
        named=list(said.named),
        given_by=said.given_by,
        method=said.method,
        expires=said.expires,
        effective_at=said.effective_at,
        legal_basis=said.legal_basis,
        case_id=said.case_id,
        recorded_by=said.recorded_by,
        recorded_at=now,
    )
    is_new = await insert_missing(session, row)
    if is_new and said.status in OBJECTIONS and said.scope != SECONDARY:
        await cancel_pending(session, said.patient_id, now=now)
    if is_new and said.scope not in (CONTACT, SECONDARY):
        roots = {said.case_id} if said.case_id else {case.case_id for case in await cases_of(session, said.patient_id)}
        await rescope(session, roots, (said.patient_id,), now=now)
    return await session.get_one(Consent, row.consent_id)


async def cancel_pending(session: AsyncSession, patient_id: str, *, now: datetime) -> None:
    """Note that what of a patient waits to leave, or to be tried again, is stopped."""
    about = col(Disclosure.patient_id).in_(await same_patient(session, patient_id))
    pending = update(Disclosure).where(about, col(Disclosure.state) == "pending")
    await session.exec(pending.values(state="cancelled", reason="consent_withdrawn", settled_at=now))


async def join_consents(session: AsyncSession, merged_id: str, surviving_id: str, *, actor: str, now: datetime) -> None:
    """Put on record for the surviving patient, per scope, the stricter of what two patients said who are one.

    To be called before the two are merged, while each has words of their own; of two who are one nothing is said anew.
    """
    if merged_id in await same_patient(session, surviving_id):
        return
    of_merged = _general(await statements(session, merged_id), now)
    of_surviving = _general(await statements(session, surviving_id), now)
    for scope in sorted({*of_merged, *of_surviving}):
        words = [said[scope] for said in (of_merged, of_surviving) if scope in said]
        held = reduce(stricter, words)
        if held.status in OBJECTIONS or len(set(words)) > 1:
            await record_consent(session, _joined(held, merged_id, surviving_id, actor, now), now=now)
    both = (merged_id, surviving_id)
    roots = {case.case_id for known_as in both for case in await cases_of(session, known_as)}
    await rescope(session, roots, both, now=now)


async def part_consents(session: AsyncSession, merged_id: str, other_id: str, *, actor: str, now: datetime) -> None:
    """Put on record for a patient, who was taken for another one, what either has objected to or limited.

    To be called while the two still are one. A consent without limits is not copied: only their own word counts.
    """
    own = set(
        await session.exec(select(Consent.scope).where(Consent.patient_id == merged_id, Consent.status == "given"))
    )
    held = _general(await statements(session, merged_id), now)
    for scope, word in sorted(held.items()):
        if word.status in OBJECTIONS or (scope in own and (word.limits or word.named)):
            copied = replace(_joined(word, other_id, merged_id, actor, now), id=f"unmerge:{other_id}:{scope}:{now}")
            await record_consent(session, copied, now=now)


def _general(said: Sequence[Statement], now: datetime) -> dict[str, Statement]:
    """The newest word for each scope, without what holds for one case alone."""
    return {each.scope: each for each in newest(said, case_id="", now=now) if each.status != "legal_basis"}


def _joined(held: Statement, merged_id: str, surviving_id: str, actor: str, now: datetime) -> Said:
    return Said(
        id=f"merge:{merged_id}:{held.scope}:{now.isoformat()}",
        patient_id=surviving_id,
        scope=held.scope,
        status=held.status,
        effective_at=now,
        recorded_by=actor,
        limits=held.limits,
        named=held.named,
        method="merge",
        expires=held.expires,
    )


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is about to leave for one recipient."""

    key: str
    patient_id: str
    case_id: str
    channel: str
    recipient: str
    message: str
    profile: str = ""
    classes: Sequence[str] = ()
    withheld: Sequence[str] = ()


async def note_leaving(session: AsyncSession, leaving: Leaving, *, refused: str, now: datetime) -> bool:
    """Note what is about to leave, or (`refused`: why) what does not; say whether that was not on record.

    A further try of the same is the same row.
    """
    row = await session.get(Disclosure, leaving.key) or Disclosure(
        idempotency_key=leaving.key,
        patient_id=leaving.patient_id,
        case_id=leaving.case_id,
        channel=leaving.channel,
        recipient=leaving.recipient,
        message=leaving.message,
        state="",
        noted_at=now,
    )
    state = "withheld" if refused else "pending"
    if row.state == "sent" or (refused and row.state == state):
        return False
    row.profile, row.classes, row.withheld = leaving.profile, list(leaving.classes), {"classes": list(leaving.withheld)}
    row.state, row.reason, row.settled_at = state, refused, now if refused else None
    session.add(row)
    return True


async def settle_leaving(session: AsyncSession, key: str, *, state: str, reason: str = "", now: datetime) -> None:
    """Note that something has left, or was stopped in the last moment."""
    row = await session.get(Disclosure, key)
    if row is not None:
        row.state, row.reason, row.settled_at = state, reason, now
        session.add(row)
