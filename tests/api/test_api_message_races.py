"""Is a message lost, or used twice, when it comes while the case begins to wait? On a real server and database.

`PATHWAYS_RACES` says how many cases race in each way.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, delete, select, update

from api.broadcast import finish_broadcasts
from api.deliveries_left import finish_deliveries
from api.surroundings import system_clock
from records.tables import Case, FactRecord, Message, NotedStart, Signal, Subscription
from tests.api.conftest import Office, number
from tests.api.letters import begin, go_on, open_task, post_at, publish_letters, result, titles

pytestmark = pytest.mark.temporal
RACES = int(os.environ.get("PATHWAYS_RACES", "4"))
AT_ONCE = 12


@pytest_asyncio.fixture
async def letters(any_office: Office) -> AsyncIterator[Office]:
    await publish_letters(any_office.database)
    yield any_office


def sent_to(pathway: str, order: str) -> dict[str, Any]:
    """What is sent: under the order's number, or under another with the number in what it carries."""
    if pathway == "carried":
        return result(f"ENVELOPE-{number()}", "carried.result", variables={"report": {"order": order}})
    return result(order)


async def race(office: Office, pathway: str, inner: str, turns: asyncio.Semaphore) -> str:
    """Let a result arrive, twice, while the task before the wait is completed; give the case that waits."""
    async with turns:
        root, order = await begin(office, pathway)
        case_id, sent = f"{root}{inner}", sent_to(pathway, order)
        await open_task(office, case_id)

        async def arrive() -> None:
            await asyncio.sleep(random.uniform(0, 0.05))
            await office.sender.do("/messages", sent)

        await asyncio.gather(arrive(), go_on(office, case_id), arrive())
    return case_id


async def received(office: Office, case_id: str) -> int:
    async with office.database.reader() as session:
        facts = select(FactRecord).where(FactRecord.case_id == case_id, FactRecord.fact == "message_received")
        return len(list(await session.exec(facts)))


@pytest.mark.parametrize(
    ("pathway", "inner"),
    [("letters", ""), ("carried", ""), ("calling_letters", "/call#1")],
    ids=lambda name: name or "-",
)
async def test_a_message_that_comes_while_a_case_begins_to_wait_is_used_once(
    letters: Office, pathway: str, inner: str
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    cases = await asyncio.gather(*(race(letters, pathway, inner, turns) for _ in range(RACES)))
    await finish_deliveries(post_at(letters))
    for case_id in cases:
        assert (await titles(letters, case_id), await received(letters, case_id)) == (["read"], 1)


async def test_a_message_that_the_caller_keeps_reaches_the_called_case_that_waits_later(letters: Office) -> None:
    order = f"ORDER-{number()}"
    body = {"business_key": order, "variables": {"order": order}}
    root = (await letters.admin.do("/pathways/calling_letters/cases", body))["case_id"]
    await open_task(letters, f"{root}/call#1")
    async with letters.database.session() as session:
        await session.exec(delete(Subscription).where(col(Subscription.case_id) == f"{root}/call#1"))
    assert (await letters.sender.do("/messages", result(order)))["status"] == "buffered"
    await go_on(letters, f"{root}/call#1")
    await finish_deliveries(post_at(letters))
    assert await titles(letters, f"{root}/call#1") == ["read"]


async def test_a_case_that_is_about_to_wait_gets_what_another_waits_for_already(letters: Office) -> None:
    order = f"ORDER-{number()}"
    keys = (f"LETTER-{number()}", order)
    bodies = [{"business_key": key, "variables": {"order": order}} for key in keys]
    waits, soon = [(await letters.admin.do("/pathways/letters/cases", body))["case_id"] for body in bodies]
    await go_on(letters, waits)
    answer = await letters.sender.do("/messages", result(order))
    assert (answer["status"], answer["cases"]) == ("delivered", [waits])
    await go_on(letters, soon)
    assert [await titles(letters, case_id) for case_id in (waits, soon)] == [["read"], ["read"]]


async def test_a_message_is_found_when_the_read_model_lags_behind_the_wait(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    async with letters.database.session() as session:
        hidden = (await session.exec(select(Subscription).where(Subscription.case_id == case_id))).one().model_dump()
        await session.exec(delete(Subscription).where(col(Subscription.case_id) == case_id))
    assert (await letters.sender.do("/messages", result(order)))["status"] == "unmatched"
    async with letters.database.session() as session:
        session.add(Subscription(**hidden))
    await finish_deliveries(post_at(letters))
    assert await titles(letters, case_id) == ["read"]


async def test_a_message_whose_call_died_between_two_cases_reaches_the_second(letters: Office) -> None:
    order = f"ORDER-{number()}"
    keys = [f"LETTER-{number()}" for _ in range(2)]
    cases = []
    for key in keys:
        body = {"business_key": key, "variables": {"order": order}}
        cases.append((await letters.admin.do("/pathways/letters/cases", body))["case_id"])
    await go_on(letters, cases[0])
    sent = result(order)
    await letters.sender.do("/messages", sent)
    await go_on(letters, cases[1])
    async with letters.database.session() as session:
        died = update(Message).where(col(Message.message_id) == sent["message_id"])
        await session.exec(died.values(handled="", routing_since=post_at(letters, -timedelta(minutes=5)).clock()))
    await finish_deliveries(post_at(letters))
    assert [await titles(letters, case_id) for case_id in cases] == [["read"], ["read"]]


async def test_one_message_sent_many_times_at_once_begins_one_case_that_does_not_keep_it(letters: Office) -> None:
    sent = result(f"AUDIT-{number()}", "audit.requested")
    answers = await asyncio.gather(*(letters.sender.do("/messages", sent) for _ in range(15)))
    assert len({case for answer in answers for case in answer["cases"]}) == 1
    assert sum(len(answer["opened"]) for answer in answers) == 1
    page = await letters.coordinator.read("/cases", referral=sent["correlation_key"])
    assert page["total"] == 1
    async with letters.database.reader() as session:
        kept = select(FactRecord).where(
            FactRecord.case_id == answers[0]["cases"][0], FactRecord.fact == "message_buffered"
        )
        assert list(await session.exec(kept)) == []


async def test_of_many_messages_with_one_key_at_once_one_begins_the_case_that_keeps_the_others(
    letters: Office,
) -> None:
    key = f"AUDIT-{number()}"
    sent = [result(key, "audit.requested") for _ in range(10)]
    answers = await asyncio.gather(*(letters.sender.post("/messages", each) for each in sent))
    for each in [each for each, answer in zip(sent, answers, strict=True) if answer.status_code == 503]:
        await letters.sender.do("/messages", each)
    assert (await letters.coordinator.read("/cases", referral=key))["total"] == 1
    async with letters.database.reader() as session:
        outcomes = [row.status for row in await session.exec(select(Message).where(Message.correlation_key == key))]
        starts = list(await session.exec(select(NotedStart).where(NotedStart.business_key == key)))
    assert (sorted(outcomes), len(starts)) == (["buffered"] * 9 + ["delivered"], 1)


async def test_a_signal_reaches_a_case_whose_wait_shows_only_later(letters: Office) -> None:
    found = await letters.refer("catching_signal")
    case_id = found["case_id"]
    async with letters.database.session() as session:
        hidden = (await session.exec(select(Subscription).where(Subscription.case_id == case_id))).one().model_dump()
        await session.exec(delete(Subscription).where(col(Subscription.case_id) == case_id))
    sent = {"name": "theatre.closed", "signal_id": f"s-{number()}"}
    assert case_id not in (await letters.sender.do("/signals", sent))["reached"]
    later = (await letters.refer("catching_signal"))["case_id"]
    async with letters.database.session() as session:
        session.add(Subscription(**hidden))
    await finish_broadcasts(post_at(letters))
    assert (await titles(letters, case_id), await titles(letters, later)) == (["rebook"], [])
    async with letters.database.reader() as session:
        stored = await session.get_one(Signal, sent["signal_id"])
    assert case_id in stored.reached


async def test_what_nobody_takes_who_waited_is_kept_as_long_as_it_may_by_who_is_about_to_wait(letters: Office) -> None:
    """The read model still shows the wait of a case that has ended."""
    ended, order = await begin(letters)
    about = {"business_key": order, "variables": {"order": order}}
    about_to = (await letters.admin.do("/pathways/letters/cases", about))["case_id"]
    await letters.admin.do(f"/cases/{ended}/cancel", {"reason": "a test"})
    left = Subscription(
        case_id=ended,
        subscription="left",
        root_case_id=ended,
        activation="wait#1",
        element="wait",
        name="letter.result",
        correlation_key=order,
        since=system_clock(),
    )
    async with letters.database.session() as session:
        session.add(left)
    sent = await letters.sender.do("/messages", result(order))
    assert (sent["status"], sent["cases"]) == ("buffered", [about_to])
    async with letters.database.reader() as session:
        kept = select(FactRecord).where(FactRecord.case_id == about_to, FactRecord.fact == "message_buffered")
        until = datetime.fromisoformat((await session.exec(kept)).one().detail["expires_at"])
    assert until - system_clock() > timedelta(days=29)


async def _gone(office: Office, like: str, order: str) -> str:
    """A case that waits for a letter by the read model, and that Temporal does not know."""
    gone = f"case-gone-{number()}"
    wait = Subscription(
        case_id=gone,
        subscription="left",
        root_case_id=gone,
        activation="wait#1",
        element="wait",
        name="letter.result",
        correlation_key=order,
        since=system_clock() - timedelta(days=1),
    )
    async with office.database.session() as session:
        found = await session.get_one(Case, like)
        session.add(Case(**{**found.model_dump(), "case_id": gone, "root_case_id": gone}))
        await session.flush()
        session.add(wait)
    return gone


async def test_a_case_that_temporal_no_longer_knows_keeps_a_message_from_nobody(letters: Office) -> None:
    case_id, order = await begin(letters)
    await go_on(letters, case_id)
    await _gone(letters, case_id, order)
    answer = await letters.sender.do("/messages", result(order))
    assert (answer["status"], answer["cases"]) == ("delivered", [case_id])
    assert await titles(letters, case_id) == ["read"]


async def test_a_message_for_a_case_that_temporal_no_longer_knows_is_a_dead_letter_that_says_so(
    letters: Office,
) -> None:
    case_id, _ = await begin(letters)
    order = f"ORDER-{number()}"
    gone = await _gone(letters, case_id, order)
    assert (await letters.sender.do("/messages", result(order)))["status"] == "unmatched"
    await finish_deliveries(post_at(letters))
    found = await letters.coordinator.read("/dead-letters", key=order)
    reasons = [letter["reason"] for letter in found["items"]]
    assert reasons == [f"the case '{gone}' no longer runs in Temporal"]
