"""How is a compiled expression evaluated? In a context, at a given time, within the bounds, without raising."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pathways.feel.compiler import compile_tree
from pathways.feel.evaluation import Evaluation
from pathways.feel.limits import LimitExceeded
from pathways.feel.run import Code, Run, Scope
from pathways.feel.syntax import Node
from pathways.feel.trace import Recorder, Step
from pathways.feel.values import Value

_NO_NAMES: Mapping[str, Value] = {}


class Expression:
    """A compiled expression; `names` are the variables it may read, without the input `?` of a test."""

    __slots__ = ("_code", "_traced", "_tree", "names", "text")

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self._tree = tree
        self._code, self.names = compile_tree(tree)
        self._traced: Code | None = None

    def __repr__(self) -> str:
        """The text, recognisable in a log."""
        return f"Expression({self.text!r})"

    @property
    def height(self) -> int:
        """The height of its syntax tree, which a function that runs it adds to the calls under way."""
        return self._tree.height

    def evaluate(self, context: Mapping[str, object], *, now: datetime, trace: bool = False) -> Evaluation:
        """Evaluate against JSON or FEEL values; `now` is the only clock of `now()` and `today()`.

        What has no value is null and leaves a warning; nothing is raised.

        trace: record every sub-expression with its value, at several times the cost.
        """
        run = Run(context, now)
        try:
            value = self._code(Scope(run, _NO_NAMES, None))
            if isinstance(value, list | dict):
                run.weigh(value)
        except LimitExceeded as reason:
            value = None
            run.warn(str(reason))
        except RecursionError:
            value = None
            run.warn("the evaluation was stopped because values are nested too deeply")
        return Evaluation(value, run, self._trace(context, now, value) if trace else None)

    def value_in(self, run: Run) -> Value:
        """The value inside an evaluation that is under way, such as that of a decision model.

        Raises:
            LimitExceeded: the evaluation has done too much.
            RecursionError: values are nested too deeply.
        """
        code = self._code if run.recorder is None else self._traced_code()
        return code(Scope(run, _NO_NAMES, None))

    def _trace(self, context: Mapping[str, object], now: datetime, value: Value) -> Step:
        """The steps to the value, recorded in an evaluation of their own, so that looking changes nothing."""
        recorder = Recorder()
        try:
            self._traced_code()(Scope(Run(context, now, recorder), _NO_NAMES, None))
        except (LimitExceeded, RecursionError) as reason:
            recorder.blame(f"the trace ends here: {reason}")
        return recorder.root(self.text, value)

    def _traced_code(self) -> Code:
        if self._traced is None:
            self._traced, _ = compile_tree(self._tree, traced=True)
        return self._traced
