"""How is the outcome of a referral written as a document (C-CDA R2.1 Consultation Note, LOINC 11488-4)?

Findings, diagnoses, plan and the answer to the question, each as narrative; diagnoses also coded. A code of a
system that has no OID stays in the narrative, flagged. Not implemented: the template's optional sections.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from interop.codes import oid_of_system
from interop.referral import Coded, Referral, Requester

LOINC_OID = "2.16.840.1.113883.6.1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ROOT_NAMESPACES: dict[str | None, str] = {None: "urn:hl7-org:v3", "xsi": XSI}
GENDERS = {"male": "M", "female": "F"}
ADMINISTRATIVE_GENDER_OID = "2.16.840.1.113883.5.1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the recipient of a referral reports back."""

    author: Requester
    written_at: datetime
    findings: str = ""
    diagnoses: tuple[Coded, ...] = ()
    plan: str = ""
    answer: str = ""


def consultation_note(referral: Referral, outcome: Outcome) -> str:
    """The Consultation Note that answers a referral, as XML text."""
    root = etree.Element("{urn:hl7-org:v3}ClinicalDocument", nsmap=ROOT_NAMESPACES)
    child = _adder(root)
    child(root, "realmCode", code="US")
    child(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    child(root, "templateId", root="2.16.840.1.113883.10.20.22.1.4")
    child(root, "id", root="2.16.840.1.113883.19.5", extension=f"{referral.referral_id}-outcome")
    child(root, "code", code="11488-4", codeSystem=LOINC_OID, displayName="Consultation note")
    child(root, "title", text="Outcome of referral")
    child(root, "effectiveTime", value=outcome.written_at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000"))
    child(root, "confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25")
    _record_target(root, child, referral)
    _author(root, child, outcome)
    body = child(child(root, "component"), "structuredBody")
    for code, title, text in _sections(outcome):
        section = child(child(body, "component"), "section")
        child(section, "code", code=code, codeSystem=LOINC_OID, displayName=title)
        child(section, "title", text=title)
        child(section, "text", text=text)
        for coded in outcome.diagnoses if code == "51848-0" else ():
            _diagnosis(section, child, coded)
    return etree.tostring(root, encoding="unicode", pretty_print=True)  # type: ignore[no-any-return]  # lxml has no types


Adder = Callable[..., Any]


def _adder(root: Any) -> Adder:
    """A function that appends a child element; attributes whose value is None are left out."""

    def add(parent: Any, name: str, text: str | None = None, **attributes: str | None) -> Any:
        given = {key: value for key, value in attributes.items() if value is not None}
        element = etree.SubElement(parent, f"{{{root.nsmap[None]}}}{name}", given)
        element.text = text
        return element

    return add


def _sections(outcome: Outcome) -> list[tuple[str, str, str]]:
    diagnoses = "; ".join(_flagged(coded) for coded in outcome.diagnoses)
    sections = [
        ("29545-1", "Findings", outcome.findings),
        ("51848-0", "Diagnoses", diagnoses),
        ("18776-5", "Plan of treatment", outcome.plan),
        ("42349-1", "Answer to the reason for referral", outcome.answer),
    ]
    return [section for section in sections if section[2]]


def _flagged(coded: Coded) -> str:
    """The words of a diagnosis; a code that C-CDA cannot carry is written out, so that it is not lost."""
    words = coded.text or coded.display or coded.code or ""
    if coded.code and oid_of_system(coded.system) is None:
        return f"{words} [code {coded.code} of {coded.system}, not carried as code]"
    return words


def _record_target(root: Any, child: Adder, referral: Referral) -> None:
    role = child(child(root, "recordTarget"), "patientRole")
    for identifier in referral.patient.identifiers:
        oid = oid_of_system(identifier.system)
        if oid is not None:
            child(role, "id", root=oid, extension=identifier.value)
        else:
            child(
                role,
                "id",
                nullFlavor="UNK",
                assigningAuthorityName=identifier.system,
                extension=identifier.value,
            )
    patient = child(role, "patient")
    child(patient, "name", text=referral.patient.name)
    code = GENDERS.get(referral.patient.gender, "UN")
    child(patient, "administrativeGenderCode", code=code, codeSystem=ADMINISTRATIVE_GENDER_OID)
    if referral.patient.birth_date:
        child(patient, "birthTime", value=referral.patient.birth_date.replace("-", ""))


def _author(root: Any, child: Adder, outcome: Outcome) -> None:
    author = child(root, "author")
    child(author, "time", value=outcome.written_at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000"))
    assigned = child(author, "assignedAuthor")
    oid = oid_of_system(outcome.author.identifier_system)
    if outcome.author.identifier and oid:
        child(assigned, "id", root=oid, extension=outcome.author.identifier)
    else:
        child(assigned, "id", nullFlavor="UNK")
    child(child(assigned, "assignedPerson"), "name", text=outcome.author.name)
    if outcome.author.organization:
        child(child(assigned, "representedOrganization"), "name", text=outcome.author.organization)


def _diagnosis(section: Any, child: Adder, coded: Coded) -> None:
    oid = oid_of_system(coded.system)
    if not coded.code or oid is None:
        return
    entry = child(section, "entry")
    observation = child(entry, "observation", classCode="OBS", moodCode="EVN")
    child(observation, "code", code="29308-4", codeSystem=LOINC_OID, displayName="Diagnosis")
    value = child(observation, "value", code=coded.code, codeSystem=oid, displayName=coded.display)
    value.set(f"{{{XSI}}}type", "CD")
