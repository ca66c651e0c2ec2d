"""What is a FEEL value, and how do durations pass? (DMN 1.5 §10.3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, TypeAlias, Union

from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment, combined, date_of, later
from pathways.feel.fine import FineMoment, FineTime

NUMBER = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Numbers are IEEE 754-2008 decimal128: 34 digits, half to even (§10.3.2.3.1)."""

SECONDS_PER_DAY = 86_400
_LONGEST = 10**20  # months or seconds of a duration
_LONGEST_TIMEDELTA = 10**18  # microseconds


class NoValue(Exception):
    """An operation has no result: the expression gives null and records the message as a warning."""


@dataclass(frozen=True, slots=True, order=True)
class YearsMonthsDuration:
    """A duration counted in calendar months; `P1Y2M` is 14 months."""

    months: int

    def __post_init__(self) -> None:
        """Refuse what no calendar can use."""
        if abs(self.months) > _LONGEST:
            raise ValueError("the duration is too long")

    def __neg__(self) -> YearsMonthsDuration:
        """The same length backwards."""
        return YearsMonthsDuration(-self.months)

    def __str__(self) -> str:
        """Canonical ISO 8601 text, `P0M` when zero."""
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return ("-P" if self.months < 0 else "P") + text


@dataclass(frozen=True, slots=True, order=True)
class DaysTimeDuration:
    """A duration counted in seconds; `P1DT2H` is 93 600 seconds."""

    seconds: Decimal

    def __post_init__(self) -> None:
        """Refuse what no calendar can use."""
        if abs(self.seconds) > _LONGEST:
            raise ValueError("the duration is too long")

    def __neg__(self) -> DaysTimeDuration:
        """The same length backwards."""
        return DaysTimeDuration(NUMBER.minus(self.seconds))

    def __str__(self) -> str:
        """Canonical ISO 8601 text, `PT0S` when zero."""
        days, hours, minutes, seconds = self.parts()
        clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        clock += f"{plain(seconds)}S" if seconds else ""
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return ("-P" if self.seconds < 0 else "P") + (text or "T0S")

    def parts(self) -> tuple[int, int, int, Decimal]:
        """Days, hours, minutes and seconds of the length; all positive or zero."""
        whole = int(abs(self.seconds))
        minutes, seconds = divmod(whole, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return days, hours, minutes, NUMBER.subtract(abs(self.seconds), Decimal(whole - seconds))

    def timedelta(self) -> timedelta:
        """The same length for the calendar of Python, to the microsecond.

        Raises:
            ValueError: the length is beyond ± 999 999 999 days.
        """
        try:
            return timedelta(microseconds=int(self.seconds.scaleb(6, NUMBER)))
        except OverflowError:
            raise ValueError("the duration is longer than the calendar") from None


Duration: TypeAlias = YearsMonthsDuration | DaysTimeDuration


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; `operator` tells that it was written as a unary test such as `< 10` (§10.3.2.7)."""

    start: Value
    end: Value
    start_included: bool
    end_included: bool
    operator: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function: its own text, its parameter names, and how it is called.

    `call` takes the evaluation that runs (`pathways.feel.run.Run`) and the arguments by position.
    """

    text: str
    parameters: tuple[str, ...]
    call: Callable[[Any, list[Value]], Value]

    def __str__(self) -> str:
        """The text the author wrote."""
        return self.text


Value: TypeAlias = Union[
    bool,
    Decimal,
    str,
    date,
    time,
    datetime,
    FarDate,
    FarMoment,
    YearsMonthsDuration,
    DaysTimeDuration,
    Range,
    Function,
    "list[Value]",
    "dict[str, Value]",
    None,
]
Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]


_DURATION = re.compile(
    r"(?P<sign>-)?P"
    r"(?:(?P<years>\d{1,18})Y)?(?:(?P<months>\d{1,18})M)?(?:(?P<weeks>\d{1,18})W)?(?:(?P<days>\d{1,18})D)?"
    r"(?P<clock>T(?:(?P<hours>\d{1,18})H)?(?:(?P<minutes>\d{1,18})M)?(?:(?P<seconds>\d{1,18}(?:\.\d{0,18})?)S)?)?",
    re.ASCII,
)


def parse_duration(text: str) -> Duration:
    """The duration an ISO 8601 text stands for; weeks (`P2W`) count as seven days.

    Raises:
        ValueError: the text is no duration, or mixes months with days (`P1M2D` has no fixed length).
    """
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        raise ValueError("this text is no duration; write for example P14D, PT2H30M or P1Y6M")
    part = match.groupdict()
    sign = -1 if part["sign"] else 1
    if part["years"] is None and part["months"] is None:
        return DaysTimeDuration(sign * _seconds(part))
    if part["weeks"] or part["days"] or part["clock"]:
        raise ValueError("this duration mixes months with days; write two durations and add both")
    return YearsMonthsDuration(sign * (int(part["years"] or 0) * 12 + int(part["months"] or 0)))


def _seconds(part: Mapping[str, str | None]) -> Decimal:
    days = int(part["weeks"] or 0) * 7 + int(part["days"] or 0)
    whole = days * SECONDS_PER_DAY + int(part["hours"] or 0) * 3600 + int(part["minutes"] or 0) * 60
    return NUMBER.add(Decimal(whole), Decimal(part["seconds"] or 0))


def add_duration(moment: datetime, duration: Duration) -> datetime:
    """The moment one duration later.

    Months move by the calendar and stop at the end of a shorter month (31 January + P1M = 28 February).
    Days and time move by elapsed seconds, so across a change of the clock P1D is 24 hours.

    Raises:
        ValueError: the result is outside the years 1 to 9999.
    """
    result = shifted(moment, duration)
    if isinstance(result, FarMoment):
        raise ValueError("the time after this duration is outside the years 1 to 9999")
    return result


def shifted(moment: AnyMoment, duration: Duration) -> AnyMoment:
    """The same as `add_duration`, in the years ± 999 999 999.

    Raises:
        ValueError: the result is outside those years.
    """
    if isinstance(duration, YearsMonthsDuration):
        return combined(add_months(moment.date(), duration.months), moment.timetz())
    microseconds = int(duration.seconds.scaleb(6, NUMBER))
    if isinstance(moment, FarMoment) or abs(microseconds) > _LONGEST_TIMEDELTA:
        return later(moment, microseconds)
    try:
        elapsed = timedelta(microseconds=microseconds)
        if moment.tzinfo is None:
            return moment + elapsed
        return (moment.astimezone(UTC) + elapsed).astimezone(moment.tzinfo)
    except OverflowError:
        return later(moment, microseconds)


def add_months(day: AnyDate, months: int) -> AnyDate:
    """The same day of the month, months later; the last day where the month is shorter.

    Raises:
        ValueError: the result is outside the years ± 999 999 999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date_of(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """How many days the month has in that year."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def kind_of(value: Value) -> str:
    """The FEEL name of the value's type, as messages and `instance of` use it."""
    return _KINDS.get(type(value), "unknown")


_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "boolean",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    FineTime: "time",
    FineMoment: "date and time",
    FarDate: "date",
    FarMoment: "date and time",
    YearsMonthsDuration: "years and months duration",
    DaysTimeDuration: "days and time duration",
    Range: "range",
    Function: "function",
    list: "list",
    dict: "context",
}


def classes_of(kind: str) -> tuple[type, ...]:
    """The Python classes of the values of a FEEL type."""
    return tuple(class_ for class_, name in _KINDS.items() if name == kind)


def plain(number: Decimal) -> str:
    """The number without exponent and without trailing zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
