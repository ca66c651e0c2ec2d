"""Date and time functions, the clock, and `is` (DMN 1.5 §10.3.4.7, §10.3.4.8)."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from pathways.feel.builtins.registry import Functions
from pathways.feel.comparison import equal
from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment, date_of, near
from pathways.feel.run import Run
from pathways.feel.values import Value, days_in_month, kind_of
from pathways.feel.writing import string

FUNCTIONS = Functions()
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@FUNCTIONS.define("now()", needs_run=True)
def now(run: Run) -> Value:
    """The moment of the evaluation, as its caller gave it."""
    return run.now


@FUNCTIONS.define("today()", needs_run=True)
def today(run: Run) -> Value:
    """The day of the evaluation, in the time zone of its caller."""
    return run.now.date()


@FUNCTIONS.define("day of year(date: date | date and time)")
def day_of_year(day: AnyDate | AnyMoment) -> Value:
    """1 for the first of January."""
    return Decimal(near(day).timetuple().tm_yday)


@FUNCTIONS.define("day of week(date: date | date and time)")
def day_of_week(day: AnyDate | AnyMoment) -> Value:
    """The English name of the weekday."""
    return _WEEKDAYS[near(day).weekday()]


@FUNCTIONS.define("month of year(date: date | date and time)")
def month_of_year(day: AnyDate | AnyMoment) -> Value:
    """The English name of the month."""
    return _MONTHS[day.month - 1]


@FUNCTIONS.define("week of year(date: date | date and time)")
def week_of_year(day: AnyDate | AnyMoment) -> Value:
    """The number of the week by ISO 8601."""
    return Decimal(near(day).isocalendar().week)


@FUNCTIONS.define("last day of month(date: date | date and time)")
def last_day_of_month(day: AnyDate | AnyMoment) -> Value:
    """The last day of the month (an addition of Camunda 8)."""
    return date_of(day.year, day.month, days_in_month(day.year, day.month))


@FUNCTIONS.define("is(value1: Any, value2: Any)", needs_run=True)
def is_(run: Run, first: Value, second: Value) -> Value:
    """Whether both are the same in every respect, time zones included."""
    if kind_of(first) != kind_of(second):
        return False
    if isinstance(first, date | time | FarDate | FarMoment):
        return string(first) == string(second)
    run.weigh(first, second)
    return equal(first, second) is True
