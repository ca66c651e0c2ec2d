"""When does the host wake a case? One Temporal timer for the earliest due timer, one to look for overdue waits."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from temporalio import workflow

from pathways.bpmn.model import Definition
from workflows.contract.requests import AS_ARMED
from workflows.engine.overdue import late_waits
from workflows.engine.state import State, Timer
from workflows.engine.timers import in_order
from workflows.host.public import PublicText


class Alarm:
    """One Temporal timer of a case; armed again only when it has to be."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._due: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def set(self, definition: Definition, state: State) -> None:
        """Follow the timers of `state`: arm, move or switch off."""
        earliest = next(iter(in_order(state.timers.values())), None)
        due = earliest.due_at if earliest else None
        if due == self._due:
            return
        self.stop()
        if earliest is not None:
            self.arm(earliest.due_at, label(definition, state, earliest))

    def watch(self, definition: Definition, state: State) -> None:
        """Wake no later than the first wait becomes overdue. Too early costs less than moving this at every step."""
        late = next(iter(late_waits(definition, state)), None)
        if late is None or (self._due is not None and self._due <= late[0]):
            return
        self.stop()
        self.arm(late[0], "Look for what is overdue")

    def arm(self, due: datetime, summary: str) -> None:
        """Ring at `due`; `summary` is what the Temporal UI says."""
        self._due = due
        self._task = asyncio.create_task(self._wait(due, summary))

    def stop(self) -> None:
        """Switch the alarm off."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._due = None, None

    async def _wait(self, due: datetime, summary: str) -> None:
        while (pause := due - workflow.now()) > timedelta(0):
            await workflow.sleep(pause, summary=PublicText.label(summary))
        self._task, self._due = None, None
        self._ring()


def due_by(now: datetime, timers: Iterable[Timer], *, host: int) -> list[Timer]:
    """Give the timers that are due, as they fire; in histories before host 9 those of one moment as their ids sort."""
    due = [timer for timer in in_order(timers) if timer.due_at <= now]
    return due if host >= AS_ARMED else sorted(due, key=lambda timer: (timer.due_at, timer.id))


def label(definition: Definition, state: State, timer: Timer) -> str:
    """Say what happens when this timer fires, such as "Read the report: escalation to clinical_lead"."""
    node = definition.nodes[timer.node]
    if timer.rung is not None:
        rung = node.rungs[timer.rung]
        return f"{node.title}: {rung.level} to {', '.join(rung.tell)}"
    holder = definition.nodes.get(state.activations[timer.activation].element)
    if holder is None or holder.id == node.id:
        return f"Wait: {node.title}"
    return f"{holder.title}: {node.title}"
