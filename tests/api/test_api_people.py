"""Who is there, who is away, and who may act for whom?"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from activities.directory import Directory, read_directory
from activities.presence import Present, is_open, present
from api.absences import Covering, hand_over_tasks
from api.claims import Person as Somebody
from api.last_here import note_here
from api.surroundings import system_clock
from records.tables import Absence, Audit, FactRecord, PersonSeen, ServiceInbox
from records.writes.handovers import deliver_to_service
from tests.api.caring import CareCase, begin_care, counted, publish_care
from tests.api.conftest import Office, number

DIRECTORY = """
services:
  dental: {name: Dental, named_contact: dr.heron, deputy: dr.crane, hours: working, covers: [jaw]}
  jaw: {name: Jaw joint clinic, named_contact: mr.kestrel, deputy: dr.stork}
  nose: {name: Nose clinic, named_contact: dr.stork, deputy: dr.tern}
  ear: {name: Ear clinic, named_contact: dr.tern, deputy: mr.kestrel}
  voice: {name: Voice clinic, named_contact: mr.kestrel, deputy: dr.wren}
"""


@pytest.fixture
def services(tmp_path: Path) -> Directory:
    file = tmp_path / "directory.yaml"
    file.write_text(DIRECTORY)
    return read_directory(file)


@pytest.mark.parametrize(
    ("absent", "there"),
    [
        ((), Present("mr.kestrel", "named_contact", "jaw")),
        (("mr.kestrel",), Present("dr.stork", "deputy", "jaw")),
        (("mr.kestrel", "dr.stork"), Present("dr.heron", "cover", "dental")),
        (("mr.kestrel", "dr.stork", "dr.heron", "dr.crane"), Present("", "nobody", "jaw")),
    ],
)
def test_a_service_is_spoken_for_by_whoever_is_there(services: Directory, absent: Any, there: Present) -> None:
    assert present(services, "jaw", absent=absent) == there


def test_a_service_is_open_in_the_hours_of_its_calendar(services: Directory) -> None:
    monday = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
    assert is_open(services.service("dental"), monday)
    assert not is_open(services.service("dental"), monday - timedelta(days=1))
    assert not is_open(services.service("dental"), monday + timedelta(hours=9))
    assert is_open(services.service("jaw"), monday + timedelta(hours=15))


@pytest.mark.parametrize(
    ("away", "person", "cover"),
    [
        ({"dr.heron": ""}, "dr.heron", "dr.crane"),
        ({"dr.heron": "dr.owl"}, "dr.heron", "dr.owl"),
        ({"dr.heron": "dr.owl", "dr.owl": "dr.jay"}, "dr.heron", "dr.jay"),
        ({"dr.heron": "dr.owl", "dr.owl": "dr.heron"}, "dr.heron", "dr.crane"),
        ({"dr.owl": "dr.jay", "dr.jay": "dr.owl"}, "dr.owl", ""),
        ({"dr.owl": ""}, "dr.owl", ""),
        ({"mr.kestrel": "", "dr.stork": ""}, "mr.kestrel", "dr.tern"),
        ({"mr.kestrel": "", "dr.stork": "", "dr.tern": ""}, "mr.kestrel", "dr.wren"),
        ({"mr.kestrel": "", "dr.stork": "", "dr.tern": "", "dr.wren": ""}, "mr.kestrel", ""),
    ],
    ids=[
        "the deputy",
        "whoever is named",
        "the cover of the cover",
        "the deputy, past a circle",
        "nobody in a circle",
        "nobody is named",
        "the deputy of the deputy",
        "another deputy, past deputies in a circle",
        "nobody, when all deputies of all are away",
    ],
)
def test_tasks_of_somebody_away_go_to(services: Directory, away: dict[str, str], person: str, cover: str) -> None:
    assert covering(services, away).cover_of(person) == cover


def covering(services: Directory, away: dict[str, str]) -> Covering:
    now = system_clock()
    absent = {
        who: Absence(absence_id=who, person=who, since=now, until=now, cover=by, recorded_by=who, recorded_at=now)
        for who, by in away.items()
    }
    return Covering(services, absent)


@pytest.mark.parametrize(
    ("away", "actor", "standing"),
    [
        ({"dr.heron": ""}, "dr.crane", "deputy"),
        ({"dr.heron": "dr.crane"}, "dr.crane", "cover"),
        ({"dr.heron": "dr.owl"}, "dr.owl", "cover"),
        ({"dr.heron": "dr.owl"}, "dr.crane", "deputy"),
        ({"dr.heron": "dr.owl", "dr.owl": "dr.jay"}, "dr.jay", "cover"),
        ({"dr.heron": "dr.owl"}, "dr.jay", ""),
        ({"dr.owl": "dr.crane"}, "dr.crane", ""),
    ],
)
def test_somebody_stands_in_for_dr_heron_as(
    services: Directory, away: dict[str, str], actor: str, standing: str
) -> None:
    assert covering(services, away).standing_of(actor, "dr.heron") == standing


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def away(house: Office, person: str, cover: str = "", *, since: timedelta = timedelta()) -> dict[str, Any]:
    now = system_clock()
    times = {"since": (now - since).isoformat(), "until": (now + timedelta(days=3)).isoformat()}
    found: dict[str, Any] = await house.coordinator.do(f"/people/{person}/absences", {**times, "cover": cover})
    return found


async def test_nobody_names_themselves_to_do_what_somebody_else_may_do(house: Office) -> None:
    now, other, one = system_clock(), f"dr.r{number()}", f"a.{number()}"
    both = house.person(one, "coordinator", "admin")
    times = {"since": now.isoformat(), "until": (now + timedelta(days=3)).isoformat()}
    assert (await both.post(f"/people/{other}/absences", {**times, "cover": one})).status_code == 403
    body = {"delegate": one, "reason": "I do it."}
    assert (await both.post(f"/people/{other}/authorities", body)).status_code == 403


async def held_by(house: Office, person: str) -> CareCase:
    care = await begin_care(house)
    await house.person(person, "dentist").do(f"{care.task}/claim")
    return care


async def assignee(care: CareCase) -> Any:
    return (await care.office.coordinator.read(care.task))["assignee"]


@pytest.mark.temporal
async def test_the_tasks_of_somebody_away_go_to_the_cover_and_on_to_the_covers_cover(house: Office) -> None:
    person, cover, further = (f"dr.{name}{number()}" for name in ("a", "b", "c"))
    care = await held_by(house, person)
    await away(house, cover, further)
    await away(house, person, cover)
    here = house.here
    assert (await hand_over_tasks(here), await hand_over_tasks(here)) == (1, 0)
    assert await assignee(care) == further
    async with house.database.reader() as session:
        rows = select(Audit).where(Audit.case_id == care.case_id, Audit.action == "task.handed_over")
        [row] = await session.exec(rows.order_by(col(Audit.id)))
    assert (row.detail["from"], row.detail["to"]) == (person, further)
    fact = (await facts(care, "delegated"))[-1]
    assert (fact["actor"], fact["assignee"], fact["on_behalf_of"]) == ("system:absences", further, person)
    assert fact["grounds"] == f"absence:{row.detail['absence']}"


async def facts(care: CareCase, kind: str) -> list[dict[str, Any]]:
    said = select(FactRecord).where(FactRecord.case_id == care.case_id, FactRecord.fact == kind)
    async with care.office.database.reader() as session:
        return [dict(row.detail) for row in await session.exec(said.order_by(col(FactRecord.seq)))]


@pytest.mark.temporal
async def test_looking_for_what_people_left_takes_as_many_questions_for_one_task_as_for_many(house: Office) -> None:
    person = f"dr.m{number()}"
    await away(house, person, f"dr.n{number()}", since=timedelta(minutes=1))
    asked = []
    for _ in range(3):
        await held_by(house, person)
        with counted(house) as questions:
            await hand_over_tasks(house.here)  # claimed while they are away: it stays, and is looked at each time
        asked.append(len(questions))
    assert asked[0] == asked[1] == asked[2]


@pytest.mark.temporal
async def test_a_task_that_comes_back_to_somebody_away_goes_on_again_and_stays_when_they_are_back(
    house: Office,
) -> None:
    person, cover = f"dr.i{number()}", f"dr.j{number()}"
    care, here = await held_by(house, person), house.here
    absence = await away(house, person, cover)
    assert (await hand_over_tasks(here), await assignee(care)) == (1, cover)
    await house.coordinator.do(f"{care.task}/delegate", {"to": person})
    assert (await hand_over_tasks(here), await assignee(care)) == (1, cover)
    await house.person(person, "dentist").do(f"/absences/{absence['absence_id']}/end")
    other = await held_by(house, person)
    assert await hand_over_tasks(here) == 0
    assert (await assignee(care), await assignee(other)) == (cover, person)


@pytest.mark.temporal
async def test_whoever_oversees_takes_a_task_from_its_holder_and_the_history_says_by_rank(house: Office) -> None:
    person, other = f"dr.k{number()}", f"dr.l{number()}"
    care = await held_by(house, person)
    assert (await house.person(other, "dentist").post(f"{care.task}/delegate", {"to": other})).status_code == 409
    await house.coordinator.do(f"{care.task}/delegate", {"to": other})
    assert await assignee(care) == other
    [fact] = await facts(care, "delegated")
    assert (fact["on_behalf_of"], fact["grounds"]) == (person, "rank:overseer")


@pytest.mark.temporal
async def test_what_another_organisation_says_of_somebody_hands_over_none_of_their_tasks(house: Office) -> None:
    person, cover, now = f"dr.i{number()}", f"dr.j{number()}", system_clock()
    care = await held_by(house, person)
    said = {"since": now.isoformat(), "until": (now + timedelta(days=3)).isoformat(), "cover": cover}
    far = house.person("c.far", "coordinator", organisation="far")
    absence = await far.do(f"/people/{person}/absences", said)
    await hand_over_tasks(house.here)
    assert await assignee(care) == person
    instead = {"values": {}, "on_behalf_of": person}
    assert (await house.person(cover, "dentist").post(f"{care.task}/complete", instead)).status_code == 403
    assert await house.coordinator.read(f"/people/{person}/absences") == []
    assert (await house.coordinator.post(f"/absences/{absence['absence_id']}/end")).status_code == 404
    assert [each["cover"] for each in await far.read(f"/people/{person}/absences")] == [cover]


@pytest.mark.temporal
async def test_without_a_cover_tasks_go_back_to_the_pool_and_what_is_claimed_meanwhile_stays(house: Office) -> None:
    person = f"dr.d{number()}"
    care = await held_by(house, person)
    absence = await away(house, person, since=timedelta(hours=1))
    assert await hand_over_tasks(house.here) == 0  # claimed after the absence had begun
    await house.person(person, "dentist").do(f"/absences/{absence['absence_id']}/end")
    await away(house, person)
    assert await hand_over_tasks(house.here) == 1
    assert await assignee(care) is None


@pytest.mark.temporal
async def test_a_task_is_completed_on_behalf_of_its_holder_only_with_authority_and_that_is_on_record(
    house: Office,
) -> None:
    person, other = f"dr.e{number()}", f"dr.f{number()}"
    care = await held_by(house, person)
    delegate, body = house.person(other, "dentist"), {"values": {}, "on_behalf_of": person}
    refused = await delegate.post(f"{care.task}/complete", body)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "forbidden")
    given = await house.person(person, "dentist").do(
        "/people/me/authorities", {"delegate": other, "reason": "We share the list."}
    )
    await delegate.do(f"{care.task}/complete", body)
    timeline = [entry["text"] for entry in await house.admin.read(f"{care.link}/timeline")]
    assert f"Examine was delegated to {other}" not in timeline
    assert f"{other} acts on Examine on behalf of {person} with their standing authority" in timeline
    assert [fact["grounds"] for fact in await facts(care, "delegated")] == [f"authority:{given['authority_id']}"]
    async with house.database.reader() as session:
        rows = select(Audit).where(Audit.case_id == care.case_id, Audit.action == "task.completed")
        [row] = await session.exec(rows)
    assert (row.detail["on_behalf_of"], row.detail["grounds"]) == (person, f"authority:{given['authority_id']}")


@pytest.mark.temporal
async def test_whoever_covers_for_the_contact_of_a_service_answers_its_referrals_meanwhile(house: Office) -> None:
    person, cover, service = f"dr.g{number()}", f"dr.h{number()}", f"clinic{number()}"
    care = await begin_care(house)
    async with house.database.session() as session:
        for name in (f"dr.z{number()}", person):
            sent = {"service": service, "case_id": care.case_id, "delivered_at": system_clock()}
            await deliver_to_service(
                session, ServiceInbox(idempotency_key=f"{service} {name}", named_contact=name, **sent)
            )
    standing_in = house.person(cover, "restorative_dentist")
    assert (await standing_in.get(f"/services/{service}/inbox")).status_code == 403
    await away(house, person, cover)
    [delivery] = await standing_in.read(f"/services/{service}/inbox", limit=1)  # it stands behind that of another
    answered = await standing_in.do(delivery["links"]["acknowledge"])
    assert answered["acknowledged_by"] == cover


@pytest.mark.temporal
async def test_only_coordinators_note_the_absence_of_others_and_nobody_covers_for_themselves(house: Office) -> None:
    now = system_clock()
    times = {"since": now.isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    assert (await house.dentist.post("/people/dr.ash/absences", times)).status_code == 403
    assert (await house.dentist.post("/people/me/absences", {**times, "cover": "dr.oak"})).status_code == 422
    backwards = {"since": times["until"], "until": times["since"]}
    assert (await house.dentist.post("/people/me/absences", backwards)).status_code == 422


@pytest.mark.temporal
async def test_an_authority_of_others_is_given_read_and_ended_by_nobody_of_another_organisation(house: Office) -> None:
    person, other, body = f"dr.o{number()}", f"dr.p{number()}", {"delegate": f"dr.q{number()}", "reason": "We share."}
    given = await house.person(person, "dentist").do("/people/me/authorities", body)
    far = house.person("a.far", "admin", "coordinator", organisation="far")
    for who in (house.dentist, far):
        assert (await who.post(f"/people/{other}/authorities", body)).status_code == 403
        assert (await who.get(f"/people/{person}/authorities")).status_code == 403
        assert (await who.post(f"/authorities/{given['authority_id']}/end")).status_code == 403
    assert (await house.admin.do(f"/people/{other}/authorities", body))["person"] == other
    assert [each["delegate"] for each in await house.coordinator.read(f"/people/{person}/authorities")] == [
        body["delegate"]
    ]
    ended = await house.admin.do(f"/authorities/{given['authority_id']}/end")
    assert ended["until"] is not None


async def test_for_which_organisation_somebody_is_here_is_noted_once_an_hour_and_when_it_is_another(
    office: Office,
) -> None:
    name = f"seen-{number()}"
    for organisation in ("", "north"):
        assert (await office.person(name, "dentist", organisation=organisation).get("/tasks")).status_code == 200

    async def seen() -> dict[str, datetime]:
        async with office.database.reader() as session:
            rows = await session.exec(select(PersonSeen).where(PersonSeen.person == name))
            return {row.organisation: row.seen_at for row in rows}

    first = await seen()
    assert sorted(first, key=first.__getitem__) == ["", "north"]
    for minutes, organisation, noted in ((59, "north", False), (61, "north", True), (62, "", True), (63, "", False)):
        before, now = await seen(), first["north"] + timedelta(minutes=minutes)
        me = Somebody(name, name, frozenset({"dentist"}), "", organisation)
        await note_here(replace(office.here, clock=lambda now=now: now), me)
        assert (await seen()) == (before | {organisation: now} if noted else before), minutes
