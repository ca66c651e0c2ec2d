"""Does a submission fit its form? Hidden fields are dropped, answers converted, everything wrong is named by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pathways.forms.answers import Question, WrongAnswer, is_empty, is_required
from pathways.forms.expressions import Expressions, TooCostly
from pathways.forms.fields import Node, Path, Schema, dotted, fields, label_of
from pathways.forms.findings import refuse_unusable
from pathways.forms.places import MISSING, Values, inside, put, too_large, unknown
from pathways.forms.readers import READERS
from pathways.forms.shown import Settled, Shown, ShownList, settle

_NOTHING: Mapping[str, Any] = {}
WHOLE = "form"
"""The `field` of an error about the submission as a whole."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field, as a sentence without its subject: `must be at most 40`.

    field: where its value stands, such as `patient.name` or `teeth[0].note` (items count from 0).
    label: what people read beside it; empty for what is no field of the form.
    remedy: what to do, as a sentence.
    """

    field: str
    message: str
    label: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """The accepted answers (only visible fields, converted) and what is wrong; use `values` when `errors` is empty."""

    values: Mapping[str, Any]
    errors: tuple[FieldError, ...]


def validate_form(
    schema: Schema, values: Mapping[str, Any], *, now: datetime, variables: Mapping[str, Any] = _NOTHING
) -> list[FieldError]:
    """Name everything that is wrong with a submission; empty when it may be accepted.

    Raises:
        FormError: the schema itself cannot be executed.
    """
    return list(read_submission(schema, values, now=now, variables=variables).errors)


def read_submission(
    schema: Schema, values: Mapping[str, Any], *, now: datetime, variables: Mapping[str, Any] = _NOTHING
) -> Submission:
    """Read what a person filled in.

    Args:
        schema: a form-js form.
        values: the answers by key; nested objects where keys have dots or groups have paths, lists for lists.
        now: decides `now()` in conditions and "must not be in the past".
        variables: what the form was shown with; conditions and options may read it, answers win over it.

    Raises:
        FormError: the schema itself cannot be executed; publication would have refused it.
    """
    refuse_unusable(schema)
    reason = too_large(values) if isinstance(values, Mapping) else "must be an object of answers by key"
    if reason:
        return _refused(reason, "Send the answers of this form only.")
    try:
        return _Reading(fields(schema), values, variables, now).submission()
    except TooCostly as cost:
        return _refused(str(cost), "Send shorter lists, or simplify the form.")


def _refused(message: str, remedy: str) -> Submission:
    return Submission({}, (FieldError(WHOLE, message, remedy=remedy),))


class _Reading:
    """One submission while it is read."""

    def __init__(
        self, nodes: tuple[Node, ...], values: Mapping[str, Any], variables: Mapping[str, Any], now: datetime
    ) -> None:
        self.nodes, self.values, self.variables, self.now = nodes, values, variables, now
        data = Values(variables)
        self.expressions = Expressions(data, now)
        self.settled: Settled = settle(nodes, values, self.expressions, data)
        self.accepted = Values()

    def submission(self) -> Submission:
        errors = [*self.misplaced(), *self.undecided(), *self.lists(), *self.answers()]
        return Submission(_plain(self.accepted), tuple(errors))

    def misplaced(self) -> Iterator[FieldError]:
        for path in unknown(self.nodes, self.values):
            yield FieldError(dotted(path), "is no field of this form", remedy="Leave it out.")

    def undecided(self) -> Iterator[FieldError]:
        for path in dict.fromkeys(self.settled.undecided):
            words = "depends on itself: whether it is shown, or its value, changes with every look"
            yield FieldError(dotted(path) or WHOLE, words, remedy="Answer only one of the fields that hide each other.")

    def lists(self) -> Iterator[FieldError]:
        for shown in self.settled.lists:
            if (wrong := _wrong_list(shown)) is not None:
                label = label_of(shown.repeated.component)
                yield FieldError(dotted(shown.path), str(wrong), label, wrong.remedy)
            else:
                _put_at(self.accepted, shown.path, [Values() for _ in range(shown.items)])

    def answers(self) -> Iterator[FieldError]:
        for shown in self.settled.fields:
            self.expressions.hurry()
            try:
                value = self.answer(shown)
            except WrongAnswer as wrong:
                yield FieldError(dotted(shown.path), str(wrong), shown.field.label, wrong.remedy)
                continue
            if value is not MISSING:
                _put_at(self.accepted, shown.path, value)

    def answer(self, shown: Shown) -> object:
        if shown.locked:
            return shown.answer
        question = self.question(shown)
        answer = None if shown.answer is MISSING else shown.answer
        if not is_empty(question, answer):
            return READERS[shown.field.type](question, answer)
        if is_required(question):
            raise WrongAnswer("is required", "Fill it in.")
        return shown.answer

    def question(self, shown: Shown) -> Question:
        def evaluate(text: object) -> object:
            return self.expressions.value(text, shown.scope)

        return Question(shown.field, evaluate, self.variables, self.now)


def _wrong_list(shown: ShownList) -> WrongAnswer | None:
    if shown.sent is MISSING:
        return None
    if not isinstance(shown.sent, list) or not all(isinstance(item, Mapping) for item in shown.sent):
        return WrongAnswer("must be a list of objects", "Send one object per item.")
    if shown.must_hold is not None and len(shown.sent) != shown.must_hold:
        return WrongAnswer(f"must have {shown.must_hold} items", "Keep the items that were shown.")
    return None


def _put_at(values: Values, path: Path, value: object) -> None:
    """Write a value at a path that leads through items of lists."""
    keys: tuple[str, ...] = ()
    for part in path:
        if isinstance(part, int):
            items = inside(values, keys[:-1]).get(keys[-1])
            if not isinstance(items, list) or part >= len(items):
                return  # the list itself is wrong, and said so
            values, keys = items[part], ()
        else:
            keys = (*keys, part)
    put(values, keys, value)


def _plain(values: Values) -> dict[str, Any]:
    """The same answers as objects that nobody here changes any more."""
    return {key: _plain_value(value) for key, value in values.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, Values):
        return _plain(value)
    return [_plain_value(item) for item in value] if isinstance(value, list) else value
