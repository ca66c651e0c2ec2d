"""Does the API live, and may others rely on it? And what does each kind of problem mean?"""

import asyncio
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.deps import Here
from api.issuer_keys import IssuerAway
from api.problems import KINDS, Problem
from workflows.host.gateway import CaseNotFound, HostUnavailable

router = APIRouter(tags=["Health"])
NOBODY = "case-that-nobody-started"
READY_SECONDS = 4.0
"""So long Temporal has to say that it is there: whoever asks for readiness does not wait for half a minute."""


@router.get("/health/live", summary="The process runs")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@router.get("/health/ready", summary="Database, Temporal and the issuer's keys are there")
async def ready(here: Here) -> dict[str, str]:
    """Say that requests can be served.

    Raises:
        Problem: 503, the database or Temporal does not answer, or nobody's token can be checked.
    """
    try:
        await here.tokens.keys.known()
        async with here.database.reader() as session:
            await (await session.connection()).execute(text("SELECT 1 FROM pathway_case LIMIT 1"))
        async with asyncio.timeout(READY_SECONDS):
            await here.gateway.describe(NOBODY)
    except CaseNotFound:
        return {"status": "ready"}
    except SQLAlchemyError as error:
        raise Problem("unavailable", "The database does not answer.") from error
    except (HostUnavailable, TimeoutError) as error:
        raise Problem("unavailable", "Temporal does not answer.") from error
    except IssuerAway as error:
        raise Problem("unavailable", str(error)) from error
    return {"status": "ready"}


@router.get("/problems", summary="Every kind of problem")
async def problems() -> list[dict[str, Any]]:
    """Give every kind of problem that this API answers with."""
    return [_kind(name) for name in KINDS]


@router.get("/problems/{kind}", summary="One kind of problem")
async def problem(kind: str) -> dict[str, Any]:
    """Explain the `type` of a problem."""
    if kind not in KINDS:
        raise Problem("not-found", "There is no such kind of problem.")
    return _kind(kind)


def _kind(name: str) -> dict[str, Any]:
    kind = KINDS[name]
    return {"type": f"/problems/{name}", "title": kind.title, "status": kind.status, "remedy": kind.remedy}
