"""What is behind the dot? Members of contexts, properties of times and ranges (DMN 1.5 §10.3.2.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pathways.feel.far import FarDate, FarMoment
from pathways.feel.fine import FineMoment, FineTime, nanoseconds
from pathways.feel.values import DaysTimeDuration, NoValue, Range, Value, YearsMonthsDuration, kind_of

_Properties = Mapping[str, Callable[[Any], Value]]


def member(base: Value, name: str) -> Value:
    """The member or property; of a list the list of its items' members; of null, null.

    Raises:
        NoValue: the value has no such member.
    """
    match base:
        case dict():
            if name not in base:
                raise NoValue(f"the context has no entry '{name}'")
            return base[name]
        case list():
            return [_member_of_item(item, name) for item in base]
        case _:
            return _property(base, name)


def _member_of_item(item: Value, name: str) -> Value:
    return item.get(name) if isinstance(item, dict) else member(item, name)


def _property(base: Value, name: str) -> Value:
    read = _PROPERTIES.get(type(base), {}).get(name)
    if read is None:
        raise NoValue(f"{kind_of(base)} has no property '{name}'")
    return read(base)


def _time_offset(value: datetime | time) -> Value:
    """How far the clock is from UTC, null where that is not known."""
    offset = value.utcoffset()
    return None if offset is None else DaysTimeDuration(Decimal(int(offset.total_seconds())))


def _timezone(value: datetime | time) -> Value:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _seconds(value: datetime | time) -> Decimal:
    fraction = value.microsecond * 1000 + nanoseconds(value)
    return value.second + Decimal(fraction).scaleb(-9).normalize() if fraction else Decimal(value.second)


def _signed(duration: DaysTimeDuration, index: int) -> Decimal:
    part = Decimal(duration.parts()[index])
    return -part if duration.seconds < 0 and part else part


def _signed_months(duration: YearsMonthsDuration, part: int) -> Decimal:
    return Decimal(-part if duration.months < 0 else part)


_OF_DATE: _Properties = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.isoweekday()),
}
_OF_TIME: _Properties = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": _seconds,
    "time offset": _time_offset,
    "timezone": _timezone,
}


def _of_the_near(properties: _Properties) -> _Properties:
    """The properties of a far date: those of its near one, except the year."""
    through = {name: lambda value, read=read: read(value.near) for name, read in properties.items()}
    return {**through, "year": _OF_DATE["year"]}


_PROPERTIES: Mapping[type, _Properties] = {
    date: _OF_DATE,
    time: _OF_TIME,
    datetime: {**_OF_DATE, **_OF_TIME},
    FineTime: _OF_TIME,
    FineMoment: {**_OF_DATE, **_OF_TIME},
    FarDate: _of_the_near(_OF_DATE),
    FarMoment: _of_the_near({**_OF_DATE, **_OF_TIME}),
    YearsMonthsDuration: {
        "years": lambda value: _signed_months(value, abs(value.months) // 12),
        "months": lambda value: _signed_months(value, abs(value.months) % 12),
    },
    DaysTimeDuration: {
        "days": lambda value: _signed(value, 0),
        "hours": lambda value: _signed(value, 1),
        "minutes": lambda value: _signed(value, 2),
        "seconds": lambda value: _signed(value, 3),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
