"""What if a service cannot be reached? What is for it is kept, it is left alone at times, a person may deliver it."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.breaker import FAILURES, LEFT_ALONE, Breaker
from activities.delivered_by_hand import DeliveriesByHand
from activities.outbound import Outbound
from records.database import Database
from records.tables import DeliveryAttempt, RungStart
from tests.activities.conftest import Sent, clock, work
from tests.activities.test_referral import outside, send
from tests.outside import Clinic
from workflows.contract import names


@pytest_asyncio.fixture
async def rung(database: Database) -> None:
    """The step that cannot send has begun a case in which somebody delivers by hand."""
    about = {"case_id": "case-1", "activation": "send#1", "process": "unsent", "title": "Send", "level": "breach"}
    async with database.session() as session:
        session.add(RungStart(rung_key="case-1:send#1:rung1", begun_case_id="case-2", climbed_at=clock(), **about))


async def deliver_by_hand(database: Database) -> None:
    by_hand = DeliveriesByHand(database, lambda: clock() + timedelta(minutes=40))
    await ActivityEnvironment().run(by_hand.confirm, replace(work(how="fax"), case_id="case-2"))


async def test_a_service_that_is_away_is_left_alone_and_then_tried_once() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    for _ in range(FAILURES):
        assert not breaker.is_open("a")
        breaker.note("a", answered=False)
    assert (breaker.is_open("a"), breaker.is_open("b")) == (True, False)
    now += LEFT_ALONE.total_seconds()
    assert [breaker.is_open("a"), breaker.is_open("a")] == [False, True]
    breaker.note("a", answered=True)
    assert not breaker.is_open("a")


async def test_a_service_that_is_left_alone_hears_nothing(
    database: Database, http: httpx.AsyncClient, sent: Sent, clinic: Clinic
) -> None:
    clinic.statuses = [503] * FAILURES
    outbound = Outbound(database, outside(clinic, "fhir"), http, clock)
    for _ in range(FAILURES + 1):
        with pytest.raises(ApplicationError) as failed:
            await send(outbound, sent)
    assert (failed.value.type, failed.value.non_retryable) == (names.SERVICE_AWAY, True)
    assert len(clinic.requests) == FAILURES


@pytest.mark.usefixtures("rung")
async def test_what_was_faxed_is_not_sent_any_more_and_counts_as_received(
    database: Database, http: httpx.AsyncClient, sent: Sent, clinic: Clinic
) -> None:
    clinic.statuses = [503]
    outbound = Outbound(database, outside(clinic, "fhir"), http, clock)
    with pytest.raises(ApplicationError):
        await send(outbound, sent)
    for _ in range(2):
        await deliver_by_hand(database)
    await send(outbound, sent)
    assert len(clinic.requests) == 1
    assert [message.name for message, _ in sent.messages] == ["referral.received"]
    async with database.reader() as session:
        tries = list(await session.exec(select(DeliveryAttempt)))
    assert [(each.service, each.endpoint) for each in tries] == [
        ("dental_oncology", clinic.url),
        ("dental_oncology", "by hand: fax"),
    ]


@pytest.mark.usefixtures("rung")
async def test_what_has_gone_by_itself_meanwhile_is_acknowledged_by_the_service_alone(
    database: Database, http: httpx.AsyncClient, sent: Sent, clinic: Clinic
) -> None:
    outbound = Outbound(database, outside(clinic, "fhir"), http, clock)
    await send(outbound, sent)
    await deliver_by_hand(database)
    await send(outbound, sent)
    assert (len(clinic.requests), sent.messages) == (1, [])


async def test_of_a_case_that_no_late_step_has_begun_nothing_is_delivered(database: Database) -> None:
    with pytest.raises(ApplicationError, match="No late step"):
        await deliver_by_hand(database)
