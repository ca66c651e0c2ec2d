"""How does the host do a service task's work? Retries, then an incident that a person resolves."""

import pytest
from temporalio.exceptions import ApplicationError

from tests.host.conftest import World
from tests.host.diagrams import UNKNOWN_WORK, WORK
from workflows.contract.requests import ResolveIncident, Work, WorkResult

pytestmark = pytest.mark.temporal


def always_fails(_: Work) -> WorkResult:
    raise ApplicationError("Testina Beispiel was not found", type="RegistryDown")


async def test_work_is_done_and_its_variables_enter_the_case(world: World) -> None:
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "offered" in world.happened(case_id))
    assert world.works[0].idempotency_key == f"{case_id}:fetch#1"
    state = await world.client.get_workflow_handle(case_id).query("state")
    assert state["activations"]["work#1"]["variables"]["found"] is True


async def test_failing_work_is_tried_again_and_then_becomes_an_incident(world: World) -> None:
    world.work = always_fails
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    assert len(world.works) == 2
    assert len({work.idempotency_key for work in world.works}) == 1


async def test_the_reason_of_an_incident_names_the_failure_and_no_patient(world: World) -> None:
    world.work = always_fails
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    reason = next(f.detail["reason"] for f in world.facts[case_id] if f.fact == "work_failed")
    assert reason == "test.fetch failed: RegistryDown"


async def test_a_resolved_incident_does_the_work_again(world: World) -> None:
    world.work = always_fails
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    world.work = lambda _: WorkResult({"found": True})
    incident = next(f.detail["incident"] for f in world.facts[case_id] if f.fact == "incident_raised")
    await world.gateway.send(case_id, ResolveIncident(incident, "admin"), "k1")
    await world.until(lambda: "offered" in world.happened(case_id))


async def test_a_task_type_that_nobody_serves_becomes_an_incident_that_names_it(world: World) -> None:
    case_id = (await world.start(UNKNOWN_WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    reason = next(f.detail["reason"] for f in world.facts[case_id] if f.fact == "work_failed")
    assert reason == "nobody.serves.this failed: no activity serves task type nobody.serves.this"


async def test_a_business_error_of_a_worker_that_nobody_catches_is_an_incident(world: World) -> None:
    world.work = lambda _: WorkResult(error_code="DECLINED")
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    kind = next(f.detail["kind"] for f in world.facts[case_id] if f.fact == "incident_raised")
    assert kind == "uncaught-error"
