"""How is a decision made? Its requirements first, each once, then its own logic (DMN 1.5 chapters 6 and 10.4).

`Decisions` are data: a file and the files it imports. What they compile to is kept beside them, per process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import ref

from pathways.dmn.frame import Desk
from pathways.dmn.graph import Graph
from pathways.dmn.model import BusinessKnowledgeModel, Decision, DecisionService, InputData, Model
from pathways.dmn.result import DecisionResult
from pathways.dmn.session import Session
from pathways.feel.limits import LimitExceeded
from pathways.feel.values import Value


class UnknownDecision(LookupError):
    """The file has no decision, service or knowledge model of that id or name."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Decisions:
    """The decisions of one file; `models` holds the file itself and then everything it imports."""

    models: tuple[Model, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions of the file itself."""
        return tuple(element for element in self.models[0].elements if isinstance(element, Decision))

    def has(self, wanted: str) -> bool:
        """Whether `evaluate` knows this id or name."""
        return graph_of(self).find(wanted) is not None

    def evaluate(self, wanted: str, variables: Mapping[str, object], *, now: datetime) -> DecisionResult:
        """Make a decision, or call a decision service or knowledge model directly.

        wanted: the id or the name of an element of the file, or `namespace#id` of an imported one.
        variables: JSON or FEEL values by name; an input of an imported model is found under `{namespace}name`, inside
            a context with the name of the import, or under its bare name.
        now: the only clock of `now()` and `today()`.

        Nothing is raised while evaluating: what has no value is null and leaves a warning.

        Raises:
            UnknownDecision: there is nothing of that id or name to evaluate.
        """
        graph = graph_of(self)
        key = graph.find(wanted)
        if key is None:
            raise UnknownDecision(f"'{self.models[0].file}' has no decision '{wanted}'")
        desk = Desk.opened(now)
        value = _made(Session(graph, desk, variables), key)
        return DecisionResult(value, tuple(desk.root.warnings), tuple(desk.matched), tuple(desk.decided))


def _made(session: Session, key: str) -> Value:
    root = session.desk.root
    try:
        match session.graph.elements[key]:
            case DecisionService():
                value = session.service_result(key)
            case BusinessKnowledgeModel():
                value = session.knowledge_result(key)
            case Decision() | InputData():
                value = session.value(key)
        root.weigh(value)
    except LimitExceeded as reason:
        root.warn(str(reason))
        return None
    except RecursionError:
        root.warn("the evaluation was stopped because expressions are nested too deeply")
        return None
    return value


_GRAPHS: dict[int, tuple[ref[Decisions], Graph]] = {}


def graph_of(decisions: Decisions) -> Graph:
    """The compiled graph of the decisions, made once per process."""
    known = _GRAPHS.get(id(decisions))
    if known is not None and known[0]() is decisions:
        return known[1]
    key = id(decisions)
    graph = Graph(decisions.models)
    _GRAPHS[key] = (ref(decisions, lambda _gone: _GRAPHS.pop(key, None)), graph)
    return graph
