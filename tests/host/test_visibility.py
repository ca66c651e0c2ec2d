"""What does an administrator see in the Temporal UI? Attributes, labels and details; never a patient."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryRequest
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from pathways.bpmn.model import UserTaskSpec, WorkSpec
from tests.host.conftest import World
from tests.host.diagrams import CALLING, LADDERED, MESSAGE, ONE_TASK, WORK, line, user_task
from workflows.contract.requests import CompleteTask, SetVariables, Work, WorkResult
from workflows.host.codec import ENCODING

pytestmark = pytest.mark.temporal

PATIENT = "Testina Beispiel"


async def attributes(world: World, case_id: str) -> dict[str, object]:
    found = (await world.client.get_workflow_handle(case_id).describe()).typed_search_attributes
    return {pair.key.name: pair.value for pair in found}


async def until_found(world: World, query: str, case_id: str) -> None:
    """Ask visibility, which follows a little later than the case itself, until it finds the case."""
    async with asyncio.timeout(60):
        while case_id not in {execution.id async for execution in world.client.list_workflows(query)}:
            await asyncio.sleep(0.1)


async def test_a_case_says_which_pathway_it_runs_and_what_it_waits_for(world: World) -> None:
    case_id = (await world.start(ONE_TASK, urgency="urgent")).case_id
    shown = await attributes(world, case_id)
    assert shown["PathwayKey"] == "one_task"
    assert shown["PathwayVersion"] == "1.0.0"
    assert shown["CaseState"] == "running"
    assert shown["Urgency"] == "urgent"
    assert "examine" in str(shown["WaitingFor"])
    assert "dentist" in str(shown["WaitingRole"])
    assert shown["Stuck"] is False


async def test_a_task_is_shown_with_the_roles_that_were_computed_for_the_case(world: World) -> None:
    computed = user_task("vet", "computed")
    computed = replace(computed, user=UserTaskSpec(candidate_groups='if urgent then ["radiologist"] else ["dentist"]'))
    case_id = (await world.start(line("computed", computed), variables={"urgent": True})).case_id
    assert (await attributes(world, case_id))["WaitingRole"] == ["radiologist"]


async def test_work_is_shown_by_its_type_and_by_its_element_when_the_type_is_computed(world: World) -> None:
    done = asyncio.Event()

    async def slow(_: Work) -> WorkResult:
        await done.wait()
        return WorkResult({"found": True})

    world.slow_work = slow
    typed = replace(WORK.nodes["fetch"], work=WorkSpec('"test." + "fetch"', "1", {}))
    computed = replace(WORK, sha256="sha-typed", nodes={**WORK.nodes, "fetch": typed})
    for definition, shown in ((WORK, "test.fetch"), (computed, "fetch")):
        case_id = (await world.start(definition)).case_id
        assert (await attributes(world, case_id))["WaitingFor"] == [shown]
    done.set()


async def test_a_case_that_waits_for_a_message_is_found_by_its_name(world: World) -> None:
    case_id = (await world.start(MESSAGE)).case_id
    await until_found(world, "WaitingFor = 'imaging.report'", case_id)


async def test_an_incident_makes_a_case_stuck(world: World) -> None:
    world.work = fails_with_patient_data
    case_id = (await world.start(WORK)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    await until_found(world, "Stuck = true AND Incident = true", case_id)


async def test_a_case_whose_work_is_done_waits_for_nothing(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1"), "k1")
    await world.client.get_workflow_handle(case_id).result()
    shown = await attributes(world, case_id)
    assert shown["CaseState"] == "completed"
    assert "WaitingFor" not in shown


async def test_an_escalated_case_is_stuck_at_its_level(
    skipping_world: World, time_skipping: WorkflowEnvironment
) -> None:
    case_id = (await skipping_world.start(LADDERED)).case_id
    await time_skipping.sleep(timedelta(days=3))
    await skipping_world.until(lambda: skipping_world.happened(case_id).count("escalated") == 2)
    shown = (await skipping_world.gateway.describe(case_id)).waits
    assert [(wait.level, wait.stuck) for wait in shown] == [(3, True)]


async def test_nothing_changes_in_visibility_when_nothing_to_see_has_changed(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    before = await event_names(world, case_id)
    await world.gateway.send(case_id, SetVariables({"note": "x"}, "p1"), "k1")
    upserts = [name for name in await event_names(world, case_id) if "SEARCH_ATTRIBUTES" in name]
    assert upserts == [name for name in before if "SEARCH_ATTRIBUTES" in name]


async def test_a_step_costs_no_more_than_eight_events(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    before = len(await event_names(world, case_id))
    await world.gateway.send(case_id, SetVariables({"note": "x"}, "p1"), "k1")
    assert len(await event_names(world, case_id)) - before <= 8


async def test_the_current_details_link_to_the_case_page(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    metadata = await world.client.get_workflow_handle(case_id).query("__temporal_workflow_metadata")
    assert "[open the case](http://localhost/case)" in metadata.current_details
    assert "Examine the patient" in metadata.current_details


async def test_no_text_in_the_raw_history_names_the_patient(world: World) -> None:
    world.work = fails_with_patient_data
    for definition in (WORK, CALLING):
        case_id = (await world.start(definition)).case_id
        await world.until(lambda case_id=case_id: bool({"incident_raised", "called"} & set(world.happened(case_id))))
        raw = await raw_history(world, case_id)
        assert PATIENT not in raw
        assert "Testina" not in raw


async def test_the_arguments_of_a_case_rest_encrypted(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    request = GetWorkflowExecutionHistoryRequest(
        namespace=world.client.namespace, execution=WorkflowExecution(workflow_id=case_id)
    )
    history = (await world.client.workflow_service.get_workflow_execution_history(request)).history
    started = history.events[0].workflow_execution_started_event_attributes.input.payloads[0]
    assert started.metadata["encoding"] == ENCODING
    assert started.metadata["key-id"] == case_id.encode()


async def test_a_terminated_case_is_described_as_such(world: World) -> None:
    case_id = (await world.start(ONE_TASK)).case_id
    await world.client.get_workflow_handle(case_id).terminate("test")
    described = await world.gateway.describe(case_id)
    assert described.status == WorkflowExecutionStatus.TERMINATED.name.lower()
    assert described.waits == ()


def fails_with_patient_data(_: Work) -> WorkResult:
    raise ApplicationError(f"{PATIENT} was not found", type="RegistryDown")


async def event_names(world: World, case_id: str) -> list[str]:
    history = await world.client.get_workflow_handle(case_id).fetch_history()
    return [str(event["eventType"]) for event in history.to_json_dict()["events"]]


async def raw_history(world: World, case_id: str) -> str:
    """Everything Temporal keeps of a case, as the server gives it to whoever has no key."""
    request = GetWorkflowExecutionHistoryRequest(
        namespace=world.client.namespace, execution=WorkflowExecution(workflow_id=case_id)
    )
    response = await world.client.workflow_service.get_workflow_execution_history(request)
    return MessageToJson(response) + repr(response)
