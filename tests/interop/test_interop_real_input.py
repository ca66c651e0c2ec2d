"""Input that nobody on the project wrote becomes referrals, unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest

from interop.errors import InteropError
from interop.fhir.requesting import service_request, with_request
from interop.intake import from_360x, from_fhir

REFERRALS = Path("/work/shared/data/referrals")
RECORDS = sorted((REFERRALS / "synthea").glob("*.json"))
WITHOUT_REFERRAL = ("06", "34")

pytestmark = pytest.mark.skipif(not REFERRALS.exists(), reason="/work/shared/data is not on this machine")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_the_reference_adapters_envelope_becomes_a_dental_clearance() -> None:
    value = read(REFERRALS / "inbound_pcc55.json")
    referral = from_360x(value).referral
    assert referral.referral_id == "REF-1001"
    assert referral.pathway_hint == "pre_rt_dental_clearance"
    assert referral.patient.birth_date == "1958-03-12"
    assert referral.requester.organization == "Riverbend Oncology Associates"
    assert [each.code for each in referral.reason] == ["183932001"]
    assert [each.code for each in referral.conditions] == ["363349007"]
    assert [each.code for each in referral.medications] == ["312086"]
    assert [each.code for each in referral.allergies] == ["373270004"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_synthetic_patient_is_referred(path: Path) -> None:
    value = read(path)
    if path.stem in WITHOUT_REFERRAL:
        with pytest.raises(InteropError, match="neither a ServiceRequest nor a Procedure"):
            from_fhir(value)
        value = with_request(value, clearance(value))
    referral = from_fhir(value).referral
    records = [entry["resource"] for entry in value["entry"]]
    assert referral.service_code is not None
    for name, kind in (
        ("conditions", "Condition"),
        ("medications", "MedicationRequest"),
        ("allergies", "AllergyIntolerance"),
    ):
        assert len(getattr(referral, name)) == sum(each["resourceType"] == kind for each in records)
    json.dumps(referral.to_variables())


def clearance(value: dict[str, Any]) -> dict[str, object]:
    patient = value["entry"][0]["fullUrl"]
    return service_request(
        identifier={"system": "urn:example:placer", "value": "S-1"},
        subject={"reference": patient},
        code={"text": "Dental care"},
    )


def test_there_are_forty_synthetic_patients() -> None:
    assert len(RECORDS) == 40
