"""How fast are we? Our engine, reader and FEEL behind the benchmark's questions."""

from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench.engines.protocol import serve
from pathways import codec
from pathways.bpmn.model import Definition
from pathways.bpmn.reader import read_bpmn
from pathways.feel import compile_expression, to_json
from workflows.engine.commands import OfferUserTask
from workflows.engine.events import Event, Started, UserTaskCompleted
from workflows.engine.state import State
from workflows.engine.step import Step, step

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANSWER: Mapping[str, Any] = {"result": "ok"}


class Case:
    """One case on the way: its state, the tasks it offers, and what it was saved as."""

    def __init__(self, definition: Definition, *, saved: bool) -> None:
        self.definition = definition
        self.saved = saved
        self.state: State | None = None
        self.open: deque[str] = deque()
        self.steps = 0
        self.activated = 0
        self.texts: list[bytes] = []

    def start(self, variables: Mapping[str, Any]) -> None:
        """Run to the first wait."""
        self._take(Started(BEGAN, "bench", variables))

    def complete(self) -> None:
        """Complete the task that was offered first, and run to the next wait."""
        self._take(UserTaskCompleted(BEGAN + timedelta(seconds=self.steps), self.open.popleft(), ANSWER, "nurse"))
        self.steps += 1

    def _take(self, event: Event) -> None:
        taken = step(self.definition, self.state, event)
        self.state = self._saved(taken.state) if self.saved else taken.state
        self._note(taken)

    def _note(self, taken: Step) -> None:
        self.open.extend(command.activation for command in taken.commands if isinstance(command, OfferUserTask))
        self.activated += sum(1 for fact in taken.facts if fact.fact == "activated")

    def _saved(self, state: State) -> State:
        """Write the state as the host carries it, and read it back."""
        text = codec.dump(state)
        self.texts.append(text)
        return codec.load(State, text)


@lru_cache
def _definition(file: str) -> Definition:
    reading = read_bpmn(Path(file).read_bytes(), file=file, ladders={}, calendars={})
    assert reading.definition is not None, [finding.message for finding in reading.findings if finding.line]
    return reading.definition


def run(*, file: str, variables: Mapping[str, Any], saved: bool) -> dict[str, Any]:
    """Run one case from start to end."""
    definition = _definition(file)
    began = perf_counter()
    case = Case(definition, saved=saved)
    case.start(variables)
    while case.open:
        case.complete()
    seconds = perf_counter() - began
    assert case.state is not None
    return {
        "seconds": seconds,
        "waits": case.steps,
        "completed": case.state.status == "completed",
        "activated": case.activated,
        "sizes": [len(text) for text in case.texts],
        "digest": sha256(b"".join(case.texts)).hexdigest(),
    }


def rounds(*, file: str, variables: Mapping[str, Any], count: int, window: int) -> dict[str, Any]:
    """Run a loop `count` rounds and time the last `window` of them, saved and loaded at each wait."""
    case = Case(_definition(file), saved=False)
    case.start(variables)
    for _ in range(count - window):
        case.complete()
    case.saved = True
    seconds = []
    for _ in range(window):
        began = perf_counter()
        case.complete()
        seconds.append(perf_counter() - began)
    return {"seconds": median(seconds), "sizes": [len(text) for text in case.texts]}


def read(*, file: str) -> dict[str, Any]:
    """Read and validate a file, from bytes to an immutable definition."""
    source = Path(file).read_bytes()
    began = perf_counter()
    reading = read_bpmn(source, file=file, ladders={}, calendars={})
    seconds = perf_counter() - began
    return {"seconds": seconds, "elements": len(reading.definition.nodes) if reading.definition else 0}


def feel(*, text: str, context: Mapping[str, Any], times: int, compiled: bool) -> dict[str, Any]:
    """Evaluate an expression many times: compiled once, or compiled anew each time."""
    once = compile_expression(text)
    compile_anew = compile_expression.__wrapped__
    value = None
    began = perf_counter()
    if compiled:
        for _ in range(times):
            value = once.evaluate(context, now=BEGAN).value
    else:
        for _ in range(times):
            value = compile_anew(text).evaluate(context, now=BEGAN).value
    return {"seconds": (perf_counter() - began) / times, "value": to_json(value)}


if __name__ == "__main__":
    serve({"run": run, "rounds": rounds, "read": read, "feel": feel})
