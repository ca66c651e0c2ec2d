"""How is a case's history made unreadable for good? By erasing its key, once the case is over."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import Field

from api.deps import Answer, Changing, said
from api.holding import require_holder
from api.problems import Problem
from api.shapes.base import Body, Shape
from workflows.host.keys_erasing import NotErasable, erase_key

router = APIRouter(prefix="/cases", tags=["Cases"])


class Erasure(Body):
    """Why the key is erased: the audit keeps it, so it names no patient."""

    reason: str = Field(min_length=1, max_length=1_000)


class Erased(Shape):
    """A case whose history nobody can read any more."""

    case_id: str
    erased_at: datetime
    erased_by: str


@router.post("/{case_id:path}/erase-key", response_model=Erased, summary="Make the history of a case unreadable")
async def erase(change: Changing, case_id: str, body: Erasure) -> JSONResponse:
    """Erase the key of a case that is over, with all it called; administrators of who holds it only.

    It cannot be undone. Our own organisation holds each case that it takes part in, any other who began it.
    What Temporal keeps of the case can never be read again. The read model keeps what it has: docs/privacy.md.
    """
    change.visit.require(allowed=change.here.access.administers(change.me), what="erase keys")
    await require_holder(change.visit, case_id.partition("/")[0], what="erase the key", any_age=True)

    async def once() -> Answer:
        try:
            row = await erase_key(
                change.here.database,
                change.here.gateway,
                case_id,
                actor=change.me.id,
                reason=body.reason,
                now=change.here.clock(),
                detail={"request_id": change.visit.request_id},
                organisation=change.me.organisation,
                context=change.visit.context,
            )
        except NotErasable as refusal:
            raise Problem("not-erasable", str(refusal)) from refusal
        if change.here.keys is not None:
            change.here.keys.forget(case_id)
        return said(Erased(case_id=case_id, erased_at=row.erased_at, erased_by=row.erased_by))

    return await change.once(once)
