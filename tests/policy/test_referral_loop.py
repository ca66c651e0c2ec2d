"""May a referral go from where it stands to where somebody wants it? The table, and what always holds of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.referral_loop import (
    ENDED,
    TRANSITIONS,
    Happened,
    Loop,
    Party,
    Refused,
    advance,
    reading,
    told,
)
from policy.referral_states import IN_PROGRESS, LOOP_STATE_NAMES, LOOP_STATES, LoopStateName

T0 = datetime(2026, 1, 5, 9, tzinfo=UTC)
events = st.builds(
    Happened,
    to=st.sampled_from(LOOP_STATE_NAMES),
    at=st.integers(0, 10_000).map(lambda minutes: T0 + timedelta(minutes=minutes)),
    by=st.sampled_from(["placer", "performer", "engine", None]),
)


def steps(*words: str) -> list[Happened]:
    """Events from words like `sent` or `cancelled by placer`, a day apart."""
    return [Happened(to, T0 + timedelta(days=day), by) for day, (to, by) in enumerate(map(reading, words))]


def test_every_state_has_one_row_and_is_reached_by_some_transition() -> None:
    assert [row.state for row in LOOP_STATES] == list(LOOP_STATE_NAMES)
    assert {each.to for each in TRANSITIONS} == set(LOOP_STATE_NAMES) - {"draft"}
    assert {(state, each.to) for each in TRANSITIONS for state in ENDED & {*each.start}} == {("rejected", "received")}


@pytest.mark.parametrize(
    "words",
    [
        ("sent", "received", "accepted", "booked", "seen", "reported", "acknowledged"),
        ("sent", "sent", "received by placer", "awaiting_info", "awaiting_info", "received", "rejected"),
        ("sent", "received", "rejected", "received by placer", "rejected"),
        ("sent", "received", "accepted", "reported", "acknowledged"),
        ("sent", "received", "accepted", "booked", "no_show", "booked", "no_show", "reported", "acknowledged"),
        ("sent", "received", "accepted", "booked", "seen", "interim", "interim", "reported"),
        ("sent", "received", "accepted", "booked", "cancelled by performer"),
        ("cancelled by placer",),
    ],
)
def test_a_referral_may_go_this_way(words: tuple[str, ...]) -> None:
    loop, refused = told(steps(*words))
    assert refused == ()
    assert loop.state == words[-1].partition(" ")[0]


@pytest.mark.parametrize(
    ("words", "then", "reason"),
    [
        (("sent", "received", "accepted", "booked"), "cancelled by placer", "ask-for-an-abort"),
        (("sent", "received"), "accepted by placer", "not-yours"),
        (("sent", "received", "rejected"), "accepted", "ended"),
        (("sent",), "acknowledged", "not-from-here"),
        (("sent", "received", "accepted", "booked", "seen"), "acknowledged", "not-from-here"),
    ],
)
def test_a_referral_may_not_go_this_way(words: tuple[str, ...], then: str, reason: str) -> None:
    loop, _ = told(steps(*words))
    refused = advance(loop, steps(then)[0])
    assert isinstance(refused, Refused)
    assert refused.reason == reason


@given(st.lists(events, max_size=30))
def test_the_clock_starts_once_and_nothing_resets_it(happened: list[Happened]) -> None:
    loop, started = Loop(), None
    for event in happened:
        found = advance(loop, event)
        loop = loop if isinstance(found, Refused) else found
        started = started or loop.sent_at
        assert loop.sent_at == started


@given(st.lists(events, max_size=30))
def test_only_what_the_placer_acknowledged_after_a_report_is_closed(happened: list[Happened]) -> None:
    loop, _ = told(happened)
    assert loop.is_closed == (loop.state == "acknowledged") == (loop.acknowledged_at is not None)
    assert not loop.is_closed or loop.reported_at is not None


@given(st.sampled_from(sorted(IN_PROGRESS)))
def test_what_is_in_progress_is_never_cancelled_by_its_placer(state: LoopStateName) -> None:
    refused = advance(Loop(state), Happened("cancelled", T0, "placer"))
    assert isinstance(refused, Refused)
    assert refused.reason == "ask-for-an-abort"


@given(st.sampled_from(LOOP_STATE_NAMES), events)
def test_what_is_refused_says_why_and_what_is_not_follows_the_table(start: LoopStateName, event: Happened) -> None:
    parties: tuple[Party | None, ...] = (event.by,) if event.by else ("placer", "performer", "engine")
    lawful = any(t.to == event.to and start in t.start and set(parties) & set(t.by) for t in TRANSITIONS)
    assert isinstance(advance(Loop(start), event), Loop) == lawful


def test_an_amended_report_opens_a_closed_loop_again() -> None:
    loop, refused = told(
        steps("sent", "received", "accepted", "booked", "seen", "reported", "acknowledged", "reported")
    )
    assert (refused, loop.is_closed, loop.acknowledged_at) == ((), False, None)


@pytest.mark.parametrize("text", ["closed", "sent by nobody", ""])
def test_a_word_that_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no state of a referral"):
        reading(text)
