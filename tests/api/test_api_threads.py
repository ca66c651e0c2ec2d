"""What is said about a case: threads, messages that unblock a step, concerns about tasks."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from api.ids import case_and_activation
from api.surroundings import system_clock
from api.threads import finish_asking
from records.tables import CaseParty, Task, Thread, ThreadMessage
from records.writes.conversation import begin_thread, say
from tests.api.caring import CareCase, begin_care, publish_care
from tests.api.conftest import Office, number, referral

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def at_the_wait_for_a_comment(house: Office) -> CareCase:
    care = await begin_care(house)
    await house.dentist.do(f"{care.task}/complete", {})
    for severity in (2, 9):
        await care.patient.do(f"/my{care.link}/journal", {"symptom": "pain", "severity": severity})
    return care


async def test_a_message_of_a_thread_unblocks_the_step_that_waits_for_it(house: Office) -> None:
    care = await at_the_wait_for_a_comment(house)
    surgeon = house.person("ms.falcon", "dentist", "ent_surgeon")
    begun = await surgeon.do(f"{care.link}/threads", {"subject": "Scan", "text": "Shall we wait for the scan?"})
    assert begun["delivery"] == ""
    assert await care.waits() == ["comment"]
    body = {"text": "No need to wait.", "as": {"message": "clinician.comment"}}
    said = await surgeon.do(f"{begun['thread']['links']['messages']}", body)
    assert (said["delivery"], [task["title"] for task in said["opened"]]) == ("delivered", ["Treat"])
    [thread] = await surgeon.read(f"{care.link}/threads")
    assert [message["text"] for message in thread["messages"]] == ["Shall we wait for the scan?", "No need to wait."]
    assert [message["delivered_as"] for message in thread["messages"]] == ["", "clinician.comment"]


async def test_what_a_patient_says_in_their_question_moves_no_step(house: Office) -> None:
    care = await begin_care(house)
    asked = await care.patient.do(f"/my{care.link}/questions", {"text": "When?"})
    place, text = f"/threads/{asked['id']}/messages", {"text": "And where?"}
    refused = await care.patient.post(place, {**text, "as": {"message": "clinician.comment", "begins": True}})
    assert refused.status_code == 403
    assert (await care.patient.do(place, text))["delivery"] == ""


async def test_a_thread_is_fhir_communications_too(house: Office) -> None:
    care = await begin_care(house)
    surgeon = house.person("ms.falcon", "dentist", "ent_surgeon")
    begun = await surgeon.do(f"{care.link}/threads", {"text": "First"})
    await surgeon.do(begun["thread"]["links"]["messages"], {"text": "Second"})
    found = await surgeon.read("/fhir/Communication", identifier=begun["thread"]["id"])
    first, second = (entry["resource"] for entry in found["entry"])
    assert (first["resourceType"], first["status"], first["payload"]) == (
        "Communication",
        "completed",
        [{"contentString": "First"}],
    )
    assert second["inResponseTo"] == [{"reference": f"Communication/{first['id']}"}]


async def test_those_who_are_not_of_the_case_neither_read_nor_write_its_threads(house: Office) -> None:
    care = await begin_care(house)
    surgeon = house.person("ms.falcon", "dentist", "ent_surgeon")
    thread = (await surgeon.do(f"{care.link}/threads", {"text": "Between us"}))["thread"]
    strangers = ((house.person("x.pine", "radiologist"), 403), (house.coordinator, 403), (care.patient, 404))
    for stranger, status in strangers:
        for answer in (
            await stranger.get(f"{care.link}/threads"),
            await stranger.get(thread["links"]["self"]),
            await stranger.post(thread["links"]["messages"], {"text": "Me too"}),
            await stranger.get("/fhir/Communication", identifier=thread["id"]),
        ):
            assert answer.status_code == status, answer.text


async def test_a_concern_is_answered_and_the_disagreement_stays_on_the_timeline(house: Office) -> None:
    care = await begin_care(house)
    raised = await house.dentist.do(f"{care.task}/concerns", {"text": "The tooth may be saved.", "severity": "high"})
    assert (raised["kind"], raised["severity"], raised["subject"]) == ("concern", "high", "Examine")
    lead = house.person("p.cedar", "clinical_lead")
    tasks = (await lead.read("/tasks", role="clinical_lead", size=200))["items"]
    [task] = [each for each in tasks if each["referral_id"] == raised["id"]]
    answer = {"decision": "plan_stands", "response": "It lies in the field.", "dissent": "A. Oak would wait."}
    await lead.do(f"{task['links']['self']}/complete", {"values": answer})
    await until_told(house, care, "Your concern was answered.")
    seen = await house.dentist.read(raised["links"]["self"])
    assert [(each["kind"], each["text"]) for each in seen["messages"]] == [
        ("message", "The tooth may be saved."),
        ("answer", "It lies in the field."),
        ("dissent", "A. Oak would wait."),
    ]
    assert seen["messages"][1]["author"] == "p.cedar"
    timeline = [entry["text"] for entry in await house.dentist.read(f"{care.link}/timeline")]
    assert "A concern about Examine was raised by dr.oak (high)" in timeline
    assert "A disagreement about Examine remains and is kept" in timeline


async def test_who_raised_a_concern_and_left_the_case_reads_the_answer_and_moves_no_step(house: Office) -> None:
    care, nurse = await at_the_wait_for_a_comment(house), f"n-{number()}"
    member = {"person": nurse, "name": "Nurse Wren", "role": "allied_health"}
    joined = await house.coordinator.do(f"{care.link}/care-team", member)
    away = house.person(nurse, "allied_health", organisation="south")
    raised = await house.person(nurse, "allied_health", "dentist").do(f"{care.task}/concerns", {"text": "Too soon."})
    await house.coordinator.do(f"{care.link}/care-team/{joined['member_id']}/leave")
    for also in ({"message": "clinician.comment"}, {"message": "clinician.comment", "begins": True}):
        said = await away.post(raised["links"]["messages"], {"text": "Go on", "as": also})
        assert said.status_code in (403, 404), said.text
    assert await care.waits() == ["comment"]
    assert (await away.read(raised["links"]["self"]))["kind"] == "concern"


async def until_told(house: Office, care: CareCase, text: str) -> None:
    """Wait until the dentist is told this about a case."""
    async with asyncio.timeout(60):
        while (care.case_id, text) not in [(row["case_id"], row["text"]) for row in await house.dentist.read("/inbox")]:
            await asyncio.sleep(0.05)


async def test_a_question_whose_call_died_is_asked_by_the_sweep_once(house: Office) -> None:
    care, thread_id = await begin_care(house), f"thread{number()}"
    asked_at = system_clock() - timedelta(minutes=5)
    thread = Thread(
        thread_id=thread_id, root_case_id=care.case_id, kind="question", started_by="p", started_at=asked_at
    )
    first = ThreadMessage(message_id=f"{thread_id}:first", thread_id=thread_id, author="p", text="?", sent_at=asked_at)
    async with house.database.session() as session:
        await begin_thread(session, thread)
        await say(session, first)
    here = house.here
    assert (await finish_asking(here), await finish_asking(here)) == (1, 0)
    tasks = (await house.person("n.lark", "key_worker").read("/tasks", size=200))["items"]
    assert [task["title"] for task in tasks if task["referral_id"] == thread_id] == ["Answer the patient's question"]


async def test_a_task_that_is_not_mine_takes_no_concern_of_mine(house: Office) -> None:
    care = await begin_care(house)
    refused = await house.person("x.pine", "radiologist").post(f"{care.task}/concerns", {"text": "Hm"})
    assert refused.status_code == 403


async def test_who_referred_reads_and_writes_the_threads_of_their_own_referral_and_no_stranger_does(
    house: Office,
) -> None:
    dentist = house.person("dr.gap", "gdp", organisation="north")
    begun = await dentist.do("/referrals", referral(), pathway="two_tasks")
    link = f"/cases/{begun['case_id']}"
    thread = (await dentist.do(f"{link}/threads", {"text": "She has stopped her warfarin."}))["thread"]
    await dentist.do(thread["links"]["messages"], {"text": "Since Monday."})
    [seen] = await dentist.read(f"{link}/threads")
    assert [each["text"] for each in seen["messages"]] == ["She has stopped her warfarin.", "Since Monday."]
    for stranger in (
        house.person("dr.far", "gdp", organisation="south"),
        house.person("dr.next", "gdp", organisation="north"),
        house.person("x.fir", "radiologist", organisation="north"),
        house.person("pt.one", "patient", organisation="north", patient_id="P-another"),
    ):
        for answer in (
            await stranger.get(f"{link}/threads"),
            await stranger.get(thread["links"]["self"]),
            await stranger.post(thread["links"]["messages"], {"text": "Me too"}),
        ):
            assert answer.status_code in (403, 404), answer.text


async def test_another_organisation_that_takes_part_and_refers_too_does_not_read_the_referrers_threads(
    house: Office,
) -> None:
    dentist = house.person("dr.gap", "gdp", organisation="north")
    begun = await dentist.do("/referrals", referral(), pathway="two_tasks")
    async with house.database.session() as session:
        party = CaseParty(root_case_id=begun["case_id"], organisation="south", via="service", since=house.here.clock())
        session.add(party)
        task = await session.get_one(Task, case_and_activation(begun["opened"][0]["id"]))
        task.assignee = "dr.far"
    far = house.person("dr.far", "gdp", organisation="south")
    assert (await far.get(begun["opened"][0]["link"])).status_code == 200
    assert (await far.get(f"/cases/{begun['case_id']}/threads")).status_code == 403
