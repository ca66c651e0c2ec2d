"""When is something due? Durations, repeats, working hours and ladder offsets."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.bpmn.model import WorkingCalendar
from pathways.calendar import (
    Repeat,
    is_time_literal,
    is_working_day,
    next_of,
    parse_repeat,
    read_moment,
    rung_time,
    working_add,
)

LONDON = WorkingCalendar("Europe/London", (1, 2, 3, 4, 5), "08:30", "17:30", ("2026-12-25", "2026-12-28"))
ZONE = ZoneInfo("Europe/London")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


WORKING = {
    "one working day is the same time on the next day": ("2026-03-03T10:00", "P1D", "2026-03-04T10:00"),
    "a weekend is no working day": ("2026-03-06T10:00", "P1D", "2026-03-09T10:00"),
    "a holiday is no working day": ("2026-12-24T10:00", "P1D", "2026-12-29T10:00"),
    "from a day off it is the end of the next working day": ("2026-03-07T10:00", "P1D", "2026-03-09T17:30"),
    "after hours is clamped to closing": ("2026-03-03T20:00", "P1D", "2026-03-04T17:30"),
    "before hours is clamped to opening": ("2026-03-03T06:00", "P2D", "2026-03-05T08:30"),
    "hours stay in a day": ("2026-03-03T09:00", "PT8H", "2026-03-03T17:00"),
    "hours flow into the next day": ("2026-03-03T16:30", "PT2H", "2026-03-04T09:30"),
    "hours skip the weekend": ("2026-03-06T16:30", "PT8H", "2026-03-09T15:30"),
    "hours from before opening": ("2026-03-03T05:00", "PT1H", "2026-03-03T09:30"),
    "hours that end at closing end today": ("2026-03-03T16:30", "PT1H", "2026-03-03T17:30"),
    "days and hours": ("2026-03-03T16:30", "P1DT2H", "2026-03-05T09:30"),
    "weeks are working days": ("2026-03-03T10:00", "P1W", "2026-03-12T10:00"),
    "a month goes by the calendar and waits for a working day": ("2026-01-31T10:00", "P1M", "2026-03-02T08:30"),
    "a day has eight working hours, not 24": ("2026-03-03T08:30", "PT24H", "2026-03-05T14:30"),
    "one working day back": ("2026-03-09T10:00", "-P1D", "2026-03-06T10:00"),
    "a working day back from a day off": ("2026-03-07T10:00", "-P1D", "2026-03-06T08:30"),
    "hours back": ("2026-03-09T09:30", "-PT2H", "2026-03-06T16:30"),
    "hours back from the weekend": ("2026-03-08T12:00", "-PT1H", "2026-03-06T16:30"),
    "across the change to summer time": ("2026-03-27T16:30", "PT2H", "2026-03-30T09:30"),
    "a working day across the change of the clock": ("2026-10-23T10:00", "P1D", "2026-10-26T10:00"),
    "nothing": ("2026-03-07T10:00", "PT0S", "2026-03-07T10:00"),
}


@pytest.mark.parametrize(("start", "duration", "due"), WORKING.values(), ids=WORKING.keys())
def test_working_time_passes_only_while_the_site_works(start, duration, due):
    assert working_add(local(start), duration, LONDON) == local(due)


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2026-01-31T10:00:00+00:00", "P1M", "2026-02-28T10:00:00+00:00"),
        ("2026-01-31T10:00:00+00:00", "P1M2DT3H", "2026-03-02T13:00:00+00:00"),
        ("2026-03-01T00:00:00+00:00", "-P1Y1D", "2025-02-28T00:00:00+00:00"),
        ("2026-03-07T10:00:00+00:00", "P1D", "2026-03-08T10:00:00+00:00"),
        ("2026-03-07T10:00:00+00:00", "PT36H", "2026-03-08T22:00:00+00:00"),
    ],
)
def test_without_a_calendar_plain_time_passes(start, duration, due):
    assert working_add(datetime.fromisoformat(start), duration, None) == datetime.fromisoformat(due)


@pytest.mark.parametrize("text", ["", "P", "1D", "P1X", "PT", "P1D2", "one day"])
def test_text_that_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="no duration"):
        working_add(local("2026-03-03T10:00"), text, None)


def test_a_calendar_without_working_days_is_refused_and_never_loops():
    closed = WorkingCalendar("Europe/London", (), "08:30", "17:30")
    with pytest.raises(ValueError, match="no such working day"):
        working_add(local("2026-03-03T10:00"), "P1D", closed)


def test_a_calendar_that_closes_before_it_opens_is_refused():
    upside_down = WorkingCalendar("Europe/London", (1, 2), "17:30", "08:30")
    with pytest.raises(ValueError, match="opens at 17:30"):
        working_add(local("2026-03-03T10:00"), "PT1H", upside_down)


def test_a_working_duration_beyond_a_century_is_refused():
    with pytest.raises(ValueError, match="more than"):
        working_add(local("2026-03-03T10:00"), "P999999D", LONDON)


def test_days_at_the_end_of_time_are_refused():
    with pytest.raises(ValueError, match="no such working day"):
        working_add(datetime(9999, 12, 30, tzinfo=UTC), "P9D", LONDON)


YEARS = (local("2020-01-01").replace(tzinfo=None), local("2035-01-01").replace(tzinfo=None))
moments = st.datetimes(*YEARS, timezones=st.just(UTC))
minutes = st.integers(1, 60 * 200)


@given(start=moments, length=minutes)
def test_working_hours_end_inside_working_hours(start, length):
    due = working_add(start, f"PT{length}M", LONDON).astimezone(ZONE)
    assert is_working_day(due.date(), LONDON)
    assert time(8, 30) < due.time() <= time(17, 30)


@given(start=moments, length=minutes)
def test_going_back_undoes_going_on(start, length):
    opened = working_add(start, "PT1M", LONDON)
    assert working_add(working_add(opened, f"PT{length}M", LONDON), f"-PT{length}M", LONDON) == opened


@given(start=moments, later=st.integers(0, 10_000), length=minutes, days=st.integers(0, 30))
def test_who_starts_later_is_never_due_earlier(start, later, length, days):
    duration = f"P{days}DT{length}M"
    first, second = (working_add(begin, duration, LONDON) for begin in (start, start + timedelta(minutes=later)))
    assert first <= second


@given(start=moments, first=minutes, second=minutes)
def test_working_hours_add_up(start, first, second):
    both = working_add(start, f"PT{first + second}M", LONDON)
    assert working_add(working_add(start, f"PT{first}M", LONDON), f"PT{second}M", LONDON) == both


@given(start=moments, days=st.integers(1, 60))
def test_n_working_days_are_the_nth_working_day_after(start, days):
    due = working_add(start, f"P{days}D", LONDON).astimezone(ZONE).date()
    day, counted = start.astimezone(ZONE).date(), 0
    while day < due:
        day += timedelta(days=1)
        counted += is_working_day(day, LONDON)
    assert counted == days


@pytest.mark.parametrize(
    ("text", "repeat"),
    [
        ("R3/PT10M", Repeat(3, None, "PT10M")),
        ("R/P1D", Repeat(None, None, "P1D")),
        ("R0/P1D", Repeat(0, None, "P1D")),
        ("R5/2026-03-01T08:00:00Z/P1W", Repeat(5, datetime(2026, 3, 1, 8, tzinfo=UTC), "P1W")),
        ("R5/2026-03-01/P1W", Repeat(5, datetime(2026, 3, 1, tzinfo=UTC), "P1W")),
        ("R2//PT1H", Repeat(2, None, "PT1H")),
        ("R/P1D/2026-03-31T00:00:00Z", Repeat(None, None, "P1D", datetime(2026, 3, 31, tzinfo=UTC))),
        ("R2/2026-03-01T08:00:00Z/2026-03-01T09:00:00Z", Repeat(2, datetime(2026, 3, 1, 8, tzinfo=UTC), "PT3600S")),
    ],
)
def test_a_cycle_is_read(text, repeat):
    assert parse_repeat(text) == repeat


@pytest.mark.parametrize(
    "text", ["R3", "R3/", "PT10M", "R3/PT0S", "R3/-PT1M", "R-1/PT1M", "R3/yesterday/PT1M", "R/P1D/P1D", "1 2 3 4"]
)
def test_text_that_is_no_cycle_is_refused(text):
    assert not is_time_literal(text, form="cycle")
    with pytest.raises(ValueError, match=r"."):
        parse_repeat(text)


CREATED, DUE = datetime(2026, 3, 6, 10, tzinfo=UTC), datetime(2026, 3, 8, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("c", CREATED),
        ("c+PT0S", CREATED),
        ("c+50%", CREATED + timedelta(days=1)),
        ("c+PT24H", CREATED + timedelta(days=1)),
        ("d-PT4H", DUE - timedelta(hours=4)),
        ("d", DUE),
        ("d+PT24H", DUE + timedelta(days=1)),
        ("d+P5D", DUE + timedelta(days=5)),
    ],
)
def test_a_rung_is_climbed_in_elapsed_time_even_with_a_working_calendar(at, when):
    assert rung_time(at, created=CREATED, due=DUE) == when


@pytest.mark.parametrize("at", ["c+50%", "d", "d-PT4H"])
def test_a_rung_counted_from_a_due_time_needs_one(at):
    assert rung_time(at, created=CREATED, due=None) is None


@pytest.mark.parametrize("at", ["", "k+10", "d+50%", "c-50%", "c+", "c+24H", "c + PT1H", "d+PT"])
def test_text_that_is_no_offset_is_refused(at):
    with pytest.raises(ValueError, match="is no"):
        rung_time(at, created=CREATED, due=DUE)


def test_months_of_a_cycle_are_counted_from_its_first_time():
    """The 31st stays the last day of the month."""
    first = datetime(2100, 1, 31, tzinfo=UTC)
    due = [first]
    for done in (1, 2, 3):
        due.append(next_of("P1M", due[-1], None, first=first, done=done))
    assert [moment.day for moment in due] == [31, 28, 31, 30]


@pytest.mark.parametrize("interval", ["P1D", "P1W", "P1M"])
def test_a_time_that_the_clock_passes_over_once_is_kept_afterwards(interval):
    """Half past one does not come in London on 2026-03-29."""
    first, due = datetime(2026, 3, 1, 1, 30, tzinfo=UTC), []
    for done in range(1, 40):
        since = due[-1] if due else first
        due.append(next_of(f"{interval}[Europe/London]", since, None, first=first, done=done))
    shown = {moment.astimezone(ZoneInfo("Europe/London")).strftime("%H:%M") for moment in due if moment.day != 29}
    assert shown == {"01:30"}


def test_days_of_a_cycle_keep_their_hour_in_their_zone():
    before = datetime(2030, 3, 30, 11, tzinfo=UTC)
    assert next_of("P1D[Europe/Berlin]", before, None, first=before, done=1) == datetime(2030, 3, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2030-07-01T12:00:00+02:00[Europe/Berlin]", "2030-07-01T12:00:00@Europe/Berlin", "2030-07-01T10:00:00"]
)
def test_a_moment_may_name_its_zone(text):
    assert is_time_literal(text, form="date")
    assert read_moment(text) == datetime(2030, 7, 1, 10, tzinfo=UTC)
