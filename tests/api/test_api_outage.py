"""What does the API say while the database does not answer? That it is worth asking again, under the same key."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest

from api.claims import Person
from api.deps import Answer, Change, Visit
from records import sqlite
from tests.api.conftest import Office, referral

pytestmark = pytest.mark.temporal


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Another process holds the database: nobody else may write."""
    with closing(sqlite3.connect(str(office.database.url.database), timeout=30)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.rollback()


async def test_a_change_is_answered_503_and_may_be_sent_again_with_its_key(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    body = referral()
    with locked(office):
        away = await office.sender.post("/referrals", body, pathway="two_tasks", key="k-outage")
        assert away.status_code == 503
        assert away.headers["Retry-After"]
        assert away.json()["type"].endswith("/problems/unavailable")
        assert (await office.dentist.get("/tasks")).status_code == 503
    again = await office.sender.post("/referrals", body, pathway="two_tasks", key="k-outage")
    assert again.status_code == 201


async def test_an_answer_is_noted_though_the_database_was_away_when_it_was_given(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    asked = Visit(office.here, Person("dr.oak", "Dr Oak", frozenset()), "request-1")
    change = Change(asked, "k-noted", "hash")
    lock = ExitStack()

    async def done_as_the_database_goes_away() -> Answer:
        lock.enter_context(locked(office))
        asyncio.get_running_loop().call_later(0.5, lock.close)
        return Answer("done")

    assert (await change.once(done_as_the_database_goes_away)).status_code == 200
    again = await change.once(done_as_the_database_goes_away)
    assert again.headers["Idempotency-Replayed"] == "true"
