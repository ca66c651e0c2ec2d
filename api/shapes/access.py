"""How are break-glass and proxies of patients asked for and shown?"""

from pydantic import AwareDatetime, Field

from api.moments import Moment
from api.shapes.base import Body, OnePage, Shape, case_link
from records.tables import BrokenGlass, Case, ProxyGrant


class BreakGlassBody(Body):
    """Why somebody must see a case that is not theirs."""

    reason: str = Field(min_length=10, max_length=1_000, description="kept in the audit and reviewed; names no patient")


class BreakGlassView(Shape):
    """A broken glass: who sees which case, why, until when, and what the review says."""

    id: str
    case_id: str
    person: str
    name: str
    organisation: str
    reason: str
    since: AwareDatetime
    until: AwareDatetime
    review: str = Field(description="reviewed, open, or empty while it has not begun")
    appropriate: bool | None
    links: dict[str, str]


class BreakGlassPage(OnePage):
    """One page of broken glasses, the newest first."""

    items: list[BreakGlassView]


class ProxyBody(Body):
    """Whom a patient lets see what they may see themselves, and until when."""

    person: str = Field(min_length=1, max_length=200, description="as tokens name them (`sub`)")
    classes: list[str] = Field(min_length=1, max_length=20, examples=[["appointments", "plan"]])
    until: Moment | None = None


class ProxyView(Shape):
    """A proxy: by whom it was given, to whom, and until when."""

    id: str
    patient_id: str
    person: str
    classes: list[str]
    since: AwareDatetime
    until: AwareDatetime | None
    given_by: str
    withdrawn_at: AwareDatetime | None
    withdrawn_by: str
    links: dict[str, str]


def break_glass_view(grant: BrokenGlass, review: Case | None = None, decision: object = None) -> BreakGlassView:
    """Show a broken glass; `decision`: what the review has found, None before it ended."""
    done = review is not None and review.status == "completed"
    return BreakGlassView(
        id=grant.grant_id,
        case_id=grant.root_case_id,
        person=grant.person,
        name=grant.name,
        organisation=grant.organisation,
        reason=grant.reason,
        since=grant.since,
        until=grant.until,
        review="reviewed" if done else "open" if review else "",
        appropriate=decision == "appropriate" if done else None,
        links={"case": case_link(grant.root_case_id), **({"review": case_link(review.case_id)} if review else {})},
    )


def proxy_view(grant: ProxyGrant) -> ProxyView:
    """Show a proxy."""
    link = f"/patients/{grant.patient_id}/proxies/{grant.grant_id}"
    return ProxyView(
        id=grant.grant_id,
        patient_id=grant.patient_id,
        person=grant.person,
        classes=list(grant.classes),
        since=grant.since,
        until=grant.until,
        given_by=grant.given_by,
        withdrawn_at=grant.withdrawn_at,
        withdrawn_by=grant.withdrawn_by,
        links={} if grant.withdrawn_at else {"withdraw": f"{link}/withdraw"},
    )
