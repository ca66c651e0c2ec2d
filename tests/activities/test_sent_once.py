"""Is something sent again that the other side took, when only our own answer was lost? No; every attempt is kept."""

from datetime import datetime, timedelta

import httpx
import pytest
from sqlmodel import select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.notification import Mail, Notifications
from activities.outage import Outages
from activities.outbound import Outbound
from activities.referral import Referrals
from records.database import Database
from records.tables import DeliveryAttempt
from tests.activities.conftest import NOW, Sent, work
from tests.activities.test_referral import outside
from tests.outside import Clinic, MailServer


class Clock:
    """Every look at it is a second later."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


async def attempts(database: Database) -> list[DeliveryAttempt]:
    async with database.reader() as session:
        found = await session.exec(select(DeliveryAttempt).order_by("attempt"))
        return list(found)


async def test_what_an_endpoint_took_is_not_sent_again(
    database: Database, http: httpx.AsyncClient, clinic: Clinic, sent: Sent
) -> None:
    activity = Referrals(Outbound(database, outside(clinic, "json"), http, Clock()), sent, sent).send
    for _ in range(3):
        await ActivityEnvironment().run(activity, work())
    assert len(clinic.requests) == 1


async def test_what_an_endpoint_refused_is_sent_again_and_each_attempt_is_on_record(
    database: Database, http: httpx.AsyncClient, clinic: Clinic, sent: Sent
) -> None:
    clinic.statuses = [503, 503]
    activity = Referrals(Outbound(database, outside(clinic, "json"), http, Clock()), sent, sent).send
    for _ in range(2):  # each of them is attempt 1 for Temporal: a person had it done anew
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(activity, work())
    await ActivityEnvironment().run(activity, work())
    assert [(row.attempt, row.status) for row in await attempts(database)] == [(1, 503), (2, 503), (3, 200)]


async def test_a_mail_that_was_taken_is_not_sent_again(database: Database, mail_server: MailServer) -> None:
    directory = Directory(mail={"clinical_lead": "lead@clinic.example"})
    telling = Notifications(database, directory, Mail(mail_server.url, "pathways@clinic.example"), Clock())
    given = work({"tell": "clinical_lead", "channel": "secure_email"})
    for _ in range(2):
        await ActivityEnvironment().run(telling.notify, given)
    assert len(mail_server.letters) == 1


async def test_a_database_that_does_not_answer_is_named_as_such() -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")

    class Next:
        async def execute_activity(self, _input: object) -> None:
            async with away.session() as session:
                await session.exec(select(DeliveryAttempt))

    with pytest.raises(ApplicationError) as raised:
        await Outages().intercept_activity(Next()).execute_activity(object())  # type: ignore[arg-type]
    assert raised.value.type == "DatabaseAway"
    await away.close()
