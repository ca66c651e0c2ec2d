"""What does a system send that speaks neither FHIR nor IHE? The plain JSON of `POST /referrals`."""

from collections.abc import Mapping
from typing import Any

from demo.fhir import RECORDS
from demo.patients import Patient
from interop.codes import SNOMED


def plain(referral_id: str, who: Patient, referral: Mapping[str, Any], sender: str) -> dict[str, Any]:
    """Write a referral as the JSON in which an organisation posts it."""
    return {
        "referral_id": referral_id,
        "assigner": sender,
        "service_code": {"text": referral["service"]},
        "reason": [{"text": referral["reason"]}],
        "clinical_question": referral["question"],
        "priority": referral["priority"],
        "conditions": [{"system": SNOMED, **referral["diagnosis"]}],
        "medications": [{"text": each} for each in referral.get("medications", ())],
        "patient": {
            "identifiers": [{"system": RECORDS, "value": who.number}],
            "name": who.name,
            "birth_date": who.birth_date.isoformat(),
            "gender": who.gender,
        },
        "requester": {"organization": sender},
    }
