"""Do listeners work in a running case as they do in the engine? Before, around and after a task, and of the process."""

from dataclasses import replace

import pytest

from pathways.bpmn.model import Listener, Process, WorkSpec
from pathways.bpmn.work import Moment
from tests.host.conftest import World
from tests.host.diagrams import line, user_task
from workflows.contract.requests import ClaimTask, CompleteTask

pytestmark = pytest.mark.temporal


def listener(moment: Moment) -> Listener:
    return Listener(moment, WorkSpec('"test.fetch"', "2", {"moment": moment}))


MOMENTS: tuple[Moment, ...] = ("start", "creating", "assigning", "completing", "end")
DRAWN = line("listened", user_task("examine", "listened", listeners=tuple(map(listener, MOMENTS))))
LISTENED = replace(
    DRAWN, processes=(Process("listened", "Pathway listened", True, listeners=(listener("start"), listener("end"))),)
)


async def test_listeners_are_asked_in_the_order_of_their_moments(world: World) -> None:
    world.published[LISTENED.sha256] = LISTENED
    case_id = (await world.start(LISTENED)).case_id
    await world.until(lambda: "offered" in world.happened(case_id))
    await world.gateway.send(case_id, ClaimTask("examine#1", "p1"), "k1")
    await world.until(lambda: "claimed" in world.happened(case_id))
    await world.gateway.send(case_id, CompleteTask("examine#1", "p1", {"answer": 42}), "k2")
    await world.until(lambda: "case_ended" in world.happened(case_id))
    asked = [work.headers["moment"] for work in world.works]
    assert asked == ["start", "start", "creating", "assigning", "completing", "end", "end"]
    assert len({work.idempotency_key for work in world.works}) == len(asked)
