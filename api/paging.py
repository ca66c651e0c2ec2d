"""Which page of a list is asked for, and where is the next one?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypedDict, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

T = TypeVar("T")
MAX_SIZE = 200


class Place(TypedDict):
    """Where a page stands in its list."""

    total: int
    page: int
    size: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; pages count from 1."""

    number: int
    size: int
    path: str
    query: tuple[tuple[str, str], ...]

    @property
    def offset(self) -> int:
        """How many items are on the pages before."""
        return (self.number - 1) * self.size

    def cut(self, items: Sequence[T]) -> Sequence[T]:
        """Give those of all items that are on this page."""
        return items[self.offset : self.offset + self.size]

    def of(self, total: int) -> Place:
        """Say where this page stands among so many items."""
        return Place(total=total, page=self.number, size=self.size, next=self.next_of(total))

    def next_of(self, total: int) -> str | None:
        """Give the address of the following page, None on the last one."""
        if self.number * self.size >= total:
            return None
        kept = [(name, value) for name, value in self.query if name != "page"]
        return f"{self.path}?{urlencode([*kept, ('page', str(self.number + 1))])}"


def page(
    request: Request,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
    size: Annotated[int, Query(ge=1, le=MAX_SIZE)] = 50,
) -> Page:
    """Give the page that a request asks for."""
    return Page(number, size, request.url.path, tuple(request.query_params.multi_items()))


Paged = Annotated[Page, Depends(page)]
