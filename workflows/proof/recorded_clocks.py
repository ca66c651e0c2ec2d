"""Which event changed a clock, by the fact that it caused? Only a person's: what follows from others does so again."""

from datetime import datetime

from workflows.engine.events import ClockResumed, ClockStopped, Event, TimerMoved
from workflows.engine.facts import Fact


def change_of(fact: Fact, target: str) -> Event | None:
    """Give the event of a changed clock; None when no person changed it."""
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
