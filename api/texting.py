"""How does a notice reach a patient's phone? Through the gateway of the site (`PATHWAYS_SMS_URL`), once.

    POST <PATHWAYS_SMS_URL>                    Idempotency-Key, Authorization: Bearer <PATHWAYS_SMS_TOKEN>
    {"id": …, "patient_id": …, "language": "de", "text": …}

The gateway knows the number of a patient by `patient_id`; none is kept here. Others may read along on a phone: the
text says that there is news, or that an appointment is near, and nothing of what it is. What is not taken is tried
again, the pauses doubling from a minute, for a day; then it is a letter.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from sqlmodel import col

from api.patient_notices import TEXTED_WITHIN, Leaving, leaving
from api.surroundings import Surroundings
from pathways.patient_texts import in_language, words
from records.queries.inbox import REMINDER, delivery_attempts
from records.queries.patient_notices import gone_key
from records.tables import DeliveryAttempt, Notification
from records.writes.audit import append_audit
from records.writes.handovers import record_attempt

ACTOR = "system:texts"
TIMEOUT_SECONDS = 10.0
FIRST_PAUSE = timedelta(minutes=1)


async def send_texts(here: Surroundings) -> int:
    """Send what waits to be texted; give the number taken."""
    if not here.settings.sms_url:
        return 0
    async with here.database.reader() as session:
        recent = col(Notification.created_at) > here.clock() - TEXTED_WITHIN
        waiting = await leaving(session, here, "sms", recent)
        tries = [(each, await delivery_attempts(session, gone_key(each.notice, "sms"))) for each in waiting]
    due = [(each, tried) for each, tried in tries if _is_due(tried, here.clock())]
    if not due:
        return 0
    return await _sent_all(here, due)


async def _sent_all(here: Surroundings, due: Sequence[tuple[Leaving, Sequence[DeliveryAttempt]]]) -> int:
    """Send one after the other, until one is not answered: then the rest waits for the next sweep."""
    taken = 0
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
        for each, tried in due:
            attempt = await _sent(here, http, each, len(tried) + 1)
            taken += not attempt.error
            if attempt.status is None:
                break
    return taken


def _is_due(tried: Sequence[DeliveryAttempt], now: datetime) -> bool:
    return not tried or tried[-1].at + FIRST_PAUSE * 2 ** (len(tried) - 1) <= now


async def _sent(here: Surroundings, http: httpx.AsyncClient, each: Leaving, number: int) -> DeliveryAttempt:
    status, error = await _posted(here, http, each)
    attempt = DeliveryAttempt(
        idempotency_key=gone_key(each.notice, "sms"),
        attempt=number,
        service="sms",
        endpoint=urlsplit(here.settings.sms_url).hostname or "",
        at=here.clock(),
        status=status,
        error=error,
    )
    async with here.database.session() as session:
        await record_attempt(session, attempt)
        if not error:
            detail = {"patient_id": each.patient_id, "level": each.notice.level}
            case_id = each.notice.case_id
            await append_audit(
                session, actor=ACTOR, action="patient.texted", now=here.clock(), case_id=case_id, detail=detail
            )
    return attempt


async def _posted(here: Surroundings, http: httpx.AsyncClient, each: Leaving) -> tuple[int | None, str]:
    """Give the status, and the kind of error, empty when it was taken; the gateway's words stay outside."""
    settings, key = here.settings, hashlib.sha256(each.notice.idempotency_key.encode()).hexdigest()
    headers = {"Idempotency-Key": key}
    if settings.sms_token:
        headers["Authorization"] = f"Bearer {settings.sms_token}"
    body = {"id": key, "patient_id": each.patient_id, "language": each.language, "text": _text(each)}
    try:
        answer = await http.post(settings.sms_url, json=body, headers=headers)
    except httpx.HTTPError as error:
        return None, type(error).__name__
    return answer.status_code, "" if answer.is_success else "refused"


def _text(each: Leaving) -> str:
    is_reminder = each.notice.idempotency_key.startswith(REMINDER)
    return each.notice.text if is_reminder else in_language(words().waiting, each.language)
