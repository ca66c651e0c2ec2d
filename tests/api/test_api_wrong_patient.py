"""Who sees a case that was made for the wrong patient, does it stand still, and how does the right one begin?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlmodel import select

import worker
from activities import projection
from api.app import create_app
from api.frozen_clocks import MARKED, keep_still, stop_clocks
from api.post import post_of
from api.surroundings import system_clock
from pathways.bpmn.model import CallSpec, Definition
from records.tables import CaseParty, FactRecord, Notification
from records.writes.parties import LIFTED
from records.writes.publications import publish
from tests.api.administered import KEY, publish_administered
from tests.api.conftest import Office, number, referral, settings
from tests.api.northern import NORTH, SOUTH, Northern, handed, northern, publish_shipped, stopped
from tests.host.diagrams import LADDER, line, message, node, user_task
from workflows.contract.requests import Receipt
from workflows.host.gateway import HostUnavailable

pytestmark = pytest.mark.temporal
OFFICERS = ("privacy_officer", "safety_officer", "admin")
TWICE = "marked_twice"
HEARS_TWICE = line(TWICE, message("once", TWICE, MARKED), message("again", TWICE, MARKED), user_task("after", TWICE))
CLIMBING = line("called_late", user_task("inner", "called_late", ladder=LADDER))
HEARING = line("hears_late", message("hear", "hears_late", MARKED), user_task("heard", "hears_late", ladder=LADDER))


def caller_of(called: Definition) -> Definition:
    key = f"calls_{called.key}"
    call = node("call", "callActivity", key, call=CallSpec(called.key))
    return line(key, call, calls={called.key: called.sha256})


@pytest_asyncio.fixture(scope="module", autouse=True, loop_scope="session")
async def _published(office: Office) -> None:
    for name in ("break_glass_review", "concern", "wrong_patient", "seal_lifted"):
        await publish_shipped(office, name)


async def marked(case: Northern) -> dict[str, object]:
    sender = case.office.person("portal.north", "integration", organisation=NORTH)
    told: dict[str, object] = await sender.do(
        f"/referrals/{case.referral_id}/wrong-patient", {"reason": "Two of a name"}
    )
    return told


async def test_a_case_for_the_wrong_patient_is_hidden_from_all_but_three_officers(office: Office) -> None:
    case = await northern(office)
    await handed(case, "dentist", {"text": "A result"})
    await stopped(case, read={})
    named = office.person(f"named-{number()}", "dentist", organisation=SOUTH)
    patient = office.person("pt.wrong", "patient", patient_id=case.patient_id)
    surgeon = office.person("s.broke", "ent_surgeon", organisation=SOUTH)
    await surgeon.do(f"{case.link}/break-glass", {"reason": "Bleeding in the emergency department"})
    links = (case.link, f"{case.link}/timeline", f"{case.link}/page", f"/tasks/{case.ids['tasks']}", f"/my{case.link}")
    assert [each["id"] for each in (await patient.read("/my/cases"))["items"]] == [case.case_id]
    assert (await marked(case))["outcome"] == "stopped"
    for who in (case.person("dentist", "key_worker", "coordinator", "service_manager"), named, patient, surgeon):
        assert {(await who.get(link)).status_code for link in links} == {404}
        for place in ("/my/cases", "/cases", "/tasks", "/handoffs", "/inbox", "/incidents"):
            assert case.case_id not in (await who.get(place)).text, place
        assert (await who.post(f"/tasks/{case.ids['tasks']}/claim")).status_code == 404
    broken = await surgeon.post(f"{case.link}/break-glass", {"reason": "Bleeding in the emergency department"})
    assert broken.status_code == 404
    for role in OFFICERS:
        assert (await case.person(role).get(case.link)).status_code == 200
        assert (await case.person(role, organisation=SOUTH).get(case.link)).status_code == 404


async def test_the_officers_are_told_once_and_every_clock_stands_still(office: Office) -> None:
    await publish_administered(office)
    case = await northern(office, KEY)
    await marked(case)
    clocks = await case.person("admin").read(f"{case.link}/timers")
    assert clocks
    assert all(clock["links"].keys() == {"resume"} for clock in clocks)
    async with office.database.reader() as session:
        told = await session.exec(select(Notification.recipient).where(Notification.case_id == case.case_id))
        assert sorted(told) == ["privacy_officer", "safety_officer"]
    again = await case.person("integration").post(f"/referrals/{case.referral_id}/wrong-patient", {"reason": "Again"})
    assert again.status_code == 404


async def test_where_the_organisation_has_no_officer_those_of_the_network_see_the_case_as_long_as_it_is_sealed(
    office: Office, tmp_path: Path
) -> None:
    directory = tmp_path / "directory.yaml"
    directory.write_text("organisation: home\nroles: {privacy_officer: [home]}")
    app, case = create_app(settings(directory=directory), office.database, office.gateway), await northern(office)
    officer, other = (office.person(f"p-{number()}", role) for role in ("privacy_officer", "coordinator"))
    address, why = f"/referrals/{case.referral_id}/wrong-patient", {"reason": "Two of a name"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.example") as http:
        sender = replace(office.person("portal.north", "integration", organisation=NORTH), http=http)
        assert (await officer.get(case.link)).status_code == 404
        await sender.do(address, why)
        assert [(await each.get(case.link)).status_code for each in (officer, other)] == [200, 404]
        (told,) = [each for each in await officer.read("/inbox") if each["case_id"] == case.case_id]
        assert told["level"] == "incident"
        await replace(officer, http=http).do(f"{address}/lifted", {"reason": "One name, one patient"})
    assert [(await each.get(case.link)).status_code for each in (officer, other)] == [404, 404]
    async with office.database.reader() as session:
        parties = await session.exec(select(CaseParty.via).where(CaseParty.root_case_id == case.case_id))
        assert sorted(parties) == ["requester", LIFTED], "whoever does a task of the case is let in as before"


async def test_a_seal_whose_clocks_did_not_answer_is_finished_by_the_same_request(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish_administered(office)
    case, sender = await northern(office, KEY), office.person("portal.north", "integration", organisation=NORTH)
    address, admin = f"/referrals/{case.referral_id}/wrong-patient", case.person("admin")

    async def silent(*_: object) -> Receipt:
        raise HostUnavailable("The case did not answer.")

    with monkeypatch.context() as away:
        away.setattr(office.gateway, "send", silent)
        assert (await sender.post(address, {"reason": "Two of a name"}, key=case.case_id)).status_code == 503
    assert any("pause" in clock["links"] for clock in await admin.read(f"{case.link}/timers"))
    assert (await sender.do(address, {"reason": "Two of a name"}, key=case.case_id))["outcome"] == "stopped"
    assert all(clock["links"].keys() == {"resume"} for clock in await admin.read(f"{case.link}/timers"))
    assert (await case.person("integration").post(address, {"reason": "Again"})).status_code == 404
    no_placer = office.person("portal.north", "dental_hygienist", organisation=NORTH)
    assert (await no_placer.post(address, {"reason": "Again"})).status_code == 403


async def test_the_corrected_case_is_in_one_chain_with_the_wrong_one_which_only_officers_see(office: Office) -> None:
    case = await northern(office)
    right = referral(patient={"identifiers": [{"value": f"MRN-{number()}"}], "name": "Rightly Sample"})
    address = f"/referrals/{case.referral_id}/corrected"
    assert (await case.person("admin").post(address, right)).status_code == 404
    await marked(case)
    assert (await case.person("integration").post(address, right)).status_code == 404
    assert (await case.person("admin", organisation=SOUTH).post(address, right)).status_code == 404
    sender = office.person("portal.north", "integration", organisation=NORTH)
    corrected = await sender.do(address, right)
    again = await sender.do(address, right)
    assert corrected["case_id"] == again["case_id"] != case.case_id
    assert corrected["patient_id"] != case.patient_id
    place = f"/referrals/{corrected['referral_id']}"
    seen = {role: (await case.person(role).read(place))["chain"] for role in ("admin", "coordinator")}
    assert [(each["case_id"], each["kind"], each["parent_case_id"]) for each in seen["coordinator"]] == [
        (corrected["case_id"], "corrected", "")
    ]
    made = {each["kind"]: each["case_id"] for each in seen["admin"]}
    assert list(made) == ["first", "retracted", "corrected"]
    assert (made["first"], made["corrected"]) == (case.case_id, corrected["case_id"])


async def test_a_referral_that_others_sent_with_the_same_content_corrects_nothing_of_ours(office: Office) -> None:
    case = await northern(office)
    right = referral(patient={"identifiers": [{"value": f"MRN-{number()}"}], "name": "Rightly Sample"})
    south = office.person("portal.south", "integration", organisation=SOUTH)
    theirs = await south.do("/referrals", right, pathway="two_tasks")
    await marked(case)
    sender = office.person("portal.north", "integration", organisation=NORTH)
    refused = await sender.post(f"/referrals/{case.referral_id}/corrected", right)
    assert (refused.status_code, theirs["case_id"] in refused.text) == (409, False)
    chain = (await case.person("admin").read(f"/referrals/{case.referral_id}"))["chain"]
    assert [each["kind"] for each in chain] == ["first", "retracted"]


async def test_a_concern_about_a_sealed_case_is_hidden_from_whoever_raised_it(office: Office) -> None:
    case = await northern(office)
    dentist = case.person("dentist")
    concern = await dentist.do(f"/tasks/{case.ids['tasks']}/concerns", {"text": "Not hers.", "severity": "high"})
    place = concern["links"]["self"]
    assert (await dentist.get(place)).status_code == 200
    await marked(case)
    assert (await dentist.get(place)).status_code == 404
    assert (await dentist.post(f"{place}/messages", {"text": "Still not hers."})).status_code == 404


async def test_a_seal_is_taken_off_by_an_officer_who_did_not_set_it_and_the_clocks_run_on(office: Office) -> None:
    await publish_administered(office)
    case = await northern(office, KEY)
    admin, officer = case.person("admin"), case.person("privacy_officer")
    running = (await admin.read(f"{case.link}/timers"))[0]
    await admin.do(f"/referrals/{case.referral_id}/wrong-patient", {"reason": "Two of a name"})
    lifting, why = f"/referrals/{case.referral_id}/wrong-patient/lifted", {"reason": "One name, one patient"}
    assert (await case.person("coordinator", "key_worker").post(lifting, why)).status_code == 403
    assert (await case.person("safety_officer", organisation=SOUTH).post(lifting, why)).status_code == 404
    assert (await admin.post(lifting, why)).json()["type"].rpartition("/")[2] == "second-signer"
    assert (await officer.post(lifting, {})).status_code == 422
    assert (await case.person("coordinator").get(case.link)).status_code == 404

    opened = await officer.do(lifting, why)
    assert (opened["case_id"], opened["withheld"]) == (case.case_id, 0)
    assert opened["clocks"] >= 1
    assert (await case.person("coordinator").get(case.link)).status_code == 200
    clocks = await admin.read(f"{case.link}/timers")
    assert running["target"] in {clock["target"] for clock in clocks if "pause" in clock["links"]}
    told = [each["text"] for each in await case.person("coordinator").read("/inbox") if case.case_id in str(each)]
    assert any("not for the wrong patient after all" in text for text in told)
    assert (await officer.post(lifting, why)).status_code == 404
    events = await officer.read("/fhir/AuditEvent", entity=case.case_id, _count=200)
    assert "case.unsealed" in str(events)

    for _ in range(2):  # the second says nothing new
        await admin.do(f"/referrals/{case.referral_id}/wrong-patient", {"reason": "Two of a name after all"})
    told = [each["text"] for each in await officer.read("/inbox") if case.case_id in str(each)]
    assert sum("was marked as made for the wrong patient" in text for text in told) == 2


async def until_at(case: Northern, step: str) -> None:
    async with asyncio.timeout(60):
        while step not in {each["activation"].partition("#")[0] for each in await waits(case)}:
            await asyncio.sleep(0.05)


async def waits(case: Northern) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (await case.person("admin").read(case.link))["waits"]
    return found


async def test_a_diagram_hears_also_of_a_seal_that_is_set_after_another_was_taken_off(office: Office) -> None:
    async with office.database.session() as session:
        await publish(session, HEARS_TWICE, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    case = await northern(office, TWICE)
    admin, address = case.person("admin"), f"/referrals/{case.referral_id}/wrong-patient"
    await until_at(case, "once")
    await admin.do(address, {"reason": "Two of a name"})
    await until_at(case, "again")
    await case.person("privacy_officer").do(f"{address}/lifted", {"reason": "One patient"})
    await admin.do(address, {"reason": "Two of a name after all"})
    await until_at(case, "after")


async def test_the_wrong_referral_itself_corrects_nothing(office: Office) -> None:
    sender, wrong = office.person("portal.north", "integration", organisation=NORTH), referral()
    begun = await sender.do("/referrals", wrong, pathway="two_tasks")
    address = f"/referrals/{begun['referral_id']}"
    await sender.do(f"{address}/wrong-patient", {"reason": "Two of a name"})
    refused = await sender.post(f"{address}/corrected", wrong)
    assert (refused.status_code, "of its own" in refused.json()["detail"]) == (409, True)
    officer = office.person("s.officer", "safety_officer", organisation=NORTH)
    assert [each["kind"] for each in (await officer.read(address))["chain"]] == ["first", "retracted"]


async def test_a_critical_result_without_a_case_is_told_at_once_and_once(office: Office) -> None:
    report = {"order_id": f"NONE-{number()}", "report_id": f"R-{number()}", "category": "critical"}
    for _ in range(2):
        await office.person("gateway", "integration", organisation=NORTH).do("/results", report)
    await office.person("gateway", "integration", organisation=NORTH).do(
        "/results", {**report, "report_id": "R", "category": "normal"}
    )
    for role in ("coordinator", "safety_officer"):
        who = office.person(f"p-{number()}", role, organisation=NORTH)
        told = [each for each in await who.read("/inbox") if each["case_id"] == ""]
        assert [(each["level"], report["order_id"] in each["text"]) for each in told] == [("critical", False)]
        elsewhere = office.person(f"p-{number()}", role, organisation=SOUTH)
        assert not [each for each in await elsewhere.read("/inbox") if each["case_id"] == ""]
        assert (await elsewhere.post(told[0]["links"]["acknowledge"])).status_code == 404
        if role == "coordinator":
            assert (await who.get(told[0]["links"]["message"])).status_code == 200
    assert (await who.do(told[0]["links"]["acknowledge"]))["acknowledged_by"]


@asynccontextmanager
async def called_unread(office: Office, called: Definition, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Northern]:
    """A case whose called case nobody has read yet; it comes on record at the end."""
    async with office.database.session() as session:
        for each in (called, caller_of(called)):
            await publish(session, each, bpmn="<none/>", forms={}, actor="test", now=system_clock())
    may_be_read, project = asyncio.Event(), projection.project

    async def late(session: Any, batch: Any, *given: Any) -> int:
        if batch.case.key == called.key:
            await may_be_read.wait()
        return await project(session, batch, *given)

    monkeypatch.setattr(projection, "project", late)
    case = await northern(office, f"calls_{called.key}")
    await until_called(case)
    yield case
    may_be_read.set()


async def until_called(case: Northern) -> None:
    called = select(FactRecord).where(FactRecord.case_id == case.case_id, FactRecord.fact == "called")
    async with asyncio.timeout(60):
        while True:
            async with case.office.database.reader() as session:
                if (await session.exec(called)).first():
                    return
            await asyncio.sleep(0.05)


async def inner_clocks(case: Northern) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while not found:
            answer = await case.person("admin").get(f"{case.link}/call%231/timers")
            found = answer.json() if answer.is_success else []
            await asyncio.sleep(0.05)
    return found


async def until_still(case: Northern) -> None:
    async with asyncio.timeout(60):
        while any(clock["links"].keys() != {"resume"} for clock in await inner_clocks(case)):
            await asyncio.sleep(0.05)


async def test_a_called_case_that_nobody_had_read_when_the_seal_was_set_stops_its_clocks_as_soon_as_it_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with called_unread(office, CLIMBING, monkeypatch) as case:
        assert (await marked(case))["outcome"] == "stopped"
    await until_still(case)


async def test_a_diagram_that_began_to_wait_for_the_mark_too_late_hears_of_it_and_keeps_its_clocks(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with called_unread(office, HEARING, monkeypatch) as case:
        await marked(case)
    clocks = await inner_clocks(case)
    assert {clock["activation"] for clock in clocks} == {"heard#1"}
    await keep_still(replace(post_of(office.here), clock=lambda: system_clock() + timedelta(minutes=2)))
    assert all("pause" in clock["links"] for clock in await inner_clocks(case))


async def test_what_a_worker_that_died_has_left_running_in_a_sealed_case_the_sweep_stops_and_lets_run_on_after_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dead(*_: object) -> None:
        """The process has died."""

    monkeypatch.setattr(worker, "stop_called", dead)
    async with called_unread(office, CLIMBING, monkeypatch) as case:
        await marked(case)
    later = replace(post_of(office.here), clock=lambda: system_clock() + timedelta(minutes=2))
    assert any("pause" in clock["links"] for clock in await inner_clocks(case))
    await keep_still(later)
    await until_still(case)

    address, why = f"/referrals/{case.referral_id}/wrong-patient/lifted", {"reason": "One name, one patient"}
    await case.person("privacy_officer").do(address, why)
    assert all("pause" in clock["links"] for clock in await inner_clocks(case))
    late = await stop_clocks(later, case.case_id, but=(), by="portal.north", request="in the moment of the lifting")
    assert late
    await keep_still(later)
    assert all("pause" in clock["links"] for clock in await inner_clocks(case))
