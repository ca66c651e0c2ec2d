"""What does a message change before any case hears of it? Orders become final; merges need the one who survives."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.safeguarded_messages import follow
from records.database import Database
from records.queries.orders import orders_numbered
from records.queries.sharing import consents
from records.tables import Case, Message, OrderRecord
from records.writes.parties import note_requester
from workflows.engine.errors import EventRejected

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def after(tmp_path: Path, report: Any, **brought: Any) -> OrderRecord:
    """The order after a report about it; `brought`: as which somebody brings it."""
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    order = OrderRecord(order_id="O-1", patient_id="p", code_family="OPG", case_id="case-1", ordered_at=NOW)
    async with database.session() as session:
        session.add(order)
    variables = {} if report is None else {"report": report}
    payload = {"variables": variables, **brought}
    message = Message(
        message_id="m", name="imaging.report", correlation_key="O-1", payload=payload, source="ris", received_at=NOW
    )
    async with database.session() as session:
        await follow(session, message, actor="ris", now=NOW)
    async with database.reader() as session:
        found = await session.get_one(OrderRecord, ("O-1", ""))
    await database.close()
    return found


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ({"status": "preliminary"}, "active"),
        ({"status": "final", "report_id": "R-1"}, "final"),
        ({"status": "amended"}, "final"),
        ({"status": "entered-in-error"}, "entered_in_error"),
        (None, "final"),
        ("free words", "final"),
    ],
)
async def test_a_final_report_makes_its_order_final(tmp_path: Path, report: Any, status: str) -> None:
    found = await after(tmp_path, report)
    assert (found.status, found.reported_at is not None) == (status, status == "final")


async def test_a_report_that_another_organisation_brings_leaves_an_order_as_it_is(tmp_path: Path) -> None:
    assert (await after(tmp_path, {"status": "final"}, organisations=["south"])).status == "active"


async def test_a_report_that_an_organisation_brings_is_about_its_own_order_of_that_number(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    about = {"order_id": "O-1", "patient_id": "p", "code_family": "OPG", "ordered_at": NOW}
    async with database.session() as session:
        for each in ("north", "south"):
            case = {"case_id": each, "root_case_id": each, "key": "k", "name": "K", "sha256": "s"}
            session.add(Case(**case, started_at=NOW, last_seq=1))
            await note_requester(session, each, each, through="test", now=NOW)
            session.add(OrderRecord(**about, requester=each, case_id=each))
    payload = {"variables": {}, "organisations": ["south"]}
    report = Message(message_id="m", name="lab.result", correlation_key="O-1", payload=payload, source="lab")
    report.received_at = NOW
    async with database.session() as session:
        await follow(session, report, actor="lab", now=NOW)
    async with database.reader() as session:
        found = [(row.requester, row.status) for row in await orders_numbered(session, "O-1")]
    await database.close()
    assert found == [("north", "active"), ("south", "final")]


@pytest.mark.parametrize(
    ("name", "scope", "says"),
    [
        pytest.param("patient.merged", None, "surviving_patient_id", id="a merge that does not say into whom"),
        pytest.param("consent.withdrawn", "secondary_use", "opted_out", id="an objection that is none to sharing"),
    ],
)
async def test_what_would_change_the_wrong_thing_is_refused(
    tmp_path: Path, name: str, scope: str | None, says: str
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'records.sqlite'}")
    await database.migrate()
    payload = {"variables": {"scope": scope}}
    message = Message(message_id="m", name=name, correlation_key="p", payload=payload, source="x", received_at=NOW)
    with pytest.raises(EventRejected, match=says):
        async with database.session() as session:
            await follow(session, message, actor="x", now=NOW)
    async with database.reader() as session:
        assert await consents(session, "p") == ()
    await database.close()
