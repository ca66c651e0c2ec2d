"""How many alerts reach a clinician on a day at work (K29)?"""

from datetime import UTC, date, datetime, timedelta

from api.alert_load import load_of
from policy.alerts import Alert
from records.queries.alerts import Received

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIRST, SECOND = date(2026, 1, 5), date(2026, 1, 6)


def got(kind: str, recipient: str, minutes: float = 0, case: str = "case-1", text: str = "Examine") -> Received:
    at = MONDAY + timedelta(minutes=minutes)
    return Received(kind, recipient, Alert(f"{kind}{recipient}{minutes}{case}", case, "reminder", text, "inbox", at))


def people(**roles: str) -> dict[str, frozenset[str]]:
    return {person: frozenset(each.split()) for person, each in roles.items()}


def test_three_changes_in_an_hour_are_one_alert_to_each_clinician_of_the_role() -> None:
    told = [got("role", "pharmacist"), got("role", "pharmacist", 20), got("role", "pharmacist", 50)]
    load = load_of(told, {FIRST: people(ann="pharmacist", bob="pharmacist ent_surgeon", eve="radiologist")})
    assert (load.alerts, len(load.bundles), load.recipient_days) == (3, 1, 1)
    assert (load.reached, load.clinician_days) == (2, 3)


def test_what_comes_by_name_and_by_role_about_one_case_reaches_somebody_as_one() -> None:
    told = [got("role", "pharmacist"), got("person", "ann", 5), got("person", "ann", 10, "case-2")]
    load = load_of(told, {FIRST: people(ann="pharmacist")})
    assert (len(load.bundles), load.reached) == (3, 2)


def test_a_day_at_work_without_an_alert_counts_and_an_alert_on_a_day_off_reaches_nobody() -> None:
    load = load_of([got("role", "pharmacist", 24 * 60)], {FIRST: people(ann="pharmacist"), SECOND: people()})
    assert (load.reached, load.clinician_days, load.recipient_days) == (0, 1, 1)


def test_coordinators_are_no_clinicians_and_patients_get_no_alerts() -> None:
    told = [got("role", "patient"), got("person", "pat"), got("role", "carer"), got("role", "coordinator")]
    load = load_of(told, {FIRST: people(pat="patient", elm="coordinator", ann="pharmacist")})
    assert (load.alerts, load.reached, load.clinician_days) == (1, 0, 1)
