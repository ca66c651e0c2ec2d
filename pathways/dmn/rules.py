"""Which findings about a `.dmn` file are there? Every rule with its severity and what it asks for."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from pathways.bpmn.findings import Severity


class DecisionRule(NamedTuple):
    """How grave a finding of the rule is, and what the rule asks for."""

    severity: Severity
    asks_for: str


def _error(asks_for: str) -> DecisionRule:
    return DecisionRule("error", asks_for)


RULES: Mapping[str, DecisionRule] = MappingProxyType(
    {
        "dmn-root": _error("The root is `definitions` of DMN 1.1 to 1.5."),
        "dmn-name": _error("Every element of the graph has an id or a name."),
        "dmn-duplicate-id": _error("An id is used once."),
        "dmn-duplicate-name": _error("A name means one element."),
        "dmn-unknown-element": _error("Every element is one that DMN has where it stands (docs/dmn-parts.md)."),
        "dmn-duplicate-element": _error("Of an element of which one is executed there is one."),
        "dmn-unsupported": _error("Expressions and types are of FEEL, imports of DMN."),
        "dmn-misspelt-attribute": _error("The name of an attribute is spelt as DMN spells it."),
        "dmn-nesting": _error("Expressions and components are not nested more than 40 levels deep."),
        "dmn-import": _error("Every imported file is there."),
        "dmn-imported-values": _error("No expression takes its value from another file."),
        "dmn-reference": _error("Every requirement leads to an element."),
        "dmn-cycle": _error("No decision needs itself, no knowledge model needs one that needs it."),
        "dmn-service-output": _error("A decision service has an output decision."),
        "dmn-service-input": _error("A decision service asks for every input that its decisions need."),
        "dmn-type": _error("Every type is one of FEEL or of an item definition."),
        "dmn-type-cycle": _error("No type is defined by itself."),
        "dmn-feel": _error("Every expression and every test is FEEL."),
        "dmn-expression-language": _error("Every expression is written in FEEL."),
        "dmn-function-kind": _error("Every function is written in FEEL, none in Java or PMML."),
        "dmn-missing-part": _error("A boxed expression has all its parts."),
        "dmn-duplicate-entry": _error("The entries of a context have different names."),
        "dmn-duplicate-result": _error("A context has one entry without a name at most."),
        "dmn-relation-cells": _error("A row of a relation has a cell for every column."),
        "dmn-iterator-variable": _error("A boxed iterator names its variable."),
        "dmn-hit-policy": _error("The hit policy is one of the seven of the standard."),
        "dmn-aggregation": _error("The aggregation is SUM, COUNT, MIN or MAX."),
        "dmn-input-expression": _error("Every input of a table says what it tests."),
        "dmn-table-output": _error("A table has an output."),
        "dmn-output-name": _error("Of several outputs each has a name."),
        "dmn-rule-cells": _error("A rule has a cell for every column."),
        "dmn-output-unknown": _error("A text that a rule gives is one that its column allows."),
        "dmn-rules-overlap": _error(
            "Only one rule of a UNIQUE table matches; those of an ANY table that do give the same."
        ),
        "dmn-name-unknown": DecisionRule(
            "warning", "A name in a cell is an input, a decision, or asked for in a column; a text stands in quotes."
        ),
        "dmn-unknown-attribute": DecisionRule("warning", "Every attribute is one that DMN has where it stands."),
        "dmn-rules-missing": DecisionRule(
            "warning", "Some rule matches every case, or there is a default (a remark where only fractions are missed)."
        ),
        "dmn-rule-never": DecisionRule("warning", "Every rule can match some value that may come."),
        "dmn-rule-masked": DecisionRule("warning", "No rule of a FIRST table is hidden by the rules before it."),
        "dmn-rules-undecided": DecisionRule("info", "It can be told whether the rules cover every case."),
    }
)
"""Every rule by the id that its findings carry; a file that is no safe XML has a finding of the XML reader instead."""
