"""Is one answer what its field asks for? One function per component type: text in, value out, or a sentence."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from pathways.forms.fields import Field

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,}")


class WrongAnswer(ValueError):
    """The answer does not fit its field; the message says what would."""


def is_empty(field: Field, value: object) -> bool:
    """Whether nothing was answered; an unticked checkbox is no answer to a required one, as in form-js."""
    unticked = field.type == "checkbox" and value is False and field.rules.get("required") is True
    return value is None or value in ("", [], {}) or unticked


def read_answer(field: Field, value: object, options: tuple[object, ...] | None, *, now: datetime) -> object:
    """Give the answer in its type: numbers as numbers, dates as ISO 8601 text.

    Raises:
        WrongAnswer: it is of another type, too long, too large, or none of the options.
    """
    return _READERS[field.type](field, value, options, now)


def _text(field: Field, value: object, _options: object, _now: datetime) -> str:
    if not isinstance(value, str):
        raise WrongAnswer("must be text")
    rules = field.rules
    _check_length(value, rules)
    pattern, kind = rules.get("pattern"), rules.get("validationType")
    if pattern and not re.search(str(pattern), value):
        raise WrongAnswer(f"must match {pattern}")
    if kind == "email" and not _EMAIL.fullmatch(value):
        raise WrongAnswer("must be an e-mail address")
    if kind == "phone" and not _PHONE.fullmatch(value):
        raise WrongAnswer("must be a telephone number")
    return value


def _check_length(value: str, rules: Mapping[str, Any]) -> None:
    shortest, longest = rules.get("minLength"), rules.get("maxLength")
    if isinstance(shortest, int) and len(value) < shortest:
        raise WrongAnswer(f"must have at least {shortest} characters")
    if isinstance(longest, int) and len(value) > longest:
        raise WrongAnswer(f"must have at most {longest} characters")


def _number(field: Field, value: object, _options: object, _now: datetime) -> object:
    number = _as_number(value)
    rules, digits = field.rules, field.component.get("decimalDigits")
    if isinstance(digits, int) and round(number, digits) != number:
        raise WrongAnswer(f"must have at most {digits} decimal digits" if digits else "must be a whole number")
    least, most = rules.get("min"), rules.get("max")
    if least not in (None, "") and number < _as_number(least):
        raise WrongAnswer(f"must be at least {least}")
    if most not in (None, "") and number > _as_number(most):
        raise WrongAnswer(f"must be at most {most}")
    return str(value) if field.component.get("serializeToString") is True else number


def _as_number(value: object) -> int | float:
    """A number, or text that spells one."""
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
        except ValueError:
            raise WrongAnswer("must be a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise WrongAnswer("must be a number")
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _boolean(_field: Field, value: object, _options: object, _now: datetime) -> bool:
    if not isinstance(value, bool):
        raise WrongAnswer("must be true or false")
    return value


def _one_of(_field: Field, value: object, options: tuple[object, ...] | None, _now: datetime) -> object:
    if not _is_option(value, options):
        raise WrongAnswer(f"must be one of {_listed(options)}")
    return value


def _some_of(_field: Field, value: object, options: tuple[object, ...] | None, _now: datetime) -> object:
    if not isinstance(value, list) or not all(_is_option(item, options) for item in value):
        raise WrongAnswer(f"must be a list of {_listed(options)}")
    if any(item in value[:position] for position, item in enumerate(value)):
        raise WrongAnswer("must not name anything twice")
    return value


def _is_option(value: object, options: tuple[object, ...] | None) -> bool:
    return options is None or any(type(value) is type(option) and value == option for option in options)


def _listed(options: tuple[object, ...] | None) -> str:
    return ", ".join(str(option) for option in options or ())


def _moment(field: Field, value: object, _options: object, now: datetime) -> str:
    subtype = field.component.get("subtype", "date")
    readers: Mapping[str, Callable[[str], date | time]] = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "datetime": datetime.fromisoformat,
    }
    try:
        moment = readers[subtype](str(value))
    except ValueError:
        raise WrongAnswer(f"must be a {subtype} such as {_EXAMPLES[subtype]}") from None
    if not isinstance(value, str):
        raise WrongAnswer(f"must be a {subtype} such as {_EXAMPLES[subtype]}")
    if field.component.get("disallowPassedDates") is True and isinstance(moment, date) and _day(moment) < now.date():
        raise WrongAnswer("must not be in the past")
    return value


_EXAMPLES = {"date": "2026-03-01", "time": "13:30", "datetime": "2026-03-01T13:30:00Z"}


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _files(_field: Field, value: object, _options: object, _now: datetime) -> object:
    """References to documents, as the upload gave them."""
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and name for name in names):
        raise WrongAnswer("must be a document reference or a list of them")
    return value


_READERS: Mapping[str, Callable[[Field, object, tuple[object, ...] | None, datetime], object]] = {
    "textfield": _text,
    "textarea": _text,
    "number": _number,
    "checkbox": _boolean,
    "select": _one_of,
    "radio": _one_of,
    "checklist": _some_of,
    "taglist": _some_of,
    "datetime": _moment,
    "filepicker": _files,
}
