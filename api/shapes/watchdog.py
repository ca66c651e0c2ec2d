"""What is said of the watchdog's last round?"""

from datetime import datetime

from pydantic import BaseModel

from api.watchdog.report import FindingKind, RepairKind, Report


class FindingView(BaseModel):
    """What is not well with a case."""

    case_id: str
    kind: FindingKind
    reason: str


class RepairView(BaseModel):
    """What was put right."""

    case_id: str
    kind: RepairKind
    reason: str
    facts: int


class WatchView(BaseModel):
    """The last round. `says`: the same in one line; `unasked`: cases whose present standing is yet to be looked at."""

    says: str
    at: datetime
    ended_at: datetime
    orphans: int
    running: int
    unasked: int
    worker_polls: bool
    findings: list[FindingView]
    repairs: list[RepairView]


def watch_view(report: Report, ended_at: datetime) -> WatchView:
    """Give what is said of a round."""
    return WatchView(
        says=str(report),
        at=report.at,
        ended_at=ended_at,
        orphans=report.orphans,
        running=report.running,
        unasked=report.unasked,
        worker_polls=report.polled,
        findings=[FindingView(case_id=f.case_id, kind=f.kind, reason=f.reason) for f in report.findings],
        repairs=[RepairView(case_id=r.case_id, kind=r.kind, reason=r.reason, facts=r.facts) for r in report.repairs],
    )
