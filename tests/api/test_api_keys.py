"""What does erasing a case's key take away, who may do it, and what stays?"""

import asyncio
from base64 import b64decode
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from sqlmodel import col, select
from temporalio.client import Client, WorkflowQueryFailedError

from records.tables import Audit
from records.writes.outside import let_in
from tests.api.conftest import Office, Person
from tests.api.northern import NORTH, northern, stopped
from tests.conftest import with_keys
from tests.host.payloads import events_of, payloads
from workflows.host.codec import EncryptedPayloads
from workflows.host.keys import DataKeys
from workflows.host.keys_errors import KeyErased

pytestmark = pytest.mark.temporal
SAMPLE = "Testina Sample"


async def over(office: Office, pathway: str = "two_tasks") -> str:
    """A case that was called off, with the one that it had called."""
    case_id = await calling(office) if pathway == "calling" else str((await office.refer(pathway))["case_id"])
    await office.admin.do(f"/cases/{case_id}/cancel", {"reason": "sent in error"})
    return case_id


async def calling(office: Office) -> str:
    """A case that has called another, which is read a moment later."""
    case_id: str = (await office.refer("calling"))["case_id"]
    async with asyncio.timeout(60):
        while (await office.admin.get(f"/cases/{case_id}/call%231")).is_error:
            await asyncio.sleep(0.05)
    return case_id


async def erase(who: Person, case_id: str) -> dict[str, Any]:
    """Erase a key; a case that has just ended may take a moment to end in Temporal too."""
    async with asyncio.timeout(60):
        while (answer := await who.post(f"/cases/{case_id}/erase-key", {"reason": "the person asked"})).is_error:
            assert "still runs" in answer.text
            await asyncio.sleep(0.05)
    said: dict[str, Any] = answer.json()
    return said


async def dump(client: Client, case_id: str) -> list[dict[str, Any]]:
    """Give every encrypted payload of a case's history, as the Temporal UI sends them to the codec."""
    return [MessageToDict(each) for event in await events_of(client, case_id) for each in payloads(event)]


async def decoded(office: Office, found: list[dict[str, Any]]) -> list[str]:
    answer = await office.admin.do("/codec/decode", {"payloads": found})
    return [b64decode(payload.get("data", "")).decode() for payload in answer["payloads"]]


async def test_the_codec_shows_a_whole_history_until_its_key_is_erased(any_office: Office, dev_server: Client) -> None:
    office = any_office
    gone, stays = await over(office), await over(office)
    erased, kept = await dump(dev_server, gone), await dump(dev_server, stays)
    before = await decoded(office, [*erased, *kept])
    assert SAMPLE in before[0]
    assert SAMPLE in before[len(erased)]

    said = await erase(office.admin, gone)
    assert (said["case_id"], said["erased_by"]) == (gone, "a.fir")
    after = await decoded(office, [*erased, *kept])
    assert all(text.startswith(f"\"erased: The key of '{gone}'") for text in after[: len(erased)])
    assert after[len(erased) :] == before[len(erased) :], "other cases are as readable as before"


async def test_counts_and_what_was_done_stay_when_a_key_is_erased(any_office: Office) -> None:
    office = any_office
    case_id = await over(office)
    total = (await office.admin.read("/cases", status="cancelled"))["total"]
    first = await erase(office.admin, case_id)
    assert await erase(office.admin, case_id) == first, "again changes nothing"
    assert (await office.admin.read("/cases", status="cancelled"))["total"] == total
    assert (await office.admin.read(f"/cases/{case_id}"))["status"] == "cancelled"
    async with office.database.reader() as session:
        noted = select(Audit).where(Audit.case_id == case_id, col(Audit.action) == "case.key_erased")
        (row,) = await session.exec(noted)
    assert (row.actor, row.detail["reason"]) == ("a.fir", "the person asked")
    assert row.detail["request_id"]
    assert row.context["roles"] == ["admin"]


async def test_it_is_noted_for_which_organisation_a_key_was_erased(office: Office) -> None:
    case = await northern(office)
    admin = case.person("admin", "coordinator")
    await admin.do(f"/cases/{case.case_id}/cancel", {"reason": "sent in error"})
    await erase(admin, case.case_id)
    async with office.database.reader() as session:
        noted = select(Audit).where(Audit.case_id == case.case_id, col(Audit.action) == "case.key_erased")
        row = (await session.exec(noted)).one()
    assert (row.organisation, row.context["roles"]) == (NORTH, ["admin", "coordinator"])


async def test_who_only_takes_part_in_a_case_does_not_erase_its_key(office: Office) -> None:
    case_id = await over(office)
    guest = office.person("a.guest", "admin", organisation=NORTH)
    async with office.database.session() as session:
        await let_in(session, case_id, NORTH, via="service", through="service:north-clinic", now=office.here.clock())
    refused = await guest.post(f"/cases/{case_id}/erase-key", {"reason": "the person asked"})
    assert (refused.status_code, "that others hold" in refused.json()["detail"]) == (403, True)
    assert (await erase(office.admin, case_id))["case_id"] == case_id


async def test_who_only_takes_part_in_a_case_changes_nothing_of_it_but_tries_again_what_stopped(office: Office) -> None:
    case = await northern(office, organisation="")
    case.ids["incidents"] = await stopped(case, read={})
    async with office.database.session() as session:
        now = office.here.clock()
        await let_in(session, case.case_id, NORTH, via="service", through="service:north-clinic", now=now)
    guest, why, first = (
        office.person("a.guest", "admin", organisation=NORTH),
        {"reason": "because"},
        {"activation": "first"},
    )
    incident = f"/incidents/{case.ids['incidents']}"
    for link, body in {
        f"{case.link}/cancel": why,
        f"{case.link}/variables": {**why, "variables": {"site": "elsewhere"}},
        f"{case.link}/skip": {**why, **first},
        f"{case.link}/restart": {**why, "element": "first"},
        f"{incident}/skip": why,
        f"{incident}/retry": {"variables": {"site": "elsewhere"}},
    }.items():
        refused = await guest.post(link, body)
        assert (refused.status_code, "that others hold" in refused.json()["detail"]) == (403, True), link
    for kind, selected, wanted in (("case.cancel", 0, {}), ("clock.stop", 1, {"element": "first"})):
        body = {"kind": kind, "filter": {"cases": [case.case_id], **wanted}, "request": {}, **why, "dry_run": True}
        assert (await guest.do("/batches", body))["selected"] == selected, kind
        assert (await office.admin.do("/batches", body))["selected"] == 1, kind
    assert (await guest.post(f"{incident}/retry", {})).status_code not in (403, 404)
    assert (await office.admin.post(f"{case.link}/cancel", why)).status_code == 200


async def test_only_an_administrator_erases_and_only_what_is_over(office: Office) -> None:
    case_id = await calling(office)
    address, why = f"/cases/{case_id}/erase-key", {"reason": "the person asked"}
    assert (await office.coordinator.post(address, why)).status_code == 403
    assert (await office.admin.post(address, {"reason": " "})).status_code == 422
    running = await office.admin.post(address, why)
    assert (running.status_code, running.json()["type"].rpartition("/")[2]) == (409, "not-erasable")
    called = await office.admin.post(f"/cases/{case_id}/call%231/erase-key", why)
    assert (called.status_code, f"erase '{case_id}'" in called.json()["detail"]) == (409, True)
    assert (await office.admin.post("/cases/case-of-nobody/erase-key", why)).status_code == 404


async def test_what_runs_and_is_not_yet_in_the_read_model_keeps_the_key(office: Office, dev_server: Client) -> None:
    case_id = await over(office)
    called = f"{case_id}/call#1"
    begun = await dev_server.start_workflow("Pathway called", id=called, task_queue="nobody-polls")
    async with asyncio.timeout(60):
        while not await office.here.gateway.running_below(case_id):
            await asyncio.sleep(0.05)
    refused = await office.admin.post(f"/cases/{case_id}/erase-key", {"reason": "the person asked"})
    assert (refused.status_code, called in refused.json()["detail"]) == (409, True)
    await begun.terminate()
    assert (await erase(office.admin, case_id))["case_id"] == case_id


async def test_nobody_reads_an_erased_history_not_even_who_has_all_other_keys(
    office: Office, dev_server: Client
) -> None:
    case_id = await over(office, "calling")
    assert office.here.keys is not None
    await erase(office.admin, case_id)
    keys = DataKeys(office.database, office.here.keys.encryption)
    for workflow_id in (case_id, f"{case_id}/call#1"):
        found = [each for event in await events_of(dev_server, workflow_id) for each in payloads(event)]
        with pytest.raises(KeyErased):
            await EncryptedPayloads(keys).decode(found)
        with pytest.raises(KeyErased):
            await asyncio.wait_for(with_keys(dev_server, keys).get_workflow_handle(workflow_id).result(), 60)


async def test_what_is_asked_of_an_erased_case_is_answered_as_gone(office: Office, dev_server: Client) -> None:
    case_id = await over(office)
    await erase(office.admin, case_id)
    asked = await office.admin.post(f"/cases/{case_id}/variables", {"variables": {"a": 1}})
    assert (asked.status_code, asked.json()["type"].rpartition("/")[2]) == (410, "erased")
    with pytest.raises(WorkflowQueryFailedError):
        await dev_server.get_workflow_handle(case_id).query("waits")
