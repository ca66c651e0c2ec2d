"""What do people read and acknowledge before they see anything of a patient? The only doors that are open before."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from api.deps import Answer, Entering, FirstChange, said
from api.privacy_gate import ACKNOWLEDGE, ACKNOWLEDGED, acknowledged_at, must_acknowledge
from api.problems import Problem
from api.shapes.privacy import AcknowledgedNotice, AcknowledgementBody, NoticeView
from pathways.patient_texts import ENGLISH

router = APIRouter(prefix="/privacy-notice", tags=["Privacy notice"])
Language = Annotated[str, Query(pattern="^[a-z]{2}$", description="`en`, `de`, …; what is not there is English")]


@router.get("", summary="The privacy notice")
async def notice(asked: Entering, language: Language = ENGLISH) -> NoticeView:
    """Give the notice of this site, whether you have to acknowledge it, and when you did."""
    found = asked.here.settings.privacy_notice
    await asked.read("privacy_notice.read")
    if found is None:
        return NoticeView(version="", text="", required=False, acknowledged_at=None, links={})
    async with asked.here.database.reader() as session:
        done = await acknowledged_at(session, asked.me.id, found.version)
    return NoticeView(
        version=found.version,
        text=found.text(language),
        required=must_acknowledge(asked.me),
        acknowledged_at=done,
        links={"acknowledge": ACKNOWLEDGE},
    )


@router.post("/acknowledgements", response_model=AcknowledgedNotice, summary="Acknowledge the privacy notice")
async def acknowledge(change: FirstChange, body: AcknowledgementBody) -> JSONResponse:
    """Say that you have read this version: once, for good, and in the audit. The first time counts."""
    found = change.here.settings.privacy_notice
    if found is None or body.version != found.version:
        raise Problem("not-now", "That is not the notice of this site now: read it again.")

    async def once() -> Answer:
        async with change.here.database.session() as session:
            if await acknowledged_at(session, change.me.id, found.version) is None:
                await change.visit.audit(session, ACKNOWLEDGED, version=found.version)
            done = await acknowledged_at(session, change.me.id, found.version)
        assert done is not None  # it was just noted, or before
        return said(AcknowledgedNotice(version=found.version, acknowledged_by=change.me.id, acknowledged_at=done))

    return await change.once(once)
