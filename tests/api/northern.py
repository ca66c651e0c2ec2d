"""What do the tests of access share? A case of an organisation called north, with everything that hangs on it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from api.ids import word
from pathways.catalogue import library_folders
from pathways.catalogue import publish as publish_folders
from records.queries.access import patient_of
from records.tables import Case, Notification
from records.writes.handovers import notify
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number, referral

NORTH, SOUTH = "north", "south"
SECRET = "Northerly Sample"
"""The patient's name: nobody else may ever read it."""


@dataclass
class Northern:
    """The case, and the ids of what hangs on it, by the place in addresses where such an id stands."""

    office: Office
    case_id: str
    referral_id: str
    patient_id: str
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        return f"/cases/{self.case_id}"

    def person(self, *roles: str, organisation: str = NORTH, **claims: Any) -> Person:
        return self.office.person(f"p-{number()}", *roles, organisation=organisation, **claims)

    def known(self) -> set[str]:
        """Every text by which the case or its patient could be recognised."""
        return {SECRET, self.case_id, self.referral_id, self.patient_id, *self.ids.values()} - {""}


async def publish_review(office: Office) -> None:
    """Publish the process that reviews a broken glass."""
    folder = [each for each in library_folders() if each.name == "break_glass_review"]
    async with office.database.session() as session:
        for drawn in publish_folders(folder):
            forms = {name: json.dumps(schema) for name, schema in drawn.forms.items()}
            now = office.app.state.surroundings.clock()
            await publish(
                session, drawn.definition, bpmn=drawn.bpmn_source.decode(), forms=forms, actor="test", now=now
            )


async def northern(office: Office, pathway: str = "two_tasks") -> Northern:
    """Begin a case for an organisation that none of the usual people belongs to."""
    sender = office.person("portal.north", "integration", organisation=NORTH)
    name = {"patient": {"identifiers": [{"value": f"MRN-{number()}"}], "name": SECRET}}
    found = await sender.do("/referrals", referral(**name), pathway=pathway)
    async with office.database.reader() as session:
        patient_id = await patient_of(session, await session.get_one(Case, found["case_id"]))
    case = Northern(office, found["case_id"], found["referral_id"], patient_id)
    case.ids = {"tasks": found["opened"][0]["id"]} if found["opened"] else {}
    return case


async def with_everything(office: Office) -> Northern:
    """A case of north with a task, an incident, a thread, a message, a notification and a batch that hang on it."""
    case = await northern(office)
    admin, lead = case.person("admin"), case.person("key_worker", "dentist")
    stuck = await northern(office, "unknown_work")
    case.ids["threads"] = (await lead.do(f"{case.link}/threads", {"text": "About the north."}))["thread"]["id"]
    unmatched = {"name": "lab.result", "correlation_key": f"NONE-{number()}", "message_id": f"north-{number()}"}
    await case.person("integration").post("/messages", unmatched)
    letters = (await admin.read("/dead-letters", key=unmatched["correlation_key"]))["items"]
    case.ids["dead-letters"] = letters[0]["id"]
    case.ids["inbox"] = word(await _told(office, case))
    async with asyncio.timeout(30):
        while not (page := await admin.read("/incidents", case=stuck.case_id))["items"]:
            await asyncio.sleep(0.05)
    case.ids["incidents"] = page["items"][0]["id"]
    return case


async def _told(office: Office, case: Northern) -> str:
    """Tell every dentist of the case something; give the key of that."""
    row = Notification(
        idempotency_key=f"{case.case_id}:told",
        case_id=case.case_id,
        recipient_kind="role",
        recipient="dentist",
        level="reminder",
        text="Something waits in the north.",
        created_at=office.app.state.surroundings.clock(),
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


LONG_AGO = timedelta(days=91)
