"""Decisions (DMN 1.1 to 1.5): read once, evaluate often, never raise while evaluating."""

from pathways.dmn.evaluation import Decisions, UnknownDecision
from pathways.dmn.linking import DecisionReading, read_decisions
from pathways.dmn.result import Decided, DecisionResult, MatchedRules

__all__ = [
    "Decided",
    "DecisionReading",
    "DecisionResult",
    "Decisions",
    "MatchedRules",
    "UnknownDecision",
    "read_decisions",
]
