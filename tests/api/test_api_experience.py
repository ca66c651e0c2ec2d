"""Is what people tell of the collaboration read by those whom they let, and a red flag in it by those who must?"""

from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select

from records.tables import Audit, Idempotency
from tests.api.caring import CareCase, begin_care, patient, publish_care
from tests.api.conftest import Office, Person, number
from tests.api.northern import NORTH, SOUTH, northern

pytestmark = pytest.mark.temporal


@pytest_asyncio.fixture(scope="module")
async def house(office: Office) -> Office:
    await publish_care(office)
    return office


def lead(house: Office, role: str = "clinical_lead", **claims: Any) -> Person:
    return house.person(f"lead-{number()}", role, **claims)


async def read_by(person: Person, text: str) -> list[dict[str, Any]]:
    return [each for each in (await person.read("/experiences", size=200))["items"] if each["text"] == text]


async def told(care: CareCase, person: Person | None = None, **wishes: bool) -> dict[str, Any]:
    """What the patient, or a carer, tells of how it went."""
    body = {"text": f"Dentist and oncologist had talked to each other ({number()}).", **wishes}
    found = await (person or care.patient).do(f"/my{care.link}/experiences", body)
    return {**found["experience"], "text": body["text"]}


async def carer_of(care: CareCase, *classes: str) -> Person:
    name = f"carer-{number()}"
    await care.patient.do(f"/patients/{care.patient_id}/proxies", {"person": name, "classes": list(classes)})
    return care.office.person(name, "carer")


async def test_what_is_told_is_its_author_s_alone_until_they_share_it_and_again_when_they_take_it_back(
    house: Office,
) -> None:
    care = await begin_care(house)
    mine = await told(care)
    assert await read_by(lead(house), mine["text"]) == []
    await care.patient.do(mine["links"]["sharing"], {"shared": True})
    for role in ("clinical_lead", "service_manager", "admin"):
        [shown] = await read_by(lead(house, role), mine["text"])
        assert (shown["side"], shown["who"]) == ("patient", "")
        assert not [each for each in (care.case_id, care.patient_id, care.referral_id) if each in str(shown)]
    await care.patient.do(mine["links"]["sharing"], {"shared": True, "named": True})
    assert [each["who"] for each in await read_by(lead(house), mine["text"])] == [f"Dr person-{care.patient_id}"]
    await care.patient.do(mine["links"]["sharing"], {"shared": False, "named": True})
    assert await read_by(lead(house), mine["text"]) == []
    await care.patient.do(mine["links"]["sharing"], {"shared": True})
    gone = await care.patient.do(mine["links"]["withdraw"])
    assert (gone["shared"], gone["withdrawn_at"] is not None) == (False, True)
    assert await read_by(lead(house), mine["text"]) == []
    assert (await care.patient.post(mine["links"]["sharing"], {"shared": True})).status_code == 409
    [kept] = await care.patient.read("/experiences/mine")
    assert (kept["text"], kept["links"]) == ("", {})
    async with house.database.reader() as session:
        answers = await session.exec(select(Idempotency).where(Idempotency.actor == f"person-{care.patient_id}"))
        assert not [row for row in answers if mine["text"] in str(row.body)], "what is taken back is gone"


async def test_it_is_told_once_under_a_key_and_every_step_is_in_the_audit(house: Office) -> None:
    care, key = await begin_care(house), f"once-{number()}"
    body = {"text": "All knew what the others did.", "shared": True}
    first = await care.patient.do(f"/my{care.link}/experiences", body, key=key)
    assert first == await care.patient.do(f"/my{care.link}/experiences", body, key=key)
    assert (first["red_flag"], "not part of your record" in first["advice"]) == (False, True)
    [mine] = await care.patient.read("/experiences/mine")
    await care.patient.do(mine["links"]["withdraw"])
    async with house.database.reader() as session:
        of_it = select(Audit.action).where(Audit.case_id == care.case_id, col(Audit.action).startswith("experience."))
        assert list(await session.exec(of_it.order_by(col(Audit.id)))) == ["experience.told", "experience.withdrawn"]


async def test_nobody_but_leads_of_the_organisation_reads_what_was_shared(house: Office) -> None:
    care = await begin_care(house)
    mine = await told(care, shared=True)
    for role in ("coordinator", "key_worker", "restorative_dentist", "patient", "carer", "integration"):
        assert (await house.person(f"x-{number()}", role).get("/experiences")).status_code == 403
    for purpose in ("TREAT", "HRESCH"):
        assert (await lead(house, purpose=purpose).get("/experiences")).status_code == 403
    assert await read_by(lead(house, organisation=SOUTH), mine["text"]) == []
    assert len(await read_by(lead(house, purpose="HOPERAT"), mine["text"])) == 1


async def test_what_somebody_told_is_as_if_it_were_not_there_for_everybody_else(house: Office) -> None:
    care = await begin_care(house)
    mine = await told(care)
    strangers = (patient(house, f"PAT-{number()}"), house.dentist, lead(house), house.person("x", "carer"))
    for stranger in strangers:
        for action, body in (("sharing", {"shared": True}), ("withdraw", None)):
            answer = await stranger.post(mine["links"][action], body)
            assert (answer.status_code, mine["text"] in answer.text) == (404, False)
        assert mine["id"] not in (await stranger.get("/experiences/mine")).text
        assert (await stranger.post(f"/my{care.link}/experiences", {"text": "Mine"})).status_code == 404
    [kept] = await care.patient.read("/experiences/mine")
    assert (kept["shared"], kept["text"]) == (False, mine["text"])


async def test_a_carer_tells_only_where_the_patient_lets_them_write_and_the_patient_takes_it_back(
    house: Office,
) -> None:
    care = await begin_care(house)
    silent = await carer_of(care, "plan", "appointments")
    assert (await silent.post(f"/my{care.link}/experiences", {"text": "It went well"})).status_code == 403
    carer = await carer_of(care, "messages")
    theirs = await told(care, carer, shared=True)
    assert [each["side"] for each in await read_by(lead(house), theirs["text"])] == ["carer"]
    [seen] = await care.patient.read("/experiences/mine")
    assert (seen["mine"], seen["text"]) == (False, theirs["text"])
    assert (await care.patient.post(theirs["links"]["sharing"], {"shared": True})).status_code == 403
    await care.patient.do(theirs["links"]["withdraw"])
    assert await read_by(lead(house), theirs["text"]) == []


async def test_a_clinician_tells_of_a_case_of_theirs_and_the_patient_reads_nothing_of_it(house: Office) -> None:
    care = await begin_care(house)
    body = {"text": f"The oncologist called back the same day ({number()}).", "shared": True, "named": True}
    await house.dentist.do(f"{care.link}/experiences", body)
    assert [each["who"] for each in await read_by(lead(house), body["text"])] == ["Dr dr.oak"]
    assert body["text"] not in str(await care.patient.read("/experiences/mine"))
    assert body["text"] not in str(await care.patient.read(f"/my{care.link}"))
    assert (await house.coordinator.post(f"{care.link}/experiences", body)).status_code == 403
    for stranger in (house.person("s", "ent_surgeon", organisation=SOUTH), patient(house, "PAT-x"), care.patient):
        assert (await stranger.post(f"{care.link}/experiences", body)).status_code == 404


async def test_a_red_flag_in_what_a_patient_tells_reaches_the_case_at_once_though_nothing_is_shared(
    house: Office,
) -> None:
    care = await begin_care(house)
    await house.dentist.do(f"{care.task}/complete", {})
    text = "Nobody called back, and since this morning the blood does not stop."
    found = await care.patient.do(f"/my{care.link}/experiences", {"text": text})
    assert (found["red_flag"], found["experience"]["shared"], "emergency" in found["advice"]) == (True, False, True)
    assert await care.waits() == ["comment"], "the case went on by the symptom and by the red flag"
    for role in ("clinical_lead", "coordinator"):
        inbox = await house.person(f"p-{number()}", role).read("/inbox")
        assert [row["level"] for row in inbox if row["case_id"] == care.case_id] == ["red_flag"]
    worker = house.person(f"n-{number()}", "key_worker")
    member = {"person": "dr.moss", "name": "Dr Moss", "role": "ent_surgeon"}
    await house.coordinator.do(f"{care.link}/care-team", member)
    for reader in (house.dentist, house.person("dr.moss", "orthodontist")):
        assert [entry["text"] for entry in await reader.read(f"{care.link}/journal")] == [text]
    assert (await worker.get(f"{care.link}/journal")).status_code == 200
    assert (await house.coordinator.get(f"{care.link}/journal")).status_code == 403
    stranger = house.person("s", "key_worker", organisation=SOUTH)
    assert (await stranger.get(f"{care.link}/journal")).status_code == 404


async def test_a_red_flag_in_what_a_clinician_tells_is_put_where_those_of_the_case_read_it(house: Office) -> None:
    care, key = await begin_care(house), f"once-{number()}"
    body = {"text": "We agreed well. Today she was struggling to breathe on the phone."}
    found = await house.dentist.do(f"{care.link}/experiences", body, key=key)
    await house.dentist.do(f"{care.link}/experiences", body, key=key)
    assert found["red_flag"]
    [thread] = await house.dentist.read(f"{care.link}/threads")
    assert [message["text"] for message in thread["messages"]] == [body["text"]]
    inbox = await house.person(f"p-{number()}", "clinical_lead").read("/inbox")
    assert [row["level"] for row in inbox if row["case_id"] == care.case_id] == ["red_flag"]


async def test_what_was_told_of_a_case_for_the_wrong_patient_is_shown_to_nobody(house: Office) -> None:
    case = await northern(house)
    teller = case.person("key_worker", "dentist")
    body = {"text": f"Each waited for the other ({number()}).", "shared": True}
    await teller.do(f"{case.link}/experiences", body)
    leads = lead(house, organisation=NORTH)
    assert len(await read_by(leads, body["text"])) == 1
    why = {"reason": "Another patient was meant"}
    await case.person("coordinator").do(f"/referrals/{case.referral_id}/wrong-patient", why)
    assert await read_by(leads, body["text"]) == []
