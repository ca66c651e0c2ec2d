import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from records.audit_keys import AuditKeyError, AuditKeys, audit_keys_from
from records.audit_seal import FIRST, head_seal, seal_of, standing_of
from records.database import Database
from records.queries.audit_chain import Anchor, Verdict, head_of, verify
from records.tables import Audit
from records.writes.audit import append_audit
from tests.records.story import MONDAY

KEYS = AuditKeys.parse("a key that the attacker has not got")
ROWS = 6
COPY = (
    "INSERT INTO audit SELECT {id}, at, actor, action, case_id, detail, prev_hash, hash, organisation, outcome, "
    "context FROM audit WHERE id = {row}"
)
OFF = {
    "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
    "postgresql": ("DROP TRIGGER audit_append_only ON audit",),
}


@pytest.fixture
async def sealed(database_url: str) -> AsyncIterator[Database]:
    """A database whose audit has six rows sealed with a key, and whose triggers the attacker has dropped."""
    database = Database(database_url, audit_keys=KEYS)
    for number in range(1, ROWS + 1):
        await noted(database, f"p{number}", case_id=f"case-{number}", detail={"patient_id": f"P-{number}"})
    yield database
    await database.close()


@pytest.fixture
async def on_sqlite(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """The same on SQLite, which takes anything into any column."""
    path = tmp_path / "sealed.db"
    shutil.copy(migrated, path)
    database = Database(f"sqlite:///{path}", audit_keys=KEYS)
    for number in range(1, ROWS + 1):
        await noted(database, f"p{number}")
    yield database
    await database.close()


async def noted(database: Database, actor: str, *, now: datetime = MONDAY, **about: Any) -> None:
    async with database.session() as session:
        await append_audit(session, actor=actor, action="case.read", now=now, **about)


async def verified(database: Database, **how: Any) -> Verdict:
    async with database.reader() as session:
        return await verify(session, **how)


async def attacked(database: Database, *statements: str) -> Verdict:
    async with database.engine.begin() as connection:
        for statement in (*OFF[connection.dialect.name], *statements):
            await connection.execute(text(statement))
    async with database.reader() as session:
        return await verify(session)


def found(verdict: Verdict) -> list[tuple[str, int, int]]:
    return [(each.kind, each.row, each.to) for each in verdict.findings]


@pytest.mark.parametrize(
    ("statements", "findings"),
    [
        pytest.param(["DELETE FROM audit WHERE id = 1"], [("removed", 1, 1)], id="the first row is removed"),
        pytest.param(["DELETE FROM audit WHERE id IN (3, 4)"], [("removed", 3, 4)], id="rows between are removed"),
        pytest.param(["DELETE FROM audit WHERE id = 6"], [("removed", 6, 6)], id="the last row is removed"),
        pytest.param(["DELETE FROM audit"], [("removed", 1, 6)], id="every row is removed"),
        pytest.param(["UPDATE audit SET actor = 'x' WHERE id = 2"], [("edited", 2, 0)], id="who"),
        pytest.param(["UPDATE audit SET outcome = '4' WHERE id = 2"], [("edited", 2, 0)], id="the outcome"),
        pytest.param(["UPDATE audit SET organisation = 'x' WHERE id = 2"], [("edited", 2, 0)], id="for whom"),
        pytest.param(["UPDATE audit SET context = '{\"a\": 1}' WHERE id = 2"], [("edited", 2, 0)], id="from where"),
        pytest.param(["UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = 2"], [("edited", 2, 0)], id="when"),
        pytest.param(["UPDATE audit SET prev_hash = 'x' WHERE id = 6"], [("edited", 6, 0)], id="what it follows"),
        pytest.param(
            ["UPDATE audit SET id = -id WHERE id IN (2, 4)", "UPDATE audit SET id = 6 + id WHERE id < 0"],
            [("reordered", 2, 0), ("reordered", 4, 0)],
            id="two rows have changed places",
        ),
        pytest.param(
            [
                "UPDATE audit SET id = id + 100 WHERE id > 3",
                "UPDATE audit SET id = id - 99 WHERE id > 100",
                "INSERT INTO audit SELECT 4, at, 'x', action, case_id, detail, prev_hash, 'plain:0', organisation, "
                "outcome, context FROM audit WHERE id = 5",
            ],
            [("inserted", 4, 0), ("reordered", 5, 0), ("reordered", 6, 0), ("reordered", 7, 0), ("inserted", 7, 7)],
            id="a row is inserted and those after it moved on",
        ),
        pytest.param(["DELETE FROM audit_head"], [("head", 6, 0)], id="the head is removed"),
        pytest.param(
            ["DELETE FROM audit", "DELETE FROM audit_head"], [("head", 0, 0)], id="every row and the head are removed"
        ),
        pytest.param(
            [COPY.format(id=7, row=3), "UPDATE audit_head SET last_id = 7"],
            [("reordered", 7, 0), ("head", 7, 0)],
            id="a row is repeated as the newest",
        ),
        pytest.param([COPY.format(id=-5, row=3)], [("reordered", -5, 0)], id="a row stands before the first"),
        pytest.param(
            ['UPDATE audit SET detail = \'{"patient_id": "P-9", "patient_id": "P-6"}\' WHERE id = 6'],
            [("edited", 6, 0)],
            id="what a search reads and what the seal covers are made to differ",
        ),
        pytest.param(["UPDATE audit SET detail = '[]' WHERE id = 2"], [("edited", 2, 0)], id="no object is JSON too"),
        pytest.param(
            ["INSERT INTO audit_head SELECT 0, 4, hash, seal FROM audit, audit_head WHERE id = 4"],
            [],
            id="a second head",
        ),
        pytest.param(
            [
                "DELETE FROM audit WHERE id > 4",
                "UPDATE audit_head SET last_id = 4, last_hash = (SELECT hash FROM audit WHERE id = 4)",
            ],
            [("head", 4, 0)],
            id="the last rows are removed and the head set back",
        ),
    ],
)
async def test_what_was_done_to_the_audit_is_found(
    sealed: Database, statements: list[str], findings: list[tuple[str, int, int]]
) -> None:
    assert found(await attacked(sealed, *statements)) == findings


async def test_a_row_that_was_sealed_anew_without_the_key_is_found(sealed: Database) -> None:
    """What the attacker can make by themselves: a seal without a key, or with a key of their own."""
    async with sealed.reader() as session:
        row = (await session.exec(select(Audit).where(Audit.id == 3))).one()
    row.actor = "somebody else"
    for keys, kind in ((AuditKeys(), "keyless"), (AuditKeys.parse("a key of the attacker's own"), "unknown_key")):
        seal = seal_of(row, keys)
        statement = f"UPDATE audit SET actor = 'somebody else', hash = '{seal}' WHERE id = 3"
        async with sealed.engine.begin() as connection:
            for each in (*OFF[connection.dialect.name], statement):
                await connection.execute(text(each.replace("TRIGGER audit", "TRIGGER IF EXISTS audit")))
        async with sealed.reader() as session:
            assert found(await verify(session))[0] == (kind, 3, 0)


async def test_a_head_that_was_set_back_stays_doubted_for_good(sealed: Database) -> None:
    """What is written afterwards never makes good what the attacker did before it."""
    back = "UPDATE audit_head SET last_id = 4, last_hash = (SELECT hash FROM audit WHERE id = 4)"
    await attacked(sealed, "DELETE FROM audit WHERE id > 4", back)
    for _ in range(2):
        async with sealed.session() as session:
            await append_audit(session, actor="p7", action="case.read", now=MONDAY)
    async with sealed.reader() as session:
        assert found(await verify(session)) == [("head", 5, 0)]


async def test_who_removes_all_of_it_is_found_whatever_is_written_afterwards(sealed: Database) -> None:
    await attacked(sealed, "DELETE FROM audit", "DELETE FROM audit_head")
    for _ in range(2):
        await noted(sealed, "p7")
    assert found(await verified(sealed)) == [("head", 1, 0)]


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        ("UPDATE audit SET at = '2026-03-02T09:00:00.000000' WHERE id = 2", [("edited", 2, 0)]),
        ("UPDATE audit SET at = 'yesterday' WHERE id = 2", [("edited", 2, 0)]),
        ("UPDATE audit SET detail = '{' WHERE id = 2", [("edited", 2, 0)]),
        ("UPDATE audit SET actor = x'7032' WHERE id = 2", [("edited", 2, 0)]),
        ("UPDATE audit SET hash = x'00' WHERE id = 6", [("edited", 6, 0)]),
        (COPY.format(id=-(2**40), row=3), [("reordered", -(2**40), 0)]),
        ("UPDATE audit_head SET seal = x'00', last_id = 'six'", [("head", 6, 0)]),
    ],
)
async def test_what_no_reader_expects_in_a_column_is_found_and_hinders_nobody(
    on_sqlite: Database, statement: str, findings: list[tuple[str, int, int]]
) -> None:
    assert found(await attacked(on_sqlite, statement)) == findings
    await noted(on_sqlite, "p7")
    assert found(await verified(on_sqlite))[0][0] in ("edited", "reordered", "head")


async def test_a_row_cannot_be_replaced_while_the_triggers_are_there(on_sqlite: Database) -> None:
    await noted(on_sqlite, "p7", detail={"cases": ["case-1"]})
    for replacing in (COPY.format(id=3, row=4), "INSERT INTO audited_case VALUES (7, 'case-1')"):
        async with on_sqlite.engine.begin() as connection:
            with pytest.raises(IntegrityError, match="append only"):
                await connection.execute(text(replacing.replace("INSERT", "INSERT OR REPLACE")))
    assert found(await verified(on_sqlite)) == []


@pytest.mark.parametrize(("others", "kind"), [("a key of the attacker's own", "unknown_key"), ("", "keyless")])
async def test_what_a_process_writes_whose_key_was_swapped_or_taken_away_is_found(
    sealed: Database, others: str, kind: str
) -> None:
    """Also what honest processes write before and after it."""
    stranger = Database(sealed.url.render_as_string(hide_password=False), audit_keys=AuditKeys.parse(others))
    await noted(stranger, "p7")
    await stranger.close()
    await noted(sealed, "p8")
    assert found(await verified(sealed)) == [(kind, 7, 0), ("head", 8, 0)]


async def test_a_clock_that_went_back_is_told_and_breaks_nothing(sealed: Database) -> None:
    for minutes in (60, 58, 1):
        await noted(sealed, "p7", now=MONDAY + timedelta(minutes=minutes))
    told = await verified(sealed)
    assert (found(told), told.back) == ([], (9,))


async def test_a_backup_that_was_restored_and_gone_on_with_is_found_by_an_anchor(sealed: Database) -> None:
    """By the same keys, and with as many rows as before."""
    anchor = (await verified(sealed)).anchor
    async with sealed.reader() as session:
        kept = (await session.exec(select(Audit).where(Audit.id == 4))).one()
    back = f"UPDATE audit_head SET last_id = 4, last_hash = '{kept.hash}', seal = '{head_seal(4, kept.hash, KEYS)}'"
    await attacked(sealed, "DELETE FROM audit WHERE id > 4", back)
    for number in range(5, 8):
        await noted(sealed, f"q{number}")
    assert found(await verified(sealed)) == []
    assert found(await verified(sealed, anchors=[anchor])) == [("anchor", 6, 0)]


async def test_a_row_of_another_installation_fits_nowhere_though_its_key_is_the_same(
    sealed: Database, on_sqlite: Database
) -> None:
    async with on_sqlite.reader() as session:
        theirs = (await session.exec(select(Audit).where(Audit.id == 6))).one()
    put = f"detail = '{{}}', case_id = '', prev_hash = '{theirs.prev_hash}', hash = '{theirs.hash}'"
    assert found(await attacked(sealed, f"UPDATE audit SET {put} WHERE id = 6"))[0] == ("edited", 5, 0)


async def test_an_anchor_kept_elsewhere_finds_what_was_put_back_whole(sealed: Database) -> None:
    """Audit and head together as they were earlier: only somebody who kept the anchor can tell."""
    async with sealed.reader() as session:
        anchor = Anchor.parse(str(await head_of(session)))
        earlier = (await session.exec(select(Audit).where(Audit.id == 4))).one()
    assert anchor.row == ROWS
    seal = head_seal(4, earlier.hash, KEYS)
    back = f"UPDATE audit_head SET last_id = 4, last_hash = '{earlier.hash}', seal = '{seal}'"
    assert found(await attacked(sealed, "DELETE FROM audit WHERE id > 4", back)) == []
    async with sealed.reader() as session:
        assert found(await verify(session, anchors=[anchor])) == [("anchor", 6, 0)]


async def test_what_was_written_before_there_was_a_key_is_accepted_only_when_it_is_said_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'records.db'}"
    for keys in (AuditKeys(), KEYS):
        database = Database(url, audit_keys=keys)
        await database.migrate()
        async with database.session() as session:
            await append_audit(session, actor="p1", action="case.read", now=MONDAY)
        async with database.reader() as session:
            verdicts = await verify(session), await verify(session, keyed_since=2)
        await database.close()
    assert [found(verdict) for verdict in verdicts] == [[("keyless", 1, 0), ("head", 2, 0)], []]


def test_a_row_from_before_there_were_keys_holds_only_as_it_was_then() -> None:
    """Its seal covers neither for whom nor with which outcome: those columns came with the keys, empty."""
    row = Audit(id=1, at=MONDAY, actor="p1", action="case.read", prev_hash=FIRST, hash="")
    said = [FIRST, MONDAY.timestamp(), "p1", "case.read", "", {}]
    row.hash = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    assert standing_of(row, KEYS) == "keyless"
    changes: tuple[dict[str, Any], ...] = ({"organisation": "x"}, {"outcome": "4"}, {"context": {"roles": []}})
    for changed in changes:
        assert standing_of(Audit(**{**row.model_dump(), **changed}), KEYS) == "broken"


async def test_a_new_key_seals_and_the_old_one_still_verifies(tmp_path: Path) -> None:
    url, secrets = f"sqlite:///{tmp_path / 'records.db'}", ("the first of the secrets", "the second of the secrets")
    for text_of_keys in (secrets[0], "\n".join(reversed(secrets))):
        database = Database(url, audit_keys=audit_keys_from({"PATHWAYS_AUDIT_KEY": text_of_keys}))
        await database.migrate()
        async with database.session() as session:
            await append_audit(session, actor="p1", action="case.read", now=MONDAY)
        async with database.reader() as session:
            verdict = await verify(session)
        await database.close()
    assert (verdict.rows, verdict.keyed, verdict.findings) == (2, 2, ())


async def test_a_list_that_was_hidden_from_its_cases_is_found(sealed: Database) -> None:
    async with sealed.session() as session:
        await append_audit(session, actor="p7", action="cases.read", now=MONDAY, detail={"cases": ["case-1", "case-2"]})
    off = {"sqlite": "audited_case_no_delete", "postgresql": "audited_case_append_only ON audited_case"}
    name = off[sealed.url.get_backend_name()]
    verdict = await attacked(sealed, f"DROP TRIGGER {name}", "DELETE FROM audited_case WHERE case_id = 'case-1'")
    assert found(verdict) == [("index", 7, 0)]


async def test_a_list_that_was_shown_to_another_case_instead_is_found(sealed: Database) -> None:
    """As many cases as before, and one that was never listed."""
    async with sealed.session() as session:
        await append_audit(session, actor="p7", action="cases.read", now=MONDAY, detail={"cases": ["case-1", "case-2"]})
    off = {"sqlite": "audited_case_no_update", "postgresql": "audited_case_append_only ON audited_case"}
    name = off[sealed.url.get_backend_name()]
    swapped = "UPDATE audited_case SET case_id = 'case-9' WHERE case_id = 'case-1'"
    assert found(await attacked(sealed, f"DROP TRIGGER {name}", swapped)) == [("index", 7, 0)]


async def test_a_list_of_a_row_that_was_never_written_is_found(sealed: Database) -> None:
    verdict = await attacked(sealed, "INSERT INTO audited_case (audit_id, case_id) VALUES (99, 'case-1')")
    assert found(verdict) == [("index", 0, 0)]


def test_keys_are_long_or_refused_and_never_shown(tmp_path: Path) -> None:
    with pytest.raises(AuditKeyError, match="fewer than 16 bytes"):
        audit_keys_from({"PATHWAYS_AUDIT_KEY": "short"})
    with pytest.raises(AuditKeyError, match="cannot be read"):
        audit_keys_from({"PATHWAYS_AUDIT_KEY_FILE": str(tmp_path / "none")})
    assert "attacker" not in repr(KEYS)
