"""What happens when nobody was there for a week? On return every timer fires once, marked late, and in order.

A day is a second here: the server that skips time does not while a workflow task waits for a worker.
"""

import asyncio
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from temporalio.client import Client

from pathways.bpmn.model import Definition, Ladder, Rung, SequenceFlow, TimerTrigger
from tests.host.conftest import World
from tests.host.diagrams import line, node, user_task, wait_for
from workflows.engine.facts import Fact
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
WEEK = 9.0
RUNGS = tuple(Rung(f"c+PT{second}S", ("coordinator",)) for second in range(3, 8))
CLIMBING = line("climbing", user_task("examine", "climbing", ladder=Ladder("daily", RUNGS)))
PAUSES = line("pauses", wait_for("first", "pauses", "PT4S"), wait_for("second", "pauses", "PT1H"))
LATER = line("later", wait_for("pause", "later", "PT2M"), wait_for("rest", "later", "PT1H"))


def beside(definition: Definition, host: str, cycle: str) -> Definition:
    """Draw a cycle beside a task that it does not interrupt, with an end of its own."""
    key, trigger = definition.key, TimerTrigger("cycle", f'"{cycle}"')
    again = node("again", "boundaryEvent", key, attached_to=host, interrupting=False, trigger=trigger)
    ended = node("reminded", "endEvent", key, incoming=("f_again",))
    drawn = {**definition.nodes, "again": replace(again, outgoing=("f_again",)), "reminded": ended}
    flow = SequenceFlow("f_again", "again", "reminded", key)
    return replace(definition, nodes=drawn, flows={**definition.flows, "f_again": flow})


OFTEN = beside(line("often", user_task("watch", "often")), "watch", "R/PT0.1S")
THRICE = beside(line("thrice", user_task("watch", "thrice")), "watch", "R3/PT4S")


@dataclass
class Absence:
    """What is on record of each case just after somebody is there again, and what was before."""

    facts: dict[str, list[Fact]]
    before: dict[str, int]

    def late(self, key: str) -> list[int]:
        """How late each timer was that fired on return."""
        returned = self.facts[key][self.before[key] :]
        return [fact.detail["late_seconds"] for fact in returned if fact.fact == "timer_fired"]


@pytest_asyncio.fixture(scope="module")
async def absence(dev_server: Client) -> Absence:
    """Start a case of each pathway, stop the worker, let the week pass, start the worker, look."""
    world = World(dev_server, "returning")
    world.database_is_up.set()
    drawn = (CLIMBING, PAUSES, LATER, OFTEN, THRICE)
    async with case_worker(dev_server, world.task_queue, world.activities()):
        cases = {definition.key: (await world.start(definition)).case_id for definition in drawn}
    before = {key: len(world.facts[case]) for key, case in cases.items()}
    await asyncio.sleep(WEEK)
    async with case_worker(dev_server, world.task_queue, world.activities()):
        due = [case for key, case in cases.items() if key != LATER.key]
        await world.until(lambda: all("timer_fired" in world.happened(case) for case in due))
        await asyncio.sleep(0.35)
        found = {key: list(world.facts[case]) for key, case in cases.items()}
    for case in cases.values():
        await dev_server.get_workflow_handle(case).terminate()
    return Absence(found, before)


async def test_every_rung_fires_once_on_return_in_order_and_late(absence: Absence) -> None:
    rungs = [fact.detail["rung"] for fact in absence.facts["climbing"] if fact.fact == "escalated"]
    assert rungs == [1, 2, 3, 4, 5]
    late = absence.late("climbing")
    assert len(late) == len(set(late)) == 5
    assert late == sorted(late, reverse=True)
    assert late[-1] >= 1


async def test_a_wait_that_follows_counts_from_the_return(absence: Absence) -> None:
    (late,) = absence.late("pauses")
    assert late >= 3
    first, second = (fact for fact in absence.facts["pauses"] if fact.fact == "timer_started")
    assert (second.at - first.at).total_seconds() >= WEEK - 1


async def test_what_was_not_due_does_not_fire(absence: Absence) -> None:
    assert absence.late("later") == []


async def test_a_cycle_does_not_make_up_for_what_was_missed(absence: Absence) -> None:
    on_time = [seconds for seconds in absence.late("often")[1:] if seconds < 1]
    assert absence.late("often")[0] >= 5
    assert len(absence.late("often")) - 1 == len(on_time) < 20


async def test_a_cycle_keeps_its_repetitions(absence: Absence) -> None:
    (late,) = absence.late("thrice")
    assert late >= 3
    armed = [fact for fact in absence.facts["thrice"] if fact.fact == "timer_started"]
    assert len(armed) == 2
