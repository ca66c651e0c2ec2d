"""What does a FEEL expression of a form give, and what may it read? Every variable, over it the answers.

Inside a list, `this` is the item, `parent` what is around the list, and `i` the 1-based numbers of the items, the
outermost first; `_this_`, `_parent_` and `_i_` are the same where a variable has taken the plain name.
"""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import thread_time
from typing import Any

from pathways.feel import Json, compile_expression, to_json
from pathways.forms.limits import MAX_EVALUATIONS, MAX_SECONDS


class TooCostly(Exception):
    """Checking a submission took more than it may take; says what of, as a sentence without its subject."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the form itself, or an item of a list."""

    this: Mapping[str, Any]
    parent: "Scope | None" = None
    indexes: tuple[int, ...] = ()

    def item(self, this: Mapping[str, Any], index: int) -> "Scope":
        """The scope of an item of a list in this one; `index` counts from 0."""
        return Scope(this, self, (*self.indexes, index + 1))

    def names(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What an expression reads here."""
        around = self.parent.entries() if self.parent else None
        special: dict[str, Any] = {"this": self.this, "parent": around, "i": list(self.indexes)}
        return ChainMap({f"_{name}_": value for name, value in special.items()}, _writable(data), special)

    def entries(self) -> Mapping[str, Any]:
        """What `parent` holds: the values there, and the way further out."""
        around = self.parent.entries() if self.parent else None
        return ChainMap(_writable(self.this), {"this": self.this, "parent": around, "i": list(self.indexes)})


def _writable(values: Mapping[str, Any]) -> dict[str, Any]:
    """A dict, as `ChainMap` asks for one although nothing is written."""
    return values if isinstance(values, dict) else dict(values)


def is_expression(text: object) -> bool:
    """Whether a property is written in FEEL: it begins with `=`."""
    return isinstance(text, str) and text.startswith("=")


def source_of(text: str) -> str:
    """The FEEL text behind the `=`."""
    return text.removeprefix("=").strip()


class Expressions:
    """Evaluates the expressions of one submission, and keeps the bounds of all of it."""

    def __init__(self, data: Mapping[str, Any], now: datetime) -> None:
        self.data = data
        self.now = now
        self.evaluations = 0
        self.started = thread_time()

    def hurry(self) -> None:
        """Look at the clock of this thread's own work.

        Raises:
            TooCostly: this submission has taken too long.
        """
        if thread_time() - self.started > MAX_SECONDS:
            raise TooCostly(f"takes more than {MAX_SECONDS:g} seconds to be checked")

    def value(self, text: object, scope: Scope) -> Json:
        """The value of an expression as JSON; null when it has none.

        Raises:
            TooCostly: this submission has evaluated too much.
        """
        self.hurry()
        self.evaluations += 1
        if self.evaluations > MAX_EVALUATIONS:
            raise TooCostly(f"needs more than {MAX_EVALUATIONS} expressions to be evaluated")
        expression = compile_expression(source_of(str(text)))
        return to_json(expression.evaluate(scope.names(self.data), now=self.now).value)

    def holds(self, text: object, scope: Scope) -> bool:
        """Whether a condition is true; anything but an expression that gives true is not."""
        return is_expression(text) and self.value(text, scope) is True
