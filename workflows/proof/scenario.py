"""Does a pathway do what its specification says? Given/when/then cases, played on the pure engine or on Temporal.

`cases.yaml` of a pathway is a list of cases:

    - id: date-moved-earlier            # the name of the test
      given: extraction done 15 days before radiotherapy, then it moves 4 days earlier
      now: 2026-01-05T09:00:00Z         # optional; when the case starts
      temporal: true                    # optional; also played on Temporal with time skipped
      start: {referral_id: REF-1, …}    # variables of the case
      steps:                            # in order; each waits for nothing but what it names
        - complete: req                 # a user task or open work, by element id
          variables: {…}
        - message: treatment.date_changed
          correlationKey: REF-1
          variables: {new_date: 2026-02-01}
        - advance: P3D                  # or `advance: next`
        - expect:
            waiting: [assess]           # these elements wait (user task, message, timer, call)
            not_waiting: [track]
            status: completed           # of the case itself
            variables: {track: standard}
            due: {assess: 2026-01-10T09:00:00+00:00}
            facts:                      # how often a fact with these values was recorded
              - {fact: escalated, element: ack, level: breach, count: 1}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import yaml

from pathways.bpmn.model import Definition, MessageTrigger
from pathways.feel.values import add_duration, parse_duration
from workflows.engine.events import BpmnErrorThrown, UserTaskCompleted, WorkCompleted, WorkFailed
from workflows.engine.facts import Fact
from workflows.engine.state import Activation
from workflows.proof.simulation import MONDAY, Simulation

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same, ten times as fast, where libyaml is there."""


@dataclass(frozen=True, slots=True)
class Case:
    """One given/when/then case of a pathway; `temporal`: played on the real host too, not only on the engine."""

    id: str
    given: str
    steps: tuple[Mapping[str, Any], ...]
    start: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = MONDAY
    temporal: bool = False


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is open now, and until when."""

    element: str
    due_at: datetime | None


class ScenarioFailed(AssertionError):
    """A step found nothing to act on, or an expectation does not hold; the message says what there was."""


class Player(Protocol):
    """What a scenario needs of the thing it is played on.

    `clock_drift`: how late a moment may be; a real clock runs on while the steps are played.
    """

    clock_drift: timedelta

    async def complete(self, element: str, variables: Mapping[str, Any]) -> None:
        """Complete the oldest open user task or work of an element."""

    async def throw_error(self, element: str, code: str) -> None:
        """Let the work of an element end in a BPMN error."""

    async def fail(self, element: str, reason: str) -> None:
        """Let the work of an element fail for good."""

    async def message(self, name: str, key: str, variables: Mapping[str, Any]) -> None:
        """Send a message; the first case keeps it when nobody waits for it."""

    async def advance(self, by: str) -> None:
        """Let time pass: an ISO 8601 duration, or `next` for the next timer."""

    async def waiting(self) -> list[OpenStep]:
        """Give the open steps of all cases."""

    async def facts(self) -> list[Fact]:
        """Give the facts of all cases so far."""

    async def status(self) -> str:
        """Give the status of the first case."""

    async def variables(self) -> Mapping[str, Any]:
        """Give the variables of the first case; its last ones when it is over."""


def read_cases(text: str) -> list[Case]:
    """Read `cases.yaml`; dates in it become ISO 8601 text, as a form would give them."""
    return [
        Case(
            id=entry["id"],
            given=entry.get("given", ""),
            steps=tuple(_plain(entry["steps"])),
            start=_plain(entry.get("start", {})),
            now=datetime.fromisoformat(_plain(entry["now"])) if "now" in entry else MONDAY,
            temporal=entry.get("temporal", False),
        )
        for entry in yaml.load(text, Loader=_LOADER)
    ]


async def play(case: Case, player: Player) -> None:
    """Play the steps of a case that has been started.

    Raises:
        ScenarioFailed: a step or an expectation does not hold; says which.
    """
    for number, step in enumerate(case.steps, start=1):
        try:
            await _play_step(step, player)
        except ScenarioFailed as failure:
            raise ScenarioFailed(f"case {case.id!r}, step {number} {dict(step)}: {failure}") from failure


async def _play_step(step: Mapping[str, Any], player: Player) -> None:
    variables = step.get("variables", {})
    match step:
        case {"complete": str(element)}:
            await player.complete(element, variables)
        case {"throwError": str(element), "code": str(code)}:
            await player.throw_error(element, code)
        case {"fail": str(element)}:
            await player.fail(element, step.get("message", ""))
        case {"message": str(name)}:
            await player.message(name, str(step.get("correlationKey", "")), variables)
        case {"advance": str(by)}:
            await player.advance(by)
        case {"expect": expected}:
            await _expect(expected, player)
        case _:
            raise ScenarioFailed("this step is not one of complete, throwError, fail, message, advance, expect")


async def _expect(expected: Mapping[str, Any], player: Player) -> None:
    waiting = {step.element: step for step in await player.waiting()}
    drift = player.clock_drift
    for element in expected.get("waiting", ()):
        _demand(element in waiting, f"{element} does not wait; waiting: {sorted(waiting)}")
    for element in expected.get("not_waiting", ()):
        _demand(element not in waiting, f"{element} waits")
    for element, due in expected.get("due", {}).items():
        seen = waiting[element].due_at if element in waiting else None
        _demand(_alike(seen, datetime.fromisoformat(due), drift), f"{element} is due at {seen}, not {due}")
    if "variables" in expected:
        _expect_variables(expected["variables"], await player.variables(), drift)
    if "status" in expected:
        status = await player.status()
        _demand(status == expected["status"], f"status is {status}; waiting: {sorted(waiting)}")
    if "facts" in expected:
        facts = await player.facts()
        for pattern in expected["facts"]:
            _expect_fact(dict(pattern), facts, drift)


def _expect_variables(expected: Mapping[str, Any], seen: Mapping[str, Any], drift: timedelta) -> None:
    for name, value in expected.items():
        _demand(_alike(seen.get(name), value, drift), f"variable {name} is {seen.get(name)!r}, not {value!r}")


def _expect_fact(pattern: dict[str, Any], facts: list[Fact], drift: timedelta) -> None:
    count = pattern.pop("count", 1)
    found = [fact for fact in facts if all(_alike(_field(fact, n), value, drift) for n, value in pattern.items())]
    _demand(len(found) == count, f"{len(found)} facts are like {pattern}, not {count}")


def _field(fact: Fact, name: str) -> Any:
    value = getattr(fact, name) if name in ("fact", "element", "name", "type") else fact.detail.get(name)
    return list(value) if isinstance(value, tuple) else value


def _alike(seen: Any, expected: Any, drift: timedelta) -> bool:
    """Compare; on a clock that runs on, a moment may be late by its drift."""
    if seen == expected or not drift:
        return bool(seen == expected)
    late, due = _moment(seen), _moment(expected)
    return late is not None and due is not None and timedelta(0) <= late - due <= drift


def _moment(value: Any) -> datetime | None:
    """Give a moment, also one written as ISO 8601 text; a date is none."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ScenarioFailed(otherwise)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value.isoformat() if isinstance(value, date) else value


@dataclass(slots=True)
class PurePlayer:
    """Plays a scenario on the pure engine."""

    simulation: Simulation
    case_id: str
    sent: int = 0
    clock_drift: timedelta = timedelta(0)

    async def complete(self, element: str, variables: Mapping[str, Any]) -> None:
        """Complete the oldest open user task or work of an element."""
        case_id, at = self._oldest(element)
        now = self.simulation.now
        if at.task is not None:
            self.simulation.send(case_id, UserTaskCompleted(now, at.id, variables, at.task.assignee or "player"))
        else:
            self.simulation.send(case_id, WorkCompleted(now, at.id, variables))

    async def throw_error(self, element: str, code: str) -> None:
        """Let the work of an element end in a BPMN error."""
        case_id, at = self._oldest(element)
        self.simulation.send(case_id, BpmnErrorThrown(self.simulation.now, at.id, code))

    async def fail(self, element: str, reason: str) -> None:
        """Let the work of an element fail for good."""
        case_id, at = self._oldest(element)
        self.simulation.send(case_id, WorkFailed(self.simulation.now, at.id, reason))

    async def message(self, name: str, key: str, variables: Mapping[str, Any]) -> None:
        """Send a message; the first case keeps it when nobody waits for it."""
        self.sent += 1
        message_id = f"scenario-{self.sent}"
        if not self.simulation.message(name, key, variables, message_id=message_id):
            self.simulation.deliver(self.case_id, name, key, variables, message_id=message_id)

    async def advance(self, by: str) -> None:
        """Let time pass: an ISO 8601 duration, or `next` for the next timer."""
        if by != "next":
            self.simulation.advance_to(add_duration(self.simulation.now, parse_duration(by)))
            return
        due = self.simulation.next_due()
        _demand(due is not None, "no timer is armed")
        assert due is not None
        self.simulation.advance_to(due[0])

    async def waiting(self) -> list[OpenStep]:
        """Give the open activations of all cases that are no scopes."""
        return self._open()

    async def facts(self) -> list[Fact]:
        """Give the facts of all cases so far."""
        return [recorded.fact for recorded in self.simulation.trace]

    async def status(self) -> str:
        """Give the status of the first case."""
        return self.simulation.cases[self.case_id].state.status

    async def variables(self) -> Mapping[str, Any]:
        """Give the variables of the first case; its last ones when it is over."""
        state = self.simulation.cases[self.case_id].state
        if state.status == "running":
            return state.variables
        ended = (r.fact for r in self.simulation.trace if r.case_id == self.case_id and r.fact.fact == "case_ended")
        return dict(next(ended).detail.get("variables", {}))

    def _oldest(self, element: str) -> tuple[str, Activation]:
        found = self.simulation.find(element)
        if not found:
            waiting = sorted({step.element for step in self._open()})
            raise ScenarioFailed(f"{element} is not open; open: {waiting}")
        return found[0]

    def _open(self) -> list[OpenStep]:
        return [
            OpenStep(at.element, at.due_at)
            for _, case in self.simulation.running()
            for at in case.state.activations.values()
            if at.stage == "active"
        ]


async def play_on_engine(case: Case, simulation: Simulation, key: str) -> PurePlayer:
    """Start a case of the pathway `key` on the pure engine and play it."""
    simulation.now = case.now
    message = start_message(simulation.definitions[key])
    player = PurePlayer(simulation, simulation.start(key, case.start, message=message))
    await play(case, player)
    return player


def start_message(definition: Definition) -> str | None:
    """Give the message that starts a process; None when it has a none start event."""
    starts = [
        node.trigger for node in definition.nodes.values() if node.type == "startEvent" and node.scope == definition.key
    ]
    names = [trigger.name for trigger in starts if isinstance(trigger, MessageTrigger)]
    return names[0] if names and None not in starts else None
