"""How did an expression come to its value? One step per sub-expression, with its place, its value and its reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pathways.feel.limits import MAX_SHOWN, MAX_TRACE
from pathways.feel.values import Json, Range, Value
from pathways.feel.writing import pieces, to_json


@dataclass(frozen=True, slots=True)
class Step:
    """One evaluated sub-expression.

    `start` and `end` are offsets into the text of the expression, `why` says for what reasons the value is null,
    `steps` are the sub-expressions that were evaluated on the way, in order; what was not evaluated has no step.
    """

    source: str
    start: int
    end: int
    value: Value
    why: tuple[str, ...]
    steps: tuple[Step, ...]

    def origins(self) -> Iterator[Step]:
        """The innermost steps that have a reason: this is where a null came from."""
        for step in self.steps:
            yield from step.origins()
        if self.why:
            yield self

    def as_json(self) -> Json:
        """The step and everything below it, for a log or a screen; lists, contexts and long texts are abridged."""
        return {
            "source": self.source,
            "start": self.start,
            "end": self.end,
            "value": _shown(self.value),
            "why": list(self.why),
            "steps": [step.as_json() for step in self.steps],
        }


def _shown(value: Value) -> Json:
    """The JSON of a scalar; of anything else, however large, the first characters of its FEEL text."""
    if not isinstance(value, str | list | dict | Range):
        return to_json(value)
    text = ""
    for piece in pieces(value) if not isinstance(value, str) else (value,):
        text += piece[:MAX_SHOWN]
        if len(text) > MAX_SHOWN:
            return text[:MAX_SHOWN] + "…"
    return text


@dataclass(slots=True)
class _Open:
    """A sub-expression that is being evaluated."""

    why: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


class Recorder:
    """Collects the steps of one evaluation, at most `MAX_TRACE` of them."""

    __slots__ = ("_left", "_open")

    def __init__(self) -> None:
        self._open = [_Open()]
        self._left = MAX_TRACE

    def begin(self) -> bool:
        """A sub-expression starts; false when the trace is full, then it leaves no step."""
        if not self._left:
            return False
        self._left -= 1
        self._open.append(_Open())
        return True

    def end(self, source: str, start: int, value: Value) -> None:
        """The sub-expression that started last has its value."""
        done = self._open.pop()
        step = Step(source, start, start + len(source), value, tuple(done.why), tuple(done.steps))
        self._open[-1].steps.append(step)

    def blame(self, reason: str) -> None:
        """The sub-expression that is being evaluated is null for this reason."""
        self._open[-1].why.append(reason)

    def root(self, source: str, value: Value) -> Step:
        """The whole trace; an evaluation that was stopped keeps the steps it has finished."""
        steps, why = self._open[0].steps, self._open[0].why
        if len(self._open) == 1 and len(steps) == 1 and not why:
            return steps[0]
        finished = tuple(step for level in self._open for step in level.steps)
        reasons = tuple(reason for level in self._open for reason in level.why)
        return Step(source, 0, len(source), value, reasons, finished)
