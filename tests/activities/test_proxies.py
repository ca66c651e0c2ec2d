"""May a guardian still see what a young person has said they may not?"""

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.proxies import Proxies
from records.database import Database
from records.queries.own_record import proxies_of
from records.tables import ProxyGrant
from records.writes.parties import give_proxy
from tests.activities.conftest import NOW, clock, work

ALL = ["appointments", "messages", "own_record_summary", "plan"]


async def confirmed(database: Database, wish: str) -> list[list[str]]:
    """Let a young person answer, twice as an activity may be tried; give what the guardian sees then."""
    async with database.session() as session:
        given = ProxyGrant(
            grant_id="g-1", patient_id="patient-1", person="carer.moss", classes=ALL, since=NOW, given_by="c.birch"
        )
        await give_proxy(session, given)
    asked = work({}, patient_id="patient-1", proxy_access=wish)
    for _ in range(2):
        await ActivityEnvironment().run(Proxies(database, clock).confirm, asked)
    async with database.reader() as session:
        return [each.classes for each in await proxies_of(session, "carer.moss", now=NOW)]


@pytest.mark.parametrize(
    ("wish", "left"),
    [("unchanged", [ALL]), ("limited", [["appointments", "messages", "plan"]]), ("ended", [])],
)
async def test_the_young_person_decides_what_the_guardian_sees(
    database: Database, wish: str, left: list[list[str]]
) -> None:
    assert await confirmed(database, wish) == left


async def test_an_answer_that_says_nothing_is_an_incident(database: Database) -> None:
    with pytest.raises(ApplicationError, match="proxy_access"):
        await ActivityEnvironment().run(Proxies(database, clock).confirm, work({}, patient_id="patient-1"))
