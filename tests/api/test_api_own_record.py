"""Does what somebody does as a patient, or for one, open anything to them in which they work? And when does it end?"""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from api.absences import hand_over_tasks
from api.ids import case_and_activation, word
from api.surroundings import system_clock
from records.tables import Handoff, Notification, Task, Thread
from records.writes.handovers import hand_off, notify
from records.writes.publications import publish
from tests.api.caring import CareCase, begin_care, patient, publish_care
from tests.api.conftest import Office, Person, number
from tests.api.northern import SOUTH
from tests.api.test_api_my_care import CHOOSING

pytestmark = pytest.mark.temporal
ALL = ("plan", "messages", "appointments", "own_record_summary")


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    async with office.database.session() as session:
        await publish(session, CHOOSING, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    return office


async def let(care: CareCase, who: str, *classes: str) -> str:
    """Let a carer see these classes; give the address at which that is taken back."""
    given = await care.patient.do(f"/patients/{care.patient_id}/proxies", {"person": who, "classes": list(classes)})
    return str(given["links"]["withdraw"])


async def asked_of(care: CareCase) -> dict[str, str]:
    """The links of what the patient is asked."""
    [task] = await care.patient.read("/my/tasks")
    return dict(task["links"])


async def listed(who: Person, care: CareCase) -> set[str]:
    """The lists of tasks in which somebody finds one of the case."""
    tasks = (await who.read("/tasks", case=care.case_id))["items"]
    mine = (await who.read("/tasks", case=care.case_id, person="me"))["items"]
    fhir = (await who.read("/fhir/Task", size=200)).get("entry", [])
    found = {"tasks": tasks, "mine": mine, "fhir": [each for each in fhir if care.case_id in str(each)]}
    return {name for name, items in found.items() if items}


async def test_a_carer_whose_consent_has_ended_reads_and_does_no_task_that_they_had_claimed(house: Office) -> None:
    care, name = await begin_care(house, "choosing"), f"carer-{number()}"
    carer, withdrawal, links = house.person(name, "carer"), await let(care, name, "plan"), await asked_of(care)
    await carer.do(f"{links['form']}/claim")
    assert await listed(carer, care) == {"tasks", "mine", "fhir"}
    await care.patient.do(withdrawal)
    assert await listed(carer, care) == set()
    for answer in (
        await carer.get(links["form"]),
        await carer.post(f"{links['form']}/draft", {"values": {}}),
        await carer.post(links["answer"], {"values": {}}),
        await carer.post(f"{links['form']}/concerns", {"text": "Why?"}),
    ):
        assert answer.status_code == 404, answer.text
    assert (await house.admin.read(care.link))["status"] == "running"


@pytest.mark.parametrize("roles", [("carer",), ("carer", "ent_surgeon")], ids=" ".join)
async def test_a_carer_reads_their_own_concern_as_long_as_the_patient_lets_them(
    house: Office, roles: tuple[str, ...]
) -> None:
    care, name = await begin_care(house, "choosing"), f"carer-{number()}"
    carer, withdrawal, links = house.person(name, *roles), await let(care, name, "plan"), await asked_of(care)
    concern = await carer.do(f"{links['form']}/concerns", {"text": "He does not understand."})
    thread, fhir = concern["links"]["self"], f"/fhir/Communication?identifier={concern['id']}"
    assert [(await carer.get(link)).status_code for link in (thread, fhir)] == [200, 200]
    await care.patient.do(withdrawal)
    assert [(await carer.get(link)).status_code for link in (thread, fhir)] == [404, 404]


@pytest.mark.parametrize("organisation", ["", SOUTH])
async def test_who_answers_for_a_patient_sees_no_more_of_the_case_as_a_clinician(
    house: Office, organisation: str
) -> None:
    care, name = await begin_care(house, "choosing"), f"carer-{number()}"
    surgeon = house.person(name, "carer", "ent_surgeon", organisation=organisation)
    await let(care, name, "plan")
    links = await asked_of(care)
    before = (await surgeon.get(care.link)).status_code
    assert before == (404 if organisation else 403)
    await surgeon.do(f"{links['form']}/claim")
    assert (await surgeon.get(care.link)).status_code == before
    await surgeon.do(links["answer"], {"values": {}})
    assert (await surgeon.get(care.link)).status_code == before
    assert care.case_id not in str(await surgeon.read("/cases", size=200))


async def test_what_a_patient_is_asked_is_handed_on_to_nobody(house: Office) -> None:
    care, name, nurse = await begin_care(house, "choosing"), f"carer-{number()}", f"nurse-{number()}"
    carer, links = house.person(name, "carer"), await asked_of(care)
    await let(care, name, "plan")
    await carer.do(f"{links['form']}/claim")
    for who in (carer, care.patient):
        assert (await who.post(f"{links['form']}/delegate", {"to": nurse})).status_code == 403
    now = system_clock()
    away = {"since": now.isoformat(), "until": now.replace(year=now.year + 1).isoformat(), "cover": nurse}
    await carer.do("/people/me/absences", away)
    await carer.do("/people/me/authorities", {"delegate": nurse, "reason": "for me"})
    await hand_over_tasks(house.here)
    helper = house.person(nurse, "key_worker")
    behind = await helper.post(links["answer"], {"values": {}, "on_behalf_of": name})
    assert behind.status_code == 403, behind.text
    async with house.database.reader() as session:
        task = await session.get_one(Task, case_and_activation(links["form"].rpartition("/")[2]))
    assert task.assignee == name


async def test_whoever_oversees_hands_what_a_patient_is_asked_to_somebody_who_phones_them(house: Office) -> None:
    care, nurse, links = await begin_care(house, "choosing"), f"nurse-{number()}", {}
    links = await asked_of(care)
    await house.coordinator.do(f"{links['form']}/delegate", {"to": nurse})
    await house.person(nurse, "allied_health").do(links["answer"], {"values": {}})
    assert (await house.admin.read(care.link))["status"] == "completed"


async def test_a_carer_who_does_not_see_the_plan_finds_no_task_over_fhir_either(house: Office) -> None:
    care, name = await begin_care(house, "choosing"), f"carer-{number()}"
    await let(care, name, "messages", "appointments")
    assert await listed(house.person(name, "carer"), care) == set()


async def test_a_round_goes_through_no_tasks_of_patients(house: Office) -> None:
    both = house.person(f"n-{number()}", "dentist", "patient", patient_id=f"PAT-{number()}")
    assert (await both.get("/rounds", role="patient")).status_code == 403


async def answers_to(house: Office, asked: str, words: str) -> None:
    key_worker = house.person("n.lark", "key_worker")
    tasks = (await key_worker.read("/tasks", size=200))["items"]
    [task] = [each for each in tasks if each["referral_id"] == asked]
    await key_worker.do(f"{task['links']['self']}/complete", {"values": {"answer": words}})


async def until_answered(care: CareCase) -> None:
    async with asyncio.timeout(60):
        while not any(each["answers"] for each in (await care.patient.read(f"/my{care.link}"))["questions"]):
            await asyncio.sleep(0.05)


async def test_a_carer_whose_consent_has_ended_reads_no_answer_to_what_they_had_asked(house: Office) -> None:
    care, name = await begin_care(house), f"carer-{number()}"
    carer, withdrawal = house.person(name, "carer"), await let(care, name, *ALL)
    asked = await carer.do(f"/my{care.link}/requests", {"service": "A dietitian", "text": "She loses weight."})
    assert [each["id"] for each in await carer.read("/my/requests")] == [asked["id"]]
    await care.patient.do(withdrawal)
    await answers_to(house, asked["id"], "The tumour has grown.")
    await until_answered(care)
    assert await carer.read("/my/requests") == []
    await let(care, name, "plan")
    assert await carer.read("/my/requests") == []
    for answer in (
        await carer.get(f"/threads/{asked['id']}"),
        await carer.get("/fhir/Communication", identifier=asked["id"]),
        await carer.post(f"/threads/{asked['id']}/messages", {"text": "And now?"}),
    ):
        assert answer.status_code == 403, answer.text


async def test_that_a_question_was_answered_lets_nobody_into_a_case(house: Office) -> None:
    """A surgeon who cares for somebody asks for them; what the surgeon's work would open stays closed."""
    care, name = await begin_care(house), f"carer-{number()}"
    surgeon = house.person(name, "carer", "ent_surgeon")
    await let(care, name, "messages")
    asked = await surgeon.do(f"/my{care.link}/questions", {"text": "May she eat?"})
    await answers_to(house, asked["id"], "Yes.")
    await until_answered(care)
    assert "answered" in str([each["text"] for each in await surgeon.read("/inbox")])
    assert (await surgeon.get(care.link)).status_code == 403
    async with house.database.reader() as session:
        answering = (await session.get_one(Thread, asked["id"])).asked_in
    assert (await surgeon.get(f"/cases/{answering}")).status_code == 403
    assert (await house.person("n.lark", "key_worker").get(f"/cases/{answering}")).status_code == 200


@pytest.mark.parametrize("role", ["coordinator", "key_worker"])
async def test_nobody_who_records_a_proxy_lets_themselves_act_for_a_patient(house: Office, role: str) -> None:
    care, name = await begin_care(house), f"both-{number()}"
    both, address = house.person(name, role, "carer"), f"/patients/{care.patient_id}/proxies"
    assert (await both.post(address, {"person": name, "classes": list(ALL)})).status_code == 403
    assert (await both.get(f"/my{care.link}")).status_code == 404
    await both.do(address, {"person": f"carer-{number()}", "classes": ["plan"]})


async def test_a_carer_reads_notices_only_where_the_patient_lets_them_read_messages(house: Office) -> None:
    care, name, key = await begin_care(house), f"carer-{number()}", f"notice-{number()}"
    for each, text in ((key, "A result has come."), (f"reminder:{key}", "You have an appointment soon.")):
        told = Notification(
            idempotency_key=each,
            case_id=care.case_id,
            recipient_kind="role",
            recipient="carer",
            level="information",
            text=text,
            created_at=system_clock(),
        )
        async with house.database.session() as session:
            await notify(session, told)
    carer = house.person(name, "carer")
    for classes, keys in ((("plan",), []), (("appointments",), [f"reminder:{key}"]), (("messages",), [key])):
        withdrawal = await let(care, name, *classes)
        shown = {each["id"] for each in await carer.read("/inbox")}
        assert shown >= {word(each) for each in keys}
        assert (word(key) in shown) == (key in keys)
        assert ((await carer.read("/inbox/alerts"))["total"] > 0) == bool(keys)
        found = await carer.post(f"/inbox/{word(key)}/acknowledge")
        assert found.status_code == (200 if key in keys else 403), found.text
        await care.patient.do(withdrawal)


async def test_how_a_patient_is_reached_is_read_where_the_patient_lets_somebody_see_it(house: Office) -> None:
    care, name = await begin_care(house), f"carer-{number()}"
    for classes, status in (("plan",), 403), (("own_record_summary",), 200):
        withdrawal = await let(care, name, *classes)
        answer = await house.person(name, "carer").get("/my/preferences", patient_id=care.patient_id)
        assert answer.status_code == status, answer.text
        await care.patient.do(withdrawal)


async def test_a_result_is_not_said_again_to_a_carer_whose_consent_has_ended(house: Office) -> None:
    care, name, key = await begin_care(house), f"carer-{number()}", f"handed-{number()}"
    row = Handoff(
        idempotency_key=key,
        case_id=care.case_id,
        recipient_kind="role",
        recipient="carer",
        result={"outcome": "Nothing was found"},
        sent_at=system_clock(),
    )
    async with house.database.session() as session:
        await hand_off(session, row)
    carer, withdrawal = house.person(name, "carer"), await let(care, name, *ALL)
    place, once = f"/handoffs/{word(key)}/acknowledge", f"once-{key}"
    assert "Nothing was found" in str(await carer.do(place, key=once))
    assert (await carer.post(place, key=once)).headers["idempotency-replayed"] == "true"
    await care.patient.do(withdrawal)
    assert "Nothing was found" not in (await carer.post(place, key=once)).text


async def test_a_purpose_that_patients_may_not_ask_for_opens_nothing_of_a_record(house: Office) -> None:
    care = await begin_care(house)
    me: dict[str, Any] = {"patient_id": care.patient_id, "organisation": ""}
    assert len((await patient(house, care.patient_id).read("/my/cases"))["items"]) == 1
    for purpose in ("TREAT", "BTG", "nonsense"):
        other = house.person(f"person-{care.patient_id}", "patient", purpose=purpose, **me)
        assert (await other.read("/my/cases"))["items"] == []
        assert (await other.get(f"/my{care.link}")).status_code == 404
        proxies = await other.post(f"/patients/{care.patient_id}/proxies", {"person": "x", "classes": ["plan"]})
        assert proxies.status_code == 404
