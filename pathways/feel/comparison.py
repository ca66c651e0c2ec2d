"""When are two values equal, and which one is smaller? (DMN 1.5 §10.3.2.5, Tables 49 to 53)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any
from zoneinfo import ZoneInfo

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
_ORDERED = frozenset({Decimal, str, date, time, datetime, YearsMonthsDuration, DaysTimeDuration})


def equal(left: Value, right: Value) -> bool | None:
    """Whether both are the same value; null when their types cannot be compared.

    Null equals only null. Moments are equal when they are the same instant, lists and contexts
    when all their members are.
    """
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return None
    match left, right:
        case datetime() | time(), _:
            return bool(_instant(left) == _instant(right))
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
    if type(left) is not type(right):
        left, right = _as_moments(left, right)
    if type(left) is not type(right) or type(left) not in _ORDERED:
        raise NoValue(f"cannot compare {kind_of(left)} with {kind_of(right)}")
    first, second = (_instant(left), _instant(right)) if isinstance(left, datetime | time) else (left, right)
    try:
        return _ORDERS[operator](first, second)
    except TypeError:
        raise NoValue(f"cannot compare a {kind_of(left)} that has a time zone with one that has none") from None


def _as_moments(left: Value, right: Value) -> tuple[Value, Value]:
    """A date beside a date and time stands for its midnight (§10.3.2.9.4), in the zone of the other."""
    match left, right:
        case datetime(), date():
            return left, midnight(right, like=left)
        case date(), datetime():
            return midnight(left, like=right), right
        case _:
            return left, right


def midnight(day: date, *, like: datetime) -> datetime:
    """The first moment of the day, on the same clock as the other moment."""
    return datetime(day.year, day.month, day.day, tzinfo=like.tzinfo)


def _instant(value: Value) -> Any:
    """The moment on the clock of UTC; what has no offset stays as it is."""
    match value:
        case datetime() if value.tzinfo is not None:
            return _utc(value)
        case time() if isinstance(value.tzinfo, ZoneInfo):
            return value.replace(tzinfo=None), value.tzinfo.key
        case _:
            return value


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


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
