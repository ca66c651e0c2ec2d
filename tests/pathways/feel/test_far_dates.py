"""How do dates behave outside the years 1 to 9999? Like all others, up to the years ± 999 999 999."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathways.feel.far import FarDate, date_of, date_of_ordinal, near, ordinal
from pathways.feel.moments import parse_moment
from tests.pathways.feel.evaluation import evaluated, value_of

ROWS = {
    'date("123456-02-29")': "123456-02-29",
    'date("123457-02-29")': "null",
    'date("-0044-03-15").year': "-44",
    'date("10000-01-01").weekday': "6",
    'date("10000-01-01").month': "1",
    'date("9999-12-31") + @"P1D"': "10000-01-01",
    'date("10000-01-01") - @"P1D"': "9999-12-31",
    'date("0001-01-01") - @"P1M"': "0000-12-01",
    'date("9999-12-31") + @"P1000Y"': "10999-12-31",
    'date("2028-02-29") + @"P9999Y"': "12027-02-28",
    'date("10000-01-01") - date("9999-12-31")': "P1D",
    'date("-0001-12-31") < date("0001-01-01")': "true",
    'date("20000-01-01") > date("-20000-01-01")': "true",
    'date("20000-01-01") = date("20000-01-01")': "true",
    'date("20000-01-01") = date("2000-01-01")': "false",
    'date("2000-01-01") in [date("-2000-01-01")..date("20000-01-01")]': "true",
    'date("999999999-12-31") + @"P1D"': "null",
    'date("-999999999-01-01") - @"P1M"': "null",
    '@"99999-12-31T11:22:33Z" + @"PT12H37M27S"': "100000-01-01T00:00:00Z",
    '@"9999-12-31T23:00:00-10:00" = @"10000-01-01T09:00:00Z"': "true",
    '@"9999-12-31T23:00:00-10:00" + @"PT1H"': "10000-01-01T00:00:00-10:00",
    '@"99999-07-01T10:00:00@Europe/Paris".time offset': "PT2H",
    '@"99999-07-01T10:00:00@Europe/Paris".hour': "10",
    'string(@"-99999-07-01T10:00:00.5@Europe/Paris")': '"-99999-07-01T10:00:00.5@Europe/Paris"',
    'date and time(@"20000-07-01T10:00:00Z", "Asia/Tokyo")': "20000-07-01T19:00:00@Asia/Tokyo",
    'date(@"20000-07-01T10:00:00Z")': "20000-07-01",
    'time(@"20000-07-01T10:00:00Z")': "10:00:00Z",
    'day of week(@"-0001-01-01")': '"Friday"',
    'for d in @"9999-12-31"..@"10000-01-01" return d': "[9999-12-31, 10000-01-01]",
    'date("20000-01-01") instance of date': "true",
    'sort([@"20000-01-01", @"-0005-01-01", @"2000-01-01"])': "[-0005-01-01, 2000-01-01, 20000-01-01]",
    'is(@"20000-01-01", @"20000-01-01")': "true",
}


@pytest.mark.parametrize(("text", "expected"), ROWS.items(), ids=ROWS.keys())
def test_far_date(text, expected):
    assert value_of(text) == expected


@given(st.integers(-(10**11), 10**11))
def test_a_day_is_found_again_by_its_number(number):
    day = date_of_ordinal(number)
    assert ordinal(day) == number
    assert near(day).isoweekday() == (number - 1) % 7 + 1


@given(st.dates(), st.integers(-100_000, 100_000))
def test_far_and_near_dates_count_the_same_days(day, distance):
    counted = date_of_ordinal(ordinal(day) + distance)
    if isinstance(counted, date):
        assert counted == day + timedelta(days=distance)
    else:
        assert isinstance(counted, FarDate)
        assert not 1 <= counted.year <= 9999


@given(st.integers(-999_999_999, 999_999_999), st.integers(1, 12), st.integers(1, 28))
def test_a_far_date_is_read_as_it_is_written(year, month, day):
    written = str(evaluated(f"date({year}, {month}, {day})").value and value_of(f"date({year}, {month}, {day})"))
    assert value_of(f'date("{written}")') == written
    assert date_of(year, month, day).year == year


def test_hosts_that_know_only_near_dates_get_a_clear_refusal():
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        parse_moment("20000-01-01")
