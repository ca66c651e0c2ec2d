"""Does a submission fit its form? Hidden fields are dropped, answers converted, everything wrong is named by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathways.feel import compile_expression, to_json
from pathways.forms.answers import WrongAnswer, is_empty, read_answer
from pathways.forms.fields import Field, Schema, fields

_NOTHING: Mapping[str, Any] = {}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, as a sentence without its subject: `must be at most 40`."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Submission:
    """The accepted answers (only visible fields, converted) and what is wrong; use `values` when `errors` is empty."""

    values: Mapping[str, Any]
    errors: tuple[FieldError, ...]


def validate_form(
    schema: Schema, values: Mapping[str, Any], *, now: datetime, variables: Mapping[str, Any] = _NOTHING
) -> list[FieldError]:
    """Name everything that is wrong with a submission; empty when it may be accepted."""
    return list(read_submission(schema, values, now=now, variables=variables).errors)


def read_submission(
    schema: Schema, values: Mapping[str, Any], *, now: datetime, variables: Mapping[str, Any] = _NOTHING
) -> Submission:
    """Read what a person filled in.

    Args:
        schema: a form-js form.
        values: the answers by key; nested objects where keys have dots or groups have paths.
        now: decides `now()` in conditions and "must not be in the past".
        variables: what the form was shown with; conditions and options may read it, answers win over it.
    """
    known = fields(schema)
    answers = {field.path: value for field in known if (value := _get(values, field.path)) is not _MISSING}
    errors = [FieldError(".".join(path), "is no field of this form") for path in _unknown(values, known)]
    accepted: dict[str, Any] = {}
    for field in _visible(known, answers, variables, now):
        if not field.filled_in:
            continue
        try:
            _accept(accepted, field, answers.get(field.path), _seen(answers, variables), now)
        except WrongAnswer as wrong:
            errors.append(FieldError(field.name, str(wrong)))
    return Submission(accepted, tuple(errors))


def _accept(accepted: dict[str, Any], field: Field, value: object, seen: Mapping[str, Any], now: datetime) -> None:
    if is_empty(field, value):
        if field.rules.get("required") is True:
            raise WrongAnswer("is required")
        if value is not None:
            _put(accepted, field.path, value)
        return
    _put(accepted, field.path, read_answer(field, value, _options(field, seen, now), now=now))


def _visible(
    known: tuple[Field, ...], answers: dict[tuple[str, ...], Any], variables: Mapping[str, Any], now: datetime
) -> list[Field]:
    """Drop the answers of hidden fields until nothing more is hidden by what is gone."""
    visible = list(known)
    for _ in known:
        seen = _seen(answers, variables)
        still = [field for field in visible if not any(_holds(hide, seen, now) for hide in field.hidden_when)]
        if len(still) == len(visible):
            break
        for field in visible:
            if field not in still:
                answers.pop(field.path, None)
        visible = still
    return visible


def _holds(condition: str, seen: Mapping[str, Any], now: datetime) -> bool:
    return compile_expression(condition).evaluate(seen, now=now).value is True


def _seen(answers: Mapping[tuple[str, ...], Any], variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What conditions may read: every variable, over it the answers."""
    seen: dict[str, Any] = dict(variables)
    for path, value in answers.items():
        _put(seen, path, value)
    return seen


def _options(field: Field, seen: Mapping[str, Any], now: datetime) -> tuple[object, ...] | None:
    """The allowed values: written in the form, or computed (`valuesExpression`), or from a variable (`valuesKey`)."""
    expression, key = field.component.get("valuesExpression"), field.component.get("valuesKey")
    given: object = field.component.get("values")
    if isinstance(expression, str):
        given = to_json(compile_expression(expression.strip().removeprefix("=")).evaluate(seen, now=now).value)
    elif isinstance(key, str) and key:
        given = seen.get(key)
    if not isinstance(given, list):
        return () if expression or key else None
    return tuple(option.get("value") if isinstance(option, Mapping) else option for option in given)


def _get(values: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: object = values
    for part in path:
        if not isinstance(found, Mapping) or part not in found:
            return _MISSING
        found = found[part]
    return found


def _put(values: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    *parents, last = path
    for part in parents:
        inner = values.get(part)
        values[part] = dict(inner) if isinstance(inner, Mapping) else {}
        values = values[part]
    values[last] = value


def _unknown(values: Mapping[str, Any], known: tuple[Field, ...]) -> Iterator[tuple[str, ...]]:
    """The paths of a submission that lead to no field of the form."""
    paths = {field.path for field in known}
    stack: list[tuple[tuple[str, ...], object]] = [((key,), value) for key, value in values.items()]
    while stack:
        path, value = stack.pop(0)
        if path in paths:
            continue
        if isinstance(value, Mapping) and any(known_path[: len(path)] == path for known_path in paths):
            stack.extend(((*path, str(key)), inner) for key, inner in value.items())
        else:
            yield path
