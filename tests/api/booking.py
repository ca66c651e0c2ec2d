"""What do the tests about booking share? A pathway that begins with the booking of the closed loop, and patients."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pathways
from pathways.bpmn.model import UserTaskSpec
from records.queries.own_record import patient_of
from records.tables import Case
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number
from tests.host.diagrams import line, node, user_task
from workflows.host.gateway import CaseGateway

KEY, FORM = "to_be_booked", "closed_loop_referral.book"
FORM_TEXT = (Path(pathways.__file__).parent / "library/00_closed_loop_referral/book.form").read_text(encoding="utf-8")
_BOOKS = UserTaskSpec(candidate_groups='["booking_office"]', form_id=f'"{FORM}"')
DRAWN = replace(
    line(KEY, node("book", "userTask", KEY, user=_BOOKS, name="Book"), user_task("see", KEY, name="See the patient")),
    forms={FORM: hashlib.sha256(FORM_TEXT.encode()).hexdigest()},
)
NINE, TEN, NOON = (f"2031-03-03T{hour}:00:00+00:00" for hour in ("09", "10", "12"))


@dataclass
class ToBook:
    """A patient with cases of which each waits to be booked. `tasks`: their ids, in the order of `cases`."""

    office: Office
    mrn: str
    patient_id: str
    cases: list[str]
    tasks: list[str]

    @property
    def address(self) -> str:
        return f"/patients/{self.patient_id}"

    @property
    def bookings(self) -> str:
        return f"{self.address}/bookings"

    def wanted(self, *slots: str, **changed: Any) -> dict[str, Any]:
        """A request that books each of these times, in order."""
        booked = [
            {"task": task, "values": {"slot": slot, "site": "Clinic North", "mode": "face_to_face", **changed}}
            for task, slot in zip(self.tasks, slots, strict=True)
        ]
        return {"bookings": booked}

    async def waits(self) -> list[str]:
        """The steps at which its cases wait."""
        found = [await self.office.admin.read(f"/cases/{case}") for case in self.cases]
        return [wait["activation"].partition("#")[0] for case in found for wait in case["waits"]]


def booker(office: Office, sub: str = "b.elm") -> Person:
    return office.person(sub, "booking_office")


async def to_book(office: Office, *services: str, mrn: str = "") -> ToBook:
    """A patient, by default a new one, with one more case that waits to be booked for each of these services."""
    mrn = mrn or f"MRN-B{number()}"
    async with office.database.session() as session:
        now = office.here.clock()
        await publish(session, DRAWN, bpmn="<none/>", forms={FORM: FORM_TEXT}, actor="test", now=now)
    patient = {"identifiers": [{"value": mrn}], "name": "Testina Booked", "birth_date": "1970-01-02"}
    begun = [await office.refer(KEY, patient=patient) for _ in services]
    for each, service in zip(begun, services, strict=True):
        await office.admin.do(f"/cases/{each['case_id']}/variables", {"variables": {"service": service}})
    async with office.database.reader() as session:
        patient_id = await patient_of(session, await session.get_one(Case, begun[0]["case_id"]))
    tasks = [each["opened"][0]["id"] for each in begun]
    return ToBook(office, mrn, patient_id, [each["case_id"] for each in begun], tasks)


@contextmanager
def through(office: Office, gateway: CaseGateway) -> Iterator[None]:
    """Meanwhile the office reaches its cases through another gateway."""
    before = office.here
    office.app.state.surroundings = replace(before, gateway=gateway)
    try:
        yield
    finally:
        office.app.state.surroundings = before
