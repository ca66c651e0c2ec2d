"""Does a pathway do what its specification says? Given/when/then cases, played on the pure engine or on Temporal.

`cases.yaml` of a pathway is a list of cases:

    - id: date-moved-earlier            # the name of the test
      given: extraction done 15 days before radiotherapy, then it moves 4 days earlier
      now: 2026-01-05T09:00:00Z         # optional; when the case starts
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
from datetime import UTC, date, datetime
from typing import Any, Protocol

import yaml

from pathways.feel.values import add_duration, parse_duration
from workflows.engine.events import BpmnErrorThrown, UserTaskCompleted, WorkCompleted, WorkFailed
from workflows.engine.facts import Fact
from workflows.engine.state import Activation
from workflows.proof.simulation import MONDAY, Simulation


@dataclass(frozen=True, slots=True)
class Case:
    """One given/when/then case of a pathway."""

    id: str
    given: str
    steps: tuple[Mapping[str, Any], ...]
    start: Mapping[str, Any] = field(default_factory=dict)
    now: datetime = MONDAY


class ScenarioFailed(AssertionError):
    """A step found nothing to act on, or an expectation does not hold; the message says what there was."""


class Player(Protocol):
    """What a scenario needs of the thing it is played on."""

    def complete(self, element: str, variables: Mapping[str, Any]) -> None:
        """Complete the oldest open user task or work of an element."""

    def throw_error(self, element: str, code: str) -> None:
        """Let the work of an element end in a BPMN error."""

    def fail(self, element: str, reason: str) -> None:
        """Let the work of an element fail for good."""

    def message(self, name: str, key: str, variables: Mapping[str, Any]) -> None:
        """Send a message; the first case keeps it when nobody waits for it."""

    def advance(self, by: str) -> None:
        """Let time pass: an ISO 8601 duration, or `next` for the next timer."""

    def waiting(self) -> list[Activation]:
        """Give the open waits of all cases."""

    def facts(self) -> list[Fact]:
        """Give the facts of all cases so far."""

    def status(self) -> str:
        """Give the status of the first case."""

    def variables(self) -> Mapping[str, Any]:
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
        )
        for entry in yaml.safe_load(text)
    ]


def play(case: Case, player: Player) -> None:
    """Play the steps of a case that has been started.

    Raises:
        ScenarioFailed: a step or an expectation does not hold; says which.
    """
    for number, step in enumerate(case.steps, start=1):
        try:
            _play_step(step, player)
        except ScenarioFailed as failure:
            raise ScenarioFailed(f"case {case.id!r}, step {number} {dict(step)}: {failure}") from failure


def _play_step(step: Mapping[str, Any], player: Player) -> None:
    variables = step.get("variables", {})
    match step:
        case {"complete": str(element)}:
            player.complete(element, variables)
        case {"throwError": str(element), "code": str(code)}:
            player.throw_error(element, code)
        case {"fail": str(element)}:
            player.fail(element, step.get("message", ""))
        case {"message": str(name)}:
            player.message(name, str(step.get("correlationKey", "")), variables)
        case {"advance": str(by)}:
            player.advance(by)
        case {"expect": expected}:
            _expect(expected, player)
        case _:
            raise ScenarioFailed("this step is not one of complete, throwError, fail, message, advance, expect")


def _expect(expected: Mapping[str, Any], player: Player) -> None:
    waiting = {at.element: at for at in player.waiting()}
    for element in expected.get("waiting", ()):
        _demand(element in waiting, f"{element} does not wait; waiting: {sorted(waiting)}")
    for element in expected.get("not_waiting", ()):
        _demand(element not in waiting, f"{element} waits")
    for element, due in expected.get("due", {}).items():
        seen = waiting[element].due_at if element in waiting else None
        _demand(seen == datetime.fromisoformat(due), f"{element} is due at {seen}, not {due}")
    for name, value in expected.get("variables", {}).items():
        seen_value = player.variables().get(name)
        _demand(seen_value == value, f"variable {name} is {seen_value!r}, not {value!r}")
    if "status" in expected:
        _demand(player.status() == expected["status"], f"status is {player.status()}; waiting: {sorted(waiting)}")
    for pattern in expected.get("facts", ()):
        _expect_fact(dict(pattern), player.facts())


def _expect_fact(pattern: dict[str, Any], facts: list[Fact]) -> None:
    count = pattern.pop("count", 1)
    found = [fact for fact in facts if all(_field(fact, name) == value for name, value in pattern.items())]
    _demand(len(found) == count, f"{len(found)} facts are like {pattern}, not {count}")


def _field(fact: Fact, name: str) -> Any:
    value = getattr(fact, name) if name in ("fact", "element", "name", "type") else fact.detail.get(name)
    return list(value) if isinstance(value, tuple) else value


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

    def complete(self, element: str, variables: Mapping[str, Any]) -> None:
        """Complete the oldest open user task or work of an element."""
        case_id, at = self._oldest(element)
        now = self.simulation.now
        if at.task is not None:
            self.simulation.send(case_id, UserTaskCompleted(now, at.id, variables, at.task.assignee or "player"))
        else:
            self.simulation.send(case_id, WorkCompleted(now, at.id, variables))

    def throw_error(self, element: str, code: str) -> None:
        """Let the work of an element end in a BPMN error."""
        case_id, at = self._oldest(element)
        self.simulation.send(case_id, BpmnErrorThrown(self.simulation.now, at.id, code))

    def fail(self, element: str, reason: str) -> None:
        """Let the work of an element fail for good."""
        case_id, at = self._oldest(element)
        self.simulation.send(case_id, WorkFailed(self.simulation.now, at.id, reason))

    def message(self, name: str, key: str, variables: Mapping[str, Any]) -> None:
        """Send a message; the first case keeps it when nobody waits for it."""
        self.sent += 1
        message_id = f"scenario-{self.sent}"
        if not self.simulation.message(name, key, variables, message_id=message_id):
            self.simulation.deliver(self.case_id, name, key, variables, message_id=message_id)

    def advance(self, by: str) -> None:
        """Let time pass: an ISO 8601 duration, or `next` for the next timer."""
        if by != "next":
            self.simulation.advance_to(add_duration(self.simulation.now, parse_duration(by)))
            return
        due = self.simulation.next_due()
        _demand(due is not None, "no timer is armed")
        assert due is not None
        self.simulation.advance_to(due[0])

    def waiting(self) -> list[Activation]:
        """Give the open activations of all cases that are no scopes."""
        return [
            at
            for _, case in self.simulation.running()
            for at in case.state.activations.values()
            if at.stage == "active"
        ]

    def facts(self) -> list[Fact]:
        """Give the facts of all cases so far."""
        return [recorded.fact for recorded in self.simulation.trace]

    def status(self) -> str:
        """Give the status of the first case."""
        return self.simulation.cases[self.case_id].state.status

    def variables(self) -> Mapping[str, Any]:
        """Give the variables of the first case; its last ones when it is over."""
        state = self.simulation.cases[self.case_id].state
        if state.status == "running":
            return state.variables
        ended = (r.fact for r in self.simulation.trace if r.case_id == self.case_id and r.fact.fact == "case_ended")
        return dict(next(ended).detail.get("variables", {}))

    def _oldest(self, element: str) -> tuple[str, Activation]:
        found = self.simulation.find(element)
        if not found:
            waiting = sorted({at.element for at in self.waiting()})
            raise ScenarioFailed(f"{element} is not open; open: {waiting}")
        return found[0]


def play_on_engine(case: Case, simulation: Simulation, key: str) -> PurePlayer:
    """Start a case of the pathway `key` on the pure engine and play it."""
    simulation.now = case.now
    player = PurePlayer(simulation, simulation.start(key, case.start))
    play(case, player)
    return player
