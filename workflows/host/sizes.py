"""How large may things become? Temporal refuses payloads of 2 MB and calls of 4 MB; we refuse earlier, in words.

A workflow task whose answer Temporal refuses is tried for ever, or ends the case: so nothing may get that far.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime

from pathways import codec
from workflows.engine.commands import Command, EndCase
from workflows.engine.errors import EventRejected
from workflows.engine.events import BpmnErrorThrown, CalledProcessEnded, Event, WorkCompleted, WorkFailed
from workflows.engine.state import State

LARGEST_MESSAGE = 1_000_000
"""Bytes of one request, one start or one result of an activity, as it is stored."""

LARGEST_STATE = 1_500_000
"""Bytes of a whole state, compressed: half a megabyte is left for what is carried over with it."""


OVERSIZE = "oversize"
"""The type of the failure of an activity whose result is too large; the kind of the incident that it becomes."""


class TooLarge(EventRejected):
    """What came is too large to be stored with the case; nothing changed."""

    def __init__(self, what: str, size: int, most: int) -> None:
        super().__init__(
            "invalid",
            f"{what} would have {megabytes(size)}, and at most {megabytes(most)} can be stored: "
            "keep documents and images elsewhere and give the case their address.",
        )


def weigh(state: State, commands: Iterable[Command] = ()) -> None:
    """Refuse a state that could not be carried over, or an end with variables that could not be given back.

    It is compressed only when its plain size leaves a doubt. Nothing is remembered from one time to the next: a history
    is replayed without the requests that a validator refused, and has to come to the same answers.

    Raises:
        TooLarge: it is too large even when compressed.
    """
    plain = codec.dump((state, [command for command in commands if isinstance(command, EndCase)]))
    if len(plain) <= LARGEST_STATE:
        return
    packed = len(zlib.compress(plain, 1))
    if packed > LARGEST_STATE:
        raise TooLarge(f"The state of case '{state.case_id}'", packed, LARGEST_STATE)


def check_message(message: object, what: str) -> None:
    """Refuse a request before it is sent that Temporal would take and no workflow task could accept.

    Raises:
        TooLarge: it has more bytes as JSON than can be stored.
    """
    size = len(codec.dump(message))
    if size > LARGEST_MESSAGE:
        raise TooLarge(what, size, LARGEST_MESSAGE)


def brings_variables(event: Event) -> bool:
    """Say whether the event puts something into the case, so that it can be refused for its size."""
    return bool(getattr(event, "variables", None))


def failure_instead(event: Event, refusal: EventRejected, at: datetime) -> WorkFailed | None:
    """Give the incident that a result becomes which is too large, so that the case does not wait for it for ever."""
    match event:
        case WorkCompleted() | BpmnErrorThrown() | CalledProcessEnded():
            return WorkFailed(at, event.activation, str(refusal), oversize=True)
        case _:
            return None


def megabytes(size: int) -> str:
    """Write a number of bytes for people, such as "1.5 MB"."""
    return f"{size / 1_000_000:.1f} MB"
