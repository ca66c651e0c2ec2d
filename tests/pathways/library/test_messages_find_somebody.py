"""Does every message that the library sends find a pathway that waits for it? What finds none is a dead letter."""

from collections.abc import Iterator

from pathways.bpmn.model import FlowNode
from tests.pathways.library.drawn import Drawn, called, library, message_of

CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent", "receiveTask"})
THROWING = frozenset({"intermediateThrowEvent", "endEvent"})
SEND, REQUESTED, RECEIVED = "referral.send", "referral.requested", "referral.received"


def test_a_message_that_is_thrown_is_caught_here_or_in_what_the_pathway_calls_or_begins() -> None:
    lost = [
        f"{key}: {node.id} throws {message_of(node)}"
        for key, drawn in library().items()
        for node in drawn.nodes.values()
        if node.type in THROWING and message_of(node) and message_of(node) not in caught_behind(key)
    ]
    assert lost == []


def test_whoever_sends_a_referral_hears_that_it_was_received() -> None:
    deaf = [key for key, drawn in library().items() if any(map(requests, drawn.nodes.values())) and not hears(drawn)]
    assert deaf == []


def requests(node: FlowNode) -> bool:
    work = node.work
    return (
        work is not None and work.task_type.strip('"') == SEND and work.headers.get("message", REQUESTED) == REQUESTED
    )


def hears(drawn: Drawn) -> bool:
    return RECEIVED in catches(drawn)


def catches(drawn: Drawn) -> set[str]:
    return {message_of(node) for node in drawn.nodes.values() if node.type in CATCHING}


def caught_behind(key: str) -> set[str]:
    return set().union(*(catches(library()[each]) for each in behind(key)))


def behind(key: str) -> Iterator[str]:
    """A process, those that it calls or begins, and those behind them."""
    to_see, seen = [key], set[str]()
    while to_see:
        here = to_see.pop()
        if here in library() and here not in seen:
            seen.add(here)
            yield here
            to_see.extend(called(library()[here].nodes))
