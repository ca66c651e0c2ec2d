"""Is a moment that no calendar holds refused at the door, and overlooked where a case holds it?"""

import pytest
from pydantic import ValidationError

from api.moments import moment_in
from api.patient_view import slot_of
from api.shapes.cases import DateChange
from tests.api.conftest import Office, number

NO_UTC = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
EARLIEST = "0001-01-01T00:00:00+00:00"


@pytest.mark.parametrize("text", [*NO_UTC, EARLIEST, "2026-11-22", "2026-11-22T10:00:00", "soon", None, 20261122])
def test_what_says_no_moment_of_these_centuries_is_none(text: object) -> None:
    assert moment_in(text) is None


def test_a_moment_keeps_the_offset_in_which_it_is_written() -> None:
    moment = moment_in("2026-11-22T10:00:00+01:00")
    assert moment is not None
    assert moment.isoformat() == "2026-11-22T10:00:00+01:00"


@pytest.mark.parametrize("text", ["2027-02-30", "2027-03-01 or so", "soon"])
def test_a_treatment_is_moved_only_to_a_day_of_the_calendar(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DateChange(treatment="radiotherapy", new_date=text)
    assert text not in refused.value.errors()[0]["msg"]
    assert DateChange(treatment="radiotherapy", new_date="2027-03-01T09:00:00Z").new_date.endswith("Z")


def test_an_appointment_on_no_day_of_the_calendar_reminds_nobody() -> None:
    assert slot_of({"slot": EARLIEST}) is None


@pytest.mark.temporal
@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/incidents", {"older_than": "P999999999D"}),
        ("/incidents", {"older_than": "-P999999999D"}),
        ("/fhir/AuditEvent", {"date": "9999-12-31"}),
        *(("/fhir/AuditEvent", {"date": text}) for text in NO_UTC),
        *(("/tasks", {"due_before": text}) for text in NO_UTC),
        *(("/inbox/digest", {"since": text}) for text in NO_UTC),
        *(("/figures/alert-load", {"until": text}) for text in NO_UTC),
    ],
)
async def test_a_query_for_such_a_moment_is_invalid(office: Office, address: str, query: dict[str, str]) -> None:
    everybody = office.person("all", "admin", "privacy_officer")
    assert (await everybody.get(address, **query)).status_code == 422


@pytest.mark.temporal
@pytest.mark.parametrize("text", NO_UTC)
async def test_a_body_with_such_a_moment_is_invalid(office: Office, text: str) -> None:
    absence = {"since": NO_UTC[0], "until": text}
    assert (await office.dentist.post("/people/me/absences", absence)).status_code == 422
    booked = {"referral_id": f"R-{number()}", "appointment_id": "A-1", "status": "booked", "start": text}
    assert (await office.sender.post("/appointments", booked)).status_code == 422
