"""Who is referred, and who asks (Patient, Practitioner, PractitionerRole, Organization)?"""

from urllib.parse import unquote

from interop.errors import InteropError
from interop.fhir.bindings import ADMINISTRATIVE_GENDER, LINK_TYPE
from interop.fhir.elements import codeable_concept, human_name, identifier, identifiers, telecoms
from interop.fhir.resources import SEARCHED, Resources, type_of
from interop.node import Node
from interop.referral import Gender, Identifier, Patient, Requester

GENDERS: dict[str | None, Gender] = {"male": "male", "female": "female", "other": "other"}


def read_patient(node: Node) -> Patient:
    """Read a Patient.

    Raises:
        InteropError: no identifier, no name, or a record that was replaced by another.
    """
    _check_current(node)
    name, found = human_name(node.get("name")), identifiers(node.get("identifier"))
    if name is None or not found:
        raise node.fail("the patient has no identifier or no name in use", "Send both.")
    return Patient(
        identifiers=found,
        name=name,
        birth_date=node.get("birthDate").partial_date(),
        gender=GENDERS.get(_gender(node), "unknown"),
        telecom=telecoms(node.get("telecom")),
        language=_language(node),
        deceased=_deceased(node),
    )


def _check_current(node: Node) -> None:
    """An inactive record is read (people who died have one) and noted; a replaced one is refused."""
    active = node.get("active")
    if active.present and not active.flag():
        active.forget()
    for link in node.get("link").items():
        kind = link.get("type")
        if kind.choice(LINK_TYPE, binding="LinkType") == "replaced-by":
            raise kind.fail("the patient record was replaced by another", "Send the record in use.")


def _gender(node: Node) -> str | None:
    return node.get("gender").choice(ADMINISTRATIVE_GENDER, binding="AdministrativeGender")


def _deceased(node: Node) -> bool:
    return node.get("deceasedDateTime").instant() is not None or node.get("deceasedBoolean").flag()


def _language(node: Node) -> str | None:
    """The preferred language, else the first."""
    found = []
    for item in node.get("communication").items():
        language = codeable_concept(item.get("language"))
        if language is not None:
            found.append((not item.get("preferred").flag(), language.code or language.text))
    return min(found, key=lambda ranked: ranked[0])[1] if found else None


def read_requester(reference: Node, resources: Resources, *, within: Node) -> Requester:
    """Read who asks, from the resource if it came along, else from the Reference itself."""
    if not reference.present:
        return Requester()
    display = reference.get("display").short()
    logical = reference.get("identifier")
    identity = identifier(logical) if logical.present else _searched(reference)
    target = resources.resolve(reference, within=within)
    found = _described(target, resources) if target else Requester(name=display)
    if found.identifier is None and identity is not None:
        found = found.model_copy(update={"identifier": identity.value, "identifier_system": identity.system})
    if found == Requester():
        reference.forget()
    return found


def _searched(reference: Node) -> Identifier | None:
    """The identifier that a conditional reference of a transaction searches for: `Practitioner?identifier=a|b`."""
    found = SEARCHED.fullmatch(reference.get("reference").text() or "")
    return Identifier(value=unquote(found["value"]), system=unquote(found["system"] or "") or None) if found else None


def _described(target: Node, resources: Resources) -> Requester:
    match type_of(target):
        case "Practitioner":
            return _practitioner(target)
        case "Organization":
            return _organization(target)
        case "PractitionerRole":
            return _role(target, resources)
        case other:
            raise InteropError(
                f"a {other[:60]} cannot be the requester here",
                where=target.where,
                remedy="Name a Practitioner, PractitionerRole or Organization.",
            )


def _practitioner(node: Node) -> Requester:
    found = next(iter(identifiers(node.get("identifier"))), None)
    return Requester(
        name=human_name(node.get("name")),
        identifier=found.value if found else None,
        identifier_system=found.system if found else None,
        reply_to=_reply_to(node),
    )


def _organization(node: Node) -> Requester:
    found = next(iter(identifiers(node.get("identifier"))), None)
    return Requester(
        organization=node.get("name").short(),
        identifier=found.value if found else None,
        identifier_system=found.system if found else None,
        reply_to=_reply_to(node),
    )


def _role(node: Node, resources: Resources) -> Requester:
    person = _part(node.get("practitioner"), resources, within=node, type_name="Practitioner")
    organization = _part(node.get("organization"), resources, within=node, type_name="Organization")
    return Requester(
        name=person.name,
        organization=organization.organization or organization.name,
        identifier=person.identifier or organization.identifier,
        identifier_system=person.identifier_system or organization.identifier_system,
        reply_to=_reply_to(node) or person.reply_to or organization.reply_to,
    )


def _part(reference: Node, resources: Resources, *, within: Node, type_name: str) -> Requester:
    if not reference.present:
        return Requester()
    target = resources.resolve(reference, within=within)
    if target is None:
        return Requester(name=reference.get("display").short())
    if type_of(target) != type_name:
        raise reference.fail(f"does not point to a {type_name}", f"Point to a {type_name}.")
    return _practitioner(target) if type_name == "Practitioner" else _organization(target)


def _reply_to(node: Node) -> str | None:
    """A Direct address or e-mail, else a URL: where an answer can be sent."""
    found = telecoms(node.get("telecom"))
    return next((each.value for system in ("email", "url") for each in found if each.system == system), None)
