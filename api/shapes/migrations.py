"""How is a migration of cases asked for, and how is told what it would do?"""

from typing import Annotated, Literal

from pydantic import Field

from api.moments import Moment
from api.shapes.base import LARGEST, Body, Shape
from workflows.contract.urgency import Urgency


class MigrationCases(Body):
    """Which of the cases; each member narrows it down. `element`: a token stands at it."""

    cases: list[str] | None = Field(default=None, max_length=10_000, description="case ids")
    element: str | None = None
    urgency: Urgency | None = None
    stuck: bool | None = None
    incident: bool | None = None
    started_before: Moment | None = None
    called: bool = Field(default=False, description="also cases that another case called; they go with it normally")


Version = Annotated[int, Field(ge=1, le=LARGEST)]


class MigrationBody(Body):
    """Where to, from which versions, what was renamed on the way, and how carefully."""

    to: int = Field(ge=1, le=LARGEST, description="the version with which cases go on")
    versions: list[Version] | Literal["all"] = Field(
        default="all", alias="from", description="the versions they run now"
    )
    map: dict[str, str] = Field(
        default_factory=dict, description='old id → new id of what was renamed; "" for nothing', examples=[{"a": "b"}]
    )
    called_map: dict[str, dict[str, str]] = Field(default_factory=dict, description="the same, by called pathway")
    filter: MigrationCases = Field(default_factory=MigrationCases)
    reason: str = Field(min_length=1, max_length=1_000, description="kept in the timeline; nothing of a patient")
    dry_run: bool = Field(default=False, description="say what would happen; change nothing")
    canary: int = Field(default=0, ge=0, le=LARGEST, description="pause after so many cases; 0: never")
    expect: int | None = Field(
        default=None, ge=0, le=LARGEST, description="refuse when another number of cases is selected"
    )
    start: bool = Field(default=True, description="false: plan only; `resume` starts it")


class FindingOfPlan(Shape):
    """What the plan means for cases at one element."""

    kind: str
    element: str
    message: str


class FromVersion(Shape):
    """One of the versions that cases come from: how many, what changed since, and what that means for them.

    `proposed`: elements that seem to have been renamed and that `map` does not name; `proposed_called`: the same of
    the pathways that it calls, for `called_map`.
    """

    version: int
    cases: int
    findings: list[FindingOfPlan]
    proposed: dict[str, str]
    proposed_called: dict[str, dict[str, str]] = Field(default_factory=dict)
    difference: str


class Trial(Shape):
    """The cases for which it would end alike. `outcome`: migrates, cannot, or unknown (the case did not answer)."""

    outcome: Literal["migrates", "cannot", "unknown"]
    reason: str
    count: int
    cases: list[str]


class Effect(Shape):
    """What would happen in how many cases, called ones included: a fact, and the element that it is about."""

    fact: str
    element: str
    count: int


class MigrationForesight(Shape):
    """What a migration would do to the cases as they stand now; nothing was changed."""

    summary: str
    pathway: str
    to: int
    selected: int
    migrates: int
    cannot: int
    unknown: int
    called: int = Field(description="called cases that would go with them")
    trials: list[Trial]
    effects: list[Effect]
    versions: list[FromVersion]
