"""Who plans the next step after a hand-off? Whom the report names, else the key worker, else whoever gets it."""

from collections.abc import Collection, Mapping
from typing import Any

from api.deps import Visit
from api.redacting import known_of, result_shown
from api.shapes.exchange import HandoffView, PlannerView, handoff_view
from policy.data_classes import Visible
from records.queries.people import key_workers
from records.tables import CareTeamMember, Handoff

OWNER, REPORT = "follow_up_owner", "report"
"""The variable of a report that names who goes on with the patient; it stands by itself or within the report."""


async def handed_over(asked: Visit, rows: Collection[Handoff]) -> list[HandoffView]:
    """Give hand-offs as their reader sees them, with who plans the next step."""
    known, roots = await known_of(asked, rows), {_root(row) for row in rows}
    async with asked.here.database.reader() as session:
        workers = await key_workers(session, roots, at=asked.here.clock())
    seen = [(row, await result_shown(asked, row, known)) for row in rows]
    return [handoff_view(row, shown, _planner(row, shown, workers.get(_root(row)))) for row, shown in seen]


def _root(row: Handoff) -> str:
    return row.case_id.partition("/")[0]


def _planner(row: Handoff, shown: Visible, worker: CareTeamMember | None) -> PlannerView:
    """Of a report that its reader does not see nobody says whom it names; so nobody else is named either."""
    if named := _owner(shown.values):
        return PlannerView(name=named, named_by="report")
    if _owner(row.result):
        return PlannerView(name="", named_by="withheld")
    if worker:
        return PlannerView(name=worker.name or worker.person, named_by="key_worker")
    return PlannerView(name=row.recipient, named_by="recipient")


def _owner(result: Mapping[str, Any]) -> str:
    report = result.get(REPORT)
    found = result.get(OWNER) or (report.get(OWNER) if isinstance(report, Mapping) else "")
    return found if isinstance(found, str) else ""
