"""How do dates, times and durations behave?"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pathways.feel.values import DaysTimeDuration, YearsMonthsDuration, add_duration, parse_duration
from tests.pathways.feel.evaluation import value_of

ROWS = {
    "a date": ('date("2026-12-01")', "2026-12-01"),
    "a date of a date and time text": ('date("2026-12-01T10:00:00Z")', "2026-12-01"),
    "a date and time of a date text": ('date and time("2026-12-01")', "2026-12-01T00:00:00"),
    "a date of numbers": ("date(2026, 12, 1)", "2026-12-01"),
    "a date and time of a date and a time": ('date and time(@"2026-12-01", @"10:00:00Z")', "2026-12-01T10:00:00Z"),
    "a moment in another zone": (
        'date and time(@"2026-07-01T10:00:00Z", "Europe/London")',
        "2026-07-01T11:00:00@Europe/London",
    ),
    "the time of a form without seconds": ('time("13:20")', "13:20:00"),
    "nanoseconds": ('time("11:22:33.123456789")', "11:22:33.123456789"),
    "nanoseconds of a moment": (
        'string(@"2026-12-31T11:22:33.120000009@Europe/Paris")',
        '"2026-12-31T11:22:33.120000009@Europe/Paris"',
    ),
    "nanoseconds of a far moment": ('@"-99999-12-31T11:22:33.123456789Z"', "-99999-12-31T11:22:33.123456789Z"),
    "the seconds of a time with nanoseconds": ('time("11:22:33.123456789").second', "33.123456789"),
    "the time of a moment with nanoseconds": ('time(@"2026-12-31T11:22:33.123456789Z")', "11:22:33.123456789Z"),
    "a day and a time with nanoseconds": (
        'date and time(@"2026-12-31", @"11:22:33.123456789")',
        "2026-12-31T11:22:33.123456789",
    ),
    "moments are compared to the millisecond": ('@"11:22:33.123456789" = @"11:22:33.123"', "true"),
    "an hour later without nanoseconds": ('@"11:22:33.123456789" + @"PT1H"', "12:22:33.123456"),
    "an offset": ('time("13:20:00+01:00").time offset', "PT1H"),
    "a named zone": ('@"2026-12-01T10:00:00@Europe/Paris".timezone', '"Europe/Paris"'),
    "days before a stored date": ('date(rt start) - duration("P16D")', "2026-11-15"),
    "a month later stops at the end of the month": ('@"2026-01-31" + @"P1M"', "2026-02-28"),
    "a leap year": ('@"2027-02-28" + @"P1Y"', "2028-02-28"),
    "days added to a date stay a date": ('@"2026-12-01" + @"PT36H"', "2026-12-02"),
    "an hour across the change of the clock": (
        '@"2026-03-29T00:30:00@Europe/London" + @"PT1H"',
        "2026-03-29T02:30:00@Europe/London",
    ),
    "a month across the change of the clock": (
        '@"2026-03-28T12:00:00@Europe/London" + @"P1M"',
        "2026-04-28T12:00:00@Europe/London",
    ),
    "a time goes around the clock": ('@"23:30:00" + @"PT1H"', "00:30:00"),
    "a time goes back around the clock": ('@"00:30:00" - @"PT1H"', "23:30:00"),
    "the days between two dates": ('(@"2026-12-25" - @"2026-12-01").days', "24"),
    "the time between two zones": ('@"2026-12-01T10:00:00+01:00" - @"2026-12-01T08:00:00Z"', "PT1H"),
    "the same moment in two zones is equal": ('@"2026-12-01T10:00:00+01:00" = @"2026-12-01T09:00:00Z"', "true"),
    "but it is not the same value": ('is(@"2026-12-01T10:00:00+01:00", @"2026-12-01T09:00:00Z")', "false"),
    "dates are compared": ('@"2026-12-01" < @"2026-12-02"', "true"),
    "a date is compared with a moment": ('@"2026-12-01" < now()', "true"),
    "the age of a patient": ('years and months duration(@"1979-12-02", today()).years', "46"),
    "durations are added": ('@"P1D" + @"PT12H"', "P1DT12H"),
    "durations are multiplied": ('@"P1Y6M" * 2', "P3Y"),
    "durations are divided": ('@"P14D" / @"P1W"', "2"),
    "a negative duration": ('-@"P1DT2H"', "-P1DT2H"),
    "the parts of a duration": ('[@"P1DT2H3M4S".days, @"P1DT2H3M4S".seconds]', "[1, 4]"),
    "the parts of a negative duration": ('@"-P1Y2M".months', "-2"),
    "the weekday": ('day of week(@"2026-12-01")', '"Tuesday"'),
    "the week": ('week of year(@"2026-01-01")', "1"),
    "the clock is the one that was given": ("now()", "2026-12-01T09:30:00Z"),
    "today": ("today()", "2026-12-01"),
}


@pytest.mark.parametrize(("text", "expected"), ROWS.values(), ids=ROWS.keys())
def test_moment(text, expected):
    assert value_of(text, {"rt start": "2026-12-01"}) == expected


DURATIONS = {
    "P16D": DaysTimeDuration(Decimal(16 * 86400)),
    "P2W": DaysTimeDuration(Decimal(14 * 86400)),
    "PT2H30M": DaysTimeDuration(Decimal(9000)),
    "PT0.5S": DaysTimeDuration(Decimal("0.5")),
    "-P1D": DaysTimeDuration(Decimal(-86400)),
    "P1Y6M": YearsMonthsDuration(18),
    "-P3M": YearsMonthsDuration(-3),
}


@pytest.mark.parametrize(("text", "expected"), DURATIONS.items())
def test_duration_is_read(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1D", "P1H", "P1M2D", "P1DT", "p1d", "P-1D", "P" + "9" * 40 + "D"]
)
def test_wrong_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"duration|months"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P14D", "P1DT2H", "PT0S", "P1Y2M", "-P1Y", "PT1.25S", "P0M"])
def test_duration_is_printed_as_it_was_read(text):
    assert str(parse_duration(text)) == text


def test_a_duration_is_added_by_the_calendar():
    start = datetime(2028, 1, 31, 8, tzinfo=UTC)
    assert add_duration(start, parse_duration("P1M")) == datetime(2028, 2, 29, 8, tzinfo=UTC)
    assert add_duration(start, parse_duration("P1D")) == datetime(2028, 2, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["P9000Y", "P9999999D", "P999999999999D"])
def test_a_moment_beyond_the_calendar_is_refused(text):
    with pytest.raises(ValueError, match=r"outside the years|longer than the calendar"):
        add_duration(datetime(2026, 1, 1, tzinfo=UTC), parse_duration(text))
