"""Which clocks did a case have, and when did a person change one?"""

from dataclasses import dataclass, field
from datetime import datetime

from workflows.engine.events import ClockResumed, ClockStopped, Event, TimerMoved
from workflows.engine.facts import Fact

TIMED = ("timer_started", "timer_moved", "timer_resumed")
"""Facts that say when a timer is due."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One timer, known in every version by what it is for and when it is due: its number is not the same in all."""

    activation: str
    node: str
    rung: int | None
    due_at: datetime


@dataclass(slots=True)
class Clocks:
    """The clocks of a case, as far as its facts were read: as each timer stands now, and every one that there was."""

    by_timer: dict[str, Clock] = field(default_factory=dict)
    all: set[Clock] = field(default_factory=set)

    def note(self, fact: Fact) -> None:
        """Remember when a timer is due, if a fact says so."""
        if fact.fact not in TIMED:
            return
        timer, due_at = str(fact.detail["timer"]), datetime.fromisoformat(fact.detail["due_at"])
        before = self.by_timer.get(timer)
        rung = before.rung if before else fact.detail.get("rung")
        self.by_timer[timer] = clock = Clock(fact.activation, str(fact.detail.get("node", "")), rung, due_at)
        self.all.add(clock)

    def of(self, fact: Fact) -> Clock | None:
        """Give the clock of the timer that a fact is about."""
        return self.by_timer.get(str(fact.detail.get("timer")))


def change_of(fact: Fact, target: str) -> Event | None:
    """Give the event by which a person changed a clock; None when that followed from something else, and will again."""
    reason, actor = fact.detail.get("reason", ""), fact.detail.get("actor", "")
    if not reason or fact.detail.get("because", "a person") != "a person":
        return None
    match fact.fact:
        case "timer_paused" | "clock_stopped":
            return ClockStopped(fact.at, target, reason, actor)
        case "timer_resumed" | "clock_resumed":
            return ClockResumed(fact.at, target, reason, actor)
        case _:
            return TimerMoved(fact.at, target, datetime.fromisoformat(fact.detail["due_at"]), reason, actor)
