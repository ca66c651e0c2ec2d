"""What is a command asked that changes one thing, or many by a filter? Why, and whether only to say what would happen.

`over_http` gives a command that takes one of these shapes their options.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Any

import typer

DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen; change nothing")]
Canary = Annotated[int, typer.Option(min=0, help="pause after so many; 0: never")]
Reason = Annotated[str, typer.Option(help="why; kept in the audit and the timeline, nothing of a patient")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask before acting on many")]
Where = Annotated[
    list[str] | None,
    typer.Option(help="member=value of the filter (`pathways batches kinds`), as pathway=KEY; several: all must hold"),
]
Variable = Annotated[list[str] | None, typer.Option("--set", help="name=value, the value as JSON or text")]


@dataclass(frozen=True, slots=True)
class ByHand:
    """An act on one thing."""

    reason: Reason
    dry_run: DryRun = False


@dataclass(frozen=True, slots=True)
class Act(ByHand):
    """An act on one thing that is named, or on all that a filter selects."""

    where: Where = None
    canary: Canary = 0
    yes: Yes = False

    def means(self, one: str | None, what: str) -> bool:
        """Say whether one thing is meant.

        Raises:
            typer.BadParameter: neither one is named nor a filter given, or both are.
        """
        if (one is None) == (self.where is None):
            raise typer.BadParameter(f"name one {what}, or say --where", param_hint=what)
        return one is not None


def filters(where: list[str] | None) -> dict[str, Any]:
    """Read the members of a filter; a value is text, or a JSON list.

    Raises:
        typer.BadParameter: a member has no value, comes twice, or its list is not JSON; or there is none.
    """
    read: dict[str, Any] = {}
    for pair in where or []:
        name, separator, value = pair.partition("=")
        if not name or not separator or name in read:
            raise typer.BadParameter(f"'{pair}' is not member=value, each member once", param_hint="--where")
        read[name] = _listed(value) if value.startswith("[") else value
    if not read:
        raise typer.BadParameter("say which: member=value", param_hint="--where")
    return read


def _listed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"the list is not JSON: {error}", param_hint="--where") from error
