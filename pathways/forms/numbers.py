"""Is an answer the number its field asks for? Decimal arithmetic, so that 0.3 is three steps of 0.1."""

import math
import re
from decimal import Context, Decimal
from typing import NamedTuple

from pathways.forms.answers import Question, WrongAnswer
from pathways.forms.limits import MAX_DIGITS

_WRITTEN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_EXACT = Context(prec=4 * MAX_DIGITS)


class NoNumber(ValueError):
    """The value is no number, or one that is too long."""


class _Limit(NamedTuple):
    rule: str
    words: str


_LEAST, _MOST = _Limit("min", "must be at least"), _Limit("max", "must be at most")


def read_number(question: Question, value: object) -> object:
    """A number, or with `serializeToString` its text."""
    number = _answered(value)
    _check_digits(question, number)
    _check_step(question, number)
    for limit in (_LEAST, _MOST):
        _check_limit(question, number, limit)
    if question.field.component.get("serializeToString") is True:
        return value.strip() if isinstance(value, str) else format(number, "f")
    return int(number) if number == number.to_integral_value() else float(number)


def as_decimal(value: object) -> Decimal:
    """A JSON number, or text that spells one, exactly.

    Raises:
        NoNumber: it is none, infinite, or has too many digits.
    """
    number = _spelled(value)
    if number.adjusted() > MAX_DIGITS or int(number.as_tuple().exponent) < -MAX_DIGITS:
        raise NoNumber(f"it has more than {MAX_DIGITS} digits")
    return number


def _spelled(value: object) -> Decimal:
    match value:
        case str() if len(value) <= 3 * MAX_DIGITS and _WRITTEN.fullmatch(value.strip()):
            return Decimal(value.strip())
        case int() if not isinstance(value, bool):
            return Decimal(value)
        case float() if math.isfinite(value):
            return Decimal(repr(value))
        case _:
            raise NoNumber("it is no number")


def decimals(number: Decimal) -> int:
    """How many digits stand behind the point, zeros at the end not counted."""
    _, digits, exponent = number.as_tuple()
    places = -int(exponent)
    for digit in reversed(digits):
        if digit or places <= 0:
            break
        places -= 1
    return max(places, 0)


def _answered(value: object) -> Decimal:
    try:
        return as_decimal(value)
    except NoNumber:
        raise WrongAnswer("must be a number", "Write digits, such as 12 or 1.5.") from None


def _check_digits(question: Question, number: Decimal) -> None:
    digits = question.field.component.get("decimalDigits")
    if isinstance(digits, int) and 0 <= digits < decimals(number):
        words = f"must have at most {digits} decimal digits" if digits else "must be a whole number"
        raise WrongAnswer(words, "Round it.")


def _check_step(question: Question, number: Decimal) -> None:
    increment = question.field.component.get("increment")
    if increment in (None, "", 0):
        return
    step = abs(as_decimal(increment))
    beyond = _EXACT.remainder(number, step)
    if beyond:
        below = _EXACT.subtract(number, beyond if beyond > 0 else _EXACT.add(beyond, step))
        near = f"{below:f} or {_EXACT.add(below, step):f}"
        raise WrongAnswer(f"must be a multiple of {increment}", f"The nearest are {near}.")


def _check_limit(question: Question, number: Decimal, limit: _Limit) -> None:
    """A limit that is an expression without a value decides nothing: the answer waits for what it depends on."""
    given = question.field.rules.get(limit.rule)
    if given in (None, ""):
        return
    try:
        bound = as_decimal(question.computed(given))
    except NoNumber:
        words = f"cannot be checked, because its limit `{given}` has no number"
        raise WrongAnswer(words, "Fill in what the limit depends on.") from None
    if (number < bound) if limit is _LEAST else (number > bound):
        raise WrongAnswer(
            f"{limit.words} {bound:f}", f"Write a number that is {limit.words.removeprefix('must be ')} {bound:f}."
        )
