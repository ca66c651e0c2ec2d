"""How does a FHIR R4 Bundle or ServiceRequest become a referral?

The ServiceRequest says what is asked for (FHIR R4 §12.15), an optional Task(requested) that it is asked for
now and how (§12.6). A Bundle with neither is accepted when it holds a referral note, or records a referral as
Procedure.
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
from interop.fhir.clinical import is_refuted, read_allergies, read_conditions, read_medications
from interop.fhir.consents import read_objections
from interop.fhir.documents import read_documents
from interop.fhir.elements import LONGEST, codeable_concept, concepts, identifiers
from interop.fhir.people import read_patient, read_requester
from interop.fhir.radiotherapy_start import read_rt_start
from interop.fhir.referral_note import ReferralNote, read_referral_note, service_request_from_note
from interop.fhir.requesting import (
    AUTHORISED_INTENTS,
    PLANNED,
    latest_referral_procedure,
    refers,
    service_request_from_procedure,
)
from interop.fhir.resources import (
    Resources,
    is_same_patient,
    read_resources,
    refuse_other_patient,
    refuse_other_versions,
    refuse_unread_modifiers,
    type_of,
)
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
ACTIVE = ("active",)


def referral_from_fhir(value: object, *, original: Document | None = None) -> Intake:
    """Turn a Bundle (transaction, collection, message, document) or a ServiceRequest into a referral.

    What was posted is kept as the document `fhir`: `original`, or the JSON, written anew without blanks.

    Raises:
        InteropError: not FHIR, no or several requests, not active, a required code outside its binding, no
            patient, or an element that may change the meaning and is not understood.
    """
    resources = read_resources(value)
    refuse_other_versions(resources)
    note = read_referral_note(resources)
    derived: tuple[LossNote, ...] = ()
    if not resources.of_type("ServiceRequest"):
        resources, derived = _derived_request(resources, note)
    task = _task(resources)
    request = _request(resources, task, note)
    intake = _read(resources, request, task, note, original=original or _original(value))
    refuse_unread_modifiers(resources)
    losses = (*intake.referral.losses, *derived, *resources.root.unread())
    return replace(intake, referral=intake.referral.model_copy(update={"losses": losses}))


def _original(value: object) -> Document:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return document(ORIGINAL, FHIR_MIME_TYPE, content)


def _derived_request(resources: Resources, note: ReferralNote | None) -> tuple[Resources, tuple[LossNote, ...]]:
    """The resources with the ServiceRequest that the referral note stands for, or the newest referral Procedure."""
    if note is None:
        return _request_from_history(resources)
    request = Node(
        service_request_from_note(note, resources), f"{note.node.where}(as ServiceRequest)", resources.root.read
    )
    said = LossNote(where=note.node.where, what="a referral note, read as ServiceRequest")
    return replace(resources, all=(*resources.all, request)), (said,)


def _request_from_history(resources: Resources) -> tuple[Resources, tuple[LossNote, ...]]:
    """The resources with the ServiceRequest that the newest referral Procedure stands for."""
    procedure = latest_referral_procedure(resources)
    if procedure is None:
        raise resources.root.fail(
            "holds neither a ServiceRequest nor a Procedure or note that is a referral",
            "Add a ServiceRequest that says what is asked for.",
        )
    where = f"{procedure.where}(as ServiceRequest)"
    request = Node(service_request_from_procedure(procedure, resources), where, resources.root.read)
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


def _request(resources: Resources, task: Node | None, note: ReferralNote | None) -> Node:
    """The ServiceRequest that the Task asks for, the one that the note names as its reason, or the only one that asks.

    Of several that are active, the only one whose code is a referral.
    """
    if task is not None:
        return resources.required(task.get("focus"), within=task, type_name="ServiceRequest")
    requests = (note.requests if note else ()) or resources.of_type("ServiceRequest")
    asking = [each for each in requests if _asks_now(each)]
    referrals = [each for each in asking if _is_referral(each)] if len(asking) > 1 else []
    chosen = referrals if len(referrals) == 1 else asking
    if len(chosen) > 1:
        raise chosen[1].fail(
            "is a second ServiceRequest", "Point to the referral with Task.focus, or send one per Bundle."
        )
    return (chosen or list(requests))[0]


def _asks_now(request: Node) -> bool:
    """Whether it is active; one of the record's past is left unread and so is reported."""
    if request.get("status").value in ACTIVE:
        return True
    request.forget()
    return False


def _is_referral(request: Node) -> bool:
    coded = codeable_concept(request.get("code"))
    if coded is not None and refers(coded):
        return True
    request.forget()
    return False


def _read(
    resources: Resources, request: Node, task: Node | None, note: ReferralNote | None, *, original: Document
) -> Intake:
    planned = _check_authorised(request)
    patient = resources.required(request.required("subject"), within=request, type_name="Patient")
    _check_same_patient(note, patient, resources)
    service, reasons = codeable_concept(request.get("code")), _reasons(request, patient, resources)
    question = _question(request, task, note)
    if service is None and not reasons and not question:
        raise request.fail("says neither what is asked for nor why", "Send code, reasonCode or note.")
    asked = tuple(each for each in (service, *reasons, *concepts(request.get("category"))) if each)
    where, stated = _stated_priority(request, task)
    urgent = FHIR_PRIORITY[stated] if stated else None
    priority, assumed = urgency(urgent, asked=asked, text=question, where=where)
    number, assigner = _number(request, resources)
    sent_at, undated = _sent_at(request, task, note)
    documents = (original, *read_documents(resources, patient))
    objections, denied = read_objections(resources, patient)
    referral = Referral(
        source="fhir",
        referral_id=number,
        assigner=assigner,
        service_code=service,
        reason=reasons,
        clinical_question=question,
        priority=priority,
        patient=read_patient(patient),
        requester=_requester(request, task, note, resources),
        sent_at=sent_at,
        conditions=read_conditions(resources, patient),
        medications=read_medications(resources, patient),
        allergies=read_allergies(resources, patient),
        rt_start_date=read_rt_start(resources, task),
        attachments=attachments(documents),
        losses=(*coarser(stated, where), *assumed, *undated, *planned, *denied, *(note.losses if note else ())),
    )
    return Intake(referral, documents, objections)


def _check_authorised(request: Node) -> tuple[LossNote, ...]:
    """A note when what was sent calls itself a plan."""
    status = request.required("status")
    if status.choice(REQUEST_STATUS, binding="RequestStatus") not in ACTIVE:
        raise status.fail("the ServiceRequest is not active", "Send it with status active.")
    intent = request.required("intent")
    said = intent.choice(REQUEST_INTENT, binding="RequestIntent")
    if said not in (*AUTHORISED_INTENTS, PLANNED):
        raise intent.fail("the ServiceRequest is not an order", "Send it with intent order.")
    if request.get("doNotPerform").flag():
        raise request.get("doNotPerform").fail("asks not to perform the service", "Send what shall be done.")
    return (
        (LossNote(where=intent.where, what="a plan, taken as an order since it was sent"),) if said == PLANNED else ()
    )


def _check_same_patient(note: ReferralNote | None, patient: Node, resources: Resources) -> None:
    """Refuse a note and a request about different people (hazard: wrong patient)."""
    subject = note.node.get("subject") if note else None
    target = resources.resolve(subject, within=note.node) if note and subject else None
    if note and subject and target is not None and not is_same_patient(target, patient):
        raise subject.fail("is not the patient of the ServiceRequest", "Send both for the same person.")


def _reasons(request: Node, patient: Node, resources: Resources) -> tuple[Coded, ...]:
    """reasonCode, and the codes of the Conditions and Observations that reasonReference points to."""
    found = list(concepts(request.get("reasonCode")))
    for reference in request.get("reasonReference").items():
        target = resources.resolve(reference, within=request)
        display = reference.get("display").text()
        named = Coded(text=display) if display else None
        coded = codeable_concept(target.get("code")) if target else named
        if target is not None:
            refuse_other_patient(target, patient, resources)
        if coded is not None and not (target and is_refuted(target)):
            found.append(coded)
        else:
            reference.forget()
    return tuple(found)


def _question(request: Node, task: Node | None, referral_note: ReferralNote | None) -> str:
    notes: list[str | None] = [referral_note.reason] if referral_note else []
    notes += [note.get("text").text() for note in request.get("note").items()]
    notes += [note.get("text").text() for note in task.get("note").items()] if task else []
    description = task.get("description").text() if task else None
    question = "\n".join(text for text in (*notes, description) if text)
    if len(question) > LONGEST:
        raise request.get("note").fail(f"has more than {LONGEST} characters", "Send what is long as a document.")
    return question


def _stated_priority(request: Node, task: Node | None) -> tuple[str, str | None]:
    """Position and code: the more urgent of ServiceRequest.priority and Task.priority."""
    nodes = [request.get("priority"), *([task.get("priority")] if task else [])]
    stated = [(node.where, node.choice(REQUEST_PRIORITY, binding="RequestPriority")) for node in nodes]
    known = [(where, code) for where, code in stated if code is not None]
    if not known:
        return nodes[0].where, None
    order = ("routine", "urgent", "asap", "stat")
    return max(known, key=lambda each: order.index(each[1]))


def _number(request: Node, resources: Resources) -> tuple[str, str | None]:
    """The placer's number (type PLAC) or the first identifier, else the resource's id and the server that gave it."""
    found = identifiers(request.get("identifier"))
    if found:
        chosen = next((each for each in found if each.kind == "PLAC"), found[0])
        return chosen.value, chosen.system
    number, server = resources.known_as(request)
    if number is None:
        raise request.fail("has neither identifier nor id", "Number the referral in ServiceRequest.identifier.")
    return number, server


def _sent_at(
    request: Node, task: Node | None, note: ReferralNote | None
) -> tuple[datetime | None, tuple[LossNote, ...]]:
    """ServiceRequest.authoredOn, else Task.authoredOn or the note's date, and a note when its time was assumed."""
    nodes = [request.get("authoredOn"), *([task.get("authoredOn")] if task else [])]
    nodes += [note.node.get("date")] if note else []
    node = next((each for each in nodes if each.present), nodes[0])
    moment, text = node.instant(), node.text() or ""
    if moment is None:
        return None, (LossNote(where=node.where, what="no time of sending"),)
    exact = len(text) > 10 and datetime.fromisoformat(text).tzinfo is not None
    return moment, () if exact else (LossNote(where=node.where, what="no time with offset; UTC assumed"),)


def _requester(request: Node, task: Node | None, note: ReferralNote | None, resources: Resources) -> Requester:
    """ServiceRequest.requester, else Task.requester or the note's author; a message's source is where answers go."""
    found = read_requester(request.get("requester"), resources, within=request)
    if found == Requester() and task is not None:
        found = read_requester(task.get("requester"), resources, within=task)
    if note is not None:
        found = _of_the_note(found, note, resources)
    if found.reply_to is None:
        for header in resources.of_type("MessageHeader"):
            endpoint = header.get("source").get("endpoint").text()
            return found.model_copy(update={"reply_to": endpoint})
    return found


def _of_the_note(found: Requester, note: ReferralNote, resources: Resources) -> Requester:
    """Who wrote the note when nobody else is named, and the organisation that keeps it when none is."""
    if found == Requester():
        found = read_requester(note.author(), resources, within=note.node)
    if found.organization is not None:
        return found
    keeper = read_requester(note.node.get("custodian"), resources, within=note.node)
    return found.model_copy(
        update={"organization": keeper.organization or keeper.name, "reply_to": found.reply_to or keeper.reply_to}
    )
