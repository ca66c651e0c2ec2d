"""Does a task that needs a specialty reach who has it first, and somebody at once when nobody has?"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from temporalio.client import Client

from api.specialists import call_specialists
from records.writes.publications import publish
from tests.api.conftest import Office, Person, number, open_office
from tests.host.diagrams import line, user_task
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
SPECIALIST = "dr.swift"
DIRECTORY = f"specialties: {{oral_radiology: [{SPECIALIST}]}}"
KINDS = {
    name: line(name, replace(user_task("read", name), properties={"specialty": needs}))
    for name, needs in (("reading", "oral_radiology"), ("either", "endodontics, oral_radiology"), ("rare", "rarity"))
}


@pytest_asyncio.fixture(scope="module")
async def office(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office of its own, with a directory that names a specialist."""
    folder = tmp_path_factory.mktemp("specialists")
    (folder / "directory.yaml").write_text(DIRECTORY)
    url = f"sqlite:///{folder / 'records.sqlite'}"
    async with open_office(url, dev_server, key_ring, directory=folder / "directory.yaml") as office:
        async with office.database.session() as session:
            for definition in KINDS.values():
                now = office.here.clock()
                await publish(session, definition, bpmn="<none/>", forms={}, actor="test", now=now)
        yield office


def specialist(office: Office) -> Person:
    return office.person(SPECIALIST, "dentist")


async def told(person: Person, case_id: str) -> list[str]:
    inbox = await person.read("/inbox")
    return [each["text"] for each in inbox if case_id in str(each) and "needs a specialty" in each["text"]]


async def test_who_has_the_specialty_sees_the_task_first_and_everybody_what_it_needs(office: Office) -> None:
    await office.refer("two_tasks")
    case_id = (await office.refer("reading"))["case_id"]
    first = (await specialist(office).read("/tasks"))["items"][0]
    assert (first["case_id"], first["specialty"]) == (case_id, ["oral_radiology"])
    other = office.person(f"dr.{number()}", "dentist")
    items = (await other.read("/tasks"))["items"]
    assert items[0]["specialty"] == []
    shown = next(each for each in items if each["case_id"] == case_id)
    assert shown["specialty"] == (await other.read(shown["links"]["self"]))["specialty"] == ["oral_radiology"]
    await other.do(shown["links"]["claim"])


@pytest.mark.parametrize("pathway", ["reading", "either"])
async def test_who_has_one_of_the_specialties_is_told_at_once_and_once(office: Office, pathway: str) -> None:
    case_id = (await office.refer(pathway))["case_id"]
    assert await call_specialists(office.here) >= 1
    assert await call_specialists(office.here) == 0
    (text,) = await told(specialist(office), case_id)
    assert text.startswith("A task needs a specialty that you have: ")
    assert await told(office.coordinator, case_id) == []


async def test_when_nobody_has_it_the_coordinator_is_told(office: Office) -> None:
    case_id = (await office.refer("rare"))["case_id"]
    assert await call_specialists(office.here) >= 1
    assert await call_specialists(office.here) == 0
    (text,) = await told(office.coordinator, case_id)
    assert "nobody has who is there: rarity" in text


async def test_when_who_has_it_is_away_the_coordinator_is_told(office: Office) -> None:
    now = office.here.clock()
    away = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    absence = await specialist(office).do("/people/me/absences", away)
    case_id = (await office.refer("reading"))["case_id"]
    await call_specialists(office.here)
    assert len(await told(office.coordinator, case_id)) == 1
    assert await told(specialist(office), case_id) == []
    await specialist(office).do(f"/absences/{absence['absence_id']}/end")
