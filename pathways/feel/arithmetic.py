"""What are the sum, difference, product, quotient and power of two values? (DMN 1.5 §10.3.2.9, Table 57)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from pathways.feel.comparison import midnight
from pathways.feel.values import (
    NUMBER,
    SECONDS_PER_DAY,
    DaysTimeDuration,
    Duration,
    NoValue,
    Value,
    YearsMonthsDuration,
    add_duration,
    add_months,
    kind_of,
)


def calculate(operator: str, left: Value, right: Value) -> Value:
    """The result of an arithmetic operator.

    Raises:
        NoValue: the operator is not defined for these types.
        ArithmeticError: the numbers have no result, such as 1 / 0.
        ValueError: a date leaves the years 1 to 9999.
    """
    result = _OPERATIONS[operator](left, right)
    if result is None:
        raise NoValue(f"cannot {_VERBS[operator]} {kind_of(left)} and {kind_of(right)}")
    return result


def negate(operand: Value) -> Value:
    """The number or duration with the other sign.

    Raises:
        NoValue: the operand is neither.
    """
    match operand:
        case Decimal():
            return NUMBER.minus(operand)
        case YearsMonthsDuration():
            return YearsMonthsDuration(-operand.months)
        case DaysTimeDuration():
            return DaysTimeDuration(-operand.seconds)
        case _:
            raise NoValue(f"cannot negate {kind_of(operand)}")


def _add(left: Value, right: Value) -> Value:
    match left, right:
        case Decimal(), Decimal():
            return NUMBER.add(left, right)
        case str(), str():
            return left + right
        case YearsMonthsDuration(), YearsMonthsDuration():
            return YearsMonthsDuration(left.months + right.months)
        case DaysTimeDuration(), DaysTimeDuration():
            return DaysTimeDuration(NUMBER.add(left.seconds, right.seconds))
        case ((date() | time()), (YearsMonthsDuration() | DaysTimeDuration())):
            return _moved(left, right)
        case ((YearsMonthsDuration() | DaysTimeDuration()), (date() | time())):
            return _moved(right, left)
        case _:
            return None


def _moved(moment: date | time, duration: Duration) -> Value:
    match moment, duration:
        case datetime(), _:
            return add_duration(moment, duration)
        case date(), YearsMonthsDuration():
            return add_months(moment, duration.months)
        case date(), DaysTimeDuration():
            return add_duration(datetime(moment.year, moment.month, moment.day), duration).date()  # noqa: DTZ001 - no zone
        case time(), DaysTimeDuration():
            return _around_the_clock(moment, duration)
        case _:
            return None


def _around_the_clock(moment: time, duration: DaysTimeDuration) -> time:
    within_a_day = DaysTimeDuration(NUMBER.remainder(duration.seconds, Decimal(SECONDS_PER_DAY)))
    day = datetime(2000, 1, 2, moment.hour, moment.minute, moment.second, moment.microsecond)  # noqa: DTZ001 - any day
    return (day + within_a_day.timedelta()).time().replace(tzinfo=moment.tzinfo)


def _subtract(left: Value, right: Value) -> Value:
    match left, right:
        case Decimal(), Decimal():
            return NUMBER.subtract(left, right)
        case YearsMonthsDuration(), YearsMonthsDuration():
            return YearsMonthsDuration(left.months - right.months)
        case DaysTimeDuration(), DaysTimeDuration():
            return DaysTimeDuration(NUMBER.subtract(left.seconds, right.seconds))
        case ((date() | time()), (YearsMonthsDuration() | DaysTimeDuration())):
            return _add(left, negate(right))
        case date(), date():
            return _between_moments(left, right)
        case time(), time():
            return _between_times(left, right)
        case _:
            return None


def _between_moments(left: date, right: date) -> DaysTimeDuration:
    if isinstance(left, datetime) and not isinstance(right, datetime):
        right = midnight(right, like=left)
    elif isinstance(right, datetime) and not isinstance(left, datetime):
        left = midnight(left, like=right)
    if not isinstance(left, datetime) or not isinstance(right, datetime):
        return _length(left - right)
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NoValue("cannot subtract a date and time that has a time zone and one that has none")
    if left.tzinfo is not None:
        return _length(left.astimezone(UTC) - right.astimezone(UTC))
    return _length(left - right)


def _between_times(left: time, right: time) -> DaysTimeDuration:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NoValue("cannot subtract a time that has a time zone and one that has none")
    return _length(_since_midnight(left) - _since_midnight(right))


def _since_midnight(value: time) -> timedelta:
    elapsed = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    return elapsed - (value.utcoffset() or timedelta(0))


def _length(elapsed: timedelta) -> DaysTimeDuration:
    microseconds = elapsed // timedelta(microseconds=1)
    return DaysTimeDuration(NUMBER.divide(Decimal(microseconds), Decimal(1_000_000)))


def _multiply(left: Value, right: Value) -> Value:
    match left, right:
        case Decimal(), Decimal():
            return NUMBER.multiply(left, right)
        case YearsMonthsDuration(), Decimal():
            return YearsMonthsDuration(int(NUMBER.multiply(Decimal(left.months), right)))
        case DaysTimeDuration(), Decimal():
            return DaysTimeDuration(NUMBER.multiply(left.seconds, right))
        case Decimal(), (YearsMonthsDuration() | DaysTimeDuration()):
            return _multiply(right, left)
        case _:
            return None


def _divide(left: Value, right: Value) -> Value:
    match left, right:
        case Decimal(), Decimal():
            return NUMBER.divide(left, right)
        case YearsMonthsDuration(), Decimal():
            return YearsMonthsDuration(int(NUMBER.divide(Decimal(left.months), right)))
        case DaysTimeDuration(), Decimal():
            return DaysTimeDuration(NUMBER.divide(left.seconds, right))
        case YearsMonthsDuration(), YearsMonthsDuration():
            return NUMBER.divide(Decimal(left.months), Decimal(right.months))
        case DaysTimeDuration(), DaysTimeDuration():
            return NUMBER.divide(left.seconds, right.seconds)
        case _:
            return None


def _power(left: Value, right: Value) -> Value:
    if not isinstance(left, Decimal) or not isinstance(right, Decimal):
        return None
    result = NUMBER.power(left, right) if right else Decimal(1)
    if not result.is_finite():
        raise NoValue(f"0 has no power {right}")
    return result


_OPERATIONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": _power,
}
_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "raise"}
