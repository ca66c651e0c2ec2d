"""What do patients and carers see and do?"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from api.ids import text
from api.surroundings import system_clock
from records.writes.audit import append_audit
from tests.api.caring import CareCase, begin_care, counted, patient, publish_care
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, handed, northern

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


async def at_the_wait_for_symptoms(house: Office) -> CareCase:
    care = await begin_care(house)
    await house.dentist.do(f"{care.task}/complete", {})
    return care


async def test_a_patient_reads_plan_dates_and_responsible_people_in_plain_words(house: Office) -> None:
    slot = (system_clock() + timedelta(days=5)).replace(microsecond=0).isoformat()
    care = await begin_care(house, slot=slot, site="Clinic 3")
    [listed] = (await care.patient.read("/my/cases"))["items"]
    assert (listed["id"], listed["status"]) == (care.case_id, "Your care is under way.")
    found = await care.patient.read(listed["links"]["self"])
    plan = [(step["text"], step["state"], step["who"]) for step in found["plan"]]
    assert plan == [
        ("A dentist looks at your teeth.", "now", "your care team"),
        ("Your teeth are treated.", "later", "your care team"),
    ]
    assert found["dates"] == [{"what": "Your appointment", "at": slot, "place": "Clinic 3"}]
    [reminder] = found["reminders"]
    assert datetime.fromisoformat(reminder["at"]) == datetime.fromisoformat(slot) - timedelta(days=1)
    assert "examine" not in str(found).lower().replace(care.case_id, "")


async def test_an_appointment_that_has_passed_is_not_shown_as_one_to_come(house: Office) -> None:
    care = await begin_care(house, slot=(system_clock() - timedelta(days=1)).isoformat())
    assert (await care.patient.read(f"/my{care.link}"))["dates"] == []


async def test_a_case_that_is_over_has_no_dates_to_come(house: Office) -> None:
    care = await begin_care(house, slot=(system_clock() + timedelta(days=5)).isoformat())
    await house.admin.do(f"{care.link}/cancel", {"reason": "Treated elsewhere"})
    found = await care.patient.read(f"/my{care.link}")
    assert (found["status"], found["dates"]) == ("This part of your care was ended.", [])


async def test_a_definition_is_read_once_for_all_the_cases_of_a_page(house: Office) -> None:
    care = await begin_care(house)
    await care.patient.read("/my/cases")  # it is noted that they are here, once
    with counted(house) as one:
        await care.patient.read("/my/cases")
    await begin_care(house, patient_id=care.patient_id)
    with counted(house) as two:
        assert (await care.patient.read("/my/cases"))["total"] == 2
    assert len(one) == len(two)


async def test_what_was_handed_over_is_asked_about_once_for_all_of_it(house: Office) -> None:
    asked = []
    for _ in range(2):
        await handed(await northern(house), "dentist", {"text": "A result"})
        with counted(house) as questions:
            await house.person("dr.north", "dentist", organisation=NORTH).read("/handoffs")
        declared = [each for each in questions if "pathway_case.sha256" in each and " IN (" in each]
        asked.append((len(declared), len([each for each in questions if "FROM care_team_member" in each])))
    assert asked == [(1, 2), (1, 2)], "whose they are, and what consent keeps back: once each"


async def test_a_step_is_read_in_the_patients_language_and_stays_in_the_plan_when_done(house: Office) -> None:
    care = await at_the_wait_for_symptoms(house)
    await care.patient.do("/my/preferences", {"language": "de", "channel": "letter", "opted_out": ["news"]})
    found = await care.patient.read(f"/my{care.link}")
    assert [(step["text"], step["state"]) for step in found["plan"]] == [
        ("Ihre Zähne werden angesehen.", "done"),
        ("Ihr Behandlungsteam arbeitet an Ihrem Fall.", "now"),
        ("Your teeth are treated.", "later"),
    ]
    assert (await care.patient.read("/my/preferences"))["channel"] == "letter"


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_a_channel_that_is_not_here_is_refused_when_it_is_chosen(house: Office, channel: str) -> None:
    care = await begin_care(house)
    refused = await care.patient.post("/my/preferences", {"channel": channel})
    assert (refused.status_code, channel in refused.json()["detail"]) == (422, True)
    assert (await care.patient.read("/my/preferences"))["channel"] == "portal"


async def test_a_language_that_is_not_here_is_read_in_english_and_that_is_said(house: Office) -> None:
    care = await at_the_wait_for_symptoms(house)
    found = await care.patient.read(f"/my{care.link}", language="pl")
    assert (found["language"], found["status"]) == ("en", "Your care is under way.")
    assert "'pl'" in found["language_note"]
    assert "Deutsch, English" in found["language_note"]
    kept = await care.patient.do("/my/preferences", {"language": "pl"})
    assert (kept["language"], "'pl'" in kept["language_note"]) == ("pl", True)
    german = await care.patient.read(f"/my{care.link}", language="de")
    assert (german["language"], german["language_note"]) == ("de", "")
    await care.patient.do("/my/preferences", {"language": "de"})
    assert (await care.patient.read("/my/cases"))["items"][0]["status"] == "Ihre Behandlung läuft."
    written = await care.patient.do(f"/my{care.link}/journal", {"symptom": "bleeding", "severity": 8})
    assert "Notruf" in written["advice"]


async def test_somebody_elses_case_is_as_if_it_were_not_there(house: Office) -> None:
    care = await begin_care(house)
    stranger = patient(house, "PAT-nobody")
    for answer in (
        await stranger.get(f"/my{care.link}"),
        await stranger.post(f"/my{care.link}/questions", {"text": "Why?"}),
        await stranger.post(f"/my{care.link}/journal", {"symptom": "pain", "severity": 9}),
        await stranger.post(f"/my{care.link}/requests", {"service": "Dietitian", "text": "I lose weight."}),
        await house.dentist.get(f"/my{care.link}"),
        await stranger.get("/my/cases/case-unknown"),
    ):
        assert answer.status_code == 404, answer.text
    assert (await stranger.read("/my/cases"))["items"] == []
    assert await care.waits() == ["examine"]


async def test_a_carer_sees_only_what_the_patient_has_opened(house: Office) -> None:
    care = await begin_care(house, slot=(system_clock() + timedelta(days=5)).isoformat())
    carer = house.person(f"carer-{care.patient_id}", "carer")
    assert (await carer.get(f"/my{care.link}")).status_code == 404
    body = {"person": f"carer-{care.patient_id}", "classes": ["appointments"]}
    proxy = await care.patient.do(f"/patients/{care.patient_id}/proxies", body)
    found = await carer.read(f"/my{care.link}")
    assert ([date["what"] for date in found["dates"]], found["plan"], found["questions"]) == (
        ["Your appointment"],
        [],
        [],
    )
    refused = await carer.post(f"/my{care.link}/journal", {"symptom": "pain", "severity": 1})
    assert refused.status_code == 403
    await care.patient.do(f"/patients/{care.patient_id}/proxies/{proxy['id']}/withdraw")
    assert (await carer.get(f"/my{care.link}")).status_code == 404


async def test_who_read_the_record_is_shown_to_its_patient(house: Office) -> None:
    care = await begin_care(house)
    await house.coordinator.read(care.link)
    await house.coordinator.do(
        f"{care.link}/care-team", {"person": "n.lark", "name": "Nurse Lark", "role": "key_worker"}
    )
    await house.person("n.lark", "key_worker").read(care.link)
    async with house.database.session() as session:
        await append_audit(
            session, actor="case:case-1", action="delivery_withheld", now=system_clock(), case_id=care.case_id
        )
    access = (await care.patient.read(f"/my{care.link}"))["access"]
    shown = {(row["who"], row["role"], row["what"]) for row in access}
    assert ("c.elm", "the pathway coordinator", "read your record") in shown
    assert ("Nurse Lark", "your key worker", "read your record") in shown
    assert ("", "the system, by itself", "worked on your care") in shown
    assert not any("case:" in who for who, _, _ in shown)


async def test_a_symptom_reaches_the_case_and_the_key_worker(house: Office) -> None:
    care = await at_the_wait_for_symptoms(house)
    written = await care.patient.do(f"/my{care.link}/journal", {"symptom": "pain", "severity": 3, "onset": "Monday"})
    assert (written["message"], written["red_flag_message"], written["entry"]["red_flag"]) == ("delivered", "", False)
    assert await care.waits() == ["red"]
    told = await house.person("n.lark", "key_worker").read("/inbox")
    assert [row["text"] for row in told if row["case_id"] == care.case_id] == ["A patient wrote down a symptom."]
    assert [entry["onset"] for entry in (await care.patient.read(f"/my{care.link}"))["journal"]] == ["Monday"]


async def test_a_red_flag_in_the_journal_is_raised_once_and_says_what_to_do(house: Office) -> None:
    care = await at_the_wait_for_symptoms(house)
    body = {"symptom": "swelling", "severity": 2, "text": "Since today I cannot breathe well"}
    written = await care.patient.do(f"/my{care.link}/journal", body, key=f"once-{care.case_id}")
    again = await care.patient.do(f"/my{care.link}/journal", body, key=f"once-{care.case_id}")
    assert written == again
    assert (written["red_flag_message"], "emergency" in written["advice"]) == ("delivered", True)
    assert await care.waits() == ["comment"]
    for role in ("clinical_lead", "coordinator"):
        inbox = await house.person("p.cedar", role).read("/inbox")
        [told] = [row for row in inbox if row["case_id"] == care.case_id]
        assert told["level"] == "red_flag"


async def answered(who: Person, place: str) -> dict[str, Any]:
    """The one question or request there, as soon as its answer is: the case that asked it brings it."""
    async with asyncio.timeout(60):
        while True:
            found = await who.read(place)
            [shown] = found["questions"] if isinstance(found, dict) else found
            if shown["answers"]:
                return dict(shown)
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("said_in", ["questions", "requests", "a reply", "no case"])
async def test_what_may_be_a_red_flag_waits_for_no_answer_wherever_a_patient_says_it(
    house: Office, said_in: str
) -> None:
    care, words = await begin_care(house), {"text": "Since tonight I cannot breathe when I lie down."}
    link, wish = f"/my{care.link}", {"service": "A dietitian", **words}
    if said_in == "a reply":
        asked = await care.patient.do(f"{link}/questions", {"text": "May I eat before?"})
        assert asked["advice"] == ""
        told = await care.patient.do(f"/threads/{asked['id']}/messages", words)
    elif said_in == "no case":
        told = await care.patient.do("/my/requests", wish)
    else:
        told = await care.patient.do(f"{link}/{said_in}", wish if said_in == "requests" else words)
    assert "call the emergency number now" in told["advice"]
    [entry] = (await care.patient.read(link))["journal"]
    assert (entry["red_flag"], words["text"] in entry["text"]) == (True, True)
    for role in ("clinical_lead", "coordinator", "key_worker"):
        shown = (await house.person(f"r-{number()}", role).read("/inbox/alerts", tier=1, size=200))["items"]
        assert any(entry["id"] in str(text(each)) for bundle in shown for each in bundle["ids"]), role


async def test_a_question_is_answered_by_the_key_worker_until_the_time_that_was_named(house: Office) -> None:
    care = await begin_care(house)
    asked = await care.patient.do(f"/my{care.link}/questions", {"text": "May I eat before?"})
    soon = datetime.fromisoformat(asked["answer_by"]) - system_clock()
    assert timedelta(hours=47) < soon <= timedelta(hours=48)
    key_worker = house.person("n.lark", "key_worker")
    [task] = [
        item for item in (await key_worker.read("/tasks", size=200))["items"] if item["referral_id"] == asked["id"]
    ]
    assert (await key_worker.read(task["links"]["self"]))["values"]["question"] == "May I eat before?"
    await key_worker.do(f"{task['links']['self']}/complete", {"values": {"answer": "Yes, as usual."}})
    shown = await answered(care.patient, f"/my{care.link}")
    assert (shown["answers"], shown["answered_at"] is not None) == (["Yes, as usual."], True)


async def test_a_patient_requests_a_service_and_the_key_worker_decides_until_the_time_that_was_named(
    house: Office,
) -> None:
    care = await begin_care(house)
    body = {"service": "A dietitian", "text": "I lose weight."}
    key = f"once-{care.case_id}"
    asked = await care.patient.do(f"/my{care.link}/requests", body, key=key)
    assert asked == await care.patient.do(f"/my{care.link}/requests", body, key=key)
    assert (asked["kind"], asked["service"], asked["text"]) == ("request", "A dietitian", "I lose weight.")
    assert datetime.fromisoformat(asked["answer_by"]) - system_clock() <= timedelta(hours=48)
    key_worker = house.person("n.lark", "key_worker")
    [task] = [
        item for item in (await key_worker.read("/tasks", size=200))["items"] if item["referral_id"] == asked["id"]
    ]
    words = (await key_worker.read(task["links"]["self"]))["values"]["question"]
    assert words == "The patient asks to be referred to: A dietitian. I lose weight."
    await key_worker.do(f"{task['links']['self']}/complete", {"values": {"answer": "You are referred today."}})
    shown = await answered(care.patient, f"/my{care.link}")
    assert (shown["kind"], shown["answers"]) == ("request", ["You are referred today."])
    assert (await care.patient.read(f"/threads/{asked['id']}"))["kind"] == "request"


async def test_a_carer_says_how_the_patient_is_told_only_where_the_patient_opened_how_they_are_reached(
    house: Office,
) -> None:
    care = await begin_care(house)
    name, body = f"carer-{care.patient_id}", {"channel": "letter", "patient_id": care.patient_id}
    carer = house.person(name, "carer")
    for classes, status in (["plan", "messages"], 403), (["own_record_summary"], 200):
        proxy = await care.patient.do(f"/patients/{care.patient_id}/proxies", {"person": name, "classes": classes})
        assert (await carer.post("/my/preferences", body)).status_code == status
        told = (await care.patient.read("/my/preferences"))["channel"]
        assert told == ("letter" if status == 200 else "portal")
        await care.patient.do(f"/patients/{care.patient_id}/proxies/{proxy['id']}/withdraw")
    officer, asked_for = house.person("p.yew", "privacy_officer"), f"patient={care.patient_id}&agent={name}"
    found = (await officer.read(f"/fhir/AuditEvent?{asked_for}"))["entry"]
    assert "my.preferences_changed" in [each["code"] for row in found for each in row["resource"]["subtype"]]


async def test_a_carer_requests_a_service_only_where_the_patient_lets_them_write(house: Office) -> None:
    care = await begin_care(house)
    name, body = f"carer-{care.patient_id}", {"service": "A dietitian", "text": "She loses weight."}
    carer = house.person(name, "carer")
    for classes, status in (["plan"], 403), (["messages"], 201):
        proxy = await care.patient.do(f"/patients/{care.patient_id}/proxies", {"person": name, "classes": classes})
        assert (await carer.post(f"/my{care.link}/requests", body)).status_code == status
        await care.patient.do(f"/patients/{care.patient_id}/proxies/{proxy['id']}/withdraw")
    assert (await carer.post(f"/my{care.link}/requests", body)).status_code == 404


async def test_who_has_no_case_requests_a_service_and_the_organisation_answers(house: Office) -> None:
    patient_id = f"PAT-{number()}"
    person, stranger = patient(house, patient_id), patient(house, f"PAT-{number()}")
    body = {"service": "A dentist", "text": "My jaw hurts."}
    asked = await person.do("/my/requests", body, key=f"once-{patient_id}")
    assert asked == await person.do("/my/requests", body, key=f"once-{patient_id}")
    assert datetime.fromisoformat(asked["answer_by"]) - system_clock() <= timedelta(hours=48)
    key_worker = house.person("n.lark", "key_worker")
    [task] = [
        item for item in (await key_worker.read("/tasks", size=200))["items"] if item["referral_id"] == asked["id"]
    ]
    words = (await key_worker.read(task["links"]["self"]))["values"]["question"]
    assert words == "The patient asks to be referred to: A dentist. My jaw hurts."
    await key_worker.do(f"{task['links']['self']}/complete", {"values": {"answer": "Come on Monday."}})
    shown = await answered(person, "/my/requests")
    assert (shown["service"], shown["answers"]) == ("A dentist", ["Come on Monday."])
    assert (await person.read("/my/cases"))["items"] == []
    assert await stranger.read("/my/requests") == []
    assert (await stranger.get(f"/threads/{asked['id']}")).status_code == 404
    assert (await house.dentist.post("/my/requests", body)).status_code == 404
