"""Does the sweep catch up a few at a time, in order where order matters, and not at all while Temporal is away?"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from temporalio.client import Client

from api import deliveries_left
from api.broadcast import finish_broadcasts
from api.deliveries_left import finish_deliveries
from api.delivery import Inbound, noted
from api.post import Post
from api.surroundings import system_clock
from api.turns import AT_ONCE
from records.database import Database
from records.tables import Case, CaseKey, Message, Signal, Subscription
from records.writes.messages import record_message
from records.writes.signals import record_signal
from workflows.contract.requests import DeliverMessage, DeliverSignal, Receipt, Request
from workflows.host.gateway import CaseGateway, HostUnavailable

pytestmark = pytest.mark.temporal
AGO = timedelta(hours=1)


class Asked(CaseGateway):
    """A gateway whose cases answer when `together` are asked, at the latest after half a minute; or never."""

    def __init__(self, client: Client, *, together: int = 2, away: bool = False) -> None:
        super().__init__(client, "nobody")
        self.together, self.away = together, away
        self.under_way = self.most = 0
        self.asked: list[tuple[str, str]] = []

    async def send(self, case_id: str, request: Request, idempotency_key: str) -> Receipt:
        assert isinstance(request, DeliverMessage | DeliverSignal)
        self.asked.append((case_id, request.name))
        if self.away:
            raise HostUnavailable("Temporal did not answer.")
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while self.most < self.together:
                    await asyncio.sleep(0.01)
        self.under_way -= 1
        return Receipt(case_id, 1, "running", outcome="delivered")


async def left(database: Database, cases: int, each: int = 1) -> None:
    """Note messages whose calls have died, for so many cases."""
    now = system_clock()
    async with database.session() as session:
        for number in range(cases):
            case_id = f"case-{number}"
            about: dict[str, Any] = {"key": "k", "name": "n", "sha256": "s", "root_case_id": case_id, "started_at": now}
            session.add(Case(case_id=case_id, **about))
            session.add(CaseKey(case_id=case_id, correlation_key=f"REF-{number}"))
            for which in range(each):
                sent = Inbound("report", f"REF-{number}", f"m-{number}-{which}", {"which": which})
                row = noted(sent, "portal", now - AGO + timedelta(seconds=which))
                await record_message(session, row)


async def test_messages_of_several_keys_are_brought_at_the_same_time(database: Database, dev_server: Client) -> None:
    await left(database, 2 * AT_ONCE)
    gateway = Asked(dev_server)
    assert await finish_deliveries(Post(database, gateway, system_clock)) == 2 * AT_ONCE
    assert 2 <= gateway.most <= AT_ONCE


async def test_messages_of_one_key_are_brought_one_after_another_as_they_came(
    sqlite_copy: str, dev_server: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, brought = Database(sqlite_copy), list[int]()
    await left(database, 1, each=5)

    async def send(_case_id: str, request: DeliverMessage, _key: str) -> Receipt:
        await asyncio.sleep(0)
        brought.append(request.variables["which"])
        return Receipt("case-0", 1, "running", outcome="delivered")

    gateway = Asked(dev_server)
    monkeypatch.setattr(gateway, "send", send)
    assert await finish_deliveries(Post(database, gateway, system_clock)) == 5
    assert brought == [0, 1, 2, 3, 4]
    await database.close()


async def test_what_no_try_brings_to_a_case_keeps_no_other_message_from_its_own(
    sqlite_copy: str, dev_server: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries_left, "MOST_KEYS", 5)
    database = Database(sqlite_copy)
    await left(database, 10)
    async with database.session() as session:  # as whom nobody reaches a case: brought again and again, in vain
        for number in range(9):
            row = await session.get_one(Message, f"m-{number}-0")
            row.payload = {**row.payload, "organisations": ["elsewhere"]}
    post = Post(database, Asked(dev_server, together=1), system_clock)
    async with asyncio.timeout(60):
        while not await finish_deliveries(post):
            pass
    async with database.reader() as session:
        assert (await session.get_one(Message, "m-9-0")).status == "delivered"
    await database.close()


async def test_who_has_heard_a_signal_costs_the_sweep_no_question_each(sqlite_copy: str, dev_server: Client) -> None:
    database, now, asked = Database(sqlite_copy), system_clock(), list[str]()
    cases = [f"case-{number}" for number in range(50)]
    await left(database, len(cases))
    async with database.session() as session:
        for case_id in cases:
            about = {"root_case_id": case_id, "activation": "wait#1", "element": "wait", "event": "signal"}
            key = {"case_id": case_id, "subscription": "subscription#1", "correlation_key": ""}
            session.add(Subscription(**key, **about, name="theatre.closed", since=now - AGO))
        payload = {"variables": {}, "organisations": ["north"]}
        sent: dict[str, Any] = {"signal_id": "s-1", "name": "theatre.closed", "source": "portal", "payload": payload}
        session.add(Signal(**sent, reached=cases, status="broadcast", received_at=now))
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda _c, _u, said, *_: asked.append(said))
    assert await finish_broadcasts(Post(database, Asked(dev_server), system_clock)) == 0
    assert len(asked) < 10
    await database.close()


async def test_while_temporal_is_away_a_few_are_tried_and_all_when_it_is_back(
    sqlite_copy: str, dev_server: Client
) -> None:
    database = Database(sqlite_copy)
    await left(database, 5 * AT_ONCE)
    away = Asked(dev_server, away=True)
    post = Post(database, away, system_clock)
    assert await finish_deliveries(post) == 0
    assert len(away.asked) == AT_ONCE
    assert await finish_deliveries(replace(post, gateway=Asked(dev_server))) == 5 * AT_ONCE
    await database.close()


async def test_signals_of_several_names_are_told_at_the_same_time_those_of_one_as_they_came(
    sqlite_copy: str, dev_server: Client
) -> None:
    database = Database(sqlite_copy)
    async with database.session() as session:
        for number, name in enumerate(("theatre.closed", "theatre.opened", "ward.full", "ward.full")):
            about: dict[str, Any] = {"payload": {"variables": {}}, "source": "portal", "reached": [f"case-{number}"]}
            at = system_clock() - AGO + timedelta(seconds=number)
            await record_signal(session, Signal(signal_id=f"s-{number}", name=name, received_at=at, **about))
    gateway = Asked(dev_server)
    assert await finish_broadcasts(Post(database, gateway, system_clock)) == 4
    assert gateway.most >= 2
    assert [case_id for case_id, name in gateway.asked if name == "ward.full"] == ["case-2", "case-3"]
    await database.close()
