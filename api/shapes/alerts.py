"""How are bundles of alerts, the digest and the alert load shown?"""

from pydantic import AwareDatetime, Field

from api.ids import word
from api.shapes.base import Body, OnePage, Shape, case_link
from policy.alerts import Bundle


class BundleView(Shape):
    """Alerts about one case that are one to whoever gets them. `tier`: 1 page, 2 inbox, 3 digest.

    `ready_at`: when nothing more is awaited. `ids`: of its notifications.
    """

    tier: int
    case_id: str
    texts: list[str]
    count: int
    first_at: AwareDatetime
    last_at: AwareDatetime
    ready_at: AwareDatetime
    acted_on: bool
    ids: list[str]
    links: dict[str, str]


class BundlePage(OnePage):
    """One page of bundles, the loudest first and then the newest."""

    items: list[BundleView]


class DigestView(Shape):
    """What was not urgent since then."""

    since: AwareDatetime
    bundles: list[BundleView]


class Acknowledging(Body):
    """The notifications that are acknowledged: the `ids` of a bundle."""

    ids: list[str] = Field(min_length=1, max_length=500)


class Acknowledged(Shape):
    """How many notifications were acknowledged."""

    acknowledged: int


class TierLoad(Shape):
    """The alerts of one tier."""

    tier: int
    alerts: int
    bundles: int


class AlertLoad(Shape):
    """K29, of what was told to staff.

    A clinician-day is a day (in UTC) on which somebody with a clinical role used the system; `per_clinician_day`:
    bundles that came for them or their roles on such a day. A recipient is a role or a person by name; a recipient-day
    is a day on which one got an alert; `per_recipient_day`: bundles. `acted_on_share`: of bundles;
    `duplicates_suppressed`: alerts less bundles.
    """

    since: AwareDatetime
    until: AwareDatetime
    alerts: int
    bundles: int
    duplicates_suppressed: int
    clinician_days: int
    per_clinician_day: float
    recipient_days: int
    per_recipient_day: float
    acted_on_share: float
    tiers: list[TierLoad]


def bundle_view(bundle: Bundle) -> BundleView:
    """Show a bundle."""
    return BundleView(
        tier=bundle.tier,
        case_id=bundle.case_id,
        texts=list(bundle.texts),
        count=len(bundle.alerts),
        first_at=bundle.alerts[0].at,
        last_at=bundle.alerts[-1].at,
        ready_at=bundle.ready_at,
        acted_on=bundle.acted_on,
        ids=[word(alert.key) for alert in bundle.alerts],
        links={"case": case_link(bundle.case_id)} if bundle.case_id else {"messages": "/dead-letters"},
    )
