"""Who plans the next step after a hand-off? Whom the report names, else the key worker, else whoever gets it."""

from collections.abc import Mapping
from typing import Any

from api.deps import Visit
from api.redacting import Declared, result_shown
from api.shapes.exchange import HandoffView, PlannerView, handoff_view
from policy.data_classes import Visible
from records.queries.people import key_worker
from records.tables import Handoff

OWNER, REPORT = "follow_up_owner", "report"
"""The variable of a report that names who goes on with the patient; it stands by itself or within the report."""


async def handed_over(asked: Visit, row: Handoff, said: Declared) -> HandoffView:
    """Give a hand-off as its reader sees it, with who plans the next step."""
    shown = await result_shown(asked, row, said)
    return handoff_view(row, shown, await _planner(asked, row, shown))


async def _planner(asked: Visit, row: Handoff, shown: Visible) -> PlannerView:
    """Of a report that its reader does not see nobody says whom it names; so nobody else is named either."""
    if named := _owner(shown.values):
        return PlannerView(name=named, named_by="report")
    if _owner(row.result):
        return PlannerView(name="", named_by="withheld")
    async with asked.here.database.reader() as session:
        worker = await key_worker(session, row.case_id.partition("/")[0], at=asked.here.clock())
    if worker:
        return PlannerView(name=worker.name or worker.person, named_by="key_worker")
    return PlannerView(name=row.recipient, named_by="recipient")


def _owner(result: Mapping[str, Any]) -> str:
    report = result.get(REPORT)
    found = result.get(OWNER) or (report.get(OWNER) if isinstance(report, Mapping) else "")
    return found if isinstance(found, str) else ""
