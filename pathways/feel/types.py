"""Is a value of a type? (`instance of`, DMN 1.5 §10.3.2.9.2) — and how is it made to fit a parameter (§10.3.2.9.4)?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, time
from typing import TypeAlias

from pathways.feel.far import FarDate, combined
from pathways.feel.syntax import Type
from pathways.feel.values import Function, NoValue, Range, Value, kind_of

KNOWN_TYPES = frozenset(
    {
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "list",
        "context",
        "range",
        "function",
    }
)


TypeTests: TypeAlias = Mapping[str, Callable[[Value], bool]]
"""Types that FEEL itself does not have, such as the item definitions of a DMN model: who belongs to them."""

NO_TYPES: TypeTests = {}


def is_instance(value: Value, type_: Type, others: TypeTests = NO_TYPES) -> bool:
    """Whether the value belongs to the type; null belongs to `Null` only.

    Raises:
        NoValue: there is no type of that name, neither in FEEL nor among the others.
    """
    if type_.name not in KNOWN_TYPES:
        if type_.name not in others:
            raise NoValue(f"'{type_.name}' is no type of FEEL")
        return value is not None and others[type_.name](value)
    if value is None:
        return type_.name == "Null"
    return type_.name == "Any" or (kind_of(value) == type_.name and _elements_fit(value, type_, others))


def conforms(value: Value, type_: Type, others: TypeTests = NO_TYPES) -> bool:
    """Whether the value may stand where the type is asked for: null always may.

    Raises:
        NoValue: there is no type of that name.
    """
    return value is None or is_instance(value, type_, others)


def _elements_fit(value: Value, type_: Type, others: TypeTests) -> bool:
    if not type_.elements:
        return True
    match value:
        case list():
            return all(conforms(item, type_.elements[0], others) for item in value)
        case dict():
            fields = zip(type_.fields, type_.elements, strict=True)
            return all(name in value and conforms(value[name], element, others) for name, element in fields)
        case Range():
            return all(conforms(end, type_.elements[0], others) for end in (value.start, value.end))
        case Function():
            return len(value.parameters) == len(type_.elements) - 1
        case _:
            return True


def fitted(value: Value, type_: Type, others: TypeTests = NO_TYPES) -> Value:
    """The value, converted if needed: from or to a list of one item, from a date to its midnight in UTC.

    Raises:
        NoValue: no conversion makes it fit.
    """
    if conforms(value, type_, others):
        return value
    if isinstance(value, list):
        if len(value) == 1 and value[0] is not None and is_instance(value[0], type_, others):
            return value[0]
    elif type_.name not in KNOWN_TYPES - {"list"} and is_instance([value], type_, others):
        return [value]
    if type_.name == "date and time" and isinstance(value, date | FarDate):
        return combined(value, time(tzinfo=UTC))
    raise NoValue(f"expected {type_}, got {kind_of(value)}")
