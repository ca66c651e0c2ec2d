"""How is a patient's record made into a referral: ServiceRequest and Task from a Procedure, or from scratch?

Patient records (Synthea's, for one) hold no ServiceRequest: a referral that was made stands in them as a
Procedure such as SNOMED CT 103697008 "Patient referral for dental care". It authorises a service and asks
for it, which is what ServiceRequest and Task say (FHIR R4 §12.1.2.5).
"""

from collections.abc import Mapping, Sequence

from interop.codes import SNOMED, canonical
from interop.fhir.bindings import EVENT_STATUS
from interop.fhir.elements import codeable_concept
from interop.fhir.resources import Resources
from interop.node import Node
from interop.referral import Coded

REFERRAL_PROCEDURES = frozenset(
    {
        "103696004",  # Patient referral to specialist
        "103697008",  # Patient referral for dental care
        "3457005",  # Patient referral
        "306206005",  # Referral to service
        "183515008",  # Referral to physician
        "183880002",  # Private referral to ear, nose and throat surgeon
    }
)
AUTHORISED_INTENTS = (
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
    "directive",
)
PLANNED = "plan"
"""Dental Data Exchange and others send referrals with this intent: who sends one wants it done."""

PROCEDURE_NUMBERS = "urn:referral-pathways:referral-procedure"
MADE = ("completed", "in-progress", "preparation")

Json = dict[str, object]


def service_request(
    *,
    identifier: Mapping[str, object],
    subject: Mapping[str, object],
    code: Mapping[str, object],
    reasons: Sequence[Mapping[str, object]] = (),
    priority: str | None = None,
    authored_on: str | None = None,
    requester: Mapping[str, object] | None = None,
    question: str | None = None,
) -> Json:
    """An active ServiceRequest (intent: order) in FHIR R4 JSON; all arguments are FHIR elements."""
    optional: Json = {
        "priority": priority,
        "reasonCode": list(reasons),
        "authoredOn": authored_on,
        "requester": dict(requester) if requester else None,
        "note": [{"text": question}] if question else None,
    }
    return {
        "resourceType": "ServiceRequest",
        "id": "referral",
        "identifier": [dict(identifier)],
        "status": "active",
        "intent": "order",
        "code": dict(code),
        "subject": dict(subject),
        **{name: value for name, value in optional.items() if value},
    }


def with_request(
    bundle: Mapping[str, object], request: Mapping[str, object], *, rt_start_date: str | None = None
) -> Json:
    """The Bundle with a ServiceRequest and a Task that asks for it, the radiotherapy date as Task.input."""
    task: Json = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "focus": {"reference": "ServiceRequest/referral"},
    }
    if rt_start_date is not None:
        task["input"] = [{"type": {"text": "rt_start_date"}, "valueDate": rt_start_date}]
    entries = bundle.get("entry")
    added = [{"resource": dict(request)}, {"resource": task}]
    return {**bundle, "entry": [*(entries if isinstance(entries, list) else ()), *added]}


def service_request_from_procedure(procedure: Node, resources: Resources) -> Json:
    """The ServiceRequest that a referral Procedure records.

    Raises:
        InteropError: neither an id nor the Bundle names the Procedure.
    """
    raw = procedure.value if isinstance(procedure.value, dict) else {}
    number = resources.known_as(procedure)[0] or procedure.required("id").required_text()
    return service_request(
        identifier={"system": PROCEDURE_NUMBERS, "value": number},
        subject=_object(raw.get("subject")),
        code=_object(raw.get("code")),
        reasons=[each for each in _list(raw.get("reasonCode")) if isinstance(each, dict)],
        authored_on=_made_at(procedure),
    )


def latest_referral_procedure(resources: Resources) -> Node | None:
    """The newest Procedure that is a referral; earlier ones are history and stay unread."""
    found = [node for node in resources.of_type("Procedure") if _is_referral(node)]
    newest = max(found, key=_made_at_instant, default=None)
    for node in found:
        node.forget()
    return newest


def _is_referral(node: Node) -> bool:
    status = node.get("status").choice(EVENT_STATUS, binding="EventStatus")
    coded = codeable_concept(node.get("code"))
    return status in MADE and coded is not None and refers(coded)


def refers(coded: Coded) -> bool:
    """Whether a code or its words say that a patient is referred."""
    if any(canonical(c.system) == SNOMED and c.code in REFERRAL_PROCEDURES for c in coded.codings()):
        return True
    return coded.words().lower().startswith(("referral", "patient referral"))


def _made_at(node: Node) -> str | None:
    return node.get("performedDateTime").text() or node.get("performedPeriod").get("start").text()


def _made_at_instant(node: Node) -> str:
    when = node.get("performedDateTime").instant() or node.get("performedPeriod").get("start").instant()
    return when.isoformat() if when else ""


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
