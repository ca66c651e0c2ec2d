"""What do facts about time change in the rows of a case? Timers, due times, stopped clocks, what is overdue."""

from records.projection.rows import CaseRows, made
from records.projection.values import instant
from records.tables import Timer
from workflows.engine.facts import Fact


def timer_armed(rows: CaseRows, fact: Fact) -> None:
    """A timer was started or moved. A wait that is due with its timers moves along, where it has no other due time."""
    due_at = instant(fact.detail["due_at"])
    assert due_at is not None
    timer = fact.detail["timer"]
    if timer in rows.timers:
        activation, until = rows.activation(fact), instant(fact.detail.get("until"))
        if until is not None and activation.until is not None and fact.activation not in rows.tasks:
            activation.until = until
        rows.timers[timer].due_at = due_at
        rows.timers[timer].node = fact.detail.get("node", rows.timers[timer].node)
        return
    rows.timers[timer] = made(
        Timer,
        case_id=rows.case_id,
        timer=timer,
        activation=fact.activation,
        node=fact.detail.get("node", fact.element),
        due_at=due_at,
    )


def timer_paused(rows: CaseRows, fact: Fact) -> None:
    """A timer stands still; one that an undone migration brings back, since before."""
    rows.timers[fact.detail["timer"]].paused_at = instant(fact.detail.get("since")) or fact.at


def timer_resumed(rows: CaseRows, fact: Fact) -> None:
    """A timer runs on."""
    timer_armed(rows, fact)
    rows.timers[fact.detail["timer"]].paused_at = None


def clock_resumed(rows: CaseRows, fact: Fact) -> None:
    """The due time of a step moves on again, by as long as it stood still."""
    if fact.detail.get("due_at"):
        due_changed(rows, fact)
    rows.activation(fact).overdue = ""


def overdue(rows: CaseRows, fact: Fact) -> None:
    """A wait is late: the case is stuck until it is over, or has more time."""
    rows.activation(fact).overdue = fact.detail.get("reason") or "it is overdue"


def timer_gone(rows: CaseRows, fact: Fact) -> None:
    """A timer fired or was cancelled; one that repeats is started again."""
    rows.timers.pop(fact.detail["timer"], None)


def due_changed(rows: CaseRows, fact: Fact) -> None:
    """The due time of a step moved, such as with the date it is anchored to."""
    due_at = instant(fact.detail.get("due_at"))
    activation = rows.activation(fact)
    activation.until = due_at
    activation.overdue = activation.overdue if due_at is not None and due_at <= fact.at else ""
    task = rows.tasks.get(fact.activation)
    if task is not None:
        task.due_at = due_at
