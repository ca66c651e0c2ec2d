"""What does a service outside get, as FHIR R4? A message bundle: header, Task with its status, the request, flags."""

from collections.abc import Mapping
from typing import Any

from interop.fhir.requesting import service_request
from interop.states import LoopStateName, loop_state
from interop.urgency import PRIORITY_IN_FHIR
from workflows.contract.requests import Work

EVENTS = "urn:referral-pathways:message"
REFERRALS = "urn:referral-pathways:referral"
REQUESTED = "referral.requested"
ORDERS = frozenset({"imaging.ordered", "lab.ordered"})
"""Messages by which something is ordered under a number of its own."""

RECORDED = "record.updated"
ORAL_RISKS = "urn:referral-pathways:oral-risk"

STATE_OF_MESSAGE: Mapping[str, LoopStateName] = {
    REQUESTED: "sent",
    **dict.fromkeys(ORDERS, "sent"),
    "referral.status.accepted": "accepted",
    "referral.status.declined": "rejected",
    "referral.info_requested": "awaiting_info",
    "referral.interim_note": "interim",
    "referral.outcome": "reported",
    "referral.cancelled": "cancelled",
    "appointment.booked": "booked",
    "appointment.noshow": "no_show",
}
"""The state of the loop that each outbound message announces (interop.states)."""

Json = dict[str, Any]


def message_bundle(message: str, referral_id: str, work: Work) -> Json:
    """Give the bundle; the same work gives the same bundle, so a repeat is recognised by its identifier."""
    content = [_task(message, referral_id)]
    if message == REQUESTED:
        content.append(_request(referral_id, work.variables, what=service_name(work.variables)))
    if message in ORDERS:
        number, what = (work.variables.get(name) for name in ("order_id", "modality"))
        content.append(
            _request(str(number or referral_id), work.variables, what=str(what or service_name(work.variables)))
        )
    if message == RECORDED:
        content.extend(_flags(work.variables))
    return {
        "resourceType": "Bundle",
        "identifier": {"system": EVENTS, "value": work.idempotency_key},
        "type": "message",
        "entry": [{"resource": resource} for resource in (_header(message), *content)],
    }


def _header(message: str) -> Json:
    return {
        "resourceType": "MessageHeader",
        "eventCoding": {"system": EVENTS, "code": message},
        "source": {"endpoint": "urn:referral-pathways"},
    }


def _task(message: str, referral_id: str) -> Json:
    state = loop_state(STATE_OF_MESSAGE.get(message, "received"))
    assert state is not None
    return {
        "resourceType": "Task",
        "status": state.task_status,
        "businessStatus": {"text": state.business_status},
        "intent": "order",
        "groupIdentifier": {"system": REFERRALS, "value": referral_id},
    }


def _request(number: str, variables: Mapping[str, Any], *, what: str) -> Json:
    question = variables.get("clinical_question")
    return service_request(
        identifier={"system": REFERRALS, "value": number},
        subject=_subject(variables.get("patient")),
        code={"text": what},
        reasons=[{"text": reason} for reason in _texts(variables.get("reason"))],
        priority=PRIORITY_IN_FHIR.get(str(variables.get("priority")), "routine"),
        question=question if isinstance(question, str) else None,
    )


def _flags(variables: Mapping[str, Any]) -> list[Json]:
    """Give what diseases, medicines and treatments mean for the mouth, one Flag each, for the medical record."""
    risks, subject = variables.get("oral_risks"), _subject(variables.get("patient"))
    return [_flag(risk, subject) for risk in risks if isinstance(risk, Mapping)] if isinstance(risks, list) else []


def _flag(risk: Mapping[str, Any], subject: Json) -> Json:
    return {
        "resourceType": "Flag",
        "status": "active",
        "category": [{"text": "Oral health"}],
        "code": {"coding": [{"system": ORAL_RISKS, "code": str(risk.get("code"))}], "text": str(risk.get("text"))},
        "subject": subject,
    }


def _subject(patient: object) -> Json:
    identifiers = patient.get("identifiers") if isinstance(patient, Mapping) else None
    first = identifiers[0] if isinstance(identifiers, list) and identifiers else {}
    return {"identifier": {name: first[name] for name in ("system", "value") if first.get(name)}}


def service_name(variables: Mapping[str, Any]) -> str:
    """Give the id of the target service: text, or the code of a coded value."""
    service = variables.get("service")
    if isinstance(service, Mapping):
        return str(service.get("code") or service.get("text") or "")
    return service if isinstance(service, str) else ""


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    found = [v.get("text") or v.get("display") or v.get("code") if isinstance(v, Mapping) else v for v in values]
    return [text for text in found if isinstance(text, str) and text]
