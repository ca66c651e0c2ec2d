"""How does a referral become one case, whatever form it comes in and however often?"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import col, delete, select

from api.surroundings import system_clock
from pathways.bpmn.model import TimerTrigger
from records.tables import Case, Document, Idempotency, Referral
from records.writes.publications import publish
from tests.api.conftest import Office, number, referral
from tests.host.diagrams import line, user_task
from tests.interop.interop_documents import bundle, envelope

pytestmark = pytest.mark.temporal
REAL_ENVELOPE = Path("/work/shared/data/referrals/inbound_pcc55.json")


async def test_a_json_referral_becomes_a_case_that_shows_at_once(office: Office) -> None:
    body = referral()
    response = await office.sender.post("/referrals", body, key=None)
    assert response.status_code == 201, response.text
    found = response.json()
    assert response.headers["Location"] == found["links"]["case"]
    case = await office.coordinator.read(found["links"]["case"])
    assert (case["pathway"], case["referral_id"], case["status"]) == (
        "pre_rt_dental_clearance",
        body["referral_id"],
        "running",
    )


async def test_a_referral_is_answered_with_what_it_lacks_and_its_standing_says_so_too(office: Office) -> None:
    found = await office.refer()
    lacks = {each["item"]: each["need"] for each in found["completeness"]["missing"]}
    assert (lacks["rt_start_date"], lacks["medications"], "reason" in lacks) == ("required", "wanted", False)
    assert (found["completeness"]["complete"], 0 < found["completeness"]["score"] < 100) == (False, True)
    standing = await office.sender.read(f"/referrals/{found['referral_id']}")
    assert standing["completeness"] == found["completeness"]
    known = {"identifiers": [{"value": "MRN-78"}], "name": "Testina S", "birth_date": "1960"}
    none = [{"text": "none known"}]
    full = await office.refer(
        patient={**known, "telecom": [{"value": "1"}]},
        rt_start_date="2031-01-01",
        conditions=none,
        medications=none,
        allergies=none,
    )
    assert full["completeness"] == {"score": 100, "complete": True, "missing": []}


async def test_a_case_that_no_referral_brought_has_no_completeness(office: Office) -> None:
    key = f"BY-HAND-{number()}"
    await office.admin.do("/pathways/two_tasks/cases", {"business_key": key})
    assert (await office.sender.read(f"/referrals/{key}"))["completeness"] is None


async def test_the_referral_and_its_documents_are_stored_with_the_case(office: Office) -> None:
    found = await office.refer()
    async with office.database.reader() as session:
        stored = (await session.exec(select(Document).where(Document.case_id == found["case_id"]))).one()
        row = (await session.exec(select(Referral).where(Referral.case_id == found["case_id"]))).one()
    assert (stored.name, stored.content, stored.added_by) == ("letter", b"Hello", "portal")
    assert row.document["referral"]["patient"]["name"] == "Testina Sample"


async def test_the_case_id_tells_nothing_of_the_referral(office: Office) -> None:
    body = referral()
    found = await office.refer(**body)
    assert body["referral_id"] not in found["case_id"]


async def test_the_same_referral_twice_is_one_case_and_the_second_call_is_told_which(office: Office) -> None:
    body = referral()
    first = await office.sender.do("/referrals", body)
    second = await office.sender.post("/referrals", body)
    assert second.status_code == 409
    assert second.json()["case_id"] == first["case_id"]
    assert second.json()["same_content"] is True
    changed = await office.sender.post("/referrals", {**body, "clinical_question": "Another one?"})
    assert (changed.status_code, changed.json()["same_content"]) == (409, False)


async def test_a_referral_whose_answer_was_not_heard_is_answered_as_the_first_time(office: Office) -> None:
    body = referral()
    first = (await office.sender.post("/referrals", body, key="unheard")).json()
    async with office.database.session() as session:
        await session.exec(delete(Idempotency).where(col(Idempotency.key) == "unheard"))
    again = await office.sender.post("/referrals", body, key="unheard")
    assert again.status_code == 201
    assert {name: again.json()[name] for name in ("case_id", "patient_id")} == {
        name: first[name] for name in ("case_id", "patient_id")
    }
    assert (await office.sender.post("/referrals", body, key="another")).status_code == 409


async def test_the_same_referral_posted_ten_times_at_once_is_one_case(any_office: Office) -> None:
    office = any_office
    body = referral()
    responses = await asyncio.gather(*(office.sender.post("/referrals", body, key=None) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert len({response.json()["case_id"] for response in responses}) == 1
    async with office.database.reader() as session:
        cases = list(await session.exec(select(Case).where(Case.business_key == body["referral_id"])))
    assert len(cases) == 1


async def test_two_senders_may_use_the_same_number(office: Office) -> None:
    body = referral()
    first = await office.sender.do("/referrals", body)
    second = await office.sender.do("/referrals", {**body, "assigner": "other-clinic"})
    assert first["case_id"] != second["case_id"]


async def test_the_sender_may_name_the_pathway(office: Office) -> None:
    found = await office.refer("two_tasks")
    assert found["pathway"] == "two_tasks"
    assert [task["title"] for task in found["opened"]] == ["first"]


@pytest.mark.parametrize(
    ("pathway", "words"), [("no_such_pathway", "'no_such_pathway', named"), (None, "No rule chooses")]
)
async def test_without_a_published_pathway_nothing_starts(office: Office, pathway: str | None, words: str) -> None:
    body = referral(reason=[], clinical_question="")
    params = {} if pathway is None else {"pathway": pathway}
    response = await office.sender.post("/referrals", body, **params)
    assert response.status_code == 422
    assert words in response.json()["detail"]
    assert "two_tasks" in response.json()["pathways"]


async def test_a_pathway_that_only_the_clock_begins_takes_no_referral_and_keeps_none(office: Office) -> None:
    yearly = line("yearly", user_task("look", "yearly"))
    start = replace(yearly.nodes["start"], trigger=TimerTrigger("cycle", '"R/P1Y"'))
    yearly = replace(yearly, nodes={**yearly.nodes, "start": start})
    async with office.database.session() as session:
        await publish(session, yearly, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    body = referral()
    for _ in range(2):
        response = await office.sender.post("/referrals", body, pathway="yearly")
        assert (response.status_code, response.json()["type"].rpartition("/")[2]) == (422, "not-startable")
    async with office.database.reader() as session:
        stored = select(Referral).where(Referral.pathway == "yearly")
        assert (await session.exec(stored)).first() is None


async def test_a_360x_envelope_is_answered_with_its_acknowledgement(office: Office) -> None:
    sent = envelope(submission_set_id=f"2.999.{number()}")
    sent["hl7v2"] = sent["hl7v2"].replace("REF-7", f"REF-7-{number()}")
    response = await office.sender.post("/ihe/360x", sent, key=None)
    assert response.status_code == 201, response.text
    answer = response.json()
    assert answer["case"]["pathway"] == "pre_rt_dental_clearance"
    assert "MSA|AA|MSG-7" in answer["acknowledgement"]["hl7v2"]
    assert answer["acknowledgement"]["recipient_direct_address"] == "referrals@onc.example"


@pytest.mark.skipif(not REAL_ENVELOPE.exists(), reason="the shared example of a PCC-55 is not on this machine")
async def test_the_shared_360x_envelope_unchanged_becomes_a_dental_clearance_case(office: Office) -> None:
    sent = json.loads(REAL_ENVELOPE.read_bytes())
    response = await office.sender.post("/ihe/360x", sent, key=None)
    assert response.status_code == 201, response.text
    assert response.json()["case"]["pathway"] == "pre_rt_dental_clearance"
    assert (await office.sender.post("/ihe/360x", sent, key=None)).status_code == 409


async def test_a_wrong_360x_envelope_is_refused_with_place_and_remedy(office: Office) -> None:
    response = await office.sender.post("/ihe/360x", envelope(transaction="PCC-58"), key=None)
    problem = response.json()
    assert response.status_code == 422
    assert problem["where"] == "envelope.transaction"
    assert problem["remedy"]


@pytest.mark.parametrize("path", ["/fhir", "/fhir/Bundle"])
async def test_a_fhir_bundle_becomes_a_case_and_is_answered_with_a_task(office: Office, path: str) -> None:
    sent = bundle(identifier=[{"system": "urn:placer", "value": f"SR-{number()}"}])
    response = await office.sender.post(path, sent, key=None, pathway="two_tasks")
    assert response.status_code == 201, response.text
    assert response.headers["Content-Type"] == "application/fhir+json"
    task = response.json()
    assert (task["resourceType"], task["status"]) == ("Task", "received")
    assert task["for"]["identifier"]["value"].startswith("patient-")
    again = await office.coordinator.get(f"/fhir/Task/{task['id']}")
    assert again.json()["identifier"] == task["identifier"]
    assert response.headers["Location"].endswith(f"/fhir/Task/{task['id']}")


async def test_a_fhir_duplicate_and_a_fhir_error_are_operation_outcomes(office: Office) -> None:
    sent = bundle(identifier=[{"system": "urn:placer", "value": f"SR-{number()}"}])
    await office.sender.do("/fhir", sent, pathway="two_tasks")
    duplicate = await office.sender.post("/fhir", sent, key=None, pathway="two_tasks")
    assert (duplicate.status_code, duplicate.json()["issue"][0]["code"]) == (409, "duplicate")
    wrong = await office.sender.post("/fhir", {"resourceType": "Bundle", "type": "history"}, key=None)
    assert wrong.status_code == 422
    assert wrong.json()["resourceType"] == "OperationOutcome"
    assert wrong.json()["issue"][0]["expression"] == ["Bundle.type"]


async def test_the_variables_of_the_case_are_those_of_the_referral(office: Office) -> None:
    found = await office.refer("two_tasks")
    dentist = office.dentist
    case = await dentist.read(found["links"]["case"])
    assert case["variables"]["patient"]["name"] == "Testina Sample"
    assert case["variables"]["case_id"] == found["case_id"]
