"""How does a variable of a process become a FEEL value? Text and booleans stay, numbers become decimals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import TypeAlias

from pathways.feel.far import FarDate, FarMoment
from pathways.feel.limits import MAX_DEPTH_OF_DATA
from pathways.feel.values import NUMBER, DaysTimeDuration, Function, Range, Value, YearsMonthsDuration

Warn: TypeAlias = Callable[[str], None]

_FEEL_TYPES = (date, time, FarDate, FarMoment, YearsMonthsDuration, DaysTimeDuration, Range, Function)
_PLAIN = (str, bool, type(None))
_NUMBERS = (Decimal, float, int)
_COLLECTIONS = (dict, list, tuple, Mapping)
_EXACT = 10**34


def accepted(given: object, path: str, warn: Warn, depth: int = 0) -> Value:
    """The FEEL value of a JSON or FEEL value; anything else is null with a warning that names the path."""
    if type(given) is int and -_EXACT < given < _EXACT:
        return Decimal(given)
    if isinstance(given, _PLAIN):
        return given
    if isinstance(given, _NUMBERS):
        return _number(given, path, warn)
    if isinstance(given, _COLLECTIONS):
        return _collection(given, path, warn, depth + 1)
    if isinstance(given, _FEEL_TYPES):
        return given
    warn(f"'{path}' holds a {type(given).__name__}, which is no FEEL value")
    return None


def _collection(
    given: Mapping[object, object] | list[object] | tuple[object, ...], path: str, warn: Warn, depth: int
) -> Value:
    if depth > MAX_DEPTH_OF_DATA:
        warn(f"'{path}' has more than {MAX_DEPTH_OF_DATA} lists and contexts inside one another")
        return None
    if isinstance(given, Mapping):
        return {str(key): accepted(item, path, warn, depth) for key, item in given.items()}
    return [item if isinstance(item, str) else accepted(item, path, warn, depth) for item in given]


def _number(given: Decimal | int | float, path: str, warn: Warn) -> Value:
    try:
        number = NUMBER.create_decimal(repr(given) if isinstance(given, float) else given)
        if number.is_finite():
            return number
    except ArithmeticError:
        pass
    warn(f"'{path}' holds a number FEEL cannot express")
    return None
