"""Is a referral lost when a call dies between storing it and starting its case?"""

from dataclasses import replace

import pytest
from sqlmodel import col, select
from temporalio.client import Client

from api.starting import finish_starts
from pathways import codec
from records.tables import Referral
from tests.api.conftest import Office, open_office, referral
from workflows.contract.requests import StartCase
from workflows.host.keys_wrapping import KeyRing
from workflows.host.sizes import LARGEST_MESSAGE

pytestmark = pytest.mark.temporal


async def test_a_start_that_died_is_finished_by_the_sweep(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    body = referral()
    response = await died.sender.post("/referrals", body, pathway="two_tasks")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    async with open_office(url, dev_server, key_ring) as office:
        assert await finish_starts(office.database, office.gateway) == 1
        assert await finish_starts(office.database, office.gateway) == 0
        page = await office.dentist.read("/tasks", pathway="two_tasks")
        assert [item["referral_id"] for item in page["items"]] == [body["referral_id"]]


async def test_a_start_that_died_is_finished_by_the_next_call(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    body = referral()
    assert (await died.sender.post("/referrals", body, pathway="two_tasks", key="k")).status_code == 503
    async with open_office(url, dev_server, key_ring) as office:
        again = await office.sender.post("/referrals", body, pathway="two_tasks", key="k")
        assert again.status_code == 201
        assert await finish_starts(office.database, office.gateway) == 0


async def test_another_call_that_finishes_a_start_is_told_that_the_referral_was_there(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    body = referral()
    assert (await died.sender.post("/referrals", body, pathway="two_tasks", key="mine")).status_code == 503
    async with open_office(url, dev_server, key_ring) as office:
        other = await office.sender.post("/referrals", body, pathway="two_tasks", key="other")
        again = await office.sender.post("/referrals", body, pathway="two_tasks", key="mine")
        assert (other.status_code, again.status_code) == (409, 201)
        assert other.json()["case_id"] == again.json()["case_id"]


async def test_a_start_that_is_impossible_keeps_no_other_from_being_finished(
    died: Office, url: str, dev_server: Client, key_ring: KeyRing
) -> None:
    for body in (referral(), referral()):
        assert (await died.sender.post("/referrals", body, pathway="two_tasks")).status_code == 503
    async with died.database.session() as session:
        oldest = (await session.exec(select(Referral).order_by(col(Referral.received_at)))).first()
        assert oldest is not None
        too_large = replace(codec.load(StartCase, oldest.document["start"]), actor="x" * LARGEST_MESSAGE)
        oldest.document = {**oldest.document, "start": codec.dump(too_large).decode()}
    async with open_office(url, dev_server, key_ring) as office:
        assert await finish_starts(office.database, office.gateway) == 1
