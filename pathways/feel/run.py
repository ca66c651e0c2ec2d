"""What does one evaluation know, what did it read, and how much may it still do?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

from pathways.feel.limits import (
    MAX_CALL_HEIGHT,
    MAX_DEPTH_OF_DATA,
    MAX_STEPS,
    MAX_WARNINGS,
    LimitExceeded,
)
from pathways.feel.properties import member
from pathways.feel.values import (
    NUMBER,
    DaysTimeDuration,
    Function,
    NoValue,
    Range,
    Value,
    YearsMonthsDuration,
)


class Ledger:
    """What all functions called in one evaluation share: warnings and the remaining budget."""

    __slots__ = ("call_height", "steps", "warnings")

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.steps = 0
        self.call_height = 0


class Run:
    """One evaluation of one expression against one context."""

    __slots__ = ("context", "ledger", "now", "reads")

    def __init__(self, context: Mapping[str, object], now: datetime, ledger: Ledger) -> None:
        self.context = context
        self.now = now
        self.ledger = ledger
        self.reads: dict[str, Value] = {}

    def warn(self, message: str) -> None:
        """Record once why something is null."""
        warnings = self.ledger.warnings
        if len(warnings) < MAX_WARNINGS and message not in warnings:
            warnings.append(message)

    def spend(self, steps: int = 1) -> None:
        """Use up part of the budget.

        Raises:
            LimitExceeded: the evaluation has done too much.
        """
        self.ledger.steps += steps
        if self.ledger.steps > MAX_STEPS:
            raise LimitExceeded(f"the evaluation was stopped after {MAX_STEPS} steps")

    def weigh(self, *values: Value) -> None:
        """Use up budget for everything inside the values, before something visits all of it.

        A few lists that hold each other twice can stand for more items than any memory holds.

        Raises:
            LimitExceeded: the values are too large, or nested too deeply.
        """
        level: list[Value] = [value for value in values if isinstance(value, list | dict)]
        for _ in range(MAX_DEPTH_OF_DATA + 1):
            if not level:
                return
            self.spend(len(level))
            inner: list[Value] = []
            for value in level:
                items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
                self.spend(len(items) // 4)
                inner += [item for item in items if isinstance(item, list | dict)]
            level = inner
        raise LimitExceeded(f"more than {MAX_DEPTH_OF_DATA} lists and contexts are inside one another")

    def enter(self, height: int) -> None:
        """Go into the body of a function; `leave` afterwards.

        Raises:
            LimitExceeded: functions call each other too deeply.
        """
        self.spend()
        self.ledger.call_height += height
        if self.ledger.call_height > MAX_CALL_HEIGHT:
            raise LimitExceeded("the evaluation was stopped because functions call each other too deeply")

    def leave(self, height: int) -> None:
        """Come back from the body of a function."""
        self.ledger.call_height -= height

    def elsewhere(self, home: Run) -> Run:
        """The same evaluation inside a function that was made by another one: it sees its own variables."""
        return self if home is self else Run(home.context, self.now, self.ledger)

    def read(self, name: str) -> Value:
        """The value of a variable of the context; a missing one is null with a warning."""
        if name in self.reads:
            return self.reads[name]
        if name not in self.context:
            self.warn(f"variable '{name}' is not defined")
        value = self.accepted(self.context.get(name), name)
        self.reads[name] = value
        return value

    def read_path(self, names: tuple[str, ...], path: str) -> Value:
        """The value of `patient.address.city`: only the last member is converted, however large the rest."""
        if path in self.reads:
            return self.reads[path]
        given: object = self.context.get(names[0])
        at = 1
        while at < len(names) and isinstance(given, Mapping) and names[at] in given:
            given = given[names[at]]
            at += 1
        value = self.accepted(given, ".".join(names[:at])) if names[0] in self.context else self.read(names[0])
        self.reads[path] = value = self._members(value, names, at)
        return value

    def _members(self, value: Value, names: tuple[str, ...], at: int) -> Value:
        for place in range(at, len(names)):
            try:
                value = member(value, names[place])
            except NoValue as reason:
                self.warn(f"{reason}, in `{'.'.join(names[: place + 1])}`")
                return None
        return value

    def accepted(self, given: object, path: str, depth: int = 0) -> Value:
        """The FEEL value of a JSON or FEEL value; anything else is null with a warning."""
        match given:
            case None | bool() | str():
                return given
            case Decimal() | int() | float():
                return self._number(given, path)
            case Mapping() | list() | tuple() if depth >= MAX_DEPTH_OF_DATA:
                self.warn(f"'{path}' has more than {MAX_DEPTH_OF_DATA} lists and contexts inside one another")
                return None
            case Mapping():
                return {str(key): self.accepted(item, path, depth + 1) for key, item in given.items()}
            case list() | tuple():
                return [self.accepted(item, path, depth + 1) for item in given]
            case date() | time() | YearsMonthsDuration() | DaysTimeDuration() | Range() | Function():
                return given
            case _:
                self.warn(f"'{path}' holds a {type(given).__name__}, which is no FEEL value")
                return None

    def _number(self, given: Decimal | int | float, path: str) -> Value:
        try:
            number = NUMBER.create_decimal(repr(given) if isinstance(given, float) else given)
            if number.is_finite():
                return number
        except ArithmeticError:
            pass
        self.warn(f"'{path}' holds a number FEEL cannot express")
        return None


class Scope:
    """The names an expression sees: its own, then those of the scopes around it, then the context."""

    __slots__ = ("names", "parent", "run")

    def __init__(self, run: Run, names: Mapping[str, Value], parent: Scope | None) -> None:
        self.run = run
        self.names = names
        self.parent = parent

    def child(self, names: Mapping[str, Value]) -> Scope:
        """A scope inside this one."""
        return Scope(self.run, names, self)


Code: TypeAlias = Callable[[Scope], Value]
"""A compiled node of the syntax tree."""
