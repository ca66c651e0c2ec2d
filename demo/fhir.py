"""What does a general practice send? A FHIR R4 Bundle with ServiceRequest, Patient and Condition."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demo.patients import Patient
from interop.codes import SNOMED
from interop.fhir.requesting import service_request, with_request

RECORDS = "urn:demo:national-patient-number"
"""One number for a patient wherever they go: by it, and the birth date, their referrals find each other."""
STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def bundle(referral_id: str, who: Patient, referral: Mapping[str, Any], now: datetime, sender: str) -> dict[str, Any]:
    """Write a referral as the Bundle in which an organisation posts it."""
    reason = referral["reason"]
    request = service_request(
        identifier={"system": f"urn:demo:{sender}:referrals", "value": referral_id},
        subject={"reference": "Patient/patient"},
        code={"text": referral["service"]},
        reasons=[{"text": reason}],
        priority=referral["priority"],
        authored_on=now.isoformat(timespec="seconds"),
        question=referral["question"],
    )
    record = {"resourceType": "Bundle", "type": "collection", "entry": _record(who, referral)}
    return with_request(
        record,
        {**request, "requester": {"display": f"{sender.replace('_', ' ').capitalize()} (synthetic)"}},
        rt_start_date=referral.get("rt_start"),
    )


def _record(who: Patient, referral: Mapping[str, Any]) -> list[dict[str, Any]]:
    patient = {
        "resourceType": "Patient",
        "id": "patient",
        "identifier": [{"system": RECORDS, "value": who.number}],
        "name": [{"use": "official", "given": [who.given], "family": who.family}],
        "gender": who.gender,
        "birthDate": who.birth_date.isoformat(),
    }
    condition = {
        "resourceType": "Condition",
        "id": "condition-1",
        "subject": {"reference": "Patient/patient"},
        "clinicalStatus": {"coding": [{"system": STATUS, "code": "active"}]},
        "code": {"coding": [{"system": SNOMED, **referral["diagnosis"]}]},
    }
    return [{"resource": patient}, {"resource": condition}]
