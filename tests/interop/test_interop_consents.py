"""A FHIR Consent that denies is an objection of the patient, never left out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from interop_documents import bundle

from interop.errors import InteropError
from interop.fhir.consents import COUNTED, OF_CARE, TAKEN
from interop.intake import from_fhir

DENIED = {"provision": {"type": "deny"}}
RESEARCH, CARE = (
    {"scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": code}]}}
    for code in ("research", "treatment")
)
OPTED_OUT = {"policyRule": {"coding": [{"code": "OPTOUT"}]}}


def sent(**consent: Any) -> dict[str, Any]:
    document = bundle()
    said = {"resourceType": "Consent", "status": "active", "patient": {"reference": "urn:uuid:p"}, **consent}
    document["entry"].append({"resource": said})
    return document


@pytest.mark.parametrize(
    ("consent", "objected"),
    [
        pytest.param(DENIED, ("sharing", "refused"), id="a denial"),
        pytest.param(
            {"provision": {"type": "permit", "provision": [{"type": "deny", "class": [{"code": "x"}]}]}},
            ("sharing", "refused"),
            id="a denial inside of a permit",
        ),
        pytest.param(OPTED_OUT, ("sharing", "opted_out"), id="opted out by policy"),
        pytest.param({"status": "inactive"}, ("sharing", "withdrawn"), id="a consent that has ended"),
        pytest.param({"status": "rejected", "provision": {"type": "permit"}}, ("sharing", "refused"), id="rejected"),
        pytest.param({**DENIED, **RESEARCH}, ("secondary_use", "refused"), id="no research"),
        pytest.param({**DENIED, "patient": {"display": "?"}}, ("sharing", "refused"), id="of nobody who came along"),
        pytest.param({**DENIED, "status": None}, ("sharing", "refused"), id="without a status"),
    ],
)
def test_a_denial_becomes_an_objection(consent: dict[str, Any], objected: tuple[str, str]) -> None:
    intake = from_fhir(sent(**consent))
    assert [(each.scope, each.status) for each in intake.objections] == [objected]
    note = COUNTED if objected[0] == "secondary_use" else TAKEN
    assert [each.where for each in intake.referral.losses if each.what == note] == ["Bundle.entry[8].resource"]


@pytest.mark.parametrize(
    "consent",
    [
        pytest.param({"provision": {"type": "permit"}}, id="a permit"),
        pytest.param({"status": "inactive", **DENIED}, id="a denial that has ended"),
        pytest.param({"status": "draft", **DENIED}, id="a draft"),
        pytest.param({"status": "entered-in-error", **DENIED}, id="an error"),
    ],
)
def test_what_denies_nothing_is_named_as_not_carried(consent: dict[str, Any]) -> None:
    intake = from_fhir(sent(**consent))
    assert intake.objections == ()
    assert "Bundle.entry[*].resource(Consent)" in {each.where for each in intake.referral.losses}


def test_a_denial_of_another_person_is_not_the_patients() -> None:
    document = sent(**DENIED, patient={"reference": "urn:uuid:other"})
    other = {"resourceType": "Patient", "id": "other", "name": [{"text": "Somebody Else"}]}
    document["entry"].append({"fullUrl": "urn:uuid:other", "resource": other})
    assert from_fhir(document).objections == ()


def test_a_denial_of_treatment_is_told_and_stops_no_sharing() -> None:
    intake = from_fhir(sent(**DENIED, **CARE))
    assert intake.objections == ()
    assert OF_CARE in [each.what for each in intake.referral.losses]


def test_it_says_since_when_and_until_when() -> None:
    (lasting,) = from_fhir(
        sent(dateTime="2026-05-01T10:00:00+02:00", provision={"type": "deny", "period": {"end": "2027-05-01"}})
    ).objections
    assert lasting.said_at == datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert lasting.expires == datetime(2027, 5, 2, tzinfo=UTC), "the last day belongs to it"
    assert from_fhir(sent(**DENIED)).objections == from_fhir(sent(**DENIED)).objections


def test_a_status_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InteropError, match="ConsentState"):
        from_fhir(sent(**DENIED, status="denied"))
