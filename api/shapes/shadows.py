"""How is a version tried in the shadow of what really happened, and what is told of it?"""

from typing import Literal

from pydantic import AwareDatetime, Field

from api.moments import Moment
from api.shapes.base import LARGEST, Body, Shape
from api.shapes.migrations import Version

MOST = 500
"""Cases of one question: each is played twice."""


class ShadowFilter(Body):
    """Which cases of the pathway; each member narrows it down. `called`: also cases that another case called."""

    cases: list[str] | None = Field(default=None, max_length=MOST, description="case ids")
    status: Literal["running", "ended", "all"] = "all"
    urgency: str | None = None
    started_after: Moment | None = None
    started_before: Moment | None = None
    called: bool = False


class ShadowBody(Body):
    """The candidate, a published version or files that are not, and the cases in whose shadow it is run."""

    version: Version | None = Field(default=None, description="the candidate: a version that is published")
    files: dict[str, str] | None = Field(default=None, description="the candidate: files, as when they are published")
    versions: list[Version] | Literal["all"] = Field(
        default="all", alias="from", description="only cases on these versions"
    )
    map: dict[str, str] = Field(default_factory=dict, description="old id → new id of what was renamed")
    filter: ShadowFilter = Field(default_factory=ShadowFilter)
    most: int = Field(default=200, ge=1, le=min(MOST, LARGEST), description="the newest so many cases")


class InShadow(Shape):
    """One case: whether it goes the same way, where it first leaves it, when it really was there, and why."""

    case_id: str
    version: int
    outcome: Literal["same", "differs", "untold"]
    element: str
    at: AwareDatetime | None
    reason: str


class Ways(Shape):
    """The cases that end alike: where they leave their way, or why nothing can be told."""

    outcome: Literal["same", "differs", "untold"]
    element: str
    reason: str
    count: int
    cases: list[str]


class Beside(Shape):
    """What would be different for cases that go the same way: at which element, for how many."""

    what: str
    element: str
    count: int


class ShadowReport(Shape):
    """What a candidate would have done with what really happened; nothing was changed.

    `total`: cases that the filter selects, of which the newest `selected` were played. `proposed`: elements that seem
    to have been renamed and that `map` does not name.
    """

    summary: str
    pathway: str
    candidate: int | None = Field(description="the version; null for files that are not published")
    total: int
    selected: int
    same: int
    differs: int
    untold: int
    ways: list[Ways]
    beside: list[Beside]
    proposed: dict[str, str]
    cases: list[InShadow]
