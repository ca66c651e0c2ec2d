"""What is a FEEL value, and how does it become JSON? (DMN 1.5 §10.3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, TypeAlias, Union
from zoneinfo import ZoneInfo

from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment, combined, date_of, later
from pathways.feel.fine import FineMoment, FineTime, nanoseconds

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
_LARGEST_INTEGER_TEXT = 308  # digits a float, and every JSON reader, can still carry


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

    def __str__(self) -> str:
        """The interval as FEEL text."""
        return text_of(self)


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


def text_of(value: Value) -> str:
    """The value as FEEL text: what `string()` gives, with strings inside lists quoted (§10.3.4.1)."""
    return "".join(pieces(value))


def string(value: Value) -> str:
    """The value as text; a string stays as it is, null is `null`."""
    return value if isinstance(value, str) else text_of(value)


def pieces(value: Value) -> Iterator[str]:
    """The FEEL text piece by piece, so that whoever joins them can stop before it is too long."""
    match value:
        case None | bool():
            yield {None: "null", True: "true", False: "false"}[value]
        case str():
            yield '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Decimal():
            yield plain(value)
        case date() | time() | FarDate() | FarMoment():
            yield _iso(value) + _zone_suffix(value)
        case list():
            yield from _enclosed("[", (("", item) for item in value), "]")
        case dict():
            yield from _enclosed("{", ((f"{key}: ", item) for key, item in value.items()), "}")
        case Range(operator=""):
            yield "[" if value.start_included else "("
            yield from pieces(value.start)
            yield ".."
            yield from pieces(value.end)
            yield "]" if value.end_included else ")"
        case Range():
            yield f"{value.operator} "
            yield from pieces(value.end if value.end is not None else value.start)
        case YearsMonthsDuration() | DaysTimeDuration() | Function():
            yield str(value)


def _enclosed(opening: str, items: Iterable[tuple[str, Value]], closing: str) -> Iterator[str]:
    yield opening
    for place, (key, item) in enumerate(items):
        yield f", {key}" if place else key
        yield from pieces(item)
    yield closing


def _iso(value: AnyDate | AnyMoment | time) -> str:
    """ISO 8601 without zone; fractions of a second only where there are any."""
    match value:
        case FarDate() | FarMoment():
            year = f"{value.year:05}" if value.year < 0 else f"{value.year:04}"
            return year + _iso(value.near)[4:]
        case datetime() | time():
            finest = nanoseconds(value)
            text = value.replace(tzinfo=None).isoformat(timespec="microseconds" if finest else "auto")
            text += f"{finest:03}" if finest else ""
            return text.rstrip("0") if "." in text else text
        case date():
            return value.isoformat()


def _zone_suffix(value: AnyDate | AnyMoment | time) -> str:
    """`@Europe/Paris`, `Z`, `+02:00` or nothing."""
    clock = value.near if isinstance(value, FarMoment) else value
    if not isinstance(clock, datetime | time) or clock.tzinfo is None:
        return ""
    return f"@{clock.tzinfo.key}" if isinstance(clock.tzinfo, ZoneInfo) else _offset_suffix(clock)


def _offset_suffix(value: datetime | time) -> str:
    offset = value.utcoffset()
    if offset is None:
        return ""
    if not offset:
        return "Z"
    seconds = int(abs(offset).total_seconds())
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")
    return ("-" if offset < timedelta(0) else "+") + text


def to_json(value: Value) -> Json:
    """The value as a JSON variable of a process.

    Dates, times and durations become ISO 8601 text (a named zone becomes its offset), whole numbers
    int, other numbers float, numbers no float can carry text, ranges and functions their FEEL text.
    """
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            return _json_number(value)
        case datetime():
            return _iso(value) + _offset_suffix(value)
        case FarMoment():
            return _iso(value) + _offset_suffix(value.near)
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case _:
            return string(value)


def _json_number(number: Decimal) -> int | float | str:
    if number.adjusted() > _LARGEST_INTEGER_TEXT:
        return str(number)
    return int(number) if number == number.to_integral_value() else float(number)
