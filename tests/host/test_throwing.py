"""What if a message or signal that a case throws cannot be sent? An incident, and never the end of the case."""

from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from pathways.bpmn.model import Definition, SingleTrigger
from tests.host.conftest import World
from tests.host.diagrams import ASKED, CLOSED, CLOSING, line, node, user_task
from workflows.contract.requests import CompleteTask, ResolveIncident, Skip
from workflows.host import errands

pytestmark = pytest.mark.temporal


def telling(key: str, trigger: SingleTrigger) -> Definition:
    return line(key, node("tell", "intermediateThrowEvent", key, trigger=trigger), user_task("after", key))


TELLING = {"message": telling("telling", ASKED), "signal": telling("signalling", CLOSED)}


def out(world: World) -> int:
    return len(world.sent) + len(world.signals)


async def stuck(world: World, definition: Definition) -> tuple[str, dict[str, Any]]:
    """Start a case that cannot tell anybody; give its incident."""
    world.no_way_out = True
    case_id = (await world.start(definition)).case_id
    await world.until(lambda: "incident_raised" in world.happened(case_id))
    world.no_way_out = False
    return case_id, dict(next(f.detail for f in world.facts[case_id] if f.fact == "incident_raised"))


@pytest.mark.parametrize("what", TELLING)
async def test_what_cannot_be_sent_is_an_incident_and_is_sent_when_a_person_says_again(world: World, what: str) -> None:
    case_id, incident = await stuck(world, TELLING[what])
    assert incident["reason"].endswith(" could not be sent: NoRoute")
    assert "offered" in world.happened(case_id)
    await world.gateway.send(case_id, ResolveIncident(incident["incident"], "admin"), "again")
    await world.until(lambda: out(world) == 1)
    await world.gateway.send(case_id, CompleteTask("after#1", "p1"), "done")
    assert world.happened(case_id).count("incident_raised") == 1


async def test_what_cannot_be_sent_is_skipped_for_a_reason(world: World) -> None:
    case_id, incident = await stuck(world, TELLING["message"])
    await world.gateway.send(case_id, Skip(incident["incident"], "told by telephone", "admin"), "skipped")
    state = await world.client.get_workflow_handle(case_id).query("state")
    assert (state["incidents"], out(world)) == ({}, 0)
    resolved = next(f.detail for f in world.facts[case_id] if f.fact == "incident_resolved")
    assert (resolved["how"], resolved["reason"]) == ("skipped", "told by telephone")


async def test_a_case_that_is_over_insists_on_what_it_threw_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "FIRST_PAUSE", errands.FIRST_PAUSE / 20)
    world.no_way_out = True
    case_id = (await world.start(CLOSING)).case_id
    await world.gateway.send(case_id, CompleteTask("close#1", "p1"), "done")
    await world.until(lambda: world.refused >= 2)
    assert "case_ended" in world.happened(case_id)
    world.no_way_out = False
    handle = world.client.get_workflow_handle(case_id)
    await handle.result()
    assert [message.name for message in world.sent] == ["lab.asked"]
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED


async def test_what_could_not_be_sent_is_sent_when_its_case_ends(world: World) -> None:
    case_id, _ = await stuck(world, TELLING["message"])
    await world.gateway.send(case_id, CompleteTask("after#1", "p1"), "done")
    await world.client.get_workflow_handle(case_id).result()
    assert [message.name for message in world.sent] == ["lab.asked"]
