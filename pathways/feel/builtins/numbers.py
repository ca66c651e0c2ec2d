"""Numeric functions (DMN 1.5 §10.3.4.5)."""

from __future__ import annotations

import decimal
from decimal import Decimal

from pathways.feel.arithmetic import negate
from pathways.feel.builtins.registry import Functions
from pathways.feel.values import NUMBER, DaysTimeDuration, Duration, NoValue, Value, YearsMonthsDuration

FUNCTIONS = Functions()
_SCALES = range(-6111, 6177)


@FUNCTIONS.define("decimal(n: number, scale: number)")
def decimal_(number: Decimal, scale: Decimal) -> Value:
    """The number rounded to `scale` digits after the point, half to even."""
    return _rounded(number, scale, decimal.ROUND_HALF_EVEN)


@FUNCTIONS.define("floor(n: number)", "floor(n: number, scale: number)")
def floor(number: Decimal, scale: Decimal = Decimal(0)) -> Value:
    """The next number downwards with `scale` digits after the point."""
    return _rounded(number, scale, decimal.ROUND_FLOOR)


@FUNCTIONS.define("ceiling(n: number)", "ceiling(n: number, scale: number)")
def ceiling(number: Decimal, scale: Decimal = Decimal(0)) -> Value:
    """The next number upwards with `scale` digits after the point."""
    return _rounded(number, scale, decimal.ROUND_CEILING)


@FUNCTIONS.define("round up(n: number, scale: number)")
def round_up(number: Decimal, scale: Decimal) -> Value:
    """Rounded away from zero."""
    return _rounded(number, scale, decimal.ROUND_UP)


@FUNCTIONS.define("round down(n: number, scale: number)")
def round_down(number: Decimal, scale: Decimal) -> Value:
    """Rounded towards zero."""
    return _rounded(number, scale, decimal.ROUND_DOWN)


@FUNCTIONS.define("round half up(n: number, scale: number)")
def round_half_up(number: Decimal, scale: Decimal) -> Value:
    """Rounded to the nearest, the middle away from zero."""
    return _rounded(number, scale, decimal.ROUND_HALF_UP)


@FUNCTIONS.define("round half down(n: number, scale: number)")
def round_half_down(number: Decimal, scale: Decimal) -> Value:
    """Rounded to the nearest, the middle towards zero."""
    return _rounded(number, scale, decimal.ROUND_HALF_DOWN)


def _rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal:
    digits = int(scale)
    if digits not in _SCALES:
        raise NoValue("these are more digits after the point than a number has")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= digits:
        return number
    return number.quantize(Decimal((0, (1,), -digits)), rounding, NUMBER)


@FUNCTIONS.define("abs(n: number | days and time duration | years and months duration)")
def abs_(value: Decimal | Duration) -> Value:
    """The number or duration without its sign."""
    match value:
        case Decimal():
            return abs(value)
        case YearsMonthsDuration():
            return negate(value) if value.months < 0 else value
        case DaysTimeDuration():
            return negate(value) if value.seconds < 0 else value


@FUNCTIONS.define("modulo(dividend: number, divisor: number)")
def modulo(dividend: Decimal, divisor: Decimal) -> Value:
    """What is left of the division; it has the sign of the divisor."""
    remainder = NUMBER.remainder(dividend, divisor)
    return NUMBER.add(remainder, divisor) if remainder and (remainder < 0) != (divisor < 0) else remainder


@FUNCTIONS.define("sqrt(number: number)")
def sqrt(number: Decimal) -> Value:
    """The square root."""
    return NUMBER.sqrt(number)


@FUNCTIONS.define("log(number: number)")
def log(number: Decimal) -> Value:
    """The natural logarithm."""
    if number <= 0:
        raise NoValue("log: only a number above 0 has a logarithm")
    return NUMBER.ln(number)


@FUNCTIONS.define("exp(number: number)")
def exp(number: Decimal) -> Value:
    """e to the power of the number."""
    return NUMBER.exp(number)


@FUNCTIONS.define("odd(number: number)")
def odd(number: Decimal) -> Value:
    """Whether the number is whole and odd."""
    return abs(NUMBER.remainder(number, Decimal(2))) == 1


@FUNCTIONS.define("even(number: number)")
def even(number: Decimal) -> Value:
    """Whether the number is whole and even."""
    return NUMBER.remainder(number, Decimal(2)) == 0
