"""Is the same ordered twice? Two orders of one patient, held and decided by a person, whatever happens to the first."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.directory import Directory
from activities.duplicates import Duplicates
from activities.outbound import Outbound
from activities.referral import Referrals
from records.database import Database
from records.queries.orders import orders_numbered
from records.tables import Case, OrderRecord
from records.writes.orders import change_order
from records.writes.parties import note_requester
from tests.activities.conftest import NOW, Sent, clock, work
from workflows.contract.requests import Work


async def case_runs(database: Database, case_id: str) -> None:
    async with database.session() as session:
        session.add(
            Case(case_id=case_id, root_case_id=case_id, key="k", name="K", sha256="s", started_at=NOW, last_seq=1)
        )


def order(number: int, modality: str = "CT_sinus", headers: dict[str, str] | None = None, **more: Any) -> Work:
    given = work(headers or {}, patient_id="patient-1", order_id=f"O-{number}", modality=modality, **more)
    return replace(given, case_id=f"case-{number}")


async def check(database: Database, given: Work, *, at: datetime = NOW) -> Any:
    result = await ActivityEnvironment().run(Duplicates(database, lambda: at).check, given)
    return result.variables


async def status(database: Database, number: int) -> str:
    async with database.reader() as session:
        return (await session.get_one(OrderRecord, (f"O-{number}", ""))).status


async def test_an_order_under_way_makes_the_next_one_a_duplicate_that_is_held(database: Database) -> None:
    await case_runs(database, "case-1")
    nothing = {"duplicate_found": False, "existing_case": None, "prior_study": None}
    assert await check(database, order(1)) == nothing
    assert await check(database, order(1)) == nothing
    found = await check(database, order(2))
    assert (found["duplicate_found"], found["existing_case"]) == (True, "case-1")
    assert (found["prior_study"]["order_id"], found["prior_study"]["status"]) == ("O-1", "active")
    assert await status(database, 2) == "held"
    assert (await check(database, order(3, "PET_CT")))["duplicate_found"] is False


async def test_a_report_counts_for_its_window_and_no_longer(database: Database) -> None:
    await check(database, order(1))
    async with database.session() as session:
        assert await change_order(session, "O-1", "", "final", now=NOW, report_id="R-1")
    early = await check(database, order(2), at=NOW + timedelta(days=30))
    assert (early["prior_study"]["age_days"], early["prior_study"]["report_id"]) == (30, "R-1")
    assert (await check(database, order(3), at=NOW + timedelta(days=90)))["duplicate_found"] is False


async def test_an_order_that_is_sent_all_the_same_is_under_way(
    database: Database, http: httpx.AsyncClient, sent: Sent
) -> None:
    await case_runs(database, "case-1")
    await check(database, order(1))
    await check(database, order(2))
    assert await status(database, 2) == "held"
    sending = Referrals(Outbound(database, Directory(), http, clock), sent, sent)
    await ActivityEnvironment().run(sending.send, order(2, headers={"message": "imaging.ordered"}))
    assert await status(database, 2) == "active"


@pytest.mark.parametrize("became", ["cancelled", "entered_in_error"])
async def test_an_order_that_came_to_nothing_is_no_duplicate(database: Database, became: str) -> None:
    await case_runs(database, "case-1")
    await check(database, order(1))
    await ActivityEnvironment().run(Duplicates(database, clock).record, order(1, headers={"status": became}))
    assert (await check(database, order(2)))["duplicate_found"] is False


async def test_the_same_number_of_two_requesters_is_two_orders(database: Database) -> None:
    async with database.session() as session:
        for case_id, organisation in (("case-1", "north"), ("case-2", "south")):
            await note_requester(session, case_id, organisation, through="test", now=NOW)
    await case_runs(database, "case-1")
    await check(database, order(1))
    of_south = replace(order(1, "PET_CT"), case_id="case-2")
    await check(database, replace(of_south, variables={**of_south.variables, "patient_id": "patient-2"}))
    await ActivityEnvironment().run(
        Duplicates(database, clock).record, replace(of_south, headers={"status": "cancelled"})
    )
    async with database.reader() as session:
        found = [(row.requester, row.patient_id, row.status) for row in await orders_numbered(session, "O-1")]
    assert found == [("north", "patient-1", "active"), ("south", "patient-2", "cancelled")]
    again = await check(database, replace(order(1), case_id="case-2"))
    assert again["existing_case"] == "case-1"


async def test_without_a_patient_nothing_is_compared_and_without_a_modality_it_stops(database: Database) -> None:
    await case_runs(database, "case-1")
    await check(database, order(1))
    nobody = replace(order(2), variables={"order_id": "O-2", "modality": "CT_sinus"})
    assert (await check(database, nobody))["duplicate_found"] is False
    with pytest.raises(ApplicationError) as failed:
        await check(database, replace(order(3), variables={"order_id": "O-3", "patient_id": "patient-1"}))
    assert failed.value.non_retryable
