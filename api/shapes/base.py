"""What do all answers of the API have in common? Immutable, links by address, times with an offset."""

from typing import Annotated
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api.ids import task_id

Values = dict[Annotated[str, Field(min_length=1)], JsonValue]
"""Values by name: what has no name could be read by no expression."""

LARGEST = 2**31 - 1
"""The largest whole number that a column of PostgreSQL holds; a larger one in a request is refused at the door."""


class Shape(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class OnePage(Shape):
    """One page of a list, with the number of all that there is; `next` is the address of the following one."""

    total: int
    page: int
    size: int
    next: str | None


class Body(BaseModel):
    """Base of what is sent: an unknown member is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def case_link(case_id: str) -> str:
    """The address of a case. Ids of called cases hold `/` and `#`; only `#` has to be escaped."""
    return f"/cases/{quote(case_id)}"


def task_link(case_id: str, activation: str) -> str:
    """The address of a task."""
    return f"/tasks/{task_id(case_id, activation)}"
