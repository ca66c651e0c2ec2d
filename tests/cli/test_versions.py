"""`pathways publish`, `versions`, `diff` and `rollback` on one database, as an operator types them."""

import asyncio
import base64
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.app import command_line
from cli.publish import store_new
from cli.surroundings import Surroundings
from pathways.catalogue import library_folders, publish

LIBRARY = library_folders()[0].parent


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATHWAYS_DATABASE", f"sqlite:///{tmp_path / 'pathways.db'}")
    monkeypatch.setenv("PATHWAYS_KEYS", f"k:{base64.b64encode(bytes(32)).decode()}")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str | Path, status: int = 0) -> Result:
    result = CliRunner().invoke(command_line(), list(map(str, arguments)))
    assert result.exit_code == status, result.output
    return result


def revised(folder: Path) -> Path:
    shutil.copytree(LIBRARY / "no_show", folder)
    diagram = folder / "pathway.bpmn"
    diagram.write_text(diagram.read_text().replace("Clinical review of", "Clinical look at"))
    return folder


def test_an_operator_publishes_compares_and_rolls_back(place: Path) -> None:
    run("publish", LIBRARY / "no_show")
    changed = revised(place / "changed")
    assert "version 2 published" in run("publish", changed).output
    told = run("diff", "no_show@1", "no_show@2", status=1).output
    assert "name: Clinical review of repeated non-attendance → Clinical look at repeated non-attendance" in told
    run("diff", changed, "no_show@2")
    assert "start with version 1" in run("rollback", "no_show").output
    rows = [line for line in run("versions", "no_show").output.splitlines() if "1.0.0" in line]
    assert ["yes" in row for row in rows] == [False, True]
    assert "start with version 2" in run("rollback", "no_show", "2").output
    assert "version 9" in run("rollback", "no_show", "9", status=1).output


def test_without_the_key_of_the_audit_nothing_is_published_or_rolled_back(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_AUDIT_KEY", "a secret for the tests of the audit")
    run("publish", LIBRARY / "no_show")
    monkeypatch.delenv("PATHWAYS_AUDIT_KEY")
    erase = ("keys", "erase", "case-1", "--reason", "test", "--yes")
    for refused in (("publish", revised(place / "changed")), ("rollback", "no_show", "1"), erase):
        assert "Set PATHWAYS_AUDIT_KEY" in run(*refused, status=2).output
    monkeypatch.setenv("PATHWAYS_AUDIT_KEY", "a secret for the tests of the audit")
    assert run("audit", "verify").output.startswith("1 rows")
    assert "version 2" not in run("versions", "no_show").output


def test_what_an_installation_publishes_as_it_comes_up_is_sealed_by_its_own_key(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Surroundings(place / "run")
    there.prepare()
    asyncio.run(store_new(publish([LIBRARY / "no_show"]), there.environment(), actor="system"))
    monkeypatch.setenv("PATHWAYS_AUDIT_KEY_FILE", there.environment()["PATHWAYS_AUDIT_KEY_FILE"])
    assert run("audit", "verify").output.startswith("1 rows")


def test_what_is_published_at_every_start_takes_back_no_rollback(place: Path) -> None:
    run("publish", LIBRARY / "no_show")
    run("publish", revised(place / "changed"))
    run("publish", "--only-new", LIBRARY / "no_show")
    assert "start with version 1" in run("rollback", "no_show").output
    run("publish", "--only-new", place / "changed")
    assert "There is no version below" in run("rollback", "no_show", status=1).output


def test_a_difference_is_json_for_machines(place: Path) -> None:
    old = LIBRARY / "no_show" / "pathway.bpmn"
    found = json.loads(run("diff", "--json", old, revised(place / "changed") / "pathway.bpmn", status=1).output)
    assert [(each["fate"], each["id"]) for each in found["differences"]] == [("changed", "review")]


def test_what_cannot_be_read_has_a_status_of_its_own(place: Path) -> None:
    run("database", "migrate")
    assert "no version 3 of the pathway 'no_show'" in run("diff", "no_show@3", LIBRARY / "no_show", status=2).output
    run("diff", place / "nothing.bpmn", LIBRARY / "no_show", status=2)
