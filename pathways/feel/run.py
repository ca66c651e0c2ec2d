"""What does one evaluation know, what did it read, and how much may it still do?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias, cast

from pathways.feel.inputs import accepted
from pathways.feel.limits import (
    ITEMS_PER_STEP,
    MAX_CALL_HEIGHT,
    MAX_DEPTH_OF_DATA,
    MAX_MESSAGE,
    MAX_STEPS,
    MAX_WARNINGS,
    LimitExceeded,
)
from pathways.feel.properties import member
from pathways.feel.trace import Recorder
from pathways.feel.types import NO_TYPES, TypeTests
from pathways.feel.values import NoValue, Value


class Run:
    """One evaluation of one expression against one context."""

    __slots__ = ("call_height", "context", "now", "reads", "recorder", "steps", "types", "warnings")

    def __init__(self, context: Mapping[str, object], now: datetime, recorder: Recorder | None = None) -> None:
        self.context = context
        self.now = now
        self.recorder = recorder
        self.reads: dict[str, Value] = {}
        self.warnings: tuple[str, ...] = ()
        self.steps = 0
        self.call_height = 0
        self.types = NO_TYPES

    def warn(self, message: str) -> None:
        """Record once why something is null."""
        message = message if len(message) <= MAX_MESSAGE else f"{message[:MAX_MESSAGE]}…"
        if self.recorder is not None:
            self.recorder.blame(message)
        if len(self.warnings) < MAX_WARNINGS and message not in self.warnings:
            self.warnings = (*self.warnings, message)

    def spend(self, steps: int = 1) -> None:
        """Use up part of the budget.

        Raises:
            LimitExceeded: the evaluation has done too much.
        """
        self.steps += steps
        if self.steps > MAX_STEPS:
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
                self.spend(len(items) // ITEMS_PER_STEP)
                inner += [item for item in items if isinstance(item, list | dict)]
            level = inner
        raise LimitExceeded(f"more than {MAX_DEPTH_OF_DATA} lists and contexts are inside one another")

    def enter(self, height: int) -> None:
        """Go into the body of a function; `leave` afterwards.

        Raises:
            LimitExceeded: functions call each other too deeply.
        """
        self.spend()
        self.call_height += height
        if self.call_height > MAX_CALL_HEIGHT:
            raise LimitExceeded("the evaluation was stopped because functions call each other too deeply")

    def leave(self, height: int) -> None:
        """Come back from the body of a function."""
        self.call_height -= height

    def elsewhere(self, home: Run) -> Run:
        """The same evaluation inside a function that was made by another one: it sees its own variables."""
        return self if home is self else home.under(self)

    def under(self, caller: Run) -> Run:
        """These variables and types, for a function that the caller's evaluation has called."""
        return _Elsewhere(self.context, caller, self.types)

    def beside(self, context: Mapping[str, Value]) -> Run:
        """The same evaluation with other variables, which are FEEL values already and are not converted again."""
        return _Beside(context, self, self.types)

    def accepted(self, given: object, path: str) -> Value:
        """The FEEL value of what the context holds."""
        return accepted(given, path, self.warn)

    def undefined(self, name: str) -> None:
        """A variable that the context does not have: null with a warning."""
        self.warn(f"variable '{name}' is not defined")
        self.reads[name] = None

    def read_path(self, names: tuple[str, ...], path: str) -> Value:
        """The value of `patient.address.city`: only the last member is converted, however large the rest."""
        if names[0] not in self.context:
            self.undefined(names[0])
            return self._members(None, names, 1)
        given: object = self.context[names[0]]
        at = 1
        while at < len(names) and isinstance(given, Mapping) and names[at] in given:
            given = given[names[at]]
            at += 1
        self.reads[path] = value = self._members(self.accepted(given, ".".join(names[:at])), names, at)
        return value

    def _members(self, value: Value, names: tuple[str, ...], at: int) -> Value:
        for place in range(at, len(names)):
            try:
                value = member(value, names[place])
            except NoValue as reason:
                self.warn(f"{reason}, in `{'.'.join(names[: place + 1])}`")
                return None
        return value


class _Elsewhere(Run):
    """An evaluation inside the function of another one: other variables, the same budget, warnings and clock."""

    __slots__ = ("caller",)

    def __init__(self, context: Mapping[str, object], caller: Run, types: TypeTests) -> None:
        super().__init__(context, caller.now, caller.recorder)
        self.caller = caller
        self.types = types

    def warn(self, message: str) -> None:
        self.caller.warn(message)

    def spend(self, steps: int = 1) -> None:
        self.caller.spend(steps)

    def enter(self, height: int) -> None:
        self.caller.enter(height)

    def leave(self, height: int) -> None:
        self.caller.leave(height)


class _Beside(_Elsewhere):
    """An evaluation whose variables are FEEL values."""

    __slots__ = ()

    def accepted(self, given: object, path: str) -> Value:  # noqa: ARG002 - nothing can be refused
        return cast(Value, given)

    def under(self, caller: Run) -> Run:
        return _Beside(self.context, caller, self.types)


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
