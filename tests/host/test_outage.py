"""What becomes of work while our own database is away? It is tried again without end: no incident, no lost try."""

import pytest
from temporalio.exceptions import ApplicationError

from tests.host.conftest import World
from tests.host.diagrams import WORK
from workflows.contract import names
from workflows.contract.requests import Work, WorkResult
from workflows.host import errands

pytestmark = pytest.mark.temporal


async def test_work_outlasts_an_outage_of_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)

    def away_at_first(_: Work) -> WorkResult:
        if len(world.works) <= 5:  # the task allows two tries
            raise ApplicationError("The database does not answer.", type=names.DATABASE_AWAY)
        return WorkResult({"found": True})

    world.work = away_at_first
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "offered" in world.happened(case_id))
    assert len({work.idempotency_key for work in world.works}) == 1
    assert not {"work_failed", "incident_raised"} & set(world.happened(case_id))


async def test_a_failure_of_the_work_after_an_outage_is_an_incident(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)

    def away_then_broken(_: Work) -> WorkResult:
        kind = names.DATABASE_AWAY if len(world.works) <= 2 else "RegistryDown"
        raise ApplicationError("no", type=kind)

    world.work = away_then_broken
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    assert len(world.works) == 4
