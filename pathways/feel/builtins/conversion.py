"""Conversion functions: `number`, `string`, `date`, `time`, `date and time`, `duration` (DMN 1.5 §10.3.4.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, tzinfo
from decimal import Decimal

from pathways.feel.builtins.registry import Functions
from pathways.feel.far import AnyDate, AnyMoment, FarMoment, combined, date_of, day_of, in_zone
from pathways.feel.limits import CHARACTERS_PER_STEP
from pathways.feel.moments import (
    any_date,
    any_moment,
    fixed_offset,
    named_zone,
    parse_time,
    seconds_and_micros,
)
from pathways.feel.run import Run
from pathways.feel.values import NUMBER, DaysTimeDuration, Duration, NoValue, Value, YearsMonthsDuration, parse_duration
from pathways.feel.writing import pieces

FUNCTIONS = Functions()
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@FUNCTIONS.define("string(from: Any)", needs_run=True)
def string(run: Run, value: Value) -> Value:
    """Any value as text; null stays null."""
    if value is None or isinstance(value, str):
        return value
    run.weigh(value)
    written: list[str] = []
    for piece in pieces(value):
        run.spend(len(piece) // CHARACTERS_PER_STEP)
        written.append(piece)
    return "".join(written)


@FUNCTIONS.define("number(from: number)")
def number_of_number(value: Decimal) -> Value:
    """A number is a number already."""
    return value


@FUNCTIONS.define(
    "number(from: string)", "number(from: string, grouping separator?: string, decimal separator?: string)"
)
def number(text: str, grouping: str | None = None, point: str | None = None) -> Value:
    """The number of a text such as `1,000.5`, with the given separators."""
    if grouping not in (None, " ", ".", ",") or point not in (None, ".", ",") or (point and point == grouping):
        raise NoValue("number: separators are a space, a point or a comma, and differ")
    plain = text.replace(grouping, "") if grouping else text
    plain = plain.replace(point, ".") if point else plain
    if not _NUMBER.fullmatch(plain):
        raise NoValue("number: this text is no number")
    return NUMBER.create_decimal(plain)


@FUNCTIONS.define("date(from: string)")
def date_of_text(text: str) -> Value:
    """The date of `2026-12-01`, or the day of a date and time."""
    return any_date(text)


@FUNCTIONS.define("date(from: date | date and time)")
def date_of_moment(moment: AnyDate | AnyMoment) -> Value:
    """The day of a date and time."""
    return day_of(moment)


@FUNCTIONS.define("date(year: number, month: number, day: number)")
def date_of_parts(year: Decimal, month: Decimal, day: Decimal) -> Value:
    """The date of its three numbers."""
    return date_of(_whole(year), _whole(month), _whole(day))


@FUNCTIONS.define("time(from: string)")
def time_of_text(text: str) -> Value:
    """The time of `13:20:00`, or of a date and time."""
    return parse_time(text)


@FUNCTIONS.define("time(from: time | date and time | date)")
def time_of_moment(moment: time | AnyDate | AnyMoment) -> Value:
    """The time of a date and time; a date is its midnight in UTC."""
    match moment:
        case datetime() | FarMoment():
            return moment.timetz()
        case time():
            return moment
        case _:
            return time(tzinfo=UTC)


@FUNCTIONS.define("time(hour: number, minute: number, second: number, offset?: days and time duration)")
def time_of_parts(hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTimeDuration | None = None) -> Value:
    """The time of its three numbers, and its distance from UTC."""
    whole, micro = seconds_and_micros(second)
    zone: tzinfo | None = None if offset is None else fixed_offset(offset.timedelta())
    return time(_whole(hour), _whole(minute), whole, micro, tzinfo=zone)


@FUNCTIONS.define("date and time(from: string)")
def moment_of_text(text: str) -> Value:
    """The date and time of `2026-12-01T13:20:00Z`; of a date alone its midnight."""
    return any_moment(text)


@FUNCTIONS.define("date and time(from: date and time | date)")
def moment_of_moment(moment: AnyDate | AnyMoment) -> Value:
    """A date and time stays; a date is its midnight."""
    return moment if isinstance(moment, datetime | FarMoment) else combined(moment, time())


@FUNCTIONS.define("date and time(date: date | date and time, time: time)")
def moment_of_parts(day: AnyDate | AnyMoment, clock: time) -> Value:
    """The day of the first at the time of the second."""
    return combined(day_of(day), clock)


@FUNCTIONS.define("date and time(date: date and time, timezone: string)")
def moment_in_zone(moment: AnyMoment, zone: str) -> Value:
    """The same moment on the clock of another time zone."""
    if moment.tzinfo is None:
        raise NoValue("date and time: a moment without a time zone cannot be moved to another")
    return in_zone(moment, named_zone(zone))


@FUNCTIONS.define("duration(from: string)")
def duration(text: str) -> Value:
    """The duration of `P14D` or `P1Y6M`."""
    return parse_duration(text)


@FUNCTIONS.define("duration(from: days and time duration | years and months duration)")
def duration_of_duration(value: Duration) -> Value:
    """A duration is a duration already."""
    return value


@FUNCTIONS.define("years and months duration(from: date | date and time, to: date | date and time)")
def years_and_months_duration(start: AnyDate | AnyMoment, end: AnyDate | AnyMoment) -> Value:
    """The whole months from one day to the other, negative when the second is earlier."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if months > 0 and end.day < start.day:
        months -= 1
    if months < 0 and end.day > start.day:
        months += 1
    return YearsMonthsDuration(months)


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value() or number.adjusted() > 9:
        raise NoValue("this number is no whole number of a date or time")
    return int(number)
