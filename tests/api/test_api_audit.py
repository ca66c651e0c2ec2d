import json
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import col, select

from api.app import create_app
from api.ids import word
from records.tables import Audit
from records.writes.parties import note_party
from tests.api.attacking import reads
from tests.api.conftest import Office, Person, number, settings
from tests.api.northern import NORTH, SOUTH, Northern, northern, with_everything
from tests.interop.test_interop_audit_event import VALID

pytestmark = pytest.mark.temporal
RECEIVED = "referral.received"


@pytest_asyncio.fixture(scope="module")
async def case(office: Office) -> Northern:
    return await with_everything(office)


def privacy_officer(case: Northern, organisation: str = NORTH) -> Person:
    return case.person("privacy_officer", organisation=organisation)


async def last(office: Office) -> int:
    async with office.database.reader() as session:
        return (await session.exec(select(Audit.id).order_by(col(Audit.id).desc()).limit(1))).first() or 0


async def since(office: Office, row: int) -> list[Audit]:
    async with office.database.reader() as session:
        return list(await session.exec(select(Audit).where(col(Audit.id) > row).order_by(col(Audit.id))))


async def events(reader: Person, **asked: Any) -> list[dict[str, Any]]:
    """What a search finds; each of it is an AuditEvent of FHIR R4."""
    bundle = await reader.read("/fhir/AuditEvent", **asked)
    found = [entry["resource"] for entry in bundle.get("entry", [])]
    assert [error.message for each in found for error in VALID.iter_errors(each)] == []
    return found


def actions(found: list[dict[str, Any]]) -> list[str]:
    return [each["subtype"][-1]["code"] for each in found]


async def test_every_read_leaves_one_row_that_names_each_case_that_was_shown(case: Northern) -> None:
    """Every GET route of the OpenAPI with the ids of a case, and every filter that may name one."""
    wrong, read = [], set()
    for path, address in reads(case):
        reader = case.person("admin", "key_worker", "dentist", "privacy_officer", "safety_officer", "coordinator")
        before = await last(case.office)
        response = await reader.get(address)
        if response.status_code != 200:
            continue
        rows = await since(case.office, before)
        named = {name for row in rows for name in (row.case_id, *row.detail.get("cases", []))}
        shown = {case.case_id} if case.case_id in response.text and "AuditEvent" not in path else set()
        read.add(path)
        if len(rows) != 1 or rows[0].context["method"] != "GET" or rows[0].organisation != NORTH or not shown <= named:
            wrong.append(f"{path}: {[(row.action, row.case_id, row.detail) for row in rows]}")
    assert wrong == []
    assert len(read) >= 30


async def test_the_first_row_of_a_case_says_for_whom_and_why_it_was_sent(case: Northern) -> None:
    [sent] = [each for each in await events(privacy_officer(case), entity=case.case_id) if RECEIVED in actions([each])]
    user = next(agent for agent in sent["agent"] if agent["who"].get("identifier", {}).get("value") == "portal.north")
    assert "integration" in str(user["role"])
    assert "HOPERAT" in str(sent["purposeOfEvent"])
    assert NORTH in str(sent["agent"])


async def test_the_audit_is_searched_by_patient_case_person_and_time(case: Northern) -> None:
    who, reader = case.person("key_worker", "dentist"), privacy_officer(case)
    await who.read(case.link)
    await who.read("/tasks")
    me = (await since(case.office, 0))[-1].actor
    assert actions(await events(reader, agent=me)) == ["tasks.read", "case.read"]
    assert {"task.read", "patient.matched"} & set(
        actions(await events(reader, patient=f"Patient/{case.patient_id}", _count=200))
    )
    assert actions(await events(reader, entity=case.case_id, agent=me)) == ["tasks.read", "case.read"]
    assert await events(reader, agent=me, date="lt2020-01-01") == []
    assert len(await events(reader, agent=me, date="ge2020-01-01T00:00:00Z")) == 2
    assert (await reader.get("/fhir/AuditEvent", date="yesterday")).status_code == 422
    read = (await events(reader, agent=me))[1]
    assert {"reference": f"Patient/{case.patient_id}"} in [entity["what"] for entity in read["entity"]]
    assert read["meta"]["profile"][0].endswith("BasicAudit.PatientRead")


async def test_the_audit_is_paged_and_reading_it_is_audited(case: Northern) -> None:
    reader = privacy_officer(case)
    first = await reader.read("/fhir/AuditEvent", entity=case.case_id, _count=2)
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    second = await reader.read(following.removeprefix("http://127.0.0.1:8000"))
    ids = [int(entry["resource"]["id"]) for entry in (*first["entry"], *second["entry"])]
    assert len(ids) == 4
    assert ids == sorted(set(ids), reverse=True)
    row = (await since(case.office, 0))[-1]
    assert (row.action, row.case_id, row.context["roles"]) == ("audit.read", case.case_id, ["privacy_officer"])


@pytest.mark.parametrize("role", ["admin", "coordinator", "key_worker", "clinical_lead", "integration"])
async def test_the_audit_is_for_those_who_see_that_class_of_data_only(case: Northern, role: str) -> None:
    assert (await case.person(role).get("/fhir/AuditEvent")).status_code == 403


async def test_another_organisation_sees_no_row_of_the_case(case: Northern) -> None:
    found = await events(privacy_officer(case, SOUTH), _count=200)
    assert case.case_id not in json.dumps(found)
    assert await events(privacy_officer(case, SOUTH), patient=case.patient_id) == []


async def test_a_list_that_shows_a_case_of_ours_does_not_tell_which_others_it_showed(case: Northern) -> None:
    """South takes part in another case of north: of north's lists it sees that case, whatever it searches for."""
    shared, now = await northern(case.office), case.office.here.clock()
    async with case.office.database.session() as session:
        await note_party(session, shared.case_id, SOUTH, via="service", through="test", now=now)
    await case.person("coordinator").read("/cases")
    mine = await events(privacy_officer(case, SOUTH), entity=shared.case_id)
    assert "cases.read" in actions(mine)
    assert case.case_id not in json.dumps(mine)
    for asked in ({"patient": case.patient_id}, {"entity": case.case_id}):
        found = await events(privacy_officer(case, SOUTH), _count=200, **asked)
        assert set(actions(found)) <= {"audit.read"}, "what their own officers searched for"


async def test_what_was_refused_is_in_the_audit_as_a_failure(case: Northern) -> None:
    """403 within the organisation, and 404 for a stranger from whom the case is hidden."""
    task = f"/tasks/{case.ids['tasks']}"
    inside, stranger = case.person("radiologist"), case.person("key_worker", organisation=SOUTH)
    before = await last(case.office)
    assert [(await who.get(case.link)).status_code for who in (inside, stranger)] == [403, 404]
    assert (await stranger.get(task)).status_code == 404
    assert (await stranger.get("/cases/case-00000000000000000000dead")).status_code == 404
    rows = await since(case.office, before)
    said = [(row.action, row.case_id, row.outcome, row.detail["status"]) for row in rows]
    assert said == [("access.refused", case.case_id, "4", status) for status in (403, 404, 404)]
    found = await events(privacy_officer(case), entity=case.case_id, outcome="4", agent=rows[1].actor)
    assert [(each["outcome"], each["outcomeDesc"]) for each in found] == [("4", "not-found")] * 2


async def test_asking_for_a_case_of_others_by_what_hangs_on_it_is_in_the_audit_too(case: Northern) -> None:
    """By the number of its referral, by a thread, by what was handed over or delivered: 404, and the audit says so."""
    stranger, before = case.person("integration", "coordinator", "dentist", organisation=SOUTH), await last(case.office)
    asked = [
        await stranger.get(f"/referrals/{case.referral_id}"),
        await stranger.get(f"/threads/{case.ids['threads']}"),
        await stranger.post(f"/handoffs/{case.ids['handoffs']}/acknowledge"),
        await stranger.post(f"/services/dental_oncology/inbox/{case.ids['services']}/accept"),
    ]
    assert [answer.status_code for answer in asked] == [404] * 4
    assert not any(case.case_id in answer.text for answer in asked)
    rows = await since(case.office, before)
    assert [(row.action, row.case_id) for row in rows] == [("access.refused", case.case_id)] * 4


async def test_a_crafted_id_is_refused_on_both_databases(any_office: Office) -> None:
    stranger = any_office.person(f"p-{number()}", "dentist")
    for named in ("a\x00b\nfirst#1", "case-\x00"):
        assert (await stranger.get(f"/batches/{word(named)}")).status_code == 403
        assert (await stranger.get(f"/tasks/{word(named)}")).status_code == 404


async def test_who_is_not_known_or_asks_too_often_leaves_one_row_a_minute(office: Office) -> None:
    limits = settings(requests_per_person=2, requests_per_address=20)
    transport = httpx.ASGITransport(create_app(limits, office.database, office.gateway), client=("192.0.2.7", 1))
    before = await last(office)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.example") as http:
        unknown = [(await http.get("/cases/case-1")).status_code for _ in range(3)]
        unknown += [(await http.get("/tasks", headers={"Authorization": "Bearer no.token.this"})).status_code]
        known = [(await http.get("/pathways", headers=office.dentist.headers)).status_code for _ in range(5)]
        flood = [(await http.get("/tasks")).status_code for _ in range(14)]
    assert (unknown, known, set(flood)) == ([401] * 4, [200, 200, 429, 429, 429], {401, 429})
    rows = await since(office, before)
    assert [(row.actor, row.action, row.outcome, row.detail.get("token")) for row in rows] == [
        ("", "access.unauthenticated", "4", "none"),
        ("dr.oak", "access.throttled", "4", None),
        ("", "access.throttled", "4", None),
    ]
    assert [row.detail["unnoted"] for row in rows[:2]] == [0, 3]
    assert rows[2].detail["unnoted"] >= 2
    assert {row.context["network"] for row in rows} == {"192.0.2.7"}
    own = office.person(f"p-{number()}", "privacy_officer")
    found = await events(own, outcome="4", _count=200)
    assert {"access.unauthenticated", "access.throttled"} <= set(actions(found))


async def test_no_row_holds_a_name_or_a_number_of_a_patient(office: Office) -> None:
    """Of what a referral says, only opaque ids are in the audit: also of what people ask for in addresses."""
    before, mrn, name = await last(office), f"MRN-{number()}-secret", "Quintessa Testcase"
    patient = {"identifiers": [{"value": mrn, "system": "urn:mrn"}], "name": name, "birth_date": "1961-02-03"}
    found = await office.refer("two_tasks", patient=patient)
    await office.dentist.read(found["opened"][0]["link"])
    for asked in ({"text": name}, {"referral": mrn}, {name: mrn}):
        await office.coordinator.get("/cases", **asked)
    await office.dentist.do(f"{found['opened'][0]['link']}/complete", {})
    await office.coordinator.get(f"/cases/{mrn}")
    rows = await since(office, before)
    text = json.dumps([row.model_dump(mode="json") for row in rows])
    assert len(rows) >= 7
    assert [word for word in (mrn, name, "Quintessa", "1961-02-03", found["referral_id"]) if word in text] == []
