"""How loud is it? Alerts in bundles by tier, the digest of what is not urgent, and how many alerts people get (K29)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.alert_load import TIERS, Load, load_between
from api.deps import Answer, Asked, Changing, Visit, said
from api.ids import text
from api.inbox_words import reader_of
from api.moments import Moment
from api.paging import Paged
from api.problems import Problem
from api.routes.inbox import told
from api.shapes.alerts import Acknowledged, Acknowledging, AlertLoad, BundlePage, DigestView, TierLoad, bundle_view
from api.sides import side_of
from policy.alerts import Alert, Tier, alert_rules
from records.queries.alerts import Received, alerts_for
from records.queries.inbox import is_addressed
from records.tables import Notification
from records.writes import handovers

router = APIRouter(tags=["Inbox and hand-offs"])
MOST_DAYS = 92
DIGEST_TIER = 3


@router.get("/inbox/alerts", summary="What I was told, in bundles")
async def alerts(
    asked: Asked,
    paged: Paged,
    tier: Annotated[int | None, Query(ge=1, le=DIGEST_TIER, description="1 page, 2 inbox, 3 digest")] = None,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 14,
    ready: Annotated[bool, Query(description="only those to which nothing more is awaited")] = False,
) -> BundlePage:
    """Give one page of what I have not acknowledged, bundled: the loudest first and then the newest."""
    now = asked.here.clock()
    async with asked.here.database.reader() as session:
        found = await alerts_for(session, await told(asked), since=now - timedelta(days=days), open_only=True)
    bundles = [
        each
        for each in alert_rules().bundles(await _read(asked, found))
        if tier in (None, each.tier) and (not ready or each.ready_at <= now)
    ]
    shown = paged.cut(sorted(bundles, key=lambda bundle: bundle.tier))
    await asked.read("alerts.read", cases=sorted({bundle.case_id for bundle in shown}))
    return BundlePage(items=[bundle_view(each) for each in shown], **paged.of(len(bundles)))


async def _read(asked: Visit, found: Sequence[Received]) -> list[Alert]:
    """Give the alerts in the words in which whoever asks reads them."""
    reader = await reader_of(asked)
    read = [reader.reads(each.kind, each.recipient, each.alert.key, each.alert.text) for each in found]
    return [replace(each.alert, text=said) for each, said in zip(found, read, strict=True)]


@router.post("/inbox/alerts/acknowledge", response_model=Acknowledged, summary="Acknowledge a bundle")
async def acknowledge(change: Changing, body: Acknowledging) -> JSONResponse:
    """Acknowledge by name all that a bundle holds; the first acknowledgement of each counts."""
    to = await told(change.visit)

    async def once() -> Answer:
        async with change.here.database.session() as session:
            for identifier in body.ids:
                row = await session.get(Notification, text(identifier) or "")
                if row is None or not await is_addressed(session, row, to):
                    raise Problem("not-found", f"There is nothing to acknowledge under '{identifier[:64]}'.")
                key, now = row.idempotency_key, change.here.clock()
                await handovers.acknowledge(session, Notification, key, actor=change.me.id, now=now)
                await change.visit.audit(session, "notification.acknowledged", row.case_id)
        return said(Acknowledged(acknowledged=len(body.ids)))

    return await change.once(once)


@router.get("/inbox/digest", summary="What was not urgent")
async def digest(
    asked: Asked, since: Annotated[Moment | None, Query(description="a day ago, when left out")] = None
) -> DigestView:
    """Give what only the digest tells: everything of tier 3 since then, at most a quarter, in bundles."""
    now = asked.here.clock()
    start = max(since or now - timedelta(days=1), now - timedelta(days=MOST_DAYS))
    async with asked.here.database.reader() as session:
        found = await alerts_for(session, await told(asked), since=start)
    bundles = [each for each in alert_rules().bundles(await _read(asked, found)) if each.tier == DIGEST_TIER]
    await asked.read("digest.read", cases=sorted({bundle.case_id for bundle in bundles}))
    return DigestView(since=start, bundles=[bundle_view(each) for each in bundles])


@router.get("/figures/alert-load", summary="How many alerts do people get? (K29)")
async def alert_load(asked: Asked, since: Moment | None = None, until: Moment | None = None) -> AlertLoad:
    """Give alerts per clinician-day, the share that was acted on, and what bundling kept away; overseers only."""
    asked.require(allowed=asked.here.access.oversees(asked.me), what="read the alert load")
    end = until or asked.here.clock()
    start = since or end - timedelta(days=7)
    if not timedelta() < end - start <= timedelta(days=MOST_DAYS):
        raise Problem("invalid", f"since must come before until, by at most {MOST_DAYS} days.")
    async with asked.here.database.reader() as session:
        load = await load_between(session, side_of(asked), since=start, until=end)
    await asked.read("alert_load.read")
    count = len(load.bundles)
    return AlertLoad(
        since=start,
        until=end,
        alerts=load.alerts,
        bundles=count,
        duplicates_suppressed=load.alerts - count,
        clinician_days=load.clinician_days,
        per_clinician_day=_share(load.reached, load.clinician_days),
        recipient_days=load.recipient_days,
        per_recipient_day=_share(count, load.recipient_days),
        acted_on_share=_share(sum(bundle.acted_on for bundle in load.bundles), count),
        tiers=[_of_tier(load, tier) for tier in TIERS],
    )


def _of_tier(load: Load, tier: Tier) -> TierLoad:
    bundles = load.of_tier(tier)
    return TierLoad(tier=tier, alerts=sum(len(bundle.alerts) for bundle in bundles), bundles=len(bundles))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0
