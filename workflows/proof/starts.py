"""What starts cases in a simulation? The timers, messages and signals of start events (BPMN 2.0.2 §10.5.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pathways.bpmn.model import Definition, SingleTrigger, TimerTrigger
from pathways.calendar import next_of
from workflows.engine.starting import entries, first_due
from workflows.engine.timers import Plan


@dataclass(frozen=True, slots=True)
class StartTimer:
    """A timer start event that is armed: it starts a case when due, and again while its cycle lasts."""

    plan: Plan
    key: str
    node: str
    part: int
    variables: Mapping[str, Any]
    first: datetime
    done: int = 0

    def following(self, definition: Definition) -> "StartTimer | None":
        """Give the timer of the next start; None when the cycle is over."""
        plan, done = self.plan, self.done + 1
        if plan.every is None or plan.remaining == 0:
            return None
        calendar = definition.calendars.get(definition.nodes[self.node].calendar)
        due = next_of(plan.every, plan.due_at, calendar, first=self.first, done=done)
        if plan.until is not None and due > plan.until:
            return None
        remaining = None if plan.remaining is None else plan.remaining - 1
        return replace(self, plan=replace(plan, due_at=due, remaining=remaining), done=done)


def start_timers(
    definition: Definition, key: str, process: str, now: datetime, variables: Mapping[str, Any]
) -> Iterator[StartTimer]:
    """Arm the timer start events of a process."""
    for node, part, trigger in entries(definition, process):
        if isinstance(trigger, TimerTrigger):
            plan = first_due(definition, node, trigger, now=now, variables=variables)
            yield StartTimer(plan, key, node.id, part, variables, plan.first or plan.due_at, plan.done)


def starts_by(
    definitions: Mapping[str, Definition], fits: Callable[[SingleTrigger], bool]
) -> list[tuple[str, str, int]]:
    """Give what would start a case: key of the definition, node, number of its event definition."""
    return [
        (key, node.id, part)
        for key, definition in definitions.items()
        for process in definition.processes
        for node, part, trigger in entries(definition, process.id)
        if fits(trigger)
    ]
