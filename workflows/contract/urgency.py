"""How urgent is a case now? As it was referred, until triage, a red flag or another step says otherwise."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

VARIABLE = "priority"
"""The variable of a pathway's process that says it."""

Urgency = Literal["routine", "urgent", "urgent_suspected_cancer", "stat"]

URGENCIES: tuple[Urgency, ...] = get_args(Urgency)
"""The lowest first. Nothing else is ever shown as an urgency: Temporal stores it in clear."""


def urgency_of(referred_as: str, variables: Mapping[str, Any]) -> str:
    """Give the urgency that these variables of the process say, else the one it was referred with."""
    said = variables.get(VARIABLE)
    return said if isinstance(said, str) and said in URGENCIES else referred_as
