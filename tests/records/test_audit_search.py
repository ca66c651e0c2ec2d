"""Which rows of the audit does somebody find? The same on both databases."""

from dataclasses import replace
from datetime import timedelta

from records.database import Database
from records.queries.audit import AuditFilter, audit_batches, audit_rows, patients_of
from records.queries.patient_view import visitors
from records.writes.audit import REFUSED, UNKNOWN, append_audit
from tests.records.story import MONDAY
from tests.records.test_access import HOME, NORTH, SOUTH, begun

OFFICER = replace(NORTH, any_age=True)


async def noted(database: Database) -> None:
    """Six rows: of north's case, of one it called, of a list, of a patient, of a refusal, of what was no case."""
    await begun(database)
    about = (
        ("n", {}, "0"),
        ("n/called", {}, "0"),
        ("", {"cases": ["n", "ours"]}, "0"),
        ("", {"patient_id": "P-1"}, "0"),
        ("n", {"status": 403}, REFUSED),
        ("ours", {}, "0"),
    )
    for number, (case_id, detail, outcome) in enumerate(about):
        async with database.session() as session:
            await append_audit(
                session,
                actor=f"p{number}",
                action="case.read",
                now=MONDAY + timedelta(hours=number),
                case_id=case_id,
                detail=detail,
                organisation="north",
                outcome=outcome,
            )


async def test_rows_are_found_by_patient_case_person_time_and_outcome_within_the_organisation(
    database: Database,
) -> None:
    await noted(database)
    asked = {
        "all of north": (AuditFilter(), OFFICER, [5, 4, 3, 2, 1]),
        "all of ours": (AuditFilter(), HOME, [6, 3]),
        "all of south": (AuditFilter(), SOUTH, []),
        "the patient": (AuditFilter(patient_id="P-1"), OFFICER, [5, 4, 3, 2, 1]),
        "another patient": (AuditFilter(patient_id="P-2"), OFFICER, []),
        "the case": (AuditFilter(case_id="n"), OFFICER, [5, 3, 2, 1]),
        "a person": (AuditFilter(actor="p1"), OFFICER, [2]),
        "refused": (AuditFilter(outcome=REFUSED), OFFICER, [5]),
        "hours": (AuditFilter(since=MONDAY + timedelta(hours=1), until=MONDAY + timedelta(hours=3)), OFFICER, [3, 2]),
        "a page": (AuditFilter(before=4), OFFICER, [3, 2, 1]),
    }
    async with database.reader() as session:
        for name, (wanted, side, rows) in asked.items():
            found = await audit_rows(session, wanted, side, limit=10)
            assert (name, [row.id for row in found]) == (name, rows)


async def test_a_patient_sees_who_saw_the_case_in_a_list_and_not_who_was_refused(database: Database) -> None:
    await noted(database)
    async with database.reader() as session:
        assert [row.actor for row in await visitors(session, "n", but="p0")] == ["p2", "p1"]
        assert await patients_of(session, {"n/called", "ours"}) == {"n/called": "P-1"}


async def test_a_patient_sees_what_somebody_may_have_done(database: Database) -> None:
    await noted(database)
    async with database.session() as session:
        unknown = {"action": "access.unfinished", "case_id": "n", "outcome": UNKNOWN}
        await append_audit(session, actor="p7", now=MONDAY, **unknown)
    async with database.reader() as session:
        assert [row.actor for row in await visitors(session, "n", but="p0")] == ["p7", "p2", "p1"]


async def test_an_export_gives_every_row_once(database: Database) -> None:
    await noted(database)
    async with database.snapshot() as session:
        batches = [[row.id for row in rows] async for rows in audit_batches(session, after=1, until=9, size=2)]
    assert batches == [[2, 3], [4, 5], [6]]
