"""How many alerts do people get, and what becomes of them? The figure K29 of hazard H7, over a time.

A clinician-day is a day (in UTC) on which somebody with a clinical role used the system, as the audit has it. What
came for a person, or for a role of theirs, on such a day reached them, in the bundles in which they see it. What
patients and carers were told is nobody's alert. Cases of patients who have opted out of secondary use are left out.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from policy.alerts import Alert, Bundle, Tier, alert_rules
from policy.matrix import matrix
from records.queries.access import Side
from records.queries.alerts import Received, all_alerts
from records.queries.audit import seen_at_work
from records.queries.sharing import not_counted

CLINICIAN, PATIENT = "clinician", "patient"
TIERS: tuple[Tier, ...] = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Load:
    """What people were told. `bundles`: what each recipient has as one; `reached`: the same for each clinician-day."""

    alerts: int
    bundles: tuple[Bundle, ...]
    recipient_days: int
    reached: int
    clinician_days: int

    def of_tier(self, tier: int) -> tuple[Bundle, ...]:
        """Give the bundles of one tier."""
        return tuple(bundle for bundle in self.bundles if bundle.tier == tier)


async def load_between(session: AsyncSession, side: Side, *, since: datetime, until: datetime) -> Load:
    """Work out the load of somebody's organisation: alerts about its cases, people who act for it."""
    told = await all_alerts(session, side, since=since, until=until)
    private = await not_counted(session, {each.alert.case_id for each in told}, now=side.now)
    found = [each for each in told if each.alert.case_id not in private]
    return load_of(found, {day: await seen_at_work(session, side, *hours) for day, hours in _days(since, until)})


def load_of(found: Sequence[Received], there: Mapping[date, Mapping[str, frozenset[str]]]) -> Load:
    """Work out the load of what was told; `there`: by day, who was there in which roles."""
    days = {(person, day): roles for day, people in there.items() for person, roles in people.items()}
    staff = {person for (person, _), roles in days.items() if not _are(roles, PATIENT)}
    patients = {person for person, _ in days} - staff
    told = [each for each in found if not _is_for_a_patient(each, patients)]
    got: dict[tuple[str, str], list[Alert]] = {}
    for each in told:
        got.setdefault((each.kind, each.recipient), []).append(each.alert)
    clinical = {key: roles for key, roles in days.items() if _are(roles, CLINICIAN)}
    return Load(
        alerts=len(told),
        bundles=tuple(bundle for alerts in got.values() for bundle in alert_rules().bundles(alerts)),
        recipient_days=len({(each.kind, each.recipient, each.alert.at.date()) for each in told}),
        reached=sum(len(alert_rules().bundles(_reaching(got, key, roles))) for key, roles in clinical.items()),
        clinician_days=len(clinical),
    )


def _reaching(
    got: Mapping[tuple[str, str], Sequence[Alert]], key: tuple[str, date], roles: Iterable[str]
) -> list[Alert]:
    """What came for a person and their roles on one day."""
    person, day = key
    recipients = [("person", person), *(("role", role) for role in sorted(roles))]
    return [alert for each in recipients for alert in got.get(each, ()) if alert.at.date() == day]


def _is_for_a_patient(each: Received, patients: Collection[str]) -> bool:
    """Whether it was told to patients, carers, or one of `patients`, who were there as nothing else."""
    return _are((each.recipient,), PATIENT) if each.kind == "role" else each.recipient in patients


def _are(roles: Iterable[str], kind: str) -> bool:
    return any(matrix().is_of_type(role, kind) for role in roles)


def _days(since: datetime, until: datetime) -> list[tuple[date, tuple[datetime, datetime]]]:
    """The days (in UTC) of a time, each with its beginning and end within it."""
    midnight = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = []
    while midnight < until:
        days.append((midnight.date(), (max(midnight, since), min(midnight + timedelta(days=1), until))))
        midnight += timedelta(days=1)
    return days
