"""Is a result acknowledged by who reads it in a task? What was handed to them in its case or its caller's."""

import pytest
from sqlmodel import select

from records.database import Database
from records.tables import Handoff
from tests.records.story import HOUR, MONDAY, Story, write

HANDED = [
    ("case-1", "gdp", 1),
    ("case-1", "ent_surgeon", 1),
    ("case-1", "dr.oak", 1),
    ("case-1", "gdp", 9),
    ("case-2", "gdp", 1),
]
"""Case, recipient, and the hour in which it was handed over."""


@pytest.mark.parametrize(
    ("ladder", "read"), [("LAD-RESULT", [("case-1", "dr.oak", 1), ("case-1", "gdp", 1)]), ("LAD-ROUTINE", [])]
)
async def test_who_reads_a_result_in_a_task_has_acknowledged_what_was_handed_to_them(
    database: Database, ladder: str, read: list[tuple[str, str, int]]
) -> None:
    async with database.session() as session:
        for number, (case_id, to, hour) in enumerate(HANDED):
            kind = "person" if to == "dr.oak" else "role"
            sent_at = MONDAY + hour * HOUR
            row = {"case_id": case_id, "recipient_kind": kind, "recipient": to, "sent_at": sent_at}
            session.add(Handoff(idempotency_key=f"{case_id}#{number}", **row))
    story = Story().begin().offer("read#1", hours=2, groups=("gdp",), ladder=ladder)
    story.tell("claimed", "read#1", hours=3, assignee="dr.oak", actor="dr.oak")
    story.tell("completed", "read#1", hours=4, actor="dr.oak")
    await write(database, story.batch())
    async with database.reader() as session:
        rows = (await session.exec(select(Handoff))).all()
    found = [(row.case_id, row.recipient, round((row.sent_at - MONDAY) / HOUR)) for row in rows if row.acknowledged_by]
    assert (sorted(found), {row.acknowledged_by for row in rows} - {""}) == (read, {"dr.oak"} if read else set())
