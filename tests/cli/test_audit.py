import asyncio
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.audit import app
from records.audit_keys import AuditKeys
from records.database import Database
from records.writes.audit import append_audit
from tests.interop.test_interop_audit_event import VALID
from tests.records.story import MONDAY

SECRET = "a secret for the tests of the audit"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with four rows, sealed with the key that the environment names."""
    file = tmp_path / "records.db"
    monkeypatch.setenv("PATHWAYS_DATABASE", f"sqlite:///{file}")
    monkeypatch.setenv("PATHWAYS_AUDIT_KEY", SECRET)

    async def fill() -> None:
        database = Database(f"sqlite:///{file}", audit_keys=AuditKeys.parse(SECRET))
        await database.migrate()
        for number in range(1, 5):
            async with database.session() as session:
                await append_audit(
                    session, actor=f"p{number}", action="case.read", now=MONDAY, case_id=f"case-{number}"
                )
        await database.close()

    asyncio.run(fill())
    return file


def attack(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", *statements):
            connection.execute(statement)
    connection.close()


def audit(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_a_whole_audit_is_verified_and_its_head_printed(path: Path) -> None:
    verified = audit("verify")
    assert verified.exit_code == 0
    assert "4 rows" in verified.output
    assert audit("head").output.strip() in verified.output


def test_what_was_removed_is_named_and_the_exit_status_is_1(path: Path) -> None:
    attack(path, "DELETE FROM audit WHERE id IN (2, 3)")
    verified = audit("verify", "--json")
    said = json.loads(verified.output)
    assert (verified.exit_code, said["whole"], said["has_key"]) == (1, False, True)
    assert [(each["kind"], each["row"], each["to"]) for each in said["findings"]] == [("removed", 2, 3)]
    assert "rows 2 to 3 are missing" in audit("verify").output


def test_without_the_key_it_is_said_that_nothing_can_be_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATHWAYS_AUDIT_KEY")
    verified = audit("verify")
    assert verified.exit_code == 2
    assert "THERE IS NO KEY" in verified.output


def test_an_anchor_from_a_file_is_compared(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "anchors"
    kept.write_text(audit("head").output)
    assert audit("verify", "--anchor", str(kept)).exit_code == 0
    assert audit("verify", "--anchor", "4:another").exit_code == 1
    assert audit("verify", "--anchor", "nothing").exit_code == 2


def test_every_row_leaves_as_an_audit_event_and_that_it_left_is_noted(path: Path) -> None:
    lines = [json.loads(line) for line in audit("export").output.splitlines()]
    assert [(each["id"], each["agent"][0]["who"]["identifier"]["value"]) for each in lines] == [
        (str(number), f"p{number}") for number in range(1, 5)
    ]
    assert [error.message for each in lines for error in VALID.iter_errors(each)] == []
    assert [
        json.loads(line)["subtype"][-1]["code"] for line in audit("export", "--after", "4").output.splitlines()
    ] == ["audit.exported"]
    assert audit("verify").exit_code == 0


def test_nothing_is_exported_where_the_row_that_says_so_could_not_be_sealed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.delenv("PATHWAYS_AUDIT_KEY")
        refused = audit("export")
    assert (refused.exit_code, refused.stdout, "is sealed by the key" in refused.stderr) == (2, "", True)
    assert audit("verify").exit_code == 0


def test_an_export_that_nobody_reads_to_its_end_is_noted_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_line: str) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as reading:
        reading.setattr(typer, "echo", closed)
        assert isinstance(audit("export").exception, BrokenPipeError)
    last = json.loads(audit("export").output.splitlines()[-1])
    assert last["subtype"][-1]["code"] == "audit.exported"


def test_an_export_is_in_the_audit_before_its_first_row_leaves(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever kills it at any moment has taken nothing that is not noted."""
    noted: list[int] = []

    def leaving(_line: str) -> None:
        with sqlite3.connect(path) as connection:
            [(count,)] = connection.execute("SELECT COUNT(*) FROM audit WHERE action = 'audit.exported'")
        connection.close()
        noted.append(count)

    monkeypatch.setattr(typer, "echo", leaving)
    audit("export")
    assert noted == [1] * 4


def test_a_clock_that_went_back_is_told_and_the_exit_status_stays_0(path: Path) -> None:
    async def earlier() -> None:
        database = Database(f"sqlite:///{path}", audit_keys=AuditKeys.parse(SECRET))
        async with database.session() as session:
            await append_audit(session, actor="p5", action="case.read", now=MONDAY - timedelta(hours=1))
        await database.close()

    asyncio.run(earlier())
    assert json.loads(audit("verify", "--json").output)["back"] == [5]
    verified = audit("verify")
    assert (verified.exit_code, "so a clock was wrong: 5" in verified.output) == (0, True)
