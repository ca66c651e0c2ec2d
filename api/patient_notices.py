"""How does a notice reach a patient who does not look into the portal? By text message or letter, as they chose.

A rung may name a way too (`LAD-PATIENT`). What cannot be texted becomes a letter: where there is no gateway, and when
the gateway has not taken it for a day. Objections are asked when something is about to leave, not only before, and
nothing goes to somebody who has died.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notification import RUNG
from activities.sending import to_person_or_role
from api.settings import ApiSettings
from api.surroundings import Surroundings
from pathways.patient_texts import ENGLISH, in_language, words
from policy.consent import Statement, decide
from records.queries.patient_notices import WAYS, Way, gone_key, has_died, may_leave
from records.queries.patient_view import preference_of
from records.queries.patients import same_patient
from records.queries.sharing import statements
from records.tables import Notification, PatientPreference
from records.writes.handovers import was_taken

TEXTED_WITHIN = timedelta(days=1)
PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A notice that is to leave the portal, for whom and in which language."""

    notice: Notification
    patient_id: str
    language: str


def offered(settings: ApiSettings) -> tuple[str, ...]:
    """Give the channels that a patient may choose here; no address of a patient is kept, so e-mail is none."""
    return (PORTAL, *WAYS) if settings.sms_url else (PORTAL, "letter")


async def leaving(session: AsyncSession, here: Surroundings, way: Way, *where: Any) -> list[Leaving]:
    """Give what is to leave this way now, the oldest first."""
    found: list[Leaving] = []
    for patient_id, notices in (await may_leave(session, way, *where)).items():
        ids = await same_patient(session, patient_id)
        if await has_died(session, ids):
            continue
        preference, said = await preference_of(session, ids), await statements(session, patient_id)
        for notice in notices:
            goes = await _goes(session, here, notice, preference, way)
            if goes and may_be_told(said, notice, here.clock()):
                found.append(Leaving(notice, ids[0], preference.language if preference else ENGLISH))
    return sorted(found, key=lambda each: each.notice.created_at)


def may_be_told(said: Sequence[Statement], notice: Notification, now: datetime) -> bool:
    """Whether the patient has not objected to being written to, or to their carer hearing of it."""
    to = to_person_or_role(notice.recipient_kind, notice.recipient, "notification", "reminder")
    root = notice.case_id.partition("/")[0]
    return to is None or decide(said, to.recipient, case_id=root, now=now).kind == "allowed"


def ways_of(notice: Notification, preference: PatientPreference | None, *, texting: bool) -> frozenset[str]:
    """Give how a notice leaves: as the patient had chosen by then, else as it says itself."""
    named = {each.strip() for each in notice.channel.split(",")}
    if preference and preference.channel in WAYS and preference.changed_at <= notice.created_at:
        named = {preference.channel}
    if "sms" in named and not texting:
        named = (named - {"sms"}) | (set() if PORTAL in named else {"letter"})
    return frozenset(named.intersection(WAYS))


async def _goes(
    session: AsyncSession, here: Surroundings, notice: Notification, preference: PatientPreference | None, way: Way
) -> bool:
    ways = ways_of(notice, preference, texting=bool(here.settings.sms_url))
    late = notice.created_at <= here.clock() - TEXTED_WITHIN
    if way == "sms":
        return way in ways and not late
    if way in ways or not (late and "sms" in ways):
        return way in ways
    return not await was_taken(session, gone_key(notice, "sms"))


def text_of(notice: Notification, language: str) -> str:
    """Give what a notice says to a patient; that of a rung names a step, which is for those who work on it."""
    return in_language(words().told["contact"], language) if RUNG in notice.idempotency_key else notice.text
