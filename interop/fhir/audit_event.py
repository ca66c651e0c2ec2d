"""How is a row of the audit shown as a FHIR R4 AuditEvent (IHE BALP 1.1.3, the basic patterns for RESTful activities)?

A profile is claimed where its pattern is met: a request over HTTP that was done. What was refused, and what the system
did by itself, is an AuditEvent without a profile.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Literal

from interop.fhir.task import CASE_NUMBERS, ROLE

Json = dict[str, object]
Interaction = Literal["create", "read", "update", "delete", "search-type", "operation"]

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
RESTFUL = "http://hl7.org/fhir/restful-interaction"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
BALP_ENTITY = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
PERSON = "urn:referral-pathways:person"
ORGANISATION = "urn:referral-pathways:organisation"
ACTION = "urn:referral-pathways:audit-action"
OWN_ENTITY = "urn:referral-pathways:audit-entity"
SHOWN_APART = ("request_id", "cases")
URI = "urn:ietf:rfc:3986"
ROUTE = "urn:referral-pathways:route"

LETTERS: Mapping[Interaction, str] = {
    "create": "C",
    "read": "R",
    "update": "U",
    "delete": "D",
    "search-type": "E",
    "operation": "E",
}
PROFILES: Mapping[Interaction, str] = {
    "create": "Create",
    "read": "Read",
    "update": "Update",
    "delete": "Delete",
    "search-type": "Query",
}
READS = {"read", "decoded"}
PAGES = {"referral.printed"}
"""Actions that are reads by what they do: who asks for a page to print has read it."""

CREATES = {
    "received",
    "started",
    "raised",
    "asked",
    "requested",
    "planned",
    "published",
    "written",
    "recorded",
    "given",
    "joined",
    "told",
}
DELETES = {"erased", "discarded"}
RUNS = {
    "foreseen",
    "shadowed",
    "encoded",
    "exported",
    "matched",
    "queried",
    "refused",
    "unfinished",
    "broken",
    "texted",
    "unauthenticated",
    "throttled",
}
"""By the last word of an action; what is in none of them is an update."""

UNKNOWN = "It was begun and did not come to its end: nobody knows whether it was done."

SECURITY: Mapping[str, tuple[str, str, str]] = {
    "access.unauthenticated": (DICOM, "110114", "User Authentication"),
    "access.throttled": (DICOM, "110113", "Security Alert"),
}
"""What is no request that was carried out, but an event of security (IHE ATNA; DICOM PS3.15 A.5.3), by action."""

FROM_SERVER, FROM_CLIENT = ((DICOM, "110152"), (DICOM, "110153")), ((DICOM, "110153"), (DICOM, "110152"))
ROLES: Mapping[Interaction, tuple[tuple[str, str], tuple[str, str]]] = {
    "read": FROM_SERVER,
    "delete": ((DICOM, "110150"), ("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "custodian")),
}
"""Client and server by interaction; of every other one the client is the source (BALP: query parameters flow too)."""


def audit_event(row: Mapping[str, object], *, base_url: str, patient: str = "") -> Json:
    """An AuditEvent for one row of the audit.

    Required: `id`, `at` (instant), `actor` (empty: nobody knows who), `action`, `outcome`. Optional: `case_id`,
    `organisation`, `detail`, `context`. `patient`: opaque id of whom the row is about.
    """
    interaction, security = interaction_of(row), SECURITY.get(str(row["action"]))
    rest = security is None and bool(_part(row, "context").get("network"))
    usual = (EVENT_TYPE, "rest", "RESTful Operation") if rest else (DICOM, "110100", "Application Activity")
    profile = PROFILES.get(interaction, "") if rest and row["outcome"] == "0" else ""
    purposes = [_concept(PURPOSE, each) for each in _purposes(row)]
    parts: Json = {
        "id": str(row["id"]),
        "meta": {"profile": [f"{BALP}{'Patient' if patient else ''}{profile}"]} if profile else None,
        "type": _coding(*(security or usual)),
        "subtype": [*([_coding(RESTFUL, interaction)] if rest else []), _coding(ACTION, str(row["action"]))],
        "action": LETTERS[interaction],
        "recorded": row["at"],
        "outcome": row["outcome"],
        "outcomeDesc": _outcome_words(row),
        "purposeOfEvent": purposes,
        "agent": [*_users(row, interaction, purposes), *_machines(row, interaction, base_url)],
        "source": {
            "site": base_url,
            "observer": _identified(URI, base_url),
            "type": [_coding(SOURCE_TYPE, "4")],
        },
        "entity": _entities(row, interaction, patient),
    }
    return {"resourceType": "AuditEvent", **{name: value for name, value in parts.items() if value}}


def _outcome_words(row: Mapping[str, object]) -> str | None:
    if row["outcome"] == "0":
        return None
    return UNKNOWN if row["outcome"] == "8" else str(_part(row, "detail").get("problem", "refused"))


def interaction_of(row: Mapping[str, object]) -> Interaction:
    """What kind of RESTful activity a row is, by its action and by whether it was one thing or a list."""
    word = str(row["action"]).replace("_", ".").rpartition(".")[2]
    if word in READS or row["action"] in PAGES:
        return "search-type" if _is_list(row) else "read"
    sets: Sequence[tuple[set[str], Interaction]] = ((CREATES, "create"), (DELETES, "delete"), (RUNS, "operation"))
    system = str(row["actor"]).startswith("case:")
    return next((kind for words, kind in sets if word in words), "operation" if system else "update")


def _is_list(row: Mapping[str, object]) -> bool:
    route = str(_part(row, "context").get("route", ""))
    return "cases" in _part(row, "detail") or (not row.get("case_id") and "{" not in route)


def _users(row: Mapping[str, object], interaction: Interaction, purposes: Sequence[Json]) -> list[Json]:
    reads = interaction in ("read", "search-type", "operation")
    user: Json = {
        "type": _concept(PARTICIPATION, "IRCP" if reads else "AUT"),
        "role": [_concept(ROLE, role) for role in _words(_part(row, "context").get("roles"))],
        "who": _identified(PERSON, str(row["actor"])) if row["actor"] else [],
        "requestor": True,
        "purposeOfUse": list(purposes),
    }
    organisation = row.get("organisation")
    org = {"type": _concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV"), "requestor": False}
    given = (
        [{**org, "who": {**_identified(ORGANISATION, str(organisation)), "display": organisation}}]
        if organisation
        else []
    )
    return [{name: value for name, value in user.items() if value != []}, *given]


def _machines(row: Mapping[str, object], interaction: Interaction, base_url: str) -> list[Json]:
    address = _part(row, "context").get("network")
    client, server = ROLES.get(interaction, FROM_CLIENT)
    if not address:
        return []
    return [
        {
            "type": _concept(*client),
            "who": {"display": str(address)},
            "requestor": False,
            "network": {"address": str(address), "type": "2"},
        },
        {
            "type": _concept(*server),
            "who": _identified(URI, base_url),
            "requestor": False,
            "network": {"address": base_url, "type": "5"},
        },
    ]


def _entities(row: Mapping[str, object], interaction: Interaction, patient: str) -> list[Json]:
    detail = _part(row, "detail")
    request_id = detail.get("request_id")
    found = [_query(row)] if interaction == "search-type" else [_object(row)]
    if request_id:
        found.append({"what": _identified("", str(request_id)), "type": _coding(BALP_ENTITY, "XrequestId")})
    if patient:
        what = {"reference": f"Patient/{patient}"}
        found.append({"what": what, "type": _coding(ENTITY_TYPE, "1"), "role": _coding(OBJECT_ROLE, "1")})
    listed = [{"what": _identified(CASE_NUMBERS, each)} for each in _words(detail.get("cases"))]
    found += [{**each, "type": _coding(OWN_ENTITY, "listed-case")} for each in listed]
    said = [{"type": name, "valueString": value} for name, value in sorted(_said(detail).items())]
    return [*found, {"type": _coding(OWN_ENTITY, "detail"), "detail": said}] if said else found


def _object(row: Mapping[str, object]) -> Json:
    case_id, route = row.get("case_id"), _part(row, "context").get("route")
    what = _identified(CASE_NUMBERS, str(case_id)) if case_id else _identified(ROUTE, str(route or row["action"]))
    return {"what": what, "type": _coding(ENTITY_TYPE, "2"), "role": _coding(OBJECT_ROLE, "4")}


def _query(row: Mapping[str, object]) -> Json:
    """What was searched for, by the names of its parameters: their values may be a patient's and are not kept."""
    context = _part(row, "context")
    names = "&".join(f"{name}=" for name in _words(context.get("asked")))
    asked = f"{context.get('route') or row['action']}{'?' if names else ''}{names}"
    query = base64.b64encode(asked.encode()).decode()
    return {"type": _coding(ENTITY_TYPE, "2"), "role": _coding(OBJECT_ROLE, "24"), "query": query}


def _said(detail: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in detail.items() if name not in SHOWN_APART and value not in ("", [])}
    said = {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in kept.items()}
    return {name: text for name, text in said.items() if text.strip()}


def _purposes(row: Mapping[str, object]) -> list[str]:
    """Reading under a broken glass has the purpose of that, whatever the token says."""
    own = _part(row, "detail").get("purpose")
    return [own] if isinstance(own, str) and own else _words(_part(row, "context").get("purposes"))


def _part(row: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = row.get(name)
    return found if isinstance(found, Mapping) else {}


def _words(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _coding(system: str, code: str, display: str = "") -> Json:
    return {"system": system, "code": code, **({"display": display} if display else {})}


def _concept(system: str, code: str) -> Json:
    return {"coding": [_coding(system, code)]}


def _identified(system: str, value: str) -> Json:
    return {"identifier": {**({"system": system} if system else {}), "value": value}}
