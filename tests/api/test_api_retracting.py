"""Is what a case for the wrong patient has sent retracted, whatever its pathway, and sent again after a mistake?"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from api.delivery import post_of
from api.noted_starts import UNDER_WAY, finish_noted_starts
from api.surroundings import system_clock
from api.wrong_patient import TEXT
from pathways.catalogue import library_folders
from records.writes.parties import LIFTED
from tests.api.caring import CareCase, publish_care
from tests.api.conftest import Office, Person, number, open_office, referral
from tests.api.test_api_audit_killed import dying
from tests.api.test_api_withdrawn_orders import WITHDRAWN, got, house, ordered, sent
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal
__all__ = ["house"]
FOLDERS = [folder.name for folder in library_folders()]
NINE = [name.partition("_")[2] for name in FOLDERS if name[1] == "_"]
WHY = {"reason": "Two of a name"}
CORRECT, AGAIN = "Open the corrected case; say what was disclosed to whom", "Send again what was retracted"


async def task_of(who: Person, title: str) -> dict[str, Any]:
    """The first open task of this title that somebody sees, as soon as it is there."""
    async with asyncio.timeout(60):
        while True:
            found = [each for each in (await who.read("/tasks"))["items"] if each["title"] == title]
            if found:
                detail: dict[str, Any] = await who.read(found[0]["links"]["self"])
                return detail
            await asyncio.sleep(0.05)


async def marked(house: Office, care: CareCase) -> str:
    await publish_care(house, "wrong_patient", "seal_lifted")
    place = f"/referrals/{care.referral_id}/wrong-patient"
    await house.admin.do(place, WHY)
    return place


@pytest_asyncio.fixture(scope="module")
async def network(
    dev_server: Client, key_ring: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """An office with the whole library."""
    url = f"sqlite:///{tmp_path_factory.mktemp('retracting') / 'records.sqlite'}"
    async with open_office(url, dev_server, key_ring) as office:
        await publish_care(office, *FOLDERS)
        yield office


@pytest.mark.parametrize("pathway", NINE)
async def test_each_pathway_freezes_hides_tells_and_is_corrected_when_it_was_for_the_wrong_patient(
    network: Office, pathway: str
) -> None:
    begun = await network.refer(pathway)
    place, link = f"/referrals/{begun['referral_id']}", begun["links"]["case"]
    officer, safety = network.person("p.yew", "privacy_officer"), network.person("s.oak", "safety_officer")
    patient = network.person("pt.one", "patient", patient_id=begun["patient_id"])
    assert [(await network.coordinator.get(link)).status_code, (await patient.get(f"/my{link}")).status_code] == [
        200,
        200,
    ]
    async with asyncio.timeout(60):
        while {wait["kind"] for wait in (await network.admin.read(link))["waits"]} <= {"work"}:
            await asyncio.sleep(0.05)
    await network.sender.do(f"{place}/wrong-patient", WHY)
    for hidden in (link, f"/my{link}"):
        assert [(await who.get(hidden)).status_code for who in (network.coordinator, patient)] == [404, 404]
    assert begun["case_id"] not in str(await patient.read("/my/cases"))
    clocks = await network.admin.read(f"{link}/timers")
    assert [each["what"] for each in clocks if each["kind"] == "timer" and not each["stopped_at"]] == []
    for told in (officer, safety):
        assert begun["case_id"] in [each["case_id"] for each in await told.read("/inbox")]
    right = referral(patient={"identifiers": [{"value": f"MRN-{number()}"}], "name": "Rightly Sample"})
    corrected = await network.sender.do(f"{place}/corrected", right)
    chain = (await network.admin.read(f"/referrals/{corrected['referral_id']}"))["chain"]
    made = {each["kind"]: each["case_id"] for each in chain}
    assert (made["first"], made["corrected"]) == (begun["case_id"], corrected["case_id"])
    async with asyncio.timeout(60):
        while not (tasks := (await officer.read("/tasks", case=made["retracted"]))["items"]):
            await asyncio.sleep(0.05)
    assert [each["title"] for each in tasks] == [CORRECT]


async def test_what_a_case_for_the_wrong_patient_has_begun_is_sealed_and_opened_with_it(network: Office) -> None:
    begun = await network.refer("oral_care_during_after")
    medicine = {"name": "medication.changed", "correlation_key": begun["patient_id"], "message_id": f"M-{number()}"}
    changed = {"drug_class": "antiresorptive", "change": "started"}
    place, patient = (
        f"/referrals/{begun['referral_id']}",
        network.person("pt.two", "patient", patient_id=begun["patient_id"]),
    )
    async with asyncio.timeout(60):
        while (await network.sender.do("/messages", {**medicine, "variables": changed}))["status"] != "delivered":
            medicine["message_id"] = f"M-{number()}"
        while len(chain := (await network.coordinator.read(place))["chain"]) < 2:
            await asyncio.sleep(0.05)
    cases = [each["case_id"] for each in chain]
    assert [each["kind"] for each in chain] == ["first", "started"]
    await network.sender.do(f"{place}/wrong-patient", WHY)
    assert [(await network.coordinator.get(f"/cases/{each}")).status_code for each in cases] == [404, 404]
    assert (await patient.read("/my/cases"))["items"] == []
    told = {**medicine, "message_id": f"M-{number()}", "variables": changed}
    assert (await network.sender.do("/messages", told))["cases"] == [], "it is told of another patient than theirs"
    officer = network.person("p.yew", "privacy_officer")
    await officer.do(f"{place}/wrong-patient/lifted", {"reason": "One name, one patient"})
    assert [(await network.coordinator.get(f"/cases/{each}")).status_code for each in cases] == [200, 200]
    assert {each["id"] for each in (await patient.read("/my/cases"))["items"]} == set(cases)


async def test_imaging_hears_that_an_order_for_the_wrong_patient_was_an_error(house: Office) -> None:
    care = await sent(house)
    await marked(house, care)
    officer = house.person("p.yew", "privacy_officer")
    task = await task_of(officer, CORRECT)
    assert "to imaging: imaging.ordered" in task["values"]["sent_shown"]
    retracted = (await got(house))[1:]
    assert [(each["message"], each["reason"], each["order_id"]) for each in retracted] == [
        (WITHDRAWN, "entered-in-error", "ORD-US")
    ]
    assert set(retracted[0]) == {"message", "reason", "order_id", "referral_id"}, "nothing of the patient"
    for stranger in (house.coordinator, care.patient):
        assert (await stranger.get(task["links"]["self"])).status_code in (403, 404)
        assert task["case_id"] not in (await stranger.get("/cases")).text
    done = {"values": {"corrected_referral": "REF-2", "disclosed_to": "Imaging"}}
    await officer.do(f"{task['links']['self']}/complete", done)


async def test_imaging_hears_of_the_error_also_when_the_process_dies_once_the_case_is_sealed(
    house: Office, dev_server: Client, key_ring: KeyRing
) -> None:
    care = await sent(house)
    await publish_care(house, "wrong_patient")
    async with dying(house, dev_server, key_ring, written=TEXT) as elsewhere:
        with pytest.raises(httpx.RemoteProtocolError):
            await replace(house.admin, http=elsewhere.http).post(f"/referrals/{care.referral_id}/wrong-patient", WHY)
    assert (await house.coordinator.get(care.link)).status_code == 404, "it is sealed"
    later = replace(post_of(house.here), clock=lambda: system_clock() + 2 * UNDER_WAY)
    assert await finish_noted_starts(later) == 1
    task = await task_of(house.person("p.yew", "privacy_officer"), CORRECT)
    assert "to imaging: imaging.ordered" in task["values"]["sent_shown"]


async def test_what_was_retracted_is_sent_again_by_the_coordinator_when_the_seal_was_a_mistake(house: Office) -> None:
    care = await sent(house)
    place = await marked(house, care)
    officer = house.person("p.yew", "privacy_officer")
    task = await task_of(officer, CORRECT)
    lifted = await officer.do(f"{place}/lifted", {"reason": "One name, one patient"})
    assert lifted["retracted"] == 1
    again = await task_of(house.coordinator, AGAIN)
    assert again["values"]["retracted_shown"].endswith(" to imaging: imaging.ordered")
    async with asyncio.timeout(60):
        while (await officer.read(task["links"]["case"]))["status"] == "running":
            await asyncio.sleep(0.05)


async def test_what_was_retracted_is_offered_again_also_when_the_process_dies_once_the_seal_is_off(
    house: Office, dev_server: Client, key_ring: KeyRing
) -> None:
    care = await sent(house)
    place = await marked(house, care)
    officer = house.person("p.yew", "privacy_officer")
    await task_of(officer, CORRECT)
    async with dying(house, dev_server, key_ring, written=LIFTED) as elsewhere:
        with pytest.raises(httpx.RemoteProtocolError):
            await replace(officer, http=elsewhere.http).post(f"{place}/lifted", {"reason": "One name, one patient"})
    assert (await house.coordinator.get(care.link)).status_code == 200, "the seal is off"
    later = replace(post_of(house.here), clock=lambda: system_clock() + 2 * UNDER_WAY)
    assert await finish_noted_starts(later) == 1
    again = await task_of(house.coordinator, AGAIN)
    assert again["values"]["retracted_shown"].endswith(" to imaging: imaging.ordered")


async def test_of_a_case_that_had_sent_nothing_an_officer_opens_the_corrected_one(house: Office) -> None:
    care, _ = await ordered(house)
    place = await marked(house, care)
    officer = house.person("p.yew", "privacy_officer")
    assert (await task_of(officer, CORRECT))["values"]["sent_shown"] == ""
    assert (await got(house)) == []
    assert (await officer.do(f"{place}/lifted", {"reason": "One name, one patient"}))["retracted"] == 0
