"""What does the API say about pathways, their versions, and what is wrong with a diagram?"""

from pydantic import AwareDatetime, Field

from api.shapes.base import OnePage, Shape
from records.tables import PublishedDefinition


class PathwayView(Shape):
    """A published version of a pathway."""

    key: str
    name: str
    version: int
    version_tag: str
    sha256: str
    active: bool
    published_at: AwareDatetime
    published_by: str
    links: dict[str, str]


class VersionView(PathwayView):
    """One of the versions of a pathway, and how many cases run on it."""

    running: int | None = Field(description="your organisation's cases that run on it; null for who does not oversee")


class VersionList(OnePage):
    """A page of the versions of a pathway, the newest first."""

    items: list[VersionView]


class PublishedView(PathwayView):
    """A version as it was published; `new`: this content was not published before."""

    new: bool


class FindingView(Shape):
    """One remark about a diagram: where, what, and what to do."""

    rule: str
    severity: str
    file: str
    line: int
    element: str | None
    message: str
    remedy: str


class Check(Shape):
    """Whether a diagram could be published, and every finding."""

    publishable: bool
    findings: list[FindingView]


class Publication(Shape):
    """What was published together, and what was remarked."""

    published: list[PublishedView]
    findings: list[FindingView]


def pathway_view(row: PublishedDefinition) -> PathwayView:
    """Show a version."""
    return PathwayView(**_members(row))


def version_view(row: PublishedDefinition, *, running: int | None) -> VersionView:
    """Show a version with the number of its cases."""
    return VersionView(**_members(row), running=running)


def published_view(row: PublishedDefinition, *, is_new: bool) -> PublishedView:
    """Show a version that was published just now."""
    return PublishedView(**_members(row), new=is_new)


def _members(row: PublishedDefinition) -> dict[str, object]:
    versions = f"/pathways/{row.key}/versions/{row.version}"
    light = ("key", "name", "version", "version_tag", "sha256", "active", "published_at", "published_by")
    links = {"bpmn": f"{versions}/bpmn", "diagram": f"{versions}/diagram.svg"}
    return {**{name: getattr(row, name) for name in light}, "links": links}
