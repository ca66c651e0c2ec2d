"""Is every property of a component one that we execute, with a value that means something?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pathways.bpmn.findings import Severity
from pathways.feel import FeelSyntaxError, compile_expression
from pathways.forms.answers import Question, WrongAnswer
from pathways.forms.choices import choosable, marks, same, source
from pathways.forms.components import BY_NAME, COMPUTED, PROPERTIES, TOP_LEVEL, allowed
from pathways.forms.expressions import is_expression, source_of
from pathways.forms.fields import Field, Schema, path_of
from pathways.forms.limits import MAX_COMPONENTS
from pathways.forms.moments import FORMATS, INTERVALS, SUBTYPES
from pathways.forms.numbers import NoNumber, as_decimal
from pathways.forms.pattern import PatternError, compile_pattern
from pathways.forms.readers import READERS

_SHOW = 60  # characters of a wrong value that a message shows


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding before its place is known."""

    severity: Severity
    rule: str
    message: str
    remedy: str


def remarks(component: Schema, kind: str) -> Iterator[Remark]:
    """Everything that is wrong with the properties of one component of a known type."""
    yield from _unknown(component, kind)
    yield from _rules(component, kind)
    yield from _expressions(component)
    for name, (fits, asks) in _VALUES.items():
        value = component.get(name)
        if value is not None and kind in BY_NAME[name].on and not fits(value):
            yield Remark("error", "form-property", f"{name} is {_said(value)}; it must be {asks}.", "Correct it.")
    yield from _options(component, kind)
    if kind == COMPUTED and not is_expression(component.get("expression")):
        yield Remark("error", "form-property", "The expression is missing.", "Write it in FEEL, beginning with `=`.")
    yield from _default(component, kind)


def _said(value: object) -> str:
    """The value, as far as a message shows it."""
    text = repr(value) if isinstance(value, str | bool | int | float | None) else type(value).__name__
    return text if len(text) <= _SHOW else f"{text[:_SHOW]}…"


def _unknown(component: Schema, kind: str) -> Iterator[Remark]:
    for name in component:
        if not allowed(kind, str(name)):
            known = "has no effect on" if name in TOP_LEVEL else "is unknown to this build on"
            message = f"The property {str(name)[:_SHOW]} {known} a {kind}."
            yield Remark("warning", "form-property-unknown", message, "Remove it.")
    conditional = component.get("conditional")
    for name in conditional if isinstance(conditional, Mapping) else ():
        if f"conditional.{name}" not in BY_NAME:
            message = f"A condition has no {str(name)[:_SHOW]!r}: it hides and shows nothing."
            yield Remark("warning", "form-property-unknown", message, "Write conditional.hide.")


def _rules(component: Schema, kind: str) -> Iterator[Remark]:
    rules = component.get("validate")
    if rules is None:
        return
    if not isinstance(rules, Mapping):
        yield Remark("error", "form-rule", "`validate` is no object.", "Save the form again.")
        return
    for rule, value in rules.items():
        asked = BY_NAME.get(f"validate.{rule}")
        if asked is None or kind not in asked.on:
            if value not in (None, "", False):
                message = f"A {kind} has no rule {str(rule)[:_SHOW]!r}; nobody would check it."
                yield Remark("error", "form-rule", message, "Remove it.")
        elif not (is_expression(value) and asked.feel) and value not in (None, ""):
            yield from _rule(str(rule), value)


def _rule(rule: str, value: object) -> Iterator[Remark]:
    fits, asks = _RULES[rule]
    if not fits(value):
        yield Remark("error", "form-rule", f"The rule {rule} is {_said(value)}; it must be {asks}.", "Correct it.")
    elif rule == "pattern":
        try:
            compile_pattern(str(value))
        except PatternError as error:
            yield Remark("error", "form-pattern", f"The pattern is wrong: {error}.", "Correct it.")


def _expressions(component: Schema) -> Iterator[Remark]:
    for each in PROPERTIES:
        value = _property(component, each.name)
        if each.feel and isinstance(value, str) and is_expression(value):
            yield from _expression(each.name, value)
    hide = _property(component, "conditional.hide")
    if hide not in (None, "", False) and not is_expression(hide):
        message = f"conditional.hide is {_said(hide)}, which form-js takes for false."
        yield Remark("error", "form-property", message, "Write a condition that begins with `=`.")


def _property(component: Schema, name: str) -> object:
    value: object = component
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _expression(name: str, text: str) -> Iterator[Remark]:
    try:
        compile_expression(source_of(text))
    except FeelSyntaxError as error:
        message = f"{name} `{text[: 2 * _SHOW]}` is not FEEL: {error.message} (at character {error.position})."
        yield Remark("error", "feel-syntax", message, "Correct the expression.")


def _options(component: Schema, kind: str) -> Iterator[Remark]:
    if kind not in BY_NAME["values"].on:
        return
    named = source(component)
    if named is None:
        yield Remark("error", "form-options", f"The {kind} has nothing to choose from.", "Give it options.")
    elif named == "values":
        yield from _static_options(component.get("values"))


def _static_options(given: object) -> Iterator[Remark]:
    values = choosable(given)
    if not isinstance(given, list | tuple) or not values:
        yield Remark("error", "form-options", "There is nothing to choose from.", "Give the field options.")
    elif len(values) < len(given):
        message = "An option has no value; form-js leaves it out."
        yield Remark("warning", "form-options", message, "Give every option a value.")
    elif len(marks(values)) < len(values):
        yield Remark("warning", "form-options", "Two options have the same value.", "Give each its own.")


def _default(component: Schema, kind: str) -> Iterator[Remark]:
    """A default that its own field would refuse; what depends on variables is looked at when it is used."""
    default, rules = component.get("defaultValue"), component.get("validate")
    rules = rules if isinstance(rules, Mapping) else {}
    if default in (None, "", []) or kind not in READERS or any(map(is_expression, rules.values())):
        return
    if kind in BY_NAME["values"].on and source(component) != "values":
        return
    question = Question(Field(path_of(component.get("key")), component), lambda _text: None, {}, _LONG_AGO)
    try:
        READERS[kind](question, default)
    except (WrongAnswer, PatternError, NoNumber) as wrong:
        message = f"The default {_said(default)} {wrong}."
        yield Remark("error", "form-default", message, "Correct the default or the rule.")


_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)


def _is_number(value: object) -> bool:
    try:
        as_decimal(value)
    except NoNumber:
        return False
    return True


def _is_whole(value: object) -> bool:
    return _is_number(value) and (number := as_decimal(value)) >= 0 and number == number.to_integral_value()


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _one_of(*values: object) -> Callable[[object], bool]:
    return lambda value: any(same(value, each) for each in values)


_Check = tuple[Callable[[object], bool], str]
_FLAG: _Check = (_is_flag, "true or false")
_FLAG_OR_FEEL: _Check = (lambda value: _is_flag(value) or is_expression(value), "true, false or an expression")
_WHOLE: _Check = (_is_whole, "a whole number from 0")
_RULES: Mapping[str, _Check] = {
    "required": _FLAG,
    "min": (_is_number, "a number"),
    "max": (_is_number, "a number"),
    "minLength": _WHOLE,
    "maxLength": _WHOLE,
    "pattern": (_is_text, "text"),
    "patternErrorMessage": (_is_text, "text"),
    "validationType": (_one_of("email", "phone", "custom"), "email, phone or custom"),
}
_VALUES: Mapping[str, _Check] = {
    "readonly": _FLAG_OR_FEEL,
    "disabled": (_is_flag, "true or false (an expression may stand in `readonly` or `conditional.hide`)"),
    "multiple": _FLAG_OR_FEEL,
    "decimalDigits": (lambda value: _is_whole(value) and isinstance(value, int), "a whole number from 0"),
    "increment": (lambda value: value == "" or (_is_number(value) and as_decimal(value) >= 0), "a number above 0"),
    "serializeToString": _FLAG,
    "subtype": (_one_of(*SUBTYPES), "date, time or datetime"),
    "disallowPassedDates": _FLAG,
    "timeInterval": (_one_of(*INTERVALS), "1, 5, 10, 15, 30 or 60"),
    "timeSerializingFormat": (_one_of(*FORMATS), f"one of {', '.join(FORMATS)}"),
    "valuesKey": (_is_text, "the name of a variable"),
    "valuesExpression": (is_expression, "an expression that begins with `=`"),
    "computeOn": (_one_of("change", "presubmit"), "change or presubmit"),
    "isRepeating": _FLAG,
    "allowAddRemove": _FLAG,
    "defaultRepetitions": (
        lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COMPONENTS,
        f"a whole number from 0 to {MAX_COMPONENTS}",
    ),
}
