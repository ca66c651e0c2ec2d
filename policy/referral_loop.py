"""What may become of a referral, and by whom? The transitions of the closed loop as a table, and one step of it.

Rules of FHIR Clinical Order Workflows [R]: a placer cancels only what is not in progress, and asks for an abort of what
is; the performer answers the request. Reported is not closed: only the acknowledgement of the placer closes the loop.
The clock of a referral starts once, when it is first sent, and nothing resets it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from policy.referral_states import IN_PROGRESS, LOOP_STATE_NAMES, LoopStateName

Party = Literal["placer", "performer", "engine"]
"""Who acts: the side that refers, the side that is asked, or the engine for what nobody decides (a death, a merge)."""

Refusal = Literal["ask-for-an-abort", "not-yours", "ended", "not-from-here"]


@dataclass(frozen=True, slots=True)
class Transition:
    """From these states to that one, by these parties; `why`: the rule."""

    start: tuple[LoopStateName, ...]
    to: LoopStateName
    by: tuple[Party, ...]
    why: str


BEFORE_PROGRESS: tuple[LoopStateName, ...] = ("sent", "received", "awaiting_info", "accepted")
PROGRESS: tuple[LoopStateName, ...] = ("booked", "no_show", "seen", "interim")
OPEN: tuple[LoopStateName, ...] = ("draft", *BEFORE_PROGRESS, *PROGRESS)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        ("draft", "sent"), "sent", ("placer",), "Sent, and sent again under the same id: the clock starts once."
    ),
    Transition(("sent",), "received", ("performer", "placer"), "Acknowledged, or confirmed by phone."),
    Transition(("received", "awaiting_info"), "awaiting_info", ("performer",), "Returned for information."),
    Transition(("awaiting_info",), "received", ("placer",), "Information supplied; the clock has run on."),
    Transition(("sent", "received", "awaiting_info"), "accepted", ("performer",), "Accepted by triage."),
    Transition(("sent", "received", "awaiting_info"), "rejected", ("performer",), "Declined, or sent elsewhere."),
    Transition(("rejected",), "received", ("placer",), "Disputed: vetted again; the clock has run on."),
    Transition(("accepted", "booked", "no_show"), "booked", ("performer",), "Booked, and booked anew."),
    Transition(("booked",), "no_show", ("performer",), "Did not attend, or was not brought."),
    Transition(("booked",), "seen", ("performer",), "Attended."),
    Transition(("seen", "interim"), "interim", ("performer",), "An interim result."),
    Transition(("accepted",), "reported", ("performer",), "Advice in writing, without a visit: not closed."),
    Transition(("no_show", "seen", "interim"), "reported", ("performer",), "The outcome is sent: not closed."),
    Transition(("reported", "acknowledged"), "reported", ("performer",), "An amended report opens it again."),
    Transition(("reported",), "acknowledged", ("placer",), "The placer has acknowledged the report: closed."),
    Transition(("draft", *BEFORE_PROGRESS), "cancelled", ("placer",), "Cancelled before it is in progress."),
    Transition(PROGRESS, "cancelled", ("performer",), "The performer accepts the placer's request for an abort."),
    Transition(OPEN, "cancelled", ("engine",), "The patient declined, withdrew or died, or was the wrong one."),
)
ENDED: frozenset[LoopStateName] = frozenset({"rejected", "cancelled"})
"""Nothing follows, unless the placer disputes a rejection; only `acknowledged` is a closed loop, and an amended report
opens that again."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What somebody did, as the state that it leads to. `by` None: whoever may."""

    to: LoopStateName
    at: datetime
    by: Party | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a referral stands. `sent_at`: when its clock started; it never changes once it is set."""

    state: LoopStateName = "draft"
    since: datetime | None = None
    sent_at: datetime | None = None
    returns: int = 0
    reported_at: datetime | None = None
    acknowledged_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the loop is closed: reported and acknowledged."""
        return self.state == "acknowledged"


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing changed; `reason` for programs, `words` for people."""

    reason: Refusal
    words: str


def advance(loop: Loop, event: Happened) -> Loop | Refused:
    """Give the referral after what happened, or why it cannot have happened."""
    leading = [each for each in TRANSITIONS if each.to == event.to and loop.state in each.start]
    if not any(event.by is None or event.by in each.by for each in leading):
        return _refused(loop, event, known=bool(leading))
    return replace(
        loop,
        state=event.to,
        since=loop.since if event.to == loop.state else event.at,
        sent_at=loop.sent_at or (event.at if event.to == "sent" else None),
        returns=loop.returns + (event.to == "awaiting_info"),
        reported_at=event.at if event.to == "reported" else loop.reported_at,
        acknowledged_at=_acknowledged_at(loop, event),
    )


def told(events: Iterable[Happened]) -> tuple[Loop, tuple[Refused, ...]]:
    """Give the referral after all that happened, in order, and what of it was refused."""
    loop, refused = Loop(), []
    for event in events:
        found = advance(loop, event)
        if isinstance(found, Refused):
            refused.append(found)
        else:
            loop = found
    return loop, tuple(refused)


def reading(text: str) -> tuple[LoopStateName, Party | None]:
    """Read the property `loopState` of an element: a state, or `state by party`.

    Raises:
        ValueError: there is no such state or party.
    """
    state, _, by = text.strip().partition(" by ")
    name = next((each for each in LOOP_STATE_NAMES if each == state), None)
    parties: tuple[Party, ...] = ("placer", "performer", "engine")
    party = next((each for each in parties if each == by), None)
    if name is None or (by and party is None):
        raise ValueError(f"'{text}' is no state of a referral: write one of {', '.join(LOOP_STATE_NAMES)}, and who.")
    return name, party


def _acknowledged_at(loop: Loop, event: Happened) -> datetime | None:
    match event.to:
        case "acknowledged":
            return event.at
        case "reported":
            return None
        case _:
            return loop.acknowledged_at


def _refused(loop: Loop, event: Happened, *, known: bool) -> Refused:
    if loop.state in IN_PROGRESS and event.to == "cancelled":
        return Refused("ask-for-an-abort", "It is in progress: only the performer can end it; ask for an abort.")
    if loop.state in ENDED:
        return Refused("ended", f"It has ended as {loop.state}; nothing follows.")
    if known:
        return Refused("not-yours", f"Only the other side can make it {event.to}.")
    return Refused("not-from-here", f"It is {loop.state} and cannot become {event.to}.")
