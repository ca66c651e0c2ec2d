"""What are the sum, difference, product, quotient and power of two values? (DMN 1.5 §10.3.2.9, Table 57)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal

from pathways.feel.comparison import instant, same_kind
from pathways.feel.far import AnyDate, AnyMoment, FarDate, FarMoment, combined
from pathways.feel.values import (
    NUMBER,
    SECONDS_PER_DAY,
    DaysTimeDuration,
    Duration,
    NoValue,
    Value,
    YearsMonthsDuration,
    add_months,
    kind_of,
    shifted,
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
            return -operand
        case DaysTimeDuration():
            return -operand
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
        case ((date() | time() | FarDate() | FarMoment()), (YearsMonthsDuration() | DaysTimeDuration())):
            return _moved(left, right)
        case ((YearsMonthsDuration() | DaysTimeDuration()), (date() | time() | FarDate() | FarMoment())):
            return _moved(right, left)
        case _:
            return None


def _moved(moment: AnyDate | AnyMoment | time, duration: Duration) -> Value:
    match moment, duration:
        case ((datetime() | FarMoment()), _):
            return shifted(moment, duration)
        case time(), DaysTimeDuration():
            return _around_the_clock(moment, duration)
        case time(), _:
            return None
        case _, YearsMonthsDuration():
            return add_months(moment, duration.months)
        case _:
            return shifted(combined(moment, time()), duration).date()


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
        case ((date() | time() | FarDate() | FarMoment()), (YearsMonthsDuration() | DaysTimeDuration())):
            return _moved(left, -right)
        case ((date() | FarDate() | FarMoment()), (date() | FarDate() | FarMoment())):
            return _between(*same_kind(left, right))
        case time(), time():
            return _between(left, right)
        case _:
            return None


def _between(left: AnyDate | AnyMoment | time, right: AnyDate | AnyMoment | time) -> DaysTimeDuration:
    later, earlier = instant(left), instant(right)
    if later.clock != earlier.clock and not (isinstance(left, time) and later.clock and earlier.clock):
        raise NoValue(f"cannot subtract a {kind_of(left)} that has a time zone and one that has none")
    microseconds = Decimal(later.microseconds - earlier.microseconds)
    return DaysTimeDuration(NUMBER.divide(microseconds, Decimal(1_000_000)))


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
        raise NoValue("0 has no negative power")
    return result


_OPERATIONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "**": _power,
}
_VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "raise"}
