"""Who hears of a death, a red flag, a patient's no, a missed or moved visit or date that no pathway acts on?

Such a case keeps the message in case it waits for it one day. That must not happen in silence: its coordinator is told
at once, and once.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from records.queries.people import COORDINATOR
from records.tables import Message
from records.writes.handovers import tell_role

TEXTS = {
    "patient.died": ("warning", "The patient has died, and this pathway does not act on it: end what is planned."),
    "patient.declined": ("warning", "The patient has said no, and this pathway does not act on it: talk with them."),
    "redflag.raised": (
        "red_flag",
        "A red flag was raised, and this pathway does not act on it: have it looked at now.",
    ),
    "appointment.noshow": (
        "warning",
        "The patient has missed an appointment that nothing in this case waits for: see that somebody calls them.",
    ),
    "appointment.cancelled": (
        "warning",
        "An appointment is cancelled that nothing in this case waits for: see whether the patient needs another one.",
    ),
    "appointment.rescheduled": (
        "warning",
        "An appointment has moved that nothing in this case waits for: look whether the new time still fits.",
    ),
    "referral.info_supplied": (
        "warning",
        "Information for a referral came when nobody waited for it any more: give it to whoever sees the patient.",
    ),
    "treatment.date_changed": (
        "warning",
        "A date of treatment has moved, and this pathway does not act on it: look whether what is planned still fits.",
    ),
    "treatment.started": (
        "warning",
        "A treatment has started, and this pathway does not wait for that yet: see what is open before it.",
    ),
    "treatment.cancelled": (
        "warning",
        "A treatment is cancelled, and this pathway does not act on it: look what is still to be done.",
    ),
}
"""By message: the level, and what the coordinator is told."""


async def tell_of_unheeded(
    session: AsyncSession, message: Message, *, kept_by: Collection[str], heeded_by: Collection[str], now: datetime
) -> None:
    """Tell of a message that cases only keep, where none of the same tree of cases has acted on it."""
    if message.name not in TEXTS:
        return
    level, text = TEXTS[message.name]
    for root in sorted({_root(case_id) for case_id in kept_by} - {_root(case_id) for case_id in heeded_by}):
        key, about = f"unheeded:{message.message_id}:{root}", message.message_id
        await tell_role(session, COORDINATOR, root, text, level=level, key=key, now=now, activation=about)


def _root(case_id: str) -> str:
    return case_id.partition("/")[0]
