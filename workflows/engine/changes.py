"""Which changes can a person make to where the tokens of a case are? Seven, applied together or not at all.

`activation` and `scope` are activation ids; an empty `scope` is the only open one that holds the element, or the one
that has to be opened for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class CancelActivation:
    """End an activation and everything inside it; no token goes on."""

    activation: str
    kind: Literal["CancelActivation"] = "CancelActivation"


@dataclass(frozen=True, slots=True)
class CancelToken:
    """Take one waiting token off a sequence flow in front of a joining gateway."""

    flow: str
    scope: str = ""
    kind: Literal["CancelToken"] = "CancelToken"


@dataclass(frozen=True, slots=True)
class StartAt:
    """Put a token into an element; `variables` are local to the scope it starts in."""

    element: str
    scope: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["StartAt"] = "StartAt"


@dataclass(frozen=True, slots=True)
class MoveToken:
    """Take the token out of an activation and put it into another element of the same scope or an open one around."""

    activation: str
    to: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["MoveToken"] = "MoveToken"


@dataclass(frozen=True, slots=True)
class CompleteActivation:
    """Let an activation complete with these results, as if whoever works on it had said so."""

    activation: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["CompleteActivation"] = "CompleteActivation"


@dataclass(frozen=True, slots=True)
class SetScopeVariables:
    """Write variables on this very scope."""

    scope: str
    variables: Mapping[str, Any]
    kind: Literal["SetScopeVariables"] = "SetScopeVariables"


@dataclass(frozen=True, slots=True)
class RestartAt:
    """End everything in the scope of an element and begin again there."""

    element: str
    scope: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["RestartAt"] = "RestartAt"


Change = CancelActivation | CancelToken | StartAt | MoveToken | CompleteActivation | SetScopeVariables | RestartAt
