"""When are two values equal, and which one is smaller? (DMN 1.5 §10.3.2.5, Tables 49 to 53)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment, combined, ordinal
from pathways.feel.values import (
    DaysTimeDuration,
    Function,
    NoValue,
    Range,
    Value,
    YearsMonthsDuration,
    kind_of,
)

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ORDERED = frozenset({Decimal, str, YearsMonthsDuration, DaysTimeDuration})
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_PRECISION = 1000  # microseconds: moments are compared to the millisecond, as the compatibility kit asks


def equal(left: Value, right: Value) -> bool | None:
    """Whether both are the same value; null when their types cannot be compared.

    Null equals only null. Moments are equal when they are the same instant, lists and contexts
    when all their members are.
    """
    if left is None or right is None:
        return left is right
    if kind_of(left) != kind_of(right):
        return None
    match left, right:
        case ((date() | time() | FarDate() | FarMoment()), (date() | time() | FarDate() | FarMoment())):
            return _comparable(left) == _comparable(right)
        case list(), list():
            return len(left) == len(right) and all(map(equal, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
        case Range(), Range():
            return _ends(left) == _ends(right) and bool(equal(left.start, right.start) and equal(left.end, right.end))
        case Function(), _:
            return left is right
        case _:
            return left == right


def _ends(value: Range) -> tuple[bool, bool, str]:
    return value.start_included, value.end_included, value.operator


def ordered(operator: str, left: Value, right: Value) -> bool:
    """Whether `left < right` (or `<=`, `>`, `>=`).

    Raises:
        NoValue: the values have no order between them.
    """
    if type(left) is type(right) and type(left) in _ORDERED:
        return _ORDERS[operator](left, right)
    if isinstance(left, _MOMENTS) and isinstance(right, _MOMENTS):
        left, right = same_kind(left, right)
    if not isinstance(left, _MOMENTS) or not isinstance(right, _MOMENTS) or kind_of(left) != kind_of(right):
        raise NoValue(f"cannot compare {kind_of(left)} with {kind_of(right)}")
    first, second = _comparable(left), _comparable(right)
    if first.clock != second.clock:
        raise NoValue(f"cannot compare a {kind_of(left)} that has a time zone with one that has none")
    return _ORDERS[operator](first, second)


_MOMENTS = (date, time, FarDate, FarMoment)


def same_kind(
    left: AnyDate | AnyMoment | time, right: AnyDate | AnyMoment | time
) -> tuple[AnyDate | AnyMoment | time, AnyDate | AnyMoment | time]:
    """Both as moments when one is: a date stands for its midnight (§10.3.2.9.4), in the zone of the other."""
    match left, right:
        case ((datetime() | FarMoment()), (date() | FarDate())) if not isinstance(right, datetime):
            return left, midnight(right, like=left)
        case ((date() | FarDate()), (datetime() | FarMoment())) if not isinstance(left, datetime):
            return midnight(left, like=right), right
        case _:
            return left, right


def midnight(day: AnyDate, *, like: AnyMoment) -> AnyMoment:
    """The first moment of the day, on the same clock as the other moment."""
    return combined(day, time(tzinfo=like.tzinfo))


class Instant(NamedTuple):
    """A place on a clock: nothing known about it (""), UTC, or the zone of a time that has no day."""

    clock: str
    microseconds: int


def instant(value: AnyDate | AnyMoment | time) -> Instant:
    """When it is, in microseconds since the year 0 or since midnight; on the clock of UTC where the offset is known."""
    clock = value.near if isinstance(value, FarMoment) else value
    elapsed = 0 if isinstance(value, time) else ordinal(value) * _DAY
    if not isinstance(clock, datetime | time):
        return Instant("", elapsed)
    elapsed += ((clock.hour * 60 + clock.minute) * 60 + clock.second) * 1_000_000 + clock.microsecond
    offset = clock.utcoffset()
    if offset is not None:
        return Instant("UTC", elapsed - offset // _MICROSECOND)
    return Instant(clock.tzinfo.key if isinstance(clock.tzinfo, ZoneInfo) else "", elapsed)


def _comparable(value: AnyDate | AnyMoment | time) -> Instant:
    """The instant to the millisecond."""
    clock, microseconds = instant(value)
    return Instant(clock, microseconds // _PRECISION)


def contains(interval: Range, value: Value) -> bool | None:
    """Whether the value lies inside the interval; null when an end of a written range is missing.

    Raises:
        NoValue: the value has no order with the ends.
    """
    match interval.operator:
        case "=":
            return equal(value, interval.start)
        case "!=":
            same = equal(value, interval.start)
            return None if same is None else not same
        case "":
            if interval.start is None or interval.end is None:
                raise NoValue("a range with a missing end contains nothing that is known")
    above = interval.start is None or ordered(">=" if interval.start_included else ">", value, interval.start)
    return above and (interval.end is None or ordered("<=" if interval.end_included else "<", value, interval.end))


def unary_range(operator: str, value: Value) -> Range:
    """The range a unary test such as `< 10` stands for (§10.3.2.7)."""
    match operator:
        case "<" | "<=":
            return Range(None, value, False, operator == "<=", operator)
        case ">" | ">=":
            return Range(value, None, operator == ">=", False, operator)
        case _:
            return Range(value, value, operator == "=", operator == "=", operator)
