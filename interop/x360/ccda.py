"""What does a C-CDA Referral Note say (C-CDA R2.1, LOINC 57133-1)?

Read: patient, author, and the sections Reason for referral (42349-1), Problems (11450-4), Medications
(10160-0), Allergies (48765-2) and Plan of treatment (18776-5; only the planned start of radiotherapy).
Everything else is listed as a loss note; the document itself stays with the referral.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from interop.codes import system_of_oid
from interop.radiotherapy import is_radiotherapy
from interop.referral import Coded, Coding, Gender, Identifier, LossNote, Patient, Requester, Telecom
from interop.x360.hl7v2 import parse_timestamp
from interop.x360.xml import XSI_TYPE, Element, unread_elements

REASON, PROBLEMS, MEDICATIONS, ALLERGIES, PLAN = "42349-1", "11450-4", "10160-0", "48765-2", "18776-5"
GENDERS: dict[str, Gender] = {"F": "female", "M": "male", "UN": "other", "X": "other"}
TELECOM_SYSTEMS = {
    "tel": "phone",
    "mailto": "email",
    "fax": "fax",
    "sms": "sms",
    "http": "url",
    "https": "url",
}
PROBLEM_PATHS = ("observation", "act/entryRelationship/observation")
MEDICATION_PATH = "substanceAdministration/consumable/manufacturedProduct/manufacturedMaterial/code"
DESCRIBES = frozenset({"SEV", "82606-5", "33999-4", "11323-3", "445518008"})
"""Codes of observations that say how severe, certain or old another one is: severity, criticality, status, onset."""

PLANNED = ("procedure", "act", "encounter", "observation")
STRUCTURE = (
    "realmCode",
    "typeId",
    "templateId",
    "code",
    "title",
    "id",
    "languageCode",
    "versionNumber",
)


@dataclass(frozen=True, slots=True)
class ReferralNote:
    """What was read of a Referral Note."""

    patient: Patient
    author: Requester
    written_at: datetime | None
    question: str
    reasons: tuple[Coded, ...]
    conditions: tuple[Coded, ...]
    medications: tuple[Coded, ...]
    allergies: tuple[Coded, ...]
    rt_start_date: date | None
    losses: tuple[LossNote, ...]


def read_referral_note(root: Element) -> ReferralNote:
    """Read a ClinicalDocument.

    Raises:
        InteropError: no patient, a patient without identifier or name, or a date that does not exist.
    """
    for name in STRUCTURE:
        for element in root.children(name):
            element.keep()
    sections = _sections(root)
    written = root.find("effectiveTime")
    found = ReferralNote(
        patient=_patient(root),
        author=_author(root),
        written_at=_moment(written),
        question=_narrative(sections.get(REASON, ())),
        reasons=_concepts(sections.get(REASON, ()), PROBLEM_PATHS),
        conditions=_concepts(sections.get(PROBLEMS, ()), PROBLEM_PATHS),
        medications=_medications(sections.get(MEDICATIONS, ())),
        allergies=_allergies(sections.get(ALLERGIES, ())),
        rt_start_date=_rt_start(sections.get(PLAN, ())),
        losses=(),
    )
    return _with_losses(found, root)


def _with_losses(note: ReferralNote, root: Element) -> ReferralNote:
    values = {name: getattr(note, name) for name in ReferralNote.__slots__}
    return ReferralNote(**{**values, "losses": unread_elements(root)})


def _sections(root: Element) -> dict[str, tuple[Element, ...]]:
    """The sections whose code is one that we read, by code; titles and template ids carry no content."""
    known: dict[str, tuple[Element, ...]] = {}
    for section in root.find_all("component/structuredBody/component/section"):
        code = section.find("code")
        name = (code.attribute("code") if code else None) or ""
        if name in (REASON, PROBLEMS, MEDICATIONS, ALLERGIES, PLAN):
            known[name] = (*known.get(name, ()), section)
            for structural in (*section.children("title"), *section.children("templateId")):
                structural.keep()
        else:
            section.read.discard(section.node)
    return known


def _narrative(sections: tuple[Element, ...]) -> str:
    return "\n".join(text.text() for section in sections for text in section.children("text"))


def _patient(root: Element) -> Patient:
    role = root.find("recordTarget/patientRole")
    if role is None:
        raise root.fail("has no recordTarget/patientRole", "Name the patient.")
    person = role.find("patient")
    name = _name(person)
    identifiers = tuple(_identifiers(role))
    if person is None or not name or not identifiers:
        raise role.fail("the patient has no identifier or no name", "Send patientRole/id and patient/name.")
    gender = person.find("administrativeGenderCode")
    language = person.find("languageCommunication/languageCode")
    return Patient(
        identifiers=identifiers,
        name=name,
        birth_date=_birth_date(person.find("birthTime")),
        gender=GENDERS.get((gender.attribute("code") if gender else None) or "", "unknown"),
        telecom=tuple(_telecoms(role)),
        language=language.attribute("code") if language else None,
    )


def _identifiers(role: Element) -> Iterator[Identifier]:
    for each in role.children("id"):
        value = each.attribute("extension") or each.attribute("root")
        if value:
            yield Identifier(value=value, system=system_of_oid(each.attribute("root")))


def _telecoms(role: Element) -> Iterator[Telecom]:
    for each in role.children("telecom"):
        scheme, _, rest = (each.attribute("value") or "").partition(":")
        if rest:
            yield Telecom(value=rest, system=TELECOM_SYSTEMS.get(scheme.lower()), use=each.attribute("use"))


def _name(person: Element | None) -> str:
    """Given names and family name of the first name in use; a name without parts as it stands."""
    names = person.children("name") if person else ()
    if not names:
        return ""
    parts = [*names[0].children("given"), *names[0].children("family")]
    return " ".join(part.text() for part in parts) or names[0].text()


def _birth_date(birth: Element | None) -> str | None:
    digits = birth.attribute("value") if birth else None
    if birth is None or digits is None:
        return None
    parse_timestamp(digits, where=birth.where)
    return "-".join(part for part in (digits[:4], digits[4:6], digits[6:8]) if part.isdigit())


def _author(root: Element) -> Requester:
    author = root.find("author/assignedAuthor")
    if author is None:
        return Requester()
    identity = author.find("id")
    oid = identity.attribute("root") if identity else None
    organization = author.find("representedOrganization/name")
    return Requester(
        name=_name(author.find("assignedPerson")) or None,
        organization=organization.text() if organization else None,
        identifier=identity.attribute("extension") if identity else None,
        identifier_system=system_of_oid(oid),
    )


def _moment(element: Element | None) -> datetime | None:
    value = element.attribute("value") if element else None
    return parse_timestamp(value, where=element.where)[0] if element and value else None


def _concepts(sections: tuple[Element, ...], paths: tuple[str, ...]) -> tuple[Coded, ...]:
    """The coded value of every observation that is not negated and is no remark on another."""
    observations = (
        observation
        for section in sections
        for entry in section.children("entry")
        for path in paths
        for observation in entry.find_all(path)
    )
    return tuple(coded for each in observations if (coded := _value(each)) is not None)


def _value(observation: Element) -> Coded | None:
    if _negated(observation) or _describes(observation):
        return None
    for code in observation.children("code"):
        code.keep()
    values = [_coded(value) for value in observation.children("value") if _is_coded(value)]
    return next((value for value in values if value is not None), None)


def _negated(statement: Element) -> bool:
    """A negated statement ("no known allergy") must never be read as its opposite: it becomes a loss note."""
    if statement.attribute("negationInd") != "true":
        return False
    statement.read.discard(statement.node)
    return True


def _describes(observation: Element) -> bool:
    """ "Moderate to severe" is no allergy: a remark on another observation becomes a loss note."""
    if not any(code.attribute("code") in DESCRIBES for code in observation.children("code")):
        return False
    observation.read.discard(observation.node)
    return True


def _is_coded(value: Element) -> bool:
    """By its type or, where the sender left that out, by its code and code system."""
    kind = (value.attribute(XSI_TYPE) or "").rpartition(":")[2]
    named = not kind and value.attribute("code") is not None and value.attribute("codeSystem") is not None
    if named or kind in ("CD", "CE", "CV", "CO"):
        return True
    value.read.discard(value.node)
    return False


def _coded(element: Element) -> Coded | None:
    """A CD element; one without code is carried by its original text or a translation."""
    also = tuple(_coding(each) for each in element.children("translation"))
    original = element.find("originalText")
    own = _coding(element)
    text = (original.text() if original else None) or own.display
    if own.code is None and also:
        own, also = also[0], also[1:]
    if own.code is None and text is None:
        return None
    return Coded(system=own.system, code=own.code, display=own.display, text=text, also=also)


def _coding(element: Element) -> Coding:
    code = element.attribute("code")
    system = system_of_oid(element.attribute("codeSystem")) if code else None
    return Coding(system=system, code=code, display=element.attribute("displayName"))


def _medications(sections: tuple[Element, ...]) -> tuple[Coded, ...]:
    found = []
    for entry in (entry for section in sections for entry in section.children("entry")):
        if not any(_negated(each) for each in entry.children("substanceAdministration")):
            found += [coded for code in entry.find_all(MEDICATION_PATH) if (coded := _coded(code))]
    return tuple(found)


def _allergies(sections: tuple[Element, ...]) -> tuple[Coded, ...]:
    """The substance of every allergy; where none is named, the coded kind of allergy."""
    found = []
    for entry in (entry for section in sections for entry in section.children("entry")):
        for observation in (each for path in PROBLEM_PATHS for each in entry.find_all(path)):
            coded = _value(observation)
            substances = [] if coded is None else list(_substances(observation))
            found += substances or ([coded] if coded else [])
    return tuple(found)


def _substances(observation: Element) -> Iterator[Coded]:
    for code in observation.find_all("participant/participantRole/playingEntity/code"):
        coded = _coded(code)
        if coded is not None:
            yield coded


def _rt_start(sections: tuple[Element, ...]) -> date | None:
    """The start of the first planned radiotherapy."""
    for entry in (entry for section in sections for entry in section.children("entry")):
        for planned in (each for name in PLANNED for each in entry.children(name)):
            code = planned.find("code")
            coded = _coded(code) if code else None
            if coded is not None and is_radiotherapy(coded):
                return _start(planned)
    return None


def _start(planned: Element) -> date | None:
    time = planned.find("effectiveTime")
    if time is None:
        return None
    moment = _moment(time) or _moment(time.find("low"))
    return moment.date() if moment else None
