"""On what grounds may somebody act on a task that another person holds? Asked when they ask, kept with what they did.

    cover      the holder is away and has named them, or whoever covers those named
    deputy     the holder is away, and they are the deputy of the service whose contact the holder is
    absence    the holder is away: the task goes on without anybody's asking
    consent    the patient no longer shares the case with the holder's organisation: the task goes back to its pool
    authority  the holder, or an administrator for them, has said so
    rank       they oversee the case, or administer the system

Written as `kind` or `kind:which`, such as `cover:4f1d…`, the id of the absence. Who holds the task the engine knows;
the rest is true of people and changes without the case, so it comes with the event and a replay never asks again.
"""

from dataclasses import dataclass

from workflows.engine.errors import EventRejected
from workflows.engine.events import Event, UserTaskCompleted, UserTaskDelegated, UserTaskReleased

KINDS = ("cover", "deputy", "absence", "consent", "authority", "rank")

BY_HAND = "rank:administrator"
"""An administrator changes the case by hand."""

OfTask = UserTaskCompleted | UserTaskReleased | UserTaskDelegated


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, for whom, and on what grounds; for themselves when `on_behalf_of` is empty."""

    actor: str
    on_behalf_of: str = ""
    grounds: str = ""


def acting(event: OfTask) -> Acting:
    """Give who acts on a task."""
    return Acting(event.actor, event.on_behalf_of, event.grounds)


def check_grounds(event: Event) -> None:
    """Let nobody act for another without saying on what grounds.

    Asked before a request is let in, not when its event is replayed: histories hold events from before it was asked.

    Raises:
        EventRejected: the grounds are missing, or of no known kind.
    """
    if not isinstance(event, OfTask):
        return
    if event.on_behalf_of in ("", event.actor) or kind_of(event.grounds) in KINDS:
        return
    what = f"{event.activation} is held by {event.on_behalf_of}; say on what grounds somebody else acts on it"
    raise EventRejected("not-yours", f"{what}: {', '.join(KINDS)}")


def kind_of(grounds: str) -> str:
    """Give the kind of grounds: what stands before the colon."""
    return grounds.partition(":")[0]
