"""How does a FHIR R4 Bundle or ServiceRequest become a referral?

The ServiceRequest says what is asked for (FHIR R4 §12.15), an optional Task(requested) that it is asked for
now and how (§12.6). A Bundle with neither is accepted when it records a referral as Procedure.
"""

import json
from dataclasses import replace
from datetime import datetime

from interop.fhir.bindings import (
    REQUEST_INTENT,
    REQUEST_PRIORITY,
    REQUEST_STATUS,
    TASK_INTENT,
    TASK_STATUS,
)
from interop.fhir.clinical import read_allergies, read_conditions, read_medications
from interop.fhir.documents import read_documents
from interop.fhir.elements import codeable_concept, concepts, identifiers
from interop.fhir.people import read_patient, read_requester
from interop.fhir.radiotherapy_start import read_rt_start
from interop.fhir.requesting import latest_referral_procedure, service_request_from_procedure
from interop.fhir.resources import Resources, read_resources, refuse_unread_modifiers, type_of
from interop.node import Node
from interop.referral import (
    Coded,
    Document,
    Intake,
    LossNote,
    Referral,
    Requester,
    attachments,
    document,
)
from interop.urgency import FHIR_PRIORITY, coarser, urgency

ORIGINAL = "fhir"
FHIR_MIME_TYPE = "application/fhir+json"
ASKING = ("requested", "received", "ready")
AUTHORISED_INTENTS = (
    "order",
    "original-order",
    "reflex-order",
    "filler-order",
    "instance-order",
    "directive",
)
ACTIVE = ("active",)


def referral_from_fhir(value: object) -> Intake:
    """Turn a Bundle (transaction, collection, message) or a ServiceRequest into a referral.

    The posted JSON, written anew without blanks, is kept as the document `fhir`.

    Raises:
        InteropError: not FHIR, no or several requests, not active, a required code outside its binding, no
            patient, or an element that may change the meaning and is not understood.
    """
    resources = read_resources(value)
    derived: tuple[LossNote, ...] = ()
    if not resources.of_type("ServiceRequest"):
        resources, derived = _request_from_history(resources)
    task = _task(resources)
    request = _request(resources, task)
    intake = _read(resources, request, task, original=_original(value))
    refuse_unread_modifiers(resources)
    losses = (*intake.referral.losses, *derived, *resources.root.unread())
    return Intake(intake.referral.model_copy(update={"losses": losses}), intake.documents)


def _original(value: object) -> Document:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return document(ORIGINAL, FHIR_MIME_TYPE, content)


def _request_from_history(resources: Resources) -> tuple[Resources, tuple[LossNote, ...]]:
    """The resources with the ServiceRequest that the newest referral Procedure stands for."""
    procedure = latest_referral_procedure(resources)
    if procedure is None:
        raise resources.root.fail(
            "holds neither a ServiceRequest nor a Procedure that is a referral",
            "Add a ServiceRequest that says what is asked for.",
        )
    where = f"{procedure.where}(as ServiceRequest)"
    request = Node(service_request_from_procedure(procedure), where, resources.root.read)
    procedure.keep()
    note = LossNote(where=procedure.where, what="a Procedure that is a referral, read as ServiceRequest")
    return replace(resources, all=(*resources.all, request)), (note,)


def _task(resources: Resources) -> Node | None:
    """The one Task that asks for a ServiceRequest now."""
    asking = [node for node in resources.of_type("Task") if _asks(node, resources)]
    if len(asking) > 1:
        raise asking[1].fail("is a second Task that asks for a ServiceRequest", "Send one referral per Bundle.")
    return asking[0] if asking else None


def _asks(node: Node, resources: Resources) -> bool:
    status = node.required("status").choice(TASK_STATUS, binding="TaskStatus")
    node.required("intent").choice(TASK_INTENT, binding="TaskIntent")
    node.get("priority").choice(REQUEST_PRIORITY, binding="RequestPriority")
    target = resources.resolve(node.get("focus"), within=node)
    if target is None or type_of(target) != "ServiceRequest":
        node.forget()
        return False
    if status not in ASKING:
        raise node.get("status").fail("the Task does not ask any more", f"Send one of: {', '.join(ASKING)}.")
    return True


def _request(resources: Resources, task: Node | None) -> Node:
    """The ServiceRequest that the Task asks for, or the only one."""
    requests = resources.of_type("ServiceRequest")
    if task is not None:
        return resources.required(task.get("focus"), within=task, type_name="ServiceRequest")
    if len(requests) > 1:
        raise requests[1].fail(
            "is a second ServiceRequest", "Point to the referral with Task.focus, or send one per Bundle."
        )
    return requests[0]


def _read(resources: Resources, request: Node, task: Node | None, *, original: Document) -> Intake:
    _check_authorised(request)
    patient = resources.required(request.required("subject"), within=request, type_name="Patient")
    service, reasons = codeable_concept(request.get("code")), _reasons(request, resources)
    question = _question(request, task)
    if service is None and not reasons and not question:
        raise request.fail("says neither what is asked for nor why", "Send code, reasonCode or note.")
    asked = tuple(each for each in (service, *reasons, *concepts(request.get("category"))) if each)
    where, stated = _stated_priority(request, task)
    urgent = FHIR_PRIORITY[stated] if stated else None
    priority, assumed = urgency(urgent, asked=asked, text=question, where=where)
    number, assigner = _number(request)
    sent_at, undated = _sent_at(request, task)
    documents = (original, *read_documents(resources))
    referral = Referral(
        source="fhir",
        referral_id=number,
        assigner=assigner,
        service_code=service,
        reason=reasons,
        clinical_question=question,
        priority=priority,
        patient=read_patient(patient),
        requester=_requester(request, task, resources),
        sent_at=sent_at,
        conditions=read_conditions(resources, patient),
        medications=read_medications(resources, patient),
        allergies=read_allergies(resources, patient),
        rt_start_date=read_rt_start(resources, task),
        attachments=attachments(documents),
        losses=(*coarser(stated, where), *assumed, *undated),
    )
    return Intake(referral, documents)


def _check_authorised(request: Node) -> None:
    status = request.required("status")
    if status.choice(REQUEST_STATUS, binding="RequestStatus") not in ACTIVE:
        raise status.fail("the ServiceRequest is not active", "Send it with status active.")
    intent = request.required("intent")
    if intent.choice(REQUEST_INTENT, binding="RequestIntent") not in AUTHORISED_INTENTS:
        raise intent.fail("the ServiceRequest is not an order", "Send it with intent order.")
    if request.get("doNotPerform").flag():
        raise request.get("doNotPerform").fail("asks not to perform the service", "Send what shall be done.")


def _reasons(request: Node, resources: Resources) -> tuple[Coded, ...]:
    """reasonCode, and the codes of the Conditions and Observations that reasonReference points to."""
    found = list(concepts(request.get("reasonCode")))
    for reference in request.get("reasonReference").items():
        target = resources.resolve(reference, within=request)
        display = reference.get("display").text()
        named = Coded(text=display) if display else None
        coded = codeable_concept(target.get("code")) if target else named
        if coded is not None:
            found.append(coded)
    return tuple(found)


def _question(request: Node, task: Node | None) -> str:
    notes = [note.get("text").text() for note in request.get("note").items()]
    notes += [note.get("text").text() for note in task.get("note").items()] if task else []
    description = task.get("description").text() if task else None
    return "\n".join(text for text in (*notes, description) if text)


def _stated_priority(request: Node, task: Node | None) -> tuple[str, str | None]:
    """Position and code: the more urgent of ServiceRequest.priority and Task.priority."""
    nodes = [request.get("priority"), *([task.get("priority")] if task else [])]
    stated = [(node.where, node.choice(REQUEST_PRIORITY, binding="RequestPriority")) for node in nodes]
    known = [(where, code) for where, code in stated if code is not None]
    if not known:
        return nodes[0].where, None
    order = ("routine", "urgent", "asap", "stat")
    return max(known, key=lambda each: order.index(each[1]))


def _number(request: Node) -> tuple[str, str | None]:
    """The placer's number (type PLAC) or the first identifier, else the resource id."""
    found = identifiers(request.get("identifier"))
    if found:
        chosen = next((each for each in found if each.kind == "PLAC"), found[0])
        return chosen.value, chosen.system
    number = request.get("id").text()
    if number is None:
        raise request.fail("has neither identifier nor id", "Number the referral in ServiceRequest.identifier.")
    return number, None


def _sent_at(request: Node, task: Node | None) -> tuple[datetime | None, tuple[LossNote, ...]]:
    """ServiceRequest.authoredOn, else Task.authoredOn, and a note when its time had to be assumed."""
    nodes = [request.get("authoredOn"), *([task.get("authoredOn")] if task else [])]
    node = next((each for each in nodes if each.present), nodes[0])
    moment, text = node.instant(), node.text() or ""
    if moment is None:
        return None, (LossNote(where=node.where, what="no time of sending"),)
    exact = len(text) > 10 and datetime.fromisoformat(text).tzinfo is not None
    return moment, () if exact else (LossNote(where=node.where, what="no time with offset; UTC assumed"),)


def _requester(request: Node, task: Node | None, resources: Resources) -> Requester:
    """ServiceRequest.requester, else Task.requester; a message's source is where an answer goes."""
    found = read_requester(request.get("requester"), resources, within=request)
    if found == Requester() and task is not None:
        found = read_requester(task.get("requester"), resources, within=task)
    if found.reply_to is None:
        for header in resources.of_type("MessageHeader"):
            endpoint = header.get("source").get("endpoint").text()
            return found.model_copy(update={"reply_to": endpoint})
    return found
