"""Which conditions, medications and allergies does a patient have (Condition, MedicationRequest, …)?

Only what belongs to the referred patient is read. A statement that was refuted, entered in error or forbids
something is never carried as its opposite: it is left unread and so becomes a loss note.
"""

from collections.abc import Callable

from interop.fhir.bindings import (
    ALLERGY_VERIFICATION,
    CLINICAL_STATUS,
    CONDITION_VERIFICATION,
    MEDICATION_REQUEST_STATUS,
    MEDICATION_STATEMENT_STATUS,
)
from interop.fhir.elements import bound_concept, codeable_concept
from interop.fhir.resources import Resources, is_same_patient, type_of
from interop.node import Node
from interop.referral import Coded

NOT_TRUE = ("refuted", "entered-in-error")
NOT_TAKEN = ("entered-in-error", "not-taken", "draft", "cancelled")
MOST = 500
"""Of each kind; a record of many years holds thousands of prescriptions."""

Reader = Callable[[Node, Resources], Coded | None]
Stated = list[tuple[Node, Coded]]


def read_conditions(resources: Resources, patient: Node) -> tuple[Coded, ...]:
    """The patient's conditions with their clinical status."""
    return _carried(_read(resources, patient, "Condition", subject="subject", reader=_condition))


def read_allergies(resources: Resources, patient: Node) -> tuple[Coded, ...]:
    """The patient's allergies and intolerances with their clinical status."""
    return _carried(_read(resources, patient, "AllergyIntolerance", subject="patient", reader=_allergy))


def read_medications(resources: Resources, patient: Node) -> tuple[Coded, ...]:
    """The patient's medications, prescribed or reported, with their status."""
    prescribed = _read(resources, patient, "MedicationRequest", subject="subject", reader=_prescribed)
    reported = _read(resources, patient, "MedicationStatement", subject="subject", reader=_reported)
    return _carried([*prescribed, *reported])


def _carried(found: Stated) -> tuple[Coded, ...]:
    """As many as a referral carries, what is active first; the rest stays unread and so is reported."""
    ranked = sorted(found, key=lambda each: each[1].status not in (None, "active")) if len(found) > MOST else found
    for node, _ in ranked[MOST:]:
        node.forget()
    return tuple(coded for _, coded in ranked[:MOST])


def is_refuted(node: Node) -> bool:
    """Whether a Condition that a reason names was refuted, or it or an observation entered in error."""
    if type_of(node) != "Condition":
        return node.get("status").text() in NOT_TAKEN
    verification = node.get("verificationStatus")
    return bound_concept(verification, CONDITION_VERIFICATION, binding="ConditionVerificationStatus") in NOT_TRUE


def _read(resources: Resources, patient: Node, type_name: str, *, subject: str, reader: Reader) -> Stated:
    """What `reader` makes of every resource whose subject is the patient."""
    found: Stated = []
    for node in resources.of_type(type_name):
        target = resources.resolve(node.required(subject), within=node)
        if target is None or not is_same_patient(target, patient):
            raise node.get(subject).fail("is not the referred patient", "Send one patient's data only.")
        coded = reader(node, resources)
        if coded is not None:
            found.append((node, coded))
    return found


def _condition(node: Node, _: Resources) -> Coded | None:
    status = bound_concept(node.get("clinicalStatus"), CLINICAL_STATUS, binding="ConditionClinicalStatusCodes")
    verification = node.get("verificationStatus")
    certainty = bound_concept(verification, CONDITION_VERIFICATION, binding="ConditionVerificationStatus")
    return _stated(node, codeable_concept(node.get("code")), status, false=certainty in NOT_TRUE)


def _allergy(node: Node, _: Resources) -> Coded | None:
    status = bound_concept(node.get("clinicalStatus"), CLINICAL_STATUS, binding="AllergyIntoleranceClinicalStatus")
    verification = node.get("verificationStatus")
    certainty = bound_concept(verification, ALLERGY_VERIFICATION, binding="AllergyIntoleranceVerificationStatus")
    return _stated(node, codeable_concept(node.get("code")), status, false=certainty in NOT_TRUE)


def _prescribed(node: Node, resources: Resources) -> Coded | None:
    status = node.required("status").choice(MEDICATION_REQUEST_STATUS, binding="MedicationRequestStatus")
    node.get("intent").text()
    false = status in NOT_TAKEN or node.get("doNotPerform").flag()
    return _stated(node, _medication(node, resources), status, false=false)


def _reported(node: Node, resources: Resources) -> Coded | None:
    status = node.required("status").choice(MEDICATION_STATEMENT_STATUS, binding="MedicationStatementStatus")
    return _stated(node, _medication(node, resources), status, false=status in NOT_TAKEN)


def _medication(node: Node, resources: Resources) -> Coded | None:
    reference = node.get("medicationReference")
    if not reference.present:
        return codeable_concept(node.get("medicationCodeableConcept"))
    target = resources.resolve(reference, within=node)
    if target is not None and type_of(target) == "Medication":
        return codeable_concept(target.get("code"))
    display = reference.get("display").text()
    return Coded(text=display) if display else None


def _stated(node: Node, coded: Coded | None, status: str | None, *, false: bool) -> Coded | None:
    """The statement with its status; a false one is made unread, so that it is reported and not carried."""
    if coded is None or false:
        node.forget()
        return None
    return coded.model_copy(update={"status": status})
