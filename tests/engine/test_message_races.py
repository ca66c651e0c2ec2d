"""Is a message lost, or used twice, when it arrives around the moment at which the case begins to wait?

Every order in which messages and the steps of the case can meet is played, and the state is carried through JSON
before every step, as continue-as-new does.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations

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

    def arrive(self, message_id: str, *, ttl: str = "P30D") -> None:
        """A stranger is for another order; where a message carries its key, its envelope names another."""
        order = "ORDER-2" if message_id == "stranger" else KEY
        named = "ENVELOPE" if self.wait == "a key that the message carries" else order
        self.take(MessageArrived(self.now, "report", named, message_id, {"report": {"order": order}}, ttl))

    def kept(self) -> list[str]:
        assert self.state is not None
        return [message.message_id for message in self.state.buffered]

    def ids(self, kind: str) -> list[str]:
        return [fact.detail["message_id"] for fact in self.facts if fact.fact == kind]


ACTS = ("go on", "go on", "go on", "m1", "m1", "m2", "stranger")
SCHEDULES = tuple(dict.fromkeys(permutations(ACTS)))


@pytest.mark.parametrize("wait", WAITS)
def test_in_every_order_each_message_is_used_once_and_none_is_lost(wait: str) -> None:
    assert len(SCHEDULES) == 420
    for schedule in SCHEDULES:
        play = Play(wait).start()
        for act in schedule:
            if act == "go on":
                play.go_on()
            elif act != "stranger" or wait != "no key":
                play.arrive(act)
        play.go_on()
        play.go_on()
        assert Counter(play.ids("message_received")) == {"m1": 1, "m2": 1}, schedule
        assert play.ids("message_ignored") == ["m1"], schedule
        assert play.kept() == [] if wait == "no key" else ["stranger"], schedule
        assert play.state is not None
        assert "c#1" in play.state.activations, schedule


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(WAITS)), st.lists(st.tuples(st.sampled_from(LIFE), st.integers(0, 40)), max_size=20))
def test_a_message_is_used_within_its_time_or_kept_or_expired(wait: str, life: list[tuple[str, int]]) -> None:
    play = Play(wait).start()
    arrived: dict[str, datetime] = {}
    for act, hours in life:
        play.now += timedelta(hours=hours)
        if act == "go on":
            play.go_on()
        else:
            arrived.setdefault(act, play.now)
            play.arrive(act, ttl="PT24H")
    used = {fact.detail["message_id"]: fact.at for fact in play.facts if fact.fact == "message_received"}
    assert all(at < arrived[message_id] + timedelta(hours=24) for message_id, at in used.items())
    ends = [*play.ids("message_received"), *play.ids("message_expired"), *play.kept()]
    assert sorted(ends) == sorted(arrived)
