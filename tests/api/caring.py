"""What do the tests about people share? A pathway with the messages of people, and cases of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import event

from api.surroundings import system_clock
from pathways.bpmn.model import MessageTrigger
from pathways.catalogue import library_folders
from pathways.catalogue import publish as publish_folders
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number, token
from tests.host.diagrams import line, message, node, user_task

KEY = "shared_care"
LIBRARY = ("patient_question", "concern")
TEXT = {
    "patientText": "A dentist looks at your teeth.",
    "patientText.de": "Ihre Zähne werden angesehen.",
    "patientWhy": "So that no tooth troubles you later.",
}
BY_PATIENT = MessageTrigger("patient.reported_symptom", "patient_id")
CARE = line(
    KEY,
    user_task("examine", KEY, name="Examine", properties=TEXT),
    node("symptom", "intermediateCatchEvent", KEY, trigger=BY_PATIENT),
    message("red", KEY, "redflag.raised"),
    message("comment", KEY, "clinician.comment"),
    replace(user_task("treat", KEY, name="Treat"), properties={"patientText": "Your teeth are treated."}),
)
VISIT = line("visit", message("attended", "visit", "appointment.attended"))


@dataclass
class CareCase:
    """A case of a patient, and how its people reach it."""

    office: Office
    case_id: str
    referral_id: str
    patient_id: str
    task: str

    @property
    def link(self) -> str:
        return f"/cases/{self.case_id}"

    @property
    def patient(self) -> Person:
        return patient(self.office, self.patient_id)

    async def waits(self) -> list[str]:
        found = await self.office.admin.read(self.link)
        return [wait["activation"].partition("#")[0] for wait in found["waits"]]


def patient(office: Office, patient_id: str) -> Person:
    signed = token(f"person-{patient_id}", "patient", patient_id=patient_id)
    return Person(office.http, {"Authorization": f"Bearer {signed}"})


async def publish_care(office: Office, *further: str) -> None:
    """Publish what the tests about people run: pathways of their own, two of the library, and `further` ones."""
    folders = [folder for folder in library_folders() if folder.name in (*LIBRARY, *further)]
    async with office.database.session() as session:
        for definition in (CARE, VISIT):
            await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=system_clock())
        for drawn in publish_folders(folders):
            forms = {name: json.dumps(schema) for name, schema in drawn.forms.items()}
            source = drawn.bpmn_source.decode()
            await publish(session, drawn.definition, bpmn=source, forms=forms, actor="test", now=system_clock())


async def begin_care(office: Office, key: str = KEY, **variables: Any) -> CareCase:
    """A new case of a new patient; of `shared_care` the first task is open for the role `dentist`."""
    referral_id, patient_id = f"REF-{number()}", f"PAT-{number()}"
    given = {"referral_id": referral_id, "patient_id": patient_id, **variables}
    found = await office.admin.do(f"/pathways/{key}/cases", {"business_key": referral_id, "variables": given})
    task = found["opened"][0]["link"] if found["opened"] else ""
    return CareCase(office, found["case_id"], referral_id, patient_id, task)


_asking: ContextVar[bool] = ContextVar("asking", default=False)


@contextmanager
def counted(office: Office) -> Iterator[list[str]]:
    """What the database is asked meanwhile on behalf of whoever asks, not by the worker beside them."""
    questions: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _asking.get():
            questions.append(statement)

    event.listen(office.database.engine.sync_engine, "before_cursor_execute", note)
    before = _asking.set(True)
    yield questions
    _asking.reset(before)
    event.remove(office.database.engine.sync_engine, "before_cursor_execute", note)
