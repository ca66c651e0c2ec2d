"""What does our FHIR interface say it can do (CapabilityStatement, FHIR R4 §5.2)?"""

from collections.abc import Mapping, Sequence
from datetime import date

INTERACTIONS: Mapping[str, tuple[str, ...]] = {
    "ServiceRequest": ("create",),
    "Task": ("read", "search-type"),
    "AuditEvent": ("search-type",),
}
"""What the API offers today; a route added there is added here."""


def capability_statement(
    *,
    version: str,
    published: date,
    base_url: str,
    interactions: Mapping[str, Sequence[str]] = INTERACTIONS,
) -> dict[str, object]:
    """The CapabilityStatement of a running instance at `base_url`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": published.isoformat(),
        "kind": "instance",
        "software": {"name": "Referral Pathways", "version": version},
        "implementation": {"description": "Referral pathways over FHIR", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml"],
        "rest": [
            {
                "mode": "server",
                "documentation": "Everything is read and answered in JSON and XML; a Bundle carries one referral.",
                "resource": [_resource(name, codes) for name, codes in interactions.items()],
                "interaction": [{"code": "transaction"}],
            }
        ],
    }


def _resource(name: str, codes: Sequence[str]) -> dict[str, object]:
    return {"type": name, "interaction": [{"code": code} for code in codes]}
