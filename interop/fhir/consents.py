"""What does a sender say that the patient does not want shared? A FHIR R4 Consent (§6.2) that denies is an objection.

A permit carries nothing: whoever has said nothing here has not objected, and what a patient allows is asked here.
Of a denial the general one is taken, whatever it narrows: too little leaves rather than too much (decision 0031).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from interop.fhir.bindings import CONSENT_STATUS
from interop.fhir.resources import Resources, is_same_patient, type_of
from interop.node import Node
from interop.referral import LossNote, Objection, ObjectionStatus

NOT_SAID = ("draft", "proposed", "entered-in-error")
OPT_OUT = frozenset({"OPTOUT", "OPTOUTE"})
"""Policies of HL7 ActCode by which nothing is shared unless an exception says so."""

RESEARCH, NOT_OF_SHARING = "research", frozenset({"adr", "treatment"})
"""Codes of ConsentScope: what is done with the data beyond care, and what is about care itself."""

DATE = 10
"""The length of a date without a time: the whole day belongs to it."""

TAKEN = "a denial, taken as an objection to all sharing, whatever it narrows: look at it with the patient"
COUNTED = "a denial of research, taken as an objection to any use beyond care"
OF_CARE = "a denial that is about care, not about sharing: read the original"


def read_objections(resources: Resources, patient: Node) -> tuple[tuple[Objection, ...], tuple[LossNote, ...]]:
    """Give what the patient objects to, and what a sender should know of how that was taken.

    Raises:
        InteropError: the status of a Consent is no code of its binding, or one of its dates does not exist.
    """
    found: list[Objection] = []
    notes: list[LossNote] = []
    for node in resources.of_type("Consent"):
        status = _status(node)
        if status is None or not _is_theirs(node, patient, resources):
            node.forget()
        elif _codes(node, "scope") & NOT_OF_SHARING:
            node.forget()
            notes.append(LossNote(where=node.where, what=OF_CARE))
        else:
            is_research = RESEARCH in _codes(node, "scope")
            found.append(_objection(node, status, "secondary_use" if is_research else "sharing"))
            notes.append(LossNote(where=node.where, what=COUNTED if is_research else TAKEN))
            node.keep()
    return tuple(found), tuple(notes)


def _status(node: Node) -> ObjectionStatus | None:
    """How it objects, None when it does not. One that ends, and did not deny, is withdrawn; one that denied, over."""
    said = node.get("status").choice(CONSENT_STATUS, binding="ConsentState")
    by_policy = bool(_codes(node, "policyRule") & OPT_OUT)
    denies = by_policy or any(each == "deny" for each in _beneath(_member(node, "provision"), "type"))
    match said:
        case "inactive":
            return None if denies else "withdrawn"
        case "rejected":
            return "refused"
        case _ if said in NOT_SAID or not denies:
            return None
        case _:
            return "opted_out" if by_policy else "refused"


def _is_theirs(node: Node, patient: Node, resources: Resources) -> bool:
    """Whether it is of the referred patient; one that names nobody who came along is."""
    target = resources.resolve(node.get("patient"), within=node)
    return target is None or type_of(target) != "Patient" or is_same_patient(target, patient)


def _objection(node: Node, status: ObjectionStatus, scope: str) -> Objection:
    written = json.dumps(node.value, sort_keys=True, ensure_ascii=False).encode()
    return Objection(
        id=f"fhir:{hashlib.sha256(written).hexdigest()}",
        scope=scope,
        status=status,
        said_at=node.get("dateTime").instant(),
        expires=_end(node.get("provision").get("period").get("end")) if status != "withdrawn" else None,
    )


def _end(node: Node) -> datetime | None:
    """The moment at which it is over; of an end that is no whole date nothing is known, so it lasts."""
    moment, text = node.instant(), node.text() or ""
    if moment is None or len(text) < DATE:
        return None
    return moment + timedelta(days=1) if len(text) == DATE else moment


def _member(node: Node, name: str) -> object:
    return node.get(name).value


def _codes(node: Node, name: str) -> frozenset[str]:
    return frozenset(each for each in _beneath(_member(node, name), "code") if isinstance(each, str))


def _beneath(value: object, name: str) -> Iterator[object]:
    """Every value of a member at any depth: provisions lie in provisions."""
    if isinstance(value, dict):
        for key, child in value.items():
            if key == name:
                yield child
            yield from _beneath(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from _beneath(child, name)
