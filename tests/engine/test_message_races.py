"""Is a message lost, or used twice, when it arrives around the moment at which the case begins to wait?

Every order in which messages and the steps of the case can meet is played, and the state is carried through JSON
before every step, as continue-as-new does.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathways import codec
from pathways.bpmn.model import Definition, FlowNode, MessageTrigger
from tests.host.diagrams import line, node, user_task
from workflows.engine.events import Event, MessageArrived, Started, UserTaskCompleted
from workflows.engine.facts import Fact
from workflows.engine.state import State
from workflows.engine.step import step

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
KEY = "ORDER-1"
TTL, LIFETIME = "P2D", timedelta(days=2)
BY_KEY = MessageTrigger("report", "order")
BY_PAYLOAD = MessageTrigger("report", "order", payload_key="report.order")
ANY = MessageTrigger("report")


def waiting(trigger: MessageTrigger, kind: str) -> Definition:
    """Two tasks, each followed by a wait for a report, and a last task."""

    def wait(id: str) -> FlowNode:
        return node(id, kind, "p", trigger=trigger)

    return line("p", user_task("a", "p"), wait("first"), user_task("b", "p"), wait("second"), user_task("c", "p"))


LIFE = ("go on", "go on", *(f"m{number}" for number in range(6)))
WAITS = {
    "a catch event with a key": waiting(BY_KEY, "intermediateCatchEvent"),
    "a receive task with a key": waiting(BY_KEY, "receiveTask"),
    "a key that the message carries": waiting(BY_PAYLOAD, "intermediateCatchEvent"),
    "no key": waiting(ANY, "intermediateCatchEvent"),
}


@dataclass
class Play:
    """A case, what was recorded of it, and the clock."""

    wait: str
    now: datetime = MONDAY
    state: State | None = None
    facts: list[Fact] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def copy(self) -> "Play":
        return replace(self, facts=[*self.facts], acts=[*self.acts])

    def act(self, act: str) -> None:
        self.acts.append(act)
        self.go_on() if act == "go on" else self.arrive(act)

    def take(self, event: Event) -> None:
        carried = None if self.state is None else codec.load(State, codec.dump(self.state))
        taken = step(WAITS[self.wait], carried, event)
        self.state = taken.state
        self.facts += taken.facts

    def start(self) -> "Play":
        self.take(Started(self.now, "case-1", variables={"order": KEY}))
        return self

    def go_on(self) -> None:
        """Complete the task before a wait, if one is open."""
        assert self.state is not None
        for at in self.state.activations.values():
            if at.element in ("a", "b"):
                return self.take(UserTaskCompleted(self.now, at.id, actor="dr.oak"))
        return None

    def arrive(self, message_id: str) -> None:
        """A stranger is for another order; where a message carries its key, its envelope names another."""
        order = "ORDER-2" if message_id == "stranger" else KEY
        named = "ENVELOPE" if self.wait == "a key that the message carries" else order
        self.take(MessageArrived(self.now, "report", named, message_id, {"report": {"order": order}}, TTL))

    def kept(self) -> list[str]:
        assert self.state is not None
        return [message.message_id for message in self.state.buffered]

    def ids(self, kind: str) -> list[str]:
        return [fact.detail["message_id"] for fact in self.facts if fact.fact == kind]


ACTS = Counter({"go on": 3, "m1": 2, "m2": 1, "stranger": 1})
MORE = Counter({"go on": 3, "m1": 2, "m2": 2, "stranger": 1})


def endings(play: Play, left: Counter[str]) -> Iterator[Play]:
    """Play every order of the acts that are left; orders that begin alike share their beginning."""
    acts = sorted(left - Counter())
    if not acts:
        yield play
    for act in acts:
        branch = play.copy()
        branch.act(act)
        yield from endings(branch, left - Counter({act: 1}))


@pytest.mark.parametrize(
    ("wait", "acts", "orders"),
    [
        ("a catch event with a key", ACTS, 420),
        ("a receive task with a key", ACTS, 420),
        ("a key that the message carries", MORE, 1_680),
        ("no key", ACTS - Counter({"stranger": 1}), 60),
    ],
)
def test_in_every_order_each_message_is_used_once_and_none_is_lost(wait: str, acts: Counter[str], orders: int) -> None:
    played = 0
    for play in endings(Play(wait).start(), acts):
        play.act("go on")
        play.act("go on")
        assert Counter(play.ids("message_received")) == {"m1": 1, "m2": 1}, play.acts
        assert Counter(play.ids("message_ignored")) == acts - Counter(["go on"] * 3 + ["m1", "m2", "stranger"])
        assert play.kept() == ["stranger"] * acts["stranger"], play.acts
        assert play.state is not None
        assert "c#1" in play.state.activations, play.acts
        played += 1
    assert played == orders


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WAITS)), st.lists(st.tuples(st.sampled_from(LIFE), st.integers(0, 60)), max_size=20))
def test_a_message_is_used_within_its_time_or_kept_or_expired(wait: str, life: list[tuple[str, int]]) -> None:
    play = Play(wait).start()
    arrived: dict[str, datetime] = {}
    for act, hours in life:
        play.now += timedelta(hours=hours)
        arrived |= {} if act in {"go on", *arrived} else {act: play.now}
        play.act(act)
    used = {fact.detail["message_id"]: fact.at for fact in play.facts if fact.fact == "message_received"}
    assert all(at < arrived[message_id] + LIFETIME for message_id, at in used.items())
    ends = [*play.ids("message_received"), *play.ids("message_expired"), *play.kept()]
    assert sorted(ends) == sorted(arrived)
