"""When does a cron expression fire next? Six fields, or five."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.bpmn.model import WorkingCalendar
from pathways.calendar import is_time_literal, next_of, next_to_come
from pathways.cron import next_in_zone, next_time, parse_cron

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("0 0 9 * * MON-FRI", "2026-01-06T09:00:00"),
        ("0 30 9 * * MON-FRI", "2026-01-05T09:30:00"),
        ("*/10 * * * * *", "2026-01-05T09:00:10"),
        ("0 9 * * 1-5", "2026-01-06T09:00:00"),
        ("0 0 12 ? * SUN", "2026-01-11T12:00:00"),
        ("0 0 12 * * 7", "2026-01-11T12:00:00"),
        ("0 0 12 * * FRI-SUN", "2026-01-09T12:00:00"),
        ("0 0 0 29 FEB *", "2028-02-29T00:00:00"),
        ("0 0 8 L * *", "2026-01-31T08:00:00"),
        ("0 0 8 31W * *", "2026-01-30T08:00:00"),
        ("0 0 8 1W 2 ?", "2026-02-02T08:00:00"),
        ("0 0 8 * * FRIL", "2026-01-30T08:00:00"),
        ("0 0 8 * * 2#2", "2026-01-13T08:00:00"),
        ("0 0/15 9,17 * * *", "2026-01-05T09:15:00"),
        ("@daily", "2026-01-06T00:00:00"),
        ("@monthly", "2026-02-01T00:00:00"),
    ],
)
def test_the_next_time_after_a_monday_at_nine(text, then):
    assert is_time_literal(text, form="cycle")
    assert next_time(parse_cron(text), MONDAY) == datetime.fromisoformat(then).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("", "* * * *", "60 * * * * *", "* * 25 * * *", "0 0 0 0 * *", "* * * * 13 *", "*/0 * * * * *"),
        *("a * * * * *", "5-1 * * * * *", "* * * * * 8", "@never"),
    ],
)
def test_what_is_no_cron_expression_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_cron(text)


def test_a_date_that_never_comes_is_no_endless_search():
    with pytest.raises(ValueError, match="never fires"):
        next_time(parse_cron("0 0 0 31 FEB *"), MONDAY)


def test_a_calendar_gives_the_zone():
    """Nine o'clock in London is eight o'clock UTC in summer."""
    london = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "09:00", "17:00")
    summer = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert next_of("0 0 9 * * *", summer, london, first=summer, done=1) == datetime(2026, 7, 2, 8, tzinfo=UTC)


def test_a_time_that_the_clock_shows_twice_comes_once_also_when_it_fires_late():
    """In London half past one comes at 00:30 and at 01:30 UTC when summer time ends."""
    london = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "09:00", "17:00")
    due, now = (datetime(2026, 10, 25, *at, tzinfo=UTC) for at in ((0, 30), (1, 10)))
    came = next_to_come("0 30 1 * * *", due, london, first=due, done=1, now=now)
    assert came == (datetime(2026, 10, 26, 1, 30, tzinfo=UTC), 1)
    before = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    assert next_of("0 30 1 * * *", before, london, first=before, done=1) == due


@pytest.mark.parametrize(
    ("text", "after", "then"),
    [
        ("0 30 * * * *", "2026-10-25T00:30", "2026-10-25T01:30"),
        ("@hourly", "2026-10-25T00:00", "2026-10-25T01:00"),
        ("*/15 * * * *", "2026-10-25T00:45", "2026-10-25T01:00"),
        ("0 */10 1 * * *", "2026-10-25T00:50", "2026-10-25T01:00"),
        ("0 30 * * * *", "2026-03-29T00:30", "2026-03-29T01:30"),
        ("0 */10 1 * * *", "2026-03-29T00:50", "2026-03-30T00:00"),
        ("0 0 1 * * *", "2026-10-25T00:00", "2026-10-26T01:00"),
        ("0 30 1 * * *", "2026-03-28T01:30", "2026-03-29T01:30"),
        ("0 30 1 * * *", "2026-03-29T01:30", "2026-03-30T00:30"),
        ("0 30 0-23 * * *", "2026-10-25T00:30", "2026-10-25T02:30"),
    ],
)
def test_what_goes_round_comes_whenever_the_clock_shows_it_and_a_time_of_the_day_once(text, after, then):
    """All times are UTC; London sets its clocks on 2026-03-29 and 2026-10-25 at 01:00 UTC."""
    london = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "09:00", "17:00")
    since, expected = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (after, then))
    assert next_of(text, since, london, first=since, done=1) == expected


@given(st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_whatever_the_clock_does_half_an_hour_is_half_an_hour(after):
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    found = next_in_zone(parse_cron("*/30 * * * *"), after, lord_howe)
    assert timedelta(0) < found - after <= timedelta(minutes=30)
    assert found.astimezone(lord_howe).minute % 30 == 0


def test_without_a_calendar_cron_goes_by_utc_whoever_has_moved_it():
    moved = datetime.fromisoformat("2026-07-01T09:00:00+05:00")
    assert next_of("0 9 * * *", moved, None, first=moved, done=1) == datetime(2026, 7, 1, 9, tzinfo=UTC)


@given(st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, LONDON)))
def test_the_next_time_is_later_and_nothing_lies_between(after):
    found = next_time(parse_cron("0 */7 8-10 * * MON,THU"), after)
    assert found > after
    moment = after.replace(microsecond=0, second=0) + timedelta(minutes=1)
    while moment < min(found, after + timedelta(hours=5)):
        assert (moment.minute % 7, 8 <= moment.hour <= 10, moment.isoweekday() in (1, 4)) != (0, True, True)
        moment += timedelta(minutes=1)
