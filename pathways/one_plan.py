"""What of a case stands in the one plan of its patient? By the names of its variables: `library/plan.yaml`."""

from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

TABLE = Path(__file__).parent / "library" / "plan.yaml"
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*$")]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]


class PlanNames(BaseModel):
    """The names of variables by what they tell. `problem`: what the matter is; `plan`: what is done about it.

    `booked_with`: the service of the directory with which a step books; the first name that is held says it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: Names
    plan: Names
    booked_with: Names

    @model_validator(mode="after")
    def _each_stands_once(self) -> Self:
        named = (*self.problem, *self.plan, *self.booked_with)
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValueError(f"{twice} stand twice: keep each under one heading")
        return self


@cache
def plan_names(path: Path = TABLE) -> PlanNames:
    """Read the table, once.

    Raises:
        pydantic.ValidationError: a heading is missing or unknown, or a name is no name of a variable, or stands twice.
    """
    return PlanNames.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
