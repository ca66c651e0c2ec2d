"""Which values may be chosen, and was one of them chosen? (`values`, `valuesKey`, `valuesExpression`)."""

from collections.abc import Hashable, Iterable, Mapping

from pathways.forms.answers import Question, WrongAnswer
from pathways.forms.fields import Schema
from pathways.forms.limits import MAX_DEPTH_OF_VALUES

_NAMED = 20  # options that an error lists


def read_choice(question: Question, value: object) -> object:
    """One of the options."""
    options = options_of(question)
    if not marks([value]) <= marks(options):
        raise WrongAnswer(f"must be one of {_listed(options)}", "Choose one of them.")
    return value


def read_choices(question: Question, value: object) -> object:
    """A list of different options."""
    options = options_of(question)
    if not isinstance(value, list) or not marks(value) <= marks(options):
        raise WrongAnswer(f"must be a list of {_listed(options)}", "Choose among them.")
    if len(marks(value)) < len(value):
        raise WrongAnswer("must not name anything twice", "Name each once.")
    return value


def options_of(question: Question) -> list[object]:
    """The values that may be chosen now, from the first source the field names, in the order of form-js."""
    component = question.field.component
    given = component.get("values")
    if isinstance(key := component.get("valuesKey"), str):
        given = question.variables.get(key)
    elif given is None:
        given = question.computed(component.get("valuesExpression"))
    return choosable(given)


def source(component: Schema) -> str | None:
    """Which property the options come from."""
    for name in ("valuesKey", "values", "valuesExpression"):
        if component.get(name) is not None:
            return name
    return None


def choosable(given: object) -> list[object]:
    """The values of a list of options: plain ones, and those of labelled objects; form-js leaves out the rest."""
    values = [_value(option) for option in given] if isinstance(given, list | tuple) else []
    return [value for value in values if value is not None]


def _value(option: object) -> object:
    if not isinstance(option, Mapping):
        return option if _is_plain(option) else None
    value, label = option.get("value"), option.get("label")
    labelled = isinstance(label, str) and label != ""
    return value if _is_plain(value) or (labelled and isinstance(value, Mapping | list) and value) else None


def _is_plain(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value != "")


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; `1` is no `true`, and the order of keys does not matter."""
    return _mark(one, 0) == _mark(other, 0)


def marks(values: Iterable[object]) -> set[Hashable]:
    """Something of every value that is equal where the values are the same."""
    return {_mark(value, 0) for value in values}


def _mark(value: object, depth: int) -> Hashable:
    match value:
        case bool():
            return "tick", value
        case None | str() | int() | float():
            return value
        case list() | tuple() if depth < MAX_DEPTH_OF_VALUES:
            return "list", *(_mark(item, depth + 1) for item in value)
        case Mapping() if depth < MAX_DEPTH_OF_VALUES:
            return "object", frozenset((key, _mark(item, depth + 1)) for key, item in value.items())
        case _:
            return "else", id(value)


def _listed(options: list[object]) -> str:
    if not options:
        return "its options, of which there are none now"
    more = ", …" if len(options) > _NAMED else ""
    return ", ".join(str(option)[:100] for option in options[:_NAMED]) + more
