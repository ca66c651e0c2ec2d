"""What happens when nobody was there for a week? On return every timer fires once, marked late, and in order.

A day is a second here: the server that skips time does not while a workflow task waits for a worker.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

import pytest
import pytest_asyncio
from temporalio.client import Client

from pathways.bpmn.model import Definition, Ladder, Rung, SequenceFlow, TimerTrigger
from tests.host.conftest import World
from tests.host.diagrams import line, message, node, user_task, wait_for
from workflows.engine.facts import Fact
from workflows.host.worker import case_worker

pytestmark = pytest.mark.temporal
WEEK = 9.0
RUNGS = tuple(Rung(f"c+PT{second}S", ("coordinator",)) for second in range(3, 8))
CLIMBING = line("climbing", user_task("examine", "climbing", ladder=Ladder("daily", RUNGS)))
PAUSES = line("pauses", wait_for("first", "pauses", "PT4S"), wait_for("second", "pauses", "PT1H"))
LATER = line("later", wait_for("pause", "later", "PT2M"), wait_for("rest", "later", "PT1H"))


def beside(definition: Definition, host: str, trigger: TimerTrigger, name: str = "again") -> Definition:
    """Draw a timer beside a task that it does not interrupt, with an end of its own."""
    key, end, flow = definition.key, f"{name}_told", f"f_{name}"
    timer = node(name, "boundaryEvent", key, attached_to=host, interrupting=False, trigger=trigger, outgoing=(flow,))
    drawn = {**definition.nodes, name: timer, end: node(end, "endEvent", key, incoming=(flow,))}
    return replace(definition, nodes=drawn, flows={**definition.flows, flow: SequenceFlow(flow, name, end, key)})


def either(key: str, duration: str) -> Definition:
    """Draw an event-based gateway that waits for a report, or for a time after which somebody chases it."""
    chased = line(
        key, node("first", "eventBasedGateway", key), wait_for("given_up", key, duration), user_task("chase", key)
    )
    first, report = chased.nodes["first"], message("report", key, "imaging.report")
    drawn = {
        "first": replace(first, outgoing=(*first.outgoing, "f_report")),
        "report": replace(report, incoming=("f_report",), outgoing=("f_done",)),
        "done": node("done", "endEvent", key, incoming=("f_done",)),
    }
    flows = {"f_report": ("first", "report"), "f_done": ("report", "done")}
    further = {name: SequenceFlow(name, *ends, key) for name, ends in flows.items()}
    return replace(chased, nodes={**chased.nodes, **drawn}, flows={**chased.flows, **further})


def watched(key: str, cycle: str) -> Definition:
    return beside(line(key, user_task("watch", key)), "watch", TimerTrigger("cycle", f'"{cycle}"'))


OFTEN = watched("often", "R/PT0.1S")
THRICE = watched("thrice", "R3/PT4S")
_ONCE_REMINDED = beside(line("twice", user_task("watch", "twice")), "watch", TimerTrigger("duration", '"PT3S"'))
TWICE = beside(_ONCE_REMINDED, "watch", TimerTrigger("duration", '"PT5S"'), "further")
EITHER = either("either", "PT4S")
DRAWN = (CLIMBING, PAUSES, LATER, OFTEN, THRICE, TWICE, EITHER)
DUE = {CLIMBING.key: len(RUNGS), PAUSES.key: 1, OFTEN.key: 3, THRICE.key: 1, TWICE.key: 2, EITHER.key: 1}
"""So many timers at least fire on return."""


@dataclass
class Absence:
    """What is on record of each case just after somebody is there again, and what was before."""

    facts: dict[str, list[Fact]]
    before: dict[str, int]

    def fired(self, key: str) -> list[Fact]:
        """Each timer that fired on return."""
        return fired(self.facts[key][self.before[key] :])

    def late(self, key: str) -> list[int]:
        """How late each of them was."""
        return [fact.detail["late_seconds"] for fact in self.fired(key)]


def fired(facts: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.fact == "timer_fired"]


@pytest_asyncio.fixture(scope="module")
async def absence(dev_server: Client) -> Absence:
    """Start a case of each pathway, stop the worker, let the week pass, start the worker, look."""
    world = World(dev_server, "returning")
    world.database_is_up.set()
    cases = await left_alone(world)
    before = {key: len(world.facts[case]) for key, case in cases.items()}
    await asyncio.sleep(WEEK)
    async with case_worker(dev_server, world.task_queue, world.activities()):
        await world.until(
            lambda: all(len(fired(world.facts[cases[key]][before[key] :])) >= count for key, count in DUE.items())
        )
        await asyncio.sleep(0.35)
        found = {key: list(world.facts[case]) for key, case in cases.items()}
    await terminated(world, cases)
    return Absence(found, before)


async def left_alone(world: World) -> dict[str, str]:
    """Start a case of each pathway and stop the worker before anything is due; again, if the machine was too slow."""
    async with asyncio.timeout(120):
        while True:
            async with case_worker(world.client, world.task_queue, world.activities()):
                begun = await asyncio.gather(*(world.start(definition) for definition in DRAWN))
            cases = {definition.key: receipt.case_id for definition, receipt in zip(DRAWN, begun, strict=True)}
            if not any(fired(world.facts[case]) for key, case in cases.items() if key != OFTEN.key):
                return cases
            await terminated(world, cases)


async def terminated(world: World, cases: Mapping[str, str]) -> None:
    for case in cases.values():
        await world.client.get_workflow_handle(case).terminate()


async def test_every_rung_fires_once_on_return_in_order_and_late(absence: Absence) -> None:
    rungs = [fact.detail["rung"] for fact in absence.facts["climbing"] if fact.fact == "escalated"]
    assert rungs == [1, 2, 3, 4, 5]
    late = absence.late("climbing")
    assert len(late) == len(set(late)) == 5
    assert late == sorted(late, reverse=True)
    assert late[-1] >= 1


async def test_timers_beside_a_step_that_they_do_not_interrupt_fire_once_each_in_order(absence: Absence) -> None:
    first, further = absence.late("twice")
    assert first > further >= 3
    ended = [fact.element for fact in absence.facts["twice"] if fact.type == "endEvent" and fact.fact == "completed"]
    assert ended == ["again_told", "further_told"]
    assert not [fact for fact in absence.facts["twice"] if fact.fact == "terminated"]


async def test_the_time_of_an_event_based_gateway_is_over_once_and_its_message_is_awaited_no_more(
    absence: Absence,
) -> None:
    (late,) = absence.late("either")
    assert late >= 3
    told = [(fact.fact, fact.element) for fact in absence.facts["either"][absence.before["either"] :]]
    assert [element for kind, element in told if kind == "offered"] == ["chase"]
    assert [kind for kind, _ in told].count("unsubscribed") == 1


async def test_a_wait_that_follows_counts_from_the_return(absence: Absence) -> None:
    (late,) = absence.late("pauses")
    assert late >= 3
    first, second = (fact for fact in absence.facts["pauses"] if fact.fact == "timer_started")
    assert (second.at - first.at).total_seconds() >= WEEK - 1


async def test_what_was_not_due_does_not_fire(absence: Absence) -> None:
    assert absence.late("later") == []


async def test_a_cycle_does_not_make_up_for_what_was_missed(absence: Absence) -> None:
    assert absence.late("often")[0] >= 5
    for earlier, later in pairwise(absence.fired("often")):
        assert datetime.fromisoformat(later.detail["due_at"]) > earlier.at


async def test_a_cycle_keeps_its_repetitions(absence: Absence) -> None:
    late, *on_time = absence.late("thrice")
    assert late >= 3
    armed = [fact for fact in absence.facts["thrice"] if fact.fact == "timer_started"]
    assert len(armed) == 2 + len(on_time)
