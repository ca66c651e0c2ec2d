"""What does a boxed expression see while it runs? The names around it, and the desk its whole decision shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from pathways.dmn.item_types import TypeBook
from pathways.dmn.result import Decided, MatchedRules
from pathways.feel.run import Run
from pathways.feel.values import NoValue, Value


@dataclass(slots=True)
class Desk:
    """What one evaluation shares: clock, budget and warnings (`root`), and the record of what was decided."""

    root: Run
    matched: list[MatchedRules] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)

    @classmethod
    def opened(cls, now: datetime) -> Desk:
        """An empty desk."""
        return cls(Run({}, now))


@dataclass(slots=True)
class Frame:
    """The names an expression sees, and the types of the model it belongs to."""

    names: dict[str, Value]
    desk: Desk
    book: TypeBook

    def child(self, names: Mapping[str, Value]) -> Frame:
        """A frame inside this one that sees more names."""
        return Frame({**self.names, **names}, self.desk, self.book)

    def run(self, names: Mapping[str, Value] | None = None) -> Run:
        """A FEEL evaluation that sees these names and shares the desk."""
        run = self.desk.root.beside({**self.names, **names} if names else self.names)
        run.types = self.book.tests(run)
        return run

    def missing(self, reason: str) -> Value:
        """Null, with the reason recorded."""
        self.desk.root.warn(reason)
        return None

    def fitted(self, value: Value, type_ref: str, what: str) -> Value:
        """The value as the type asks for it; null with a warning when nothing makes it fit (§10.3.2.9.4)."""
        if not type_ref or value is None:
            return value
        try:
            return self.book.fitted(value, type_ref, self.run())
        except NoValue as reason:
            return self.missing(f"{what}: {reason}")

    def suited(self, value: Value, type_ref: str, what: str) -> Value:
        """The value as the type of a column asks for it; kept as it is, with a warning, when nothing makes it fit.

        Editors give new columns the type string, whatever is written in them, so the type of a column is no check.
        """
        if not type_ref or value is None:
            return value
        try:
            return self.book.fitted(value, type_ref, self.run())
        except NoValue as reason:
            self.missing(f"{what}: {reason}; it is used as it is")
            return value


Code: TypeAlias = Callable[[Frame], Value]
"""A compiled boxed expression."""
