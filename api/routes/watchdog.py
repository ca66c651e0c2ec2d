"""Is every running case well? The last round of the watchdog: orphans, what is stuck, what was repaired."""

from fastapi import APIRouter

from api.deps import Asked
from api.problems import Problem
from api.shapes.watchdog import WatchView, watch_view
from api.watchdog.keeping import last_report

router = APIRouter(prefix="/watchdog", tags=["Watchdog"])


@router.get("", summary="The last round over all running cases")
async def last_round(asked: Asked) -> WatchView:
    """Give what the last round found and repaired, for those who oversee the installation.

    Raises:
        Problem: 404, no round was made yet.
    """
    whole = asked.here.access.oversees(asked.me) and not asked.me.organisation
    asked.require(allowed=whole, what="read what the watchdog found")
    async with asked.here.database.reader() as session:
        found = await last_report(session)
    if found is None:
        raise Problem("not-found", "The watchdog has not made a round yet.")
    report, ended_at = found
    await asked.read("watchdog.read", findings=len(report.findings))
    return watch_view(report, ended_at)
