"""Does anything leave of a case that was made for the wrong patient? That it was an error, and nothing else."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.follow_up import FollowUps
from activities.notification import Mail, Notifications
from activities.outbound import Outbound
from activities.record import Record
from activities.referral import Referrals
from activities.result_handoff import ResultHandoff
from activities.sending import Gate
from records.database import Database
from records.tables import Audit, Disclosure, Handoff, Notification, ServiceInbox
from records.writes.parties import lift_seal, seal_case
from tests.activities.conftest import NOW, clock, work
from tests.activities.test_sharing import PATIENT, all_of, asked, directory, referrals, say
from tests.outside import Clinic, MailServer


@pytest_asyncio.fixture(autouse=True)
async def sealed(database: Database) -> None:
    async with database.session() as session:
        await seal_case(session, "case-1", actor="c.elm", now=NOW)


async def run(step: Any, given: Any) -> dict[str, Any]:
    return dict((await ActivityEnvironment().run(step, given)).variables)


WITHHELD = {"delivery": "withheld", "delivery_reason": "wrong_patient"}


async def test_no_referral_goes_to_a_service_here_or_elsewhere_nor_into_the_record(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    outside, inside = directory(clinic), Directory()
    assert await run(referrals(database, outside, http).send, asked()) == WITHHELD
    assert await run(referrals(database, inside, http).send, asked({"to": "imaging"})) == WITHHELD
    await run(Record(Outbound(database, inside, http, clock)).update, asked())
    assert (clinic.requests, await all_of(database, ServiceInbox)) == ([], [])
    assert {row.reason for row in await all_of(database, Disclosure)} == {"wrong_patient"}
    assert {row.action for row in await all_of(database, Audit)} == {"delivery_withheld"}
    assert await all_of(database, Notification) == []


async def test_no_result_is_handed_to_anybody(database: Database) -> None:
    handing = ResultHandoff(database, Gate(database, Directory(), clock), clock)
    given = work({"recipients": "ent_surgeon,referrer"}, patient_id=PATIENT, report={"finding": "clear"})
    found = await run(handing.hand_over, given)
    assert found["withheld_from"] == ["role:ent_surgeon", "role:referrer"]
    assert await all_of(database, Handoff) == []


async def test_nobody_is_told_but_the_officers(database: Database, mail_server: MailServer) -> None:
    books = {"mail": {"coordinator": "c@clinic.example", "safety_officer": "s@clinic.example"}}
    telling = Notifications(database, Directory.model_validate(books), Mail(mail_server.url, "us@here"), clock)
    assert await run(telling.notify, work({"tell": "patient,coordinator"}, patient_id=PATIENT)) == WITHHELD
    assert mail_server.letters == []
    await run(telling.notify, work({"tell": "patient,coordinator,safety_officer"}, patient_id=PATIENT))
    assert [row.recipient for row in await all_of(database, Notification)] == ["safety_officer"]
    assert ["s@clinic.example" in each for each in mail_server.letters] == [True]
    assert "c@clinic.example" not in str(mail_server.letters)


async def test_no_review_is_planned_of_it_but_by_an_officer(database: Database) -> None:
    planning = FollowUps(database, Gate(database, Directory(), clock), clock)
    await run(planning.plan, work(patient_id=PATIENT, on="2026-06-01", role="gdp,coordinator,safety_officer"))
    assert [row.recipient for row in await all_of(database, Notification)] == ["safety_officer"]


async def test_a_case_that_it_called_sends_nothing_either(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    called = replace(asked(), case_id="case-1/call#1")
    assert await run(referrals(database, directory(clinic), http).send, called) == WITHHELD


async def test_what_was_sent_is_retracted_without_a_word_of_the_patient_though_nothing_may_be_shared(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    await say(database, "withdrawn")
    retracting = asked({"message": "referral.cancelled"}, reason="lump", patient={"name": "Testina Sample"})
    found = await run(referrals(database, directory(clinic, agreements=()), http).send, retracting)
    assert found == {"delivery": "sent"}
    (request,) = clinic.requests
    content = json.loads(request.partition("\r\n\r\n")[2])["content"]
    assert content == {"reason": "entered-in-error", "referral_id": "REF-1"}


async def test_a_case_whose_seal_was_taken_off_sends_again_and_can_be_sealed_again(
    database: Database, clinic: Clinic, http: httpx.AsyncClient
) -> None:
    async with database.session() as session:
        assert await lift_seal(session, "case-1", now=NOW)
        assert not await lift_seal(session, "case-1", now=NOW)
    sending: Referrals = referrals(database, directory(clinic), http)
    assert (await run(sending.send, asked()))["delivery"] == "sent"
    later = NOW + timedelta(days=1)
    for now, was_open in ((later, True), (later + timedelta(days=1), False)):  # the second says nothing new
        async with database.session() as session:
            assert await seal_case(session, "case-1", actor="c.oak", now=now) == (later, was_open)
    assert await run(sending.send, replace(asked(), activation="send#2")) == WITHHELD
    assert len(clinic.requests) == 1
