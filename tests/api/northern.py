"""What do the tests of access share? A case of an organisation called north, with everything that hangs on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.ids import task_id, word
from pathways.catalogue import library_folders
from pathways.catalogue import publish as publish_folders
from records.queries.own_record import patient_of
from records.tables import Case, Handoff, Incident, Notification, ServiceInbox
from records.writes.handovers import deliver_to_service, hand_off, notify
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number, referral

NORTH, SOUTH = "north", "south"
SECRET = "Northerly Sample"
"""How the patient's name begins: nobody else may ever read it."""


@dataclass
class Northern:
    """The case, and the ids of what hangs on it, by the place in addresses where such an id stands."""

    office: Office
    case_id: str
    referral_id: str
    patient_id: str
    name: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return f"/cases/{self.case_id}"

    def person(self, *roles: str, organisation: str = NORTH, **claims: Any) -> Person:
        return self.office.person(f"p-{number()}", *roles, organisation=organisation, **claims)

    def known(self) -> set[str]:
        """Every text by which the case or its patient could be recognised."""
        return {self.name, self.case_id, self.referral_id, self.patient_id, *self.ids.values()} - {""}


async def publish_shipped(office: Office, name: str) -> None:
    """Publish a pathway of the library."""
    folder = [each for each in library_folders() if each.name == name]
    async with office.database.session() as session:
        for drawn in publish_folders(folder):
            forms = {name: json.dumps(schema) for name, schema in drawn.forms.items()}
            now = office.here.clock()
            await publish(
                session, drawn.definition, bpmn=drawn.bpmn_source.decode(), forms=forms, actor="test", now=now
            )


async def northern(office: Office, pathway: str = "two_tasks", organisation: str = NORTH) -> Northern:
    """Begin a case for an organisation that none of the usual people belongs to."""
    sender = office.person(f"portal.{organisation}", "integration", organisation=organisation)
    name = f"{SECRET} ({number()})"
    patient = {"identifiers": [{"value": f"MRN-{number()}"}], "name": name}
    found = await sender.do("/referrals", referral(patient=patient), pathway=pathway)
    async with office.database.reader() as session:
        patient_id = await patient_of(session, await session.get_one(Case, found["case_id"]))
    case = Northern(office, found["case_id"], found["referral_id"], patient_id, name)
    case.ids = {"tasks": found["opened"][0]["id"]} if found["opened"] else {}
    return case


async def with_everything(office: Office, values: Mapping[str, Any] | None = None) -> Northern:
    """A case of north with all that can hang on one, each with these values where it carries any."""
    case = await northern(office)
    values = {"text": case.name} if values is None else values
    admin, lead = case.person("admin"), case.person("key_worker", "dentist")
    case.ids["threads"] = (await lead.do(f"{case.link}/threads", {"text": "About the north."}))["thread"]["id"]
    unmatched = {"name": "lab.result", "correlation_key": f"NONE-{number()}", "message_id": f"north-{number()}"}
    await case.person("integration").post("/messages", unmatched)
    case.ids["dead_key"] = unmatched["correlation_key"]
    letters = (await admin.read("/dead-letters", key=unmatched["correlation_key"]))["items"]
    case.ids["dead-letters"] = letters[0]["id"]
    case.ids["inbox"] = word(await _told(office, case))
    case.ids["incidents"] = await stopped(case, read=dict(values))
    case.ids["handoffs"] = word(await handed(case, "dentist", dict(values)))
    case.ids["services"] = word(await delivered(case, dict(values)))
    case.ids["batches"] = await planned(case, dict(values))
    return case


async def stopped(case: Northern, *, read: dict[str, Any]) -> str:
    """Note an incident in the case; give its id."""
    row = Incident(
        case_id=case.case_id,
        incident=f"stopped#1!{number()}",
        root_case_id=case.case_id,
        activation="first#1",
        element="first",
        title="First",
        kind="expression",
        reason="in the north",
        raised_at=case.office.here.clock(),
        read=read,
    )
    name = task_id(row.case_id, row.incident)
    async with case.office.database.session() as session:
        session.add(row)
    return name


async def handed(case: Northern, role: str, result: dict[str, Any]) -> str:
    """Hand a result of the case to a role; give its key."""
    row = Handoff(
        idempotency_key=f"{case.case_id}:handed:{role}",
        case_id=case.case_id,
        recipient_kind="role",
        recipient=role,
        result=result,
        sent_at=case.office.here.clock(),
    )
    async with case.office.database.session() as session:
        await hand_off(session, row)
    return f"{case.case_id}:handed:{role}"


async def delivered(case: Northern, referral: dict[str, Any]) -> str:
    """Deliver a referral of the case to the dental service; give its key."""
    row = ServiceInbox(
        idempotency_key=f"{case.case_id}:delivered",
        service="dental_oncology",
        case_id=case.case_id,
        referral=referral,
        delivered_at=case.office.here.clock(),
    )
    async with case.office.database.session() as session:
        await deliver_to_service(session, row)
    return f"{case.case_id}:delivered"


async def planned(case: Northern, variables: dict[str, Any]) -> str:
    """Plan, and do not start, a batch that would change variables of the case; give its id."""
    body = {
        "kind": "case.set_variables",
        "filter": {"cases": [case.case_id]},
        "request": {"variables": variables},
        "reason": "in the north",
        "start": False,
    }
    found: str = (await case.person("admin").do("/batches", body))["id"]
    return found


async def _told(office: Office, case: Northern) -> str:
    """Tell every dentist of the case something; give the key of that."""
    row = Notification(
        idempotency_key=f"{case.case_id}:told",
        case_id=case.case_id,
        recipient_kind="role",
        recipient="dentist",
        level="reminder",
        text="Something waits in the north.",
        created_at=office.here.clock(),
    )
    async with office.database.session() as session:
        await notify(session, row)
    return row.idempotency_key


def sample(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Any:
    """The smallest value that fits a JSON schema: enough for a request to get past its reading."""
    schema = defined[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for chosen in ("anyOf", "oneOf", "allOf"):
        if chosen in schema:
            return sample(schema[chosen][0], defined)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {name: sample(schema["properties"][name], defined) for name in needed}
        case "array":
            return [sample(schema["items"], defined)] * schema.get("minItems", 0)
        case "string":
            return _text(schema)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return None


def _text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "2031-01-01T00:00:00Z"
    if schema.get("format") == "duration":
        return "PT1H"
    if "pattern" in schema:
        return "2031-01-01"
    return "a reason long enough"[: schema.get("maxLength", 20)]
