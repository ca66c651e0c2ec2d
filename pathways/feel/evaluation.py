"""What did an evaluation give? The value, why parts of it are null, what was read, and on request every step."""

from __future__ import annotations

from pathways.feel.run import Run
from pathways.feel.trace import Step
from pathways.feel.values import Value
from pathways.feel.writing import text_of


class Evaluation:
    """What an evaluation gave; `trace` holds every sub-expression with its value, when that was asked for."""

    __slots__ = ("_run", "trace", "value")

    def __init__(self, value: Value, run: Run, trace: Step | None) -> None:
        self.value = value
        self.trace = trace
        self._run = run

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why parts of the value are null, each reason once."""
        return self._run.warnings

    @property
    def reads(self) -> tuple[tuple[str, Value], ...]:
        """The variables it read, with paths, and their values."""
        return tuple(self._run.reads.items())

    def __repr__(self) -> str:
        """The value and the warnings, recognisable in a log."""
        return f"Evaluation({text_of(self.value)}, warnings={self.warnings!r})"
