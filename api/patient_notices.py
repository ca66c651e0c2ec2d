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
from records.queries.patient_notices import WAYS, Way, gone, has_died, may_leave
from records.queries.patient_view import preference_of
from records.queries.patients import same_patient
from records.queries.sharing import statements
from records.tables import Notification, PatientPreference

TEXTED_WITHIN = timedelta(days=1)
PORTAL = "portal"
MOST = 500


@dataclass(frozen=True, slots=True)
class Leaving:
    """A notice that is to leave the portal, for whom and in which language."""

    notice: Notification
    patient_id: str
    language: str


@dataclass(frozen=True, slots=True)
class _Patient:
    ids: tuple[str, ...]
    preference: PatientPreference | None
    said: Sequence[Statement]

    @property
    def language(self) -> str:
        return self.preference.language if self.preference else ENGLISH


def offered(settings: ApiSettings) -> tuple[str, ...]:
    """Give the channels that a patient may choose here; no address of a patient is kept, so e-mail is none."""
    return (PORTAL, *WAYS) if settings.sms_url else (PORTAL, "letter")


async def leaving(session: AsyncSession, here: Surroundings, way: Way, *where: Any) -> list[Leaving]:
    """Give what is to leave this way now, the oldest first, `MOST` at once; what stays keeps nothing else back."""
    found: list[Leaving] = []
    known: dict[str, _Patient | None] = {"": None}
    page = await may_leave(session, way, *where)
    while page and len(found) < MOST:
        texted = await gone(session, [notice for notice, _ in page], "sms")
        for notice, patient_id in page:
            if patient_id not in known:
                known[patient_id] = await _patient(session, patient_id)
            patient = known[patient_id]
            if patient and _goes(here, notice, patient, way, texted=notice.idempotency_key in texted):
                found.append(Leaving(notice, patient.ids[0], patient.language))
        page = await may_leave(session, way, *where, after=page[-1][0])
    return found[:MOST]


async def _patient(session: AsyncSession, patient_id: str) -> _Patient | None:
    """What has to be known of a patient before something goes to them; None: they have died."""
    ids = await same_patient(session, patient_id)
    if await has_died(session, ids):
        return None
    preference, said = await preference_of(session, ids), await statements(session, patient_id)
    return _Patient(ids, preference, said)


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


def _goes(here: Surroundings, notice: Notification, patient: _Patient, way: Way, *, texted: bool) -> bool:
    if not may_be_told(patient.said, notice, here.clock()):
        return False
    ways = ways_of(notice, patient.preference, texting=bool(here.settings.sms_url))
    late = notice.created_at <= here.clock() - TEXTED_WITHIN
    if way == "sms":
        return way in ways and not late
    return way in ways or (late and "sms" in ways and not texted)


def text_of(notice: Notification, language: str) -> str:
    """Give what a notice says to a patient."""
    return plain(notice.idempotency_key, notice.text, language)


def plain(key: str, text: str, language: str) -> str:
    """Give what the notice with this key says to a patient; that of a rung names a step, for those who work on it."""
    return in_language(words().told["contact"], language) if RUNG in key else text
