"""A case written down by hand: the facts of a small pathway, numbered as they are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from records.database import Database
from records.projection import project
from records.tables import Case
from workflows.contract.requests import CaseFacts, StartCase
from workflows.engine.facts import Fact, FactKind

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHA = "a" * 64


@dataclass
class Story:
    """Tell facts one after another; `hours` after Monday 9:00 UTC."""

    case_id: str = "case-1"
    key: str = "dental_clearance"
    urgency: str = "routine"
    business_key: str = "REF-1"
    caller: str | None = None
    facts: list[Fact] = field(default_factory=list)

    @property
    def start(self) -> StartCase:
        return StartCase(
            case_id=self.case_id,
            key=self.key,
            sha256=SHA,
            business_key=self.business_key,
            correlation_keys=(self.business_key, f"ORDER-{self.business_key}"),
            urgency=self.urgency,
            actor="portal",
            caller=self.caller,
        )

    def tell(self, fact: FactKind, activation: str = "", *, hours: float = 0, **detail: Any) -> "Story":
        element = activation.partition("#")[0]
        kind = "process" if element == self.key else "userTask" if element else ""
        name = element.replace("_", " ").capitalize()
        at = MONDAY + hours * HOUR
        self.facts.append(Fact(len(self.facts) + 1, at, fact, element, name, kind, activation, detail))
        return self

    def begin(self, **variables: Any) -> "Story":
        root = f"{self.key}#1"
        detail = {"key": self.key, "version_tag": "1.0.0", "sha256": SHA}
        self.tell("case_started", root, **detail, process=self.key, actor="portal")
        for name, value in variables.items():
            self.tell("variable_set", root, name=name, value=value, scope=root)
        return self

    def offer(self, activation: str, *, hours: float = 0, due: float | None = None, **detail: Any) -> "Story":
        due_at = {} if due is None else {"due_at": MONDAY + due * HOUR}
        self.tell("activated", activation, hours=hours, scope=f"{self.key}#1")
        return self.tell("offered", activation, hours=hours, **due_at, **detail)

    def batch(self, first: int = 1, last: int | None = None) -> CaseFacts:
        return CaseFacts(self.start, tuple(self.facts[first - 1 : last]))


def whole_story() -> Story:
    """A clearance with everything in it: two tasks, a ladder, timers, messages, an incident."""
    root = "dental_clearance#1"
    story = Story().begin(rt_start_date="2026-04-01", teeth=[11, 12])
    story.offer("assess#1", due=24, groups=("restorative_dentist",), priority=60, lane="Dental", form_id="assess")
    story.tell("timer_started", "assess#1", timer="assess#1/rung-1", due_at=MONDAY + 12 * HOUR, node="assess")
    story.tell("timer_started", "assess#1", timer="assess#1/rung-2", due_at=MONDAY + 24 * HOUR, node="assess")
    story.tell("subscribed", root, subscription="moved#1", message="treatment.date_changed", key="REF-1")
    story.tell("claimed", "assess#1", hours=1, assignee="dr.oak", actor="dr.oak")
    story.tell("timer_fired", "assess#1", hours=12, timer="assess#1/rung-1")
    story.tell(
        "escalated",
        "assess#1",
        hours=12,
        rung=1,
        level="reminder",
        tell=("assignee", "coordinator"),
        due_at=None,
    )
    story.tell("message_received", root, hours=13, message="treatment.date_changed", key="REF-1", message_id="m-1")
    story.tell("variable_set", root, hours=13, name="rt_start_date", value="2026-03-28", scope=root)
    story.tell(
        "due_changed",
        "assess#1",
        hours=13,
        due_at=MONDAY + 20 * HOUR,
        was=MONDAY + 24 * HOUR,
        because="moved",
    )
    story.tell("timer_moved", "assess#1", hours=13, timer="assess#1/rung-2", due_at=MONDAY + 20 * HOUR, node="assess")
    story.tell("timer_fired", "assess#1", hours=20, timer="assess#1/rung-2", late_seconds=1)
    story.tell("escalated", "assess#1", hours=20, rung=2, level="breach", tell=("coordinator", "clinical_lead"))
    story.tell("released", "assess#1", hours=20)
    story.tell("claimed", "assess#1", hours=21, assignee="dr.elm", actor="dr.elm")
    story.tell("completed", "assess#1", hours=22, actor="dr.elm")
    story.tell("activated", "send#1", hours=22, scope=root)
    story.tell("waiting", "send#1", hours=22, wait="work", waits_for="Send to oncology")
    story.tell("work_failed", "send#1", hours=23, reason="no answer from the oncology inbox")
    story.tell("incident_raised", "send#1", hours=23, incident="incident#1", kind="work-failed", reason="no answer")
    story.tell("incident_resolved", "send#1", hours=24, incident="incident#1", actor="admin")
    story.tell("completed", "send#1", hours=24)
    story.offer("acknowledge#1", hours=24, due=48, groups=("clinical_oncologist",), users=("dr.ash",))
    return story


async def write(database: Database, *batches: CaseFacts) -> None:
    """Project each batch in a transaction of its own."""
    for batch in batches:
        async with database.session() as session:
            await project(session, batch)


async def write_all(database: Database, stories: Iterable[Story]) -> None:
    """Project whole stories."""
    await write(database, *(story.batch() for story in stories))


def case(case_id: str, key: str = "k", **more: Any) -> Case:
    """Give the row of a case that began on Monday, with nothing else to tell."""
    about: dict[str, Any] = {"root_case_id": case_id, "name": "n", "sha256": "s", "started_at": MONDAY}
    return Case(case_id=case_id, key=key, process_scope="root", **{**about, **more})
