"""What becomes of work while our database or a service is away? It is tried again without end: no incident."""

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, SerializationContext, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from records.database import Database
from tests.host.conftest import World
from tests.host.diagrams import WORK
from workflows.contract import names
from workflows.contract.requests import Work, WorkResult
from workflows.host import errands
from workflows.host.converter import data_converter
from workflows.host.keys import DataKeys
from workflows.host.keys_errors import KeysUnavailable
from workflows.host.keys_wrapping import KeyRing

pytestmark = pytest.mark.temporal


@pytest.mark.parametrize("away", [names.DATABASE_AWAY, names.SERVICE_AWAY])
async def test_work_outlasts_an_outage(world: World, monkeypatch: pytest.MonkeyPatch, away: str) -> None:
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)

    def away_at_first(_: Work) -> WorkResult:
        if len(world.works) <= 5:  # the task allows two tries
            raise ApplicationError("It does not answer.", type=away)
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


async def encoded_without_keys(key_ring: KeyRing, failure: Failure, context: SerializationContext) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/nothing")
    converter = data_converter(DataKeys(away, key_ring)).with_context(context)
    await converter.encode_failure(ApplicationError("Testina Beispiel was not found"), failure)
    await away.close()


async def test_an_activity_whose_key_cannot_be_read_fails_as_an_outage_and_says_nothing_else(key_ring: KeyRing) -> None:
    failure = Failure()
    context = ActivitySerializationContext(
        namespace="default",
        activity_id="1",
        activity_type="notify",
        activity_task_queue="q",
        workflow_id="case-1",
        workflow_type="Storm",
        is_local=False,
    )
    await encoded_without_keys(key_ring, failure, context)
    assert failure.application_failure_info.type == names.DATABASE_AWAY
    assert "Testina" not in str(failure)


async def test_a_failure_of_a_workflow_waits_for_its_key(key_ring: KeyRing) -> None:
    context = WorkflowSerializationContext(namespace="default", workflow_id="case-1")
    with pytest.raises(KeysUnavailable):
        await encoded_without_keys(key_ring, Failure(), context)
