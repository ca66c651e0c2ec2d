"""How is a FEEL value written, as text and as JSON? (DMN 1.5 §10.3.4.1)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment
from pathways.feel.fine import nanoseconds
from pathways.feel.values import DaysTimeDuration, Function, Json, Range, Value, YearsMonthsDuration, plain

_LARGEST_INTEGER_TEXT = 308  # digits a float, and every JSON reader, can still carry


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
