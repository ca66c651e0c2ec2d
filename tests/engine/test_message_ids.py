"""Does a case recognise a message for good, and stay small enough for ten years of messages?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pathways import codec
from tests.host.diagrams import ONE_TASK
from workflows.engine.events import MessageArrived, Started
from workflows.engine.given_up import MessageGivenUp
from workflows.engine.state import State
from workflows.engine.step import step

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
TEN_YEARS = 36_500
"""Ten messages a day."""


def arrived(message_id: str) -> MessageArrived:
    return MessageArrived(MONDAY, "report", "ORDER-1", message_id)


def test_ids_are_recognised_after_the_state_was_carried_over_as_json() -> None:
    state = step(ONE_TASK, None, Started(MONDAY, "case-1")).state
    for message_id in ("RIS-1", "RIS-2"):
        state = step(ONE_TASK, state, arrived(message_id)).state
    carried = codec.load(State, codec.dump(state))
    again = step(ONE_TASK, carried, arrived("RIS-1"))
    assert [(fact.fact, fact.detail["reason"]) for fact in again.facts] == [("message_ignored", "duplicate")]


def test_ten_years_of_ids_however_long_fit_into_half_a_megabyte() -> None:
    state = step(ONE_TASK, None, Started(MONDAY, "case-1")).state
    grown = step(ONE_TASK, state, arrived("a very long id of a very careful sender" * 10)).state
    assert len(codec.dump(grown.message_ids)) <= 15
    aged = replace(grown, message_ids=grown.message_ids * TEN_YEARS)
    assert len(codec.dump(aged)) < 2**19


def test_a_message_that_reached_its_case_late_is_kept_no_longer_than_its_sender_said() -> None:
    state = step(ONE_TASK, None, Started(MONDAY, "case-1")).state
    until = MONDAY + timedelta(hours=1)
    [kept] = step(ONE_TASK, state, replace(arrived("m1"), ttl="P30D", expires_at=until)).state.buffered
    assert kept.expires_at == until


def test_a_message_that_is_given_up_is_kept_no_longer_and_not_taken_again() -> None:
    state = step(ONE_TASK, None, Started(MONDAY, "case-1")).state
    kept = step(ONE_TASK, state, arrived("m1")).state
    given = step(ONE_TASK, kept, MessageGivenUp(MONDAY, "m1", "it is for another case", "c.elm"))
    assert ([fact.fact for fact in given.facts], given.state.buffered) == (["message_given_up"], ())
    assert step(ONE_TASK, given.state, MessageGivenUp(MONDAY, "m1", "again", "c.elm")).facts == ()
    assert [fact.fact for fact in step(ONE_TASK, given.state, arrived("m1")).facts] == ["message_ignored"]
