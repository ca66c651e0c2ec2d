"""What would the engine do? Asked by a validator and, when it lets a request through, once more by the loop."""

from dataclasses import dataclass

from pathways.bpmn.model import Definition
from workflows.engine.events import Event
from workflows.engine.state import State
from workflows.engine.step import Step, step
from workflows.host.sizes import brings_variables, weigh


@dataclass(frozen=True, slots=True)
class _Foreseen:
    definition: Definition
    before: State | None
    event: Event
    step: Step


class Foresight:
    """Steps of one case; the same question asked twice in a row is answered from memory."""

    def __init__(self) -> None:
        self._last: _Foreseen | None = None

    def step(self, definition: Definition, state: State | None, event: Event) -> Step:
        """Give the step of an event from a state; neither changes.

        Raises:
            EventRejected: the engine refuses the event, or what it brings is too large to be kept.
        """
        last = self._last
        if last is not None and definition is last.definition and state is last.before and event == last.event:
            return last.step
        taken = step(definition, state, event)
        if brings_variables(event):
            weigh(taken.state, taken.commands)
        self._last = _Foreseen(definition, state, event, taken)
        return taken

    def forget(self) -> None:
        """Let go of the last answer: the case has taken that step."""
        self._last = None
